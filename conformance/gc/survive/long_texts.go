// run
// stress
// timeout: 60

// What is made in pieces, besides copies of memory, while collections come and go, stacks move, and other goroutines have their
// turns in between: strings, runes, channels, boxes, maps.
package main

import (
	"fmt"
	"hash/fnv"
	"maps"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
)

var failures atomic.Int32

func fail(what string, at ...any) {
	if failures.Add(1) < 10 {
		fmt.Println("wrong:", what, at)
	}
}

// Pieces whose ends fall at every place in a rune, well formed and not.
var alphabets = []string{"x", "é", "世", "𝔾", "x世", "xé𝔾", "\x80", "\xe4\xb8", "a\xf0\x9f\x98", "\xed\xa0\x80", "é\xff世"}

func sum(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}

func texts(round int) {
	for i, a := range alphabets {
		s := strings.Repeat("z", round+i) + strings.Repeat(a, (600<<10)/len(a)) + "end"
		var want []rune
		for _, r := range s {
			want = append(want, r)
		}
		got := []rune(s)
		if len(got) != len(want) || len([]rune(s)) != len(want) {
			fail("number of runes", a, len(got), len(want))
			return
		}
		for j := range got {
			if got[j] != want[j] {
				fail("rune", a, j, got[j], want[j])
				return
			}
		}
		for _, r := range got[len(got):cap(got)] {
			if r != 0 {
				fail("room behind runes is not clear", a)
				return
			}
		}
		back := string(got)
		if i < 6 && back != s {
			fail("runes to string", a)
		}
		if back != string(want) || []rune(back)[len(want)-1] != 'd' {
			fail("runes back and forth", a)
		}
	}
}

// The parts are on the stack, which grows and shrinks.
func join(round, depth int) string {
	if depth > 0 {
		var room [64]byte
		s := join(round, depth-1)
		room[depth%64] = 1
		return s[:len(s)-int(room[0])]
	}
	long := strings.Repeat(string(rune('a'+round%26)), 200<<10)
	return long + "-" + long[1:] + "" + long[2:] + fmt.Sprint(round) + long[:5] + long[3:]
}

func joins(round int) {
	c := string(rune('a' + round%26))
	n := 200 << 10
	want := strings.Join([]string{strings.Repeat(c, n), "-", strings.Repeat(c, n-1+n-2), fmt.Sprint(round), strings.Repeat(c, 5+n-3)}, "")
	if got := join(round, round%50); got != want || sum(got) != sum(want) {
		fail("concatenation", round, len(got), len(want))
	}
}

type pair struct {
	p *int
	n int
}

type box [40 << 10]pair

func boxes(round int) {
	b := new(box)
	for i := 0; i < len(b); i += 100 {
		b[i] = pair{new(int), i}
		*b[i].p = i + round
	}
	a := any(*b)
	clear(b[:])
	c := a.(box)
	for i := range c {
		if i%100 != 0 && c[i] != (pair{}) || i%100 == 0 && (c[i].n != i || *c[i].p != i+round) {
			fail("boxed", i)
			return
		}
	}
	*b = c
	for i := 0; i < len(b); i += 100 {
		if *b[i].p != i+round {
			fail("assigned", i)
			return
		}
	}
	v := reflect.ValueOf(b[:])
	v = reflect.Append(v, reflect.ValueOf(pair{n: -1}))
	s := v.Interface().([]pair)
	if len(s) != len(b)+1 || s[len(b)].n != -1 || *s[100].p != 100+round {
		fail("reflect.Append")
	}
	for _, p := range s[len(s):cap(s)] {
		if p != (pair{}) {
			fail("reflect.Append: not clear")
			return
		}
	}
}

func channels(round int) {
	const n = 100 << 10
	c, p := make(chan int, n), make(chan *int, n)
	for i := 0; i < n; i++ {
		c <- i
		if i%50 == 0 {
			v := i + round
			p <- &v
		} else {
			p <- nil
		}
	}
	for i := 0; i < n; i++ {
		if v := <-c; v != i {
			fail("channel", i, v)
			return
		}
		if v := <-p; (v != nil) != (i%50 == 0) || v != nil && *v != i+round {
			fail("channel of pointers", i)
			return
		}
	}
}

func tables(round int) {
	const n = 30000
	m := make(map[int]*int, n)
	for i := 0; i < n; i++ {
		v := i + round
		m[i] = &v
	}
	c := maps.Clone(m)
	if len(c) != n {
		fail("length of a copy", len(c))
	}
	clear(m)
	if len(m) != 0 || m[1] != nil {
		fail("cleared")
	}
	for k, v := range m {
		fail("entry of a cleared map", k, v)
	}
	seen := 0
	for k, v := range c {
		if *v != k+round {
			fail("copied", k)
			return
		}
		seen++
	}
	if seen != n {
		fail("entries of a copy", seen)
	}
	for i := 0; i < n; i += 3 {
		m[i] = c[i]
	}
	for i := 0; i < n; i++ {
		if v := m[i]; (v != nil) != (i%3 == 0) || v != nil && *v != i+round {
			fail("used again", i)
			return
		}
	}
	s := make(map[string]bool, n)
	for i := 0; i < n; i++ {
		s[fmt.Sprint(i)] = true
	}
	if t := maps.Clone(s); !maps.Equal(s, t) {
		fail("copy of a map of strings")
	}
}

func main() {
	var stop atomic.Bool
	var turns sync.WaitGroup
	turns.Add(1)
	go func() {
		defer turns.Done()
		for !stop.Load() {
			runtime.GC()
			runtime.Gosched()
		}
	}()
	var all sync.WaitGroup
	for _, f := range []func(int){texts, joins, boxes, channels, tables} {
		f := f
		all.Add(1)
		go func() {
			defer all.Done()
			for round := 0; round < 3; round++ {
				f(round)
			}
		}()
	}
	all.Wait()
	stop.Store(true)
	turns.Wait()
	fmt.Println("done", failures.Load())
}
