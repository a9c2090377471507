// run

// make with sizes that cannot be.
package main

import "fmt"

func try(name string, f func() int) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println(name+":", r)
		}
	}()
	fmt.Println(name+":", f())
}

func main() {
	neg, huge := -1, 1<<50
	huge64 := uint64(1) << 63
	try("negative", func() int { return cap(make(chan int, neg)) })
	try("too large", func() int { return cap(make(chan [1 << 14]byte, huge)) })
	try("uint64", func() int { return cap(make(chan int, huge64)) })
	try("no elements to store", func() int { return cap(make(chan struct{}, huge)) })
	try("int8", func() int { return cap(make(chan int, int8(3))) })
	try("uint8", func() int { return cap(make(chan int, uint8(200))) })
	try("big elements", func() int { return cap(make(chan [60000]byte, 3)) })
}
