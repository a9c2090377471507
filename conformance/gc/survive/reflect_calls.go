// run
// stress
// timeout: 30

// Pointers in flight through reflect: functions made by MakeFunc, their captures, arguments and results,
// method values, and calls that collect while they run.
package main

import (
	"fmt"
	"reflect"
	"runtime"
)

type box struct {
	id   int
	text string
}

type wide struct {
	a, b, c, d *box
	s          []*box
	n          [5]int
}

var sink any

func churn() {
	runtime.GC()
	for i := 0; i < 500; i++ {
		sink = &box{-1, "rubbish"}
		sink = &wide{}
		sink = make([]*box, 10)
	}
}

func fresh(id int) *box { return &box{id, fmt.Sprint("box", id)} }

func (b *box) good() bool { return b.text == fmt.Sprint("box", b.id) }

func (b *box) join(o *box, rest ...*box) (*box, string) {
	churn()
	sum, text := b.id+o.id, b.text+o.text
	for _, r := range rest {
		sum, text = sum+r.id, text+r.text
	}
	return fresh(sum), text
}

//go:noinline
func many(a, b, c *box, w wide, d, e, f, g, h, i *box, x float64, s string) (wide, *box, string) {
	churn()
	return wide{a, b, c, d, []*box{e, f, g, h, i}, w.n}, w.a, s + w.b.text
}

func main() {
	v := reflect.ValueOf
	wrong := 0
	// A call with arguments in registers and on the stack.
	w := wide{a: fresh(100), b: fresh(101), n: [5]int{4: 5}}
	args := []reflect.Value{v(fresh(1)), v(fresh(2)), v(fresh(3)), v(w)}
	for i := 4; i < 10; i++ {
		args = append(args, v(fresh(i)))
	}
	args = append(args, v(1.5), v(fmt.Sprint("s", 1)))
	res := v(many).Call(args)
	args = nil
	churn()
	got := res[0].Interface().(wide)
	for i, b := range append([]*box{got.a, got.b, got.c, got.d}, got.s...) {
		if b.id != i+1 || !b.good() {
			wrong++
		}
	}
	fmt.Println(res[1].Interface().(*box).text, res[2], got.n, "wrong:", wrong)

	// Methods, by value and by index.
	m := v(fresh(10)).MethodByName("join")
	fmt.Println(m.IsValid()) // not exported
	f := v((*box).join)
	out := f.Call([]reflect.Value{v(fresh(1)), v(fresh(2)), v(fresh(3)), v(fresh(4))})
	churn()
	fmt.Println(out[0].Elem().Field(1), out[1])

	// Functions made at run time, with captures.
	var swap func(*box, wide, int, string) (string, *box, wide)
	func() {
		captured := fresh(77)
		made := reflect.MakeFunc(reflect.TypeOf(swap), func(in []reflect.Value) []reflect.Value {
			churn()
			if !captured.good() {
				wrong++
			}
			return []reflect.Value{v(in[3].String() + captured.text), in[0], in[1]}
		})
		swap = made.Interface().(func(*box, wide, int, string) (string, *box, wide))
	}()
	for i := 0; i < 5; i++ {
		churn()
		s, b, w := swap(fresh(i), wide{c: fresh(i + 1), s: []*box{fresh(i + 2)}}, i, fmt.Sprint("arg", i))
		churn()
		if !b.good() || b.id != i || !w.c.good() || w.s[0].id != i+2 || s != fmt.Sprint("arg", i, "box77") {
			wrong++
		}
	}
	fmt.Println("wrong:", wrong)
}
