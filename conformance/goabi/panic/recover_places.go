// run

// recover works in a deferred function only, called by it directly.
package main

import "fmt"

func helper() interface{} { return recover() }

func nested() interface{} {
	return func() interface{} { return recover() }()
}

func try(name string, d func()) {
	defer func() {
		fmt.Println(name+": outside got", recover())
	}()
	defer d()
	panic("P")
}

type t struct{}

func (t) method()   { fmt.Println("method got", recover()) }
func (*t) pointer() { fmt.Println("pointer method got", recover()) }

type recoverer interface{ method() }

func main() {
	fmt.Println("without a panic:", recover(), helper())
	try("direct", func() { fmt.Println("got", recover()) })
	try("helper", func() { fmt.Println("got", helper()) })
	try("nested closure", func() { fmt.Println("got", nested()) })
	try("deferred in deferred", func() {
		defer func() { fmt.Println("got", recover()) }()
	})
	try("deferred helper in deferred", func() {
		defer helper()
	})
	try("recover itself", func() {
		func() {
			defer fmt.Println("argument", recover())
		}()
	})
	try("method value", t{}.method)
	try("pointer method value", new(t).pointer)
	var r recoverer = &t{}
	try("interface method", r.method)
	func() {
		defer func() { fmt.Println("outside got", recover()) }()
		defer recover()
		panic("deferred recover")
	}()
	func() {
		defer fmt.Println("an argument is evaluated early:", recover())
		defer func() { recover() }()
		panic("Q")
	}()
	try("twice", func() { fmt.Println("got", recover(), recover()) })
}
