// run

// Frames far larger than the first stack, one on another.
package main

import "fmt"

//go:noinline
func frame4k(n int) int {
	var a [512]int
	for i := range a {
		a[i] = i + n
	}
	if n == 0 {
		return a[511]
	}
	return frame4k(n-1) + a[0]
}

//go:noinline
func frame64k(n int) int {
	var a [8192]int
	a[0], a[8191] = n, n*2
	if n == 0 {
		return frame4k(20)
	}
	r := frame64k(n - 1)
	return r + a[0] + a[8191]
}

//go:noinline
func frame1m(n int) byte {
	var a [1 << 20]byte
	for i := 0; i < len(a); i += 4096 {
		if a[i] != 0 {
			return 255
		}
		a[i] = byte(n)
	}
	if n > 0 {
		return frame1m(n-1) + a[4096]
	}
	return a[8192]
}

//go:noinline
func byValue(a [2000]int) (b [2000]int) {
	b[1999] = a[1999] + 1
	return
}

func main() {
	done := make(chan bool)
	go func() {
		fmt.Println(frame4k(10), frame64k(8), frame1m(6))
		var a [2000]int
		for i := 0; i < 10; i++ {
			a = byValue(a)
		}
		fmt.Println(a[1999])
		done <- true
	}()
	<-done
}
