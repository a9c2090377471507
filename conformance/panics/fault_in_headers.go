// run
// stress

// Headers of channels and maps that are not there. With SetPanicOnFault, what looks at one before it takes a lock panics in the goroutine that
// asked, whether it is done in the goroutine's stack or on the system stack; nothing is left marked, and the next operations on good ones are
// as ever. (What locks a channel at once ends the program, in Go as well.)
package main

import (
	"fmt"
	"maps"
	"reflect"
	"runtime"
	"runtime/debug"
	"syscall"
	"unsafe"
)

type wide struct{ a, b, c int }

// A value of a type whose values are pointers, to a page without access.
func at[T any](p *byte) T { return *(*T)(unsafe.Pointer(&p)) }

var failed int

// How deep in the stack of a goroutine of its own each thing is tried: where its stack has just room for what runs on it, and where not.
var depth int

func try(name string, f func()) {
	done := make(chan any)
	go func() {
		defer func() { done <- recover() }()
		debug.SetPanicOnFault(true)
		deep(depth, f)
	}()
	if r := <-done; r == nil {
		failed++
		fmt.Println(name, "does not panic at depth", depth)
	} else if err, ok := r.(error); !ok || err.Error() != "runtime error: invalid memory address or nil pointer dereference" {
		failed++
		fmt.Println(name, "panics at depth", depth, r)
	}
}

func deep(n int, f func()) {
	var b [32]byte
	if n == 0 {
		f()
		return
	}
	deep(n-1, f)
	runtime.KeepAlive(b)
}

func tryMap[K comparable](p *byte, key K) {
	m := at[map[K]int](p)
	name := fmt.Sprintf("%T ", m)
	try(name+"len", func() { _ = 1 / len(m) })
	try(name+"get", func() { _ = m[key] })
	try(name+"get, ok", func() { _, _ = m[key] })
	try(name+"set", func() { m[key] = 1 })
	try(name+"delete", func() { delete(m, key) })
	try(name+"clear", func() { clear(m) })
	try(name+"clone", func() { maps.Clone(m) })
	try(name+"range", func() {
		for range m {
		}
	})
	try(name+"range, key", func() {
		for k := range m {
			runtime.KeepAlive(k)
		}
	})
	v, k := reflect.ValueOf(m), reflect.ValueOf(&key).Elem()
	try(name+"reflect len", func() { v.Len() })
	try(name+"reflect get", func() { v.MapIndex(k) })
	try(name+"reflect set", func() { v.SetMapIndex(k, reflect.ValueOf(1)) })
	try(name+"reflect delete", func() { v.SetMapIndex(k, reflect.Value{}) })
	try(name+"reflect clear", func() { v.Clear() })
	try(name+"reflect range", func() {
		for i := v.MapRange(); i.Next(); {
		}
	})
	try(name+"reflect keys", func() { v.MapKeys() })
	good := map[K]int{key: 1}
	delete(good, key)
	good[key] = 2
	if len(good) != 1 || maps.Clone(good)[key] != 2 {
		failed++
		fmt.Println(name, "a good map is", good)
	}
}

func tryChan[T any](p *byte) {
	c := at[chan T](p)
	var x T
	name := fmt.Sprintf("%T ", c)
	try(name+"len", func() { _ = 1 / len(c) })
	try(name+"cap", func() { _ = 1 / cap(c) })
	try(name+"receive or not", func() {
		select {
		case <-c:
		default:
		}
	})
	try(name+"receive, ok, or not", func() {
		select {
		case _, ok := <-c:
			runtime.KeepAlive(ok)
		default:
		}
	})
	try(name+"send or not", func() {
		select {
		case c <- x:
		default:
		}
	})
	try(name+"select of two", func() {
		select {
		case <-c:
		case c <- x:
		}
	})
	good := make(chan T, 1)
	v, e := reflect.ValueOf(c), reflect.ValueOf(&x).Elem()
	try(name+"reflect len", func() { v.Len() })
	try(name+"reflect cap", func() { v.Cap() })
	try(name+"reflect receive or not", func() { v.TryRecv() })
	try(name+"reflect send or not", func() { v.TrySend(e) })
	try(name+"reflect select", func() { reflect.Select([]reflect.SelectCase{{Dir: reflect.SelectRecv, Chan: v}}) })
	select {
	case good <- x:
	default:
		failed++
		fmt.Println(name, "a good channel is full")
	}
	<-good
}

func main() {
	b, err := syscall.Mmap(-1, 0, 8192, 0, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		fmt.Println(err)
		return
	}
	for ; depth < 60; depth += 3 {
		tryMap(&b[0], "a key")
		tryMap(&b[0], 7)
		tryMap(&b[0], int32(7))
		tryMap(&b[0], &failed)
		tryMap(&b[0], any(7))
		tryMap(&b[0], wide{1, 2, 3})
		tryMap(&b[0], [2]string{"a", "b"})
		tryMap(&b[0], 1.5)
		tryMap(&b[4096-8], 7)
		tryChan[int](&b[0])
		tryChan[string](&b[0])
		tryChan[wide](&b[0])
		tryChan[struct{}](&b[0])
		tryChan[[1000]byte](&b[0])
	}
	runtime.GC()
	fmt.Println("failed", failed)
}
