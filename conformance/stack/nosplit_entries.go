// run

// Functions without a stack check whose frames leave just what the linker demands call entries of the runtime, at every depth
// of a small stack, beside stacks of parked goroutines that would show it if an entry wrote below the stack's end.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

type shape interface{ Area() int }
type square struct{ a, b *int }

func (square) Area() int { return 4 }

const long = "a key of more than sixteen bytes"

var (
	assigned         = map[string]int{long: 1}
	read             = map[string]int{long: 1, "abc": 2}
	numbers          = map[int]int{1: 1}
	structs          = map[[3]int]int{{1}: 1}
	none      map[string]int
	any1      any   = long
	any2      any   = long[:len(long)-1] + "s"
	shape1    shape = square{}
	ch              = make(chan int, 1)
	bytes           = []byte(long)
	bytes2          = make([]byte, len(long))
	words           = make([]*int, 8)
	words2          = make([]*int, 8)
	word      *int
	anyOut    any
	ok        bool
	text      string
	ints      []int
	recovered int
)

//go:nosplit
//go:noinline
func mapAssign(k int) int {
	var b [86]int
	b[k&7] = k
	assigned[long] = b[k&7]
	return b[1]
}

//go:nosplit
//go:noinline
func mapRead(k int) int {
	var b [70]int
	b[k&7] = read[long] + numbers[k] + structs[[3]int{k}]
	return b[1]
}

//go:nosplit
//go:noinline
func boxes(k int) int {
	var b [40]int
	b[k&7] = k
	anyOut = k + 1000
	anyOut = text
	anyOut = square{word, word}
	return b[1]
}

//go:nosplit
//go:noinline
func makes(k int) int {
	var b [40]int
	b[k&7] = k
	word = new(int)
	words = make([]*int, 8+k&1)
	ints = append(ints[:0:0], k)
	text = string(bytes)
	return b[1]
}

//go:nosplit
//go:noinline
func moves(k int) int {
	var b [32]int // as large as links with -N too
	b[k&7] = copy(bytes2, bytes) + copy(words, words2)
	clear(bytes2)
	clear(words)
	return b[1]
}

//go:nosplit
//go:noinline
func compares(k int) int {
	var b [70]int
	b[k&7] = k
	ok = any1 == any2
	_, ok = any1.(shape)
	return b[1]
}

//go:nosplit
//go:noinline
func sends(k int) int {
	var b [70]int
	ch <- k
	b[k&7] = <-ch
	select {
	case ch <- 1:
	default:
	}
	select {
	case <-ch:
	default:
	}
	return b[1]
}

//go:nosplit
//go:noinline
func raises(k int) int {
	var b [70]int
	b[k&7] = k
	none[long] = b[k&7]
	return b[1]
}

func raisesAndRecovers(k int) int {
	defer func() {
		if recover() != nil {
			recovered++
		}
	}()
	return raises(k)
}

// Frames of different sizes, so that the stack pointer is everywhere when its time has come.
//
//go:noinline
func down1(n int, f func(int) int) int {
	var a [1]int
	a[n%1] = n
	if n == 0 {
		return 0
	}
	f(n)
	return down1(n-1, f) + a[n%1]
}

//go:noinline
func down2(n int, f func(int) int) int {
	var a [2]int
	a[n%2] = n
	if n == 0 {
		return 0
	}
	f(n)
	return down2(n-1, f) + a[n%2]
}

//go:noinline
func down3(n int, f func(int) int) int {
	var a [5]int
	a[n%5] = n
	if n == 0 {
		return 0
	}
	f(n)
	return down3(n-1, f) + a[n%5]
}

//go:noinline
func down4(n int, f func(int) int) int {
	var a [8]int
	a[n%8] = n
	if n == 0 {
		return 0
	}
	f(n)
	return down4(n-1, f) + a[n%8]
}

//go:noinline
func down5(n int, f func(int) int) int {
	var a [11]int
	a[n%11] = n
	if n == 0 {
		return 0
	}
	f(n)
	return down5(n-1, f) + a[n%11]
}

var wg sync.WaitGroup

//go:noinline
func parked(i int, c chan int) int {
	defer wg.Done()
	<-c
	return i
}

func main() {
	downs := []func(int, func(int) int) int{down1, down2, down3, down4, down5}
	kinds := []struct {
		name string
		f    func(int) int
	}{
		{"map assignment", mapAssign}, {"map reads", mapRead}, {"boxing", boxes}, {"making", makes}, {"moving", moves},
		{"comparing", compares}, {"sending", sends}, {"raising", raisesAndRecovers},
	}
	c := make(chan int)
	for _, kind := range kinds {
		for round := 0; round < 4; round++ {
			for _, down := range downs {
				for i := 0; i < 8; i++ {
					wg.Add(1)
					go parked(i, c)
				}
				runtime.Gosched()
				done := make(chan bool)
				go func() {
					down(30, kind.f)
					close(done)
				}()
				<-done
			}
			runtime.GC()
			for n := 0; n < 8*len(downs); n++ {
				c <- 1
			}
			wg.Wait()
		}
		fmt.Println(kind.name)
	}
	fmt.Println(recovered, "recovered")
}
