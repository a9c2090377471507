// run

// Methods promoted through embedded structs, pointers and interfaces, by depth.
package main

import "fmt"

type base struct{ name string }

func (b base) Hello() string    { return "hello " + b.name }
func (b *base) Rename(s string) { b.name = s }

type middle struct {
	base
	extra int
}

func (m middle) Extra() int { return m.extra }

type outer struct {
	pad [3]int
	*middle
	fmt.Stringer
}

func (o outer) Hello() string { return "outer " + o.middle.Hello() }

type str string

func (s str) String() string { return "str:" + string(s) }

type all interface {
	Hello() string
	Rename(string)
	Extra() int
	String() string
}

type wrapper struct{ all }

func main() {
	o := outer{middle: &middle{base{"b"}, 7}, Stringer: str("s")}
	var i all = o
	fmt.Println(i.Hello(), i.Extra(), i.String())
	i.Rename("renamed through a pointer")
	fmt.Println(o.name, o.base.Hello())
	w := wrapper{&o}
	w.Rename("again")
	fmt.Println(w.Hello(), w.all.Extra())
	var m interface{ Rename(string) } = o.middle
	m.Rename("third")
	fmt.Println(w.Hello())
	_, ok := interface{}(*o.middle).(interface{ Rename(string) })
	fmt.Println(ok)

	defer func() { fmt.Println(recover()) }()
	var empty outer
	i = &empty
	fmt.Println(i.Extra())
}
