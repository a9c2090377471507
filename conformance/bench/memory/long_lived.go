// run report.go

// Garbage over a live heap of 500 MB of maps, trees, lists and slices of structs. Two goroutines make it and also replace
// parts of the heap; a third does nothing but note the largest gap between two moments at which it ran. All of them
// yield often, so that the gaps are the collector's and not time slices.
package main

import (
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

type tree struct {
	left, right *tree
	value       uint64
}

func build(depth int, value uint64) *tree {
	t := &tree{value: value}
	if depth > 0 {
		t.left, t.right = build(depth-1, 2*value), build(depth-1, 2*value+1)
	}
	return t
}

func (t *tree) sum() uint64 {
	if t == nil {
		return 0
	}
	return t.value + t.left.sum() + t.right.sum()
}

type record struct {
	name  string
	next  *record
	owner *tree
	items []item
}

type item struct {
	key   string
	value *uint64
	n     [2]uint64
}

// heap is one maker's half of what stays.
type heap struct {
	trees   []*tree
	byID    map[uint64]*record
	records []*record
}

const (
	records = 400_000
	trees   = 64
	depth   = 14
)

func makeRecord(id uint64, next *record, owner *tree) *record {
	r := &record{name: "record " + strconv.FormatUint(id, 10), next: next, owner: owner}
	r.items = make([]item, 5+id%8)
	value := id
	for i := range r.items {
		r.items[i] = item{key: r.name[:1+i%6], value: &value, n: [2]uint64{id, uint64(i)}}
	}
	return r
}

func (r *record) verify(id uint64) uint64 {
	sum := uint64(len(r.name))
	for i, item := range r.items {
		if *item.value != id || item.n[1] != uint64(i) {
			fail("record %d holds %d", id, *item.value)
		}
		sum += item.n[0] + uint64(len(item.key))
	}
	return sum
}

func makeHeap(half uint64) *heap {
	h := &heap{byID: map[uint64]*record{}}
	for i := 0; i < trees; i++ {
		h.trees = append(h.trees, build(depth, 1))
	}
	for i := uint64(0); i < records; i++ {
		id := i*2 + half
		// Chains of 16: a list of all would be as deep as it is long.
		var next *record
		if i%16 != 0 {
			next = h.records[i-1]
		}
		r := makeRecord(id, next, h.trees[i%trees])
		h.records = append(h.records, r)
		h.byID[id] = r
	}
	return h
}

// work makes garbage and replaces records and trees; an operation takes some 20 microseconds.
func (h *heap) work(half uint64, n int) uint64 {
	r := random(half + 77)
	sum := checksum
	for i := 0; i < n; i++ {
		sum = mix(sum, build(7, uint64(i)).sum())
		for j := 0; j < 2; j++ {
			at := uint64(r.below(records))
			id := at*2 + half
			old := h.records[at]
			sum = mix(sum, old.verify(id))
			fresh := makeRecord(id, old.next, old.owner)
			if at%16 != 15 && at+1 < records {
				h.records[at+1].next = fresh
			}
			h.records[at], h.byID[id] = fresh, fresh
		}
		if i%1024 == 0 {
			h.trees[r.below(trees)].left = build(depth-1, 2)
		}
		runtime.Gosched()
	}
	return sum
}

func main() {
	n := scaled(150_000)
	halves := []*heap{makeHeap(0), makeHeap(1)}
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	fmt.Printf("live_heap %d MiB\n", stats.HeapAlloc>>20)

	w := watch(0)
	var finished atomic.Bool
	gap := make(chan time.Duration)
	go func() {
		var worst time.Duration
		for last := time.Now(); !finished.Load(); {
			runtime.Gosched()
			now := time.Now()
			worst = max(worst, now.Sub(last))
			last = now
		}
		gap <- worst
	}()
	start := time.Now()
	sums := make([]uint64, len(halves))
	var wg sync.WaitGroup
	for i, h := range halves {
		wg.Add(1)
		go func(i int, h *heap) {
			defer wg.Done()
			sums[i] = h.work(uint64(i), n)
		}(i, h)
	}
	wg.Wait()
	took := time.Since(start)
	finished.Store(true)
	stall := <-gap
	fmt.Printf("long_lived %.1f ops/s\n", float64(n*len(halves))/took.Seconds())
	fmt.Printf("stall_worst %d ns\n", stall.Nanoseconds())
	for i, h := range halves {
		check(fmt.Sprint("half_", i), sums[i])
		sum := uint64(0)
		for _, t := range h.trees {
			sum = mix(sum, t.sum())
		}
		for at, r := range h.records {
			id := uint64(at*2 + i)
			sum = mix(sum, r.verify(id)+h.byID[id].verify(id))
		}
		check(fmt.Sprint("heap_", i), sum)
	}
	w.report()
}
