// run

// Methods by name and number: on values, pointers, interfaces; method values that
// outlive their receiver's variable.
package main

import (
	"fmt"
	"reflect"
)

type account struct {
	owner string
	cents int64
}

func (a account) Describe(prefix string) string { return prefix + a.owner + fmt.Sprint(a.cents) }
func (a *account) Deposit(c int64) int64        { a.cents += c; return a.cents }
func (a account) Sum(list ...float64) (s float64) {
	for _, f := range list {
		s += f
	}
	return s + float64(a.cents)
}
func (a account) hidden() {}

type depositor interface{ Deposit(int64) int64 }

func main() {
	a := &account{"ann", 100}
	v := reflect.ValueOf(a)
	t := v.Type()
	for i := 0; i < t.NumMethod(); i++ {
		fmt.Println(t.Method(i).Name, t.Method(i).Type)
	}
	fmt.Println(v.Elem().NumMethod(), v.MethodByName("hidden").IsValid())
	fmt.Println(v.MethodByName("Deposit").Call([]reflect.Value{reflect.ValueOf(int64(50))})[0], a.cents)
	fmt.Println(v.MethodByName("Describe").Call([]reflect.Value{reflect.ValueOf("<")})[0])
	fmt.Println(v.Elem().Method(1).Call([]reflect.Value{reflect.ValueOf(1.5), reflect.ValueOf(2.0)})[0])
	m, _ := t.MethodByName("Deposit")
	fmt.Println(m.Func.Call([]reflect.Value{v, reflect.ValueOf(int64(1))})[0])

	f := v.MethodByName("Deposit").Interface().(func(int64) int64)
	d := v.Elem().MethodByName("Describe").Interface().(func(string) string)
	a.owner = "changed"
	fmt.Println(f(9), a.cents, d("bound: "))
	var iface depositor = a
	iv := reflect.ValueOf(&iface).Elem()
	fmt.Println(iv.Method(0).Call([]reflect.Value{reflect.ValueOf(int64(40))})[0], iv.Type().Method(0).Name)
	mv := iv.MethodByName("Deposit").Interface().(func(int64) int64)
	iface = &account{"other", 0}
	fmt.Println(mv(1), iface.Deposit(1))
	fmt.Println(t.Implements(reflect.TypeOf((*depositor)(nil)).Elem()), t.Elem().Implements(iv.Type()))
	defer func() { fmt.Println(recover()) }()
	var none depositor
	reflect.ValueOf(&none).Elem().Method(0).Call([]reflect.Value{reflect.ValueOf(int64(1))})
}
