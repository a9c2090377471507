// run
// stress

// gopark and goready as gvisor's sleep package uses them: the function that commits may refuse, runs when the goroutine can be
// woken already, and may be absent.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

//go:linkname gopark runtime.gopark
func gopark(unlockf func(uintptr, unsafe.Pointer) bool, lock unsafe.Pointer, reason uint8, traceEv byte, traceskip int)

//go:linkname goready runtime.goready
func goready(gp uintptr, traceskip int)

//go:linkname goyield runtime.goyield
func goyield()

//go:linkname wakep runtime.wakep
func wakep()

const preparing = 1

// A sleeper's word: 0 (awake), preparing, or the goroutine that sleeps.
type sleeper struct {
	g     uintptr
	woken int64
}

//go:nosplit
func commit(g uintptr, at unsafe.Pointer) bool {
	return atomic.CompareAndSwapUintptr((*uintptr)(at), preparing, g)
}

func (s *sleeper) sleep() {
	atomic.StoreUintptr(&s.g, preparing)
	gopark(commit, unsafe.Pointer(&s.g), 9, 24, 0)
}

// wake wakes a sleeper, or keeps one that prepares from sleeping.
func (s *sleeper) wake() bool {
	for {
		switch g := atomic.LoadUintptr(&s.g); g {
		case 0:
			return false
		case preparing:
			if atomic.CompareAndSwapUintptr(&s.g, preparing, 0) {
				return true
			}
		default:
			if atomic.CompareAndSwapUintptr(&s.g, g, 0) {
				goready(g, 0)
				return true
			}
		}
	}
}

func pingPong(rounds int) (sum int) {
	var s sleeper
	var done atomic.Bool
	total := 0
	go func() {
		for i := 0; i < rounds; i++ {
			p := new(int) // something for the collector to find on a parked stack
			*p = i
			s.sleep()
			total += *p
		}
		done.Store(true)
	}()
	for !done.Load() {
		if !s.wake() {
			runtime.Gosched()
		}
	}
	return total
}

func main() {
	fmt.Println(pingPong(5000))

	// Refused at once, by a closure and by a plain function.
	calls := 0
	var gs [2]uintptr
	gopark(func(g uintptr, p unsafe.Pointer) bool {
		gs[calls] = g
		calls += *(*int)(p)
		return false
	}, unsafe.Pointer(&[1]int{1}), 14, 23, 0)
	gopark(func(g uintptr, p unsafe.Pointer) bool {
		gs[calls] = g
		calls++
		return p == nil && false
	}, nil, 14, 23, 0)
	fmt.Println(calls, gs[0] == gs[1], gs[0] != 0)

	// Many at once, each woken by another.
	const n = 64
	var sleepers [n]sleeper
	var wg sync.WaitGroup
	for i := range sleepers {
		i := i
		wg.Add(2)
		go func() {
			defer wg.Done()
			for k := 0; k < 50; k++ {
				sleepers[i].sleep()
				sleepers[i].woken++
			}
		}()
		go func() {
			defer wg.Done()
			for k := 0; k < 50; {
				if sleepers[i].wake() {
					k++
				}
				goyield()
				wakep()
			}
		}()
	}
	wg.Wait()
	var woken int64
	for i := range sleepers {
		woken += sleepers[i].woken
	}
	fmt.Println(woken)

	// Without a function: any holder of the goroutine may ready it; here a function of an earlier park passed it on.
	var me uintptr
	gopark(func(g uintptr, _ unsafe.Pointer) bool { me = g; return false }, nil, 18, 25, 0)
	ran := make(chan bool, 1)
	var parking atomic.Bool
	runtime.LockOSThread()
	go func() {
		for !parking.Load() {
			runtime.Gosched()
		}
		ran <- true
		goready(me, 0)
	}()
	gopark(func(uintptr, unsafe.Pointer) bool { parking.Store(true); return true }, nil, 18, 25, 0)
	runtime.UnlockOSThread()
	fmt.Println(<-ran)
}
