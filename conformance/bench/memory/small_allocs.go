// run report.go

// The smallest allocations with the collector at work over a small live heap: 16 and 64 bytes, with pointers and without.
package main

import "time"

type plain16 struct{ a, b uint64 }
type plain64 struct{ a [8]uint64 }
type linked16 struct {
	next *linked16
	v    uint64
}
type linked64 struct {
	next *linked64
	v    [7]uint64
}

var (
	p16 *plain16
	p64 *plain64
	l16 *linked16
	l64 *linked64
)

// live is a list of objects that stays, about 4 MB.
var live *linked64

func main() {
	n := scaled(40_000_000)
	for i := 0; i < 65536; i++ {
		live = &linked64{next: live, v: [7]uint64{uint64(i)}}
	}
	w := watch(0)
	start := time.Now()
	for i := 0; i < n; i++ {
		p16 = &plain16{a: uint64(i)}
	}
	perOp("small_plain_16", time.Since(start), n)
	start = time.Now()
	for i := 0; i < n; i++ {
		l16 = &linked16{v: uint64(i)}
	}
	perOp("small_pointers_16", time.Since(start), n)
	start = time.Now()
	for i := 0; i < n/2; i++ {
		p64 = &plain64{a: [8]uint64{uint64(i)}}
	}
	perOp("small_plain_64", time.Since(start), max(1, n/2))
	start = time.Now()
	for i := 0; i < n/2; i++ {
		l64 = &linked64{v: [7]uint64{uint64(i)}}
	}
	perOp("small_pointers_64", time.Since(start), max(1, n/2))
	sum := checksum
	for l := live; l != nil; l = l.next {
		sum = mix(sum, l.v[0])
	}
	check("live", sum)
	check("last", p16.a+l16.v+p64.a[0]+l64.v[0])
	w.report()
}
