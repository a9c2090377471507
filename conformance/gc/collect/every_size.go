// run
// stress

// Objects of every size, with pointers and without: those dropped are freed, one by one, and those
// kept between them keep what they hold.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

var bytes [][]byte
var pointers [][]*int

func frees() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.Frees
}

func sum(b []byte) (s int) {
	for _, x := range b {
		s += int(x)
	}
	return s
}

func main() {
	debug.SetGCPercent(-1)
	frees()
	frees()
	ok := 0
	for _, size := range []int{16, 24, 32, 48, 64, 96, 128, 240, 512, 520, 1000, 1024, 2048, 3000, 8192, 10000, 32768, 32769, 100000, 1 << 20} {
		n := min(1000, max(6, 1<<20/size)) &^ 1
		bytes, pointers = make([][]byte, n), make([][]*int, n)
		numbers := make([]int, n)
		for i := 0; i < n; i++ {
			numbers[i] = i * size
			bytes[i] = make([]byte, size)
			for j := range bytes[i] {
				bytes[i][j] = byte(i + j)
			}
			pointers[i] = make([]*int, size/8)
			for j := range pointers[i] {
				pointers[i][j] = &numbers[(i+j)%n]
			}
		}
		before := frees()
		for i := 1; i < n; i += 2 {
			bytes[i], pointers[i] = nil, nil
		}
		freed := int(frees() - before)
		if freed < n || freed > n+100 {
			fmt.Println("size", size, "wrong number freed:", freed, "of", n)
			continue
		}
		damaged := 0
		for i := 0; i < n; i += 2 {
			want := 0
			for j := 0; j < size; j++ {
				want += int(byte(i + j))
			}
			if sum(bytes[i]) != want {
				damaged++
			}
			for j, p := range pointers[i] {
				if *p != (i+j)%n*size {
					damaged++
				}
			}
		}
		if damaged > 0 {
			fmt.Println("size", size, "damaged:", damaged)
			continue
		}
		ok++
	}
	fmt.Println("ok:", ok)
}
