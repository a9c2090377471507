// run

// Types of the same name are distinct: from different functions, and from packages
// with the same name.
package main

import (
	"fmt"
	htmlt "html/template"
	"text/template"
)

func first() interface{} {
	type local struct{ n int }
	return local{1}
}

func second() interface{} {
	type local struct{ n int }
	return local{1}
}

func compare(x interface{}) (ok bool, msg interface{}) {
	type local struct{ n int }
	defer func() { msg = recover() }()
	_, ok = x.(local)
	_ = x.(local)
	return
}

func main() {
	a, b := first(), second()
	fmt.Println(a == first(), a == b)
	fmt.Printf("%T %T\n", a, b)
	fmt.Println(compare(a))

	var t interface{} = template.New("x")
	_, isText := t.(*template.Template)
	_, isHTML := t.(*htmlt.Template)
	fmt.Println(isText, isHTML)
	defer func() { fmt.Println(recover()) }()
	_ = t.(*htmlt.Template)
}
