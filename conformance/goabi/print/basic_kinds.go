// run
// stderr

// print and println of every kind: numbers, strings, booleans, nil.
package main

type temperature float64

type flag bool

func main() {
	println()
	println(true, false, flag(true))
	println(1, -1, int8(-128), int16(300), int32(1<<30), int64(-1<<63))
	println(uint8(255), uint16(65535), uint32(1<<31), uint64(1<<64-1), uintptr(4096))
	println('a', 'é', "string", "", "two\nlines", "é世")
	println(1.0, -1.0, 0.0, 1.5e300, -2.5e-300, float32(0.1), temperature(36.6))
	println(1+2i, complex64(-1.5-0.25i))
	println(nil == nil_(), 1<<10, 7/2, 7.0/2)
	print("print ", "has ", "no ", "spaces", 1, 2, 3, true, -4, "\n")
	print()
	print(1.5, " ", 'x', "\n")
	var b byte = 'z'
	var e error
	println(b, e == nil, len("four"), cap([]int{}))
	println("a", 1, "b", 2.0, "c", true)
}

func nil_() interface{} { return nil }
