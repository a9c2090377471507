// run
// stderr

// What println shows of references that are not nil.
package main

var array [100]int

var anything interface{} = &array

func main() {
	println(&array, array[:0:9])
	println(anything)
	println(main == nil, &array[50])
	println(uintptr(0xabc), "next to", int64(0xdef))
}
