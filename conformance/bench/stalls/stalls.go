// run

// How long a goroutine that is busy stands still while the heap is collected over and over. The first argument says what lives:
//
//	heap        500 MB of trees, lists and slices
//	large       4 GB of the same
//	goroutines  200 MB of it, and 100,000 goroutines that wait
//	map         a map of 10 million entries with pointers
//	pointers    an array of pointers of 1 GB
//
// The second says for how many seconds each of two parts runs. In the first a goroutine allocates at a steady rate, and notes how far apart
// the moments are at which it runs; if there are two processors, another one does so that allocates nothing. A window is a millisecond
// of such moments, or as long as it takes to come to the next; it has a largest gap, and the percentiles are those of the windows. In the
// second part collections follow each other without a pause, and a goroutine for each processor allocates, while another one sleeps for a
// millisecond at a time and notes how much longer that took.
//
// All of it works for 650 ms and rests for 350: under a real-time policy, which keeps other programs from having the processors, Linux takes
// what is more than 950 ms of a second away.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const (
	window = time.Millisecond
	tick   = time.Millisecond
	// Bytes in a second that are allocated.
	rate = 100 << 20
	// Between two beginnings of work, and how long it lasts.
	period, work = time.Second, 650 * time.Millisecond
)

// When the current part began.
var began time.Time

// part begins a part, of so many seconds, after a rest: when it is to end.
func part(d time.Duration) time.Time {
	time.Sleep(period)
	began = time.Now()
	return began.Add(d)
}

// rest is for how long to rest now.
func rest(now time.Time) time.Duration {
	if at := now.Sub(began) % period; at > work {
		return period - at
	}
	return 0
}

type node struct {
	left, right *node
	value       uint64
}

func build(depth int, value uint64) *node {
	n := &node{value: value}
	if depth > 0 {
		n.left, n.right = build(depth-1, 2*value), build(depth-1, 2*value+1)
	}
	return n
}

type record struct {
	name  string
	next  *record
	items []item
}

type item struct {
	key   string
	value *uint64
	n     [2]uint64
}

// What stays.
var (
	trees   []*node
	records []*record
	table   map[int]*node
	array   []*node
)

// live makes about so many bytes of trees and records.
func live(bytes int) {
	// A tree of 2^15-1 nodes of 24 bytes, and 1000 records of about 440.
	for i := 0; i < bytes/((1<<15)*24+1000*440); i++ {
		trees = append(trees, build(14, uint64(i)))
		var next *record
		for j := 0; j < 1000; j++ {
			r := &record{name: strconv.Itoa(i*1000 + j), items: make([]item, 5+j%8)}
			// Chains of 16: a list of all would be as deep as it is long.
			if j%16 != 0 {
				r.next = next
			}
			value := uint64(j)
			for k := range r.items {
				r.items[k] = item{key: r.name, value: &value, n: [2]uint64{uint64(k), value}}
			}
			next = r
			records = append(records, r)
		}
	}
}

func wait(depth int, c chan int) int {
	if depth == 0 {
		return <-c
	}
	return wait(depth-1, c) + depth
}

// setting makes what lives, and says how much garbage there is, in percent of it, when a collection begins.
func setting(name string) (percent int) {
	switch name {
	case "heap":
		live(500 << 20)
		return 25
	case "large":
		live(4 << 30)
		return 4
	case "goroutines":
		live(200 << 20)
		c := make(chan int)
		for i := 0; i < 100_000; i++ {
			go wait(i%8, c)
		}
		return 25
	case "map":
		table = make(map[int]*node)
		for i := 0; i < 10_000_000; i++ {
			table[i] = &node{value: uint64(i)}
		}
		return 25
	case "pointers":
		to := make([]*node, 1<<20)
		for i := range to {
			to[i] = &node{value: uint64(i)}
		}
		array = make([]*node, 1<<30/8)
		for i := range array {
			array[i] = to[uint32(i)*2654435761>>12]
		}
		return 20
	}
	fmt.Fprintf(os.Stderr, "no setting is called %q\n", name)
	os.Exit(1)
	return 0
}

// percentiles prints some of the values, which are nanoseconds.
func percentiles(name string, values []int64) {
	slices.Sort(values)
	for _, p := range []struct {
		name string
		of   int
	}{{"p50", 500}, {"p99", 990}, {"p999", 999}} {
		fmt.Printf("%s_%s %d ns\n", name, p.name, values[len(values)*p.of/1000])
	}
	fmt.Printf("%s_max %d ns\n", name, values[len(values)-1])
}

// gaps notes the largest gap of each window.
type gaps struct {
	largest []int64
	since   time.Time
	last    time.Time
	gap     time.Duration
}

func newGaps(d time.Duration) *gaps {
	now := time.Now()
	return &gaps{largest: make([]int64, 0, d/window+100), since: now, last: now}
}

func (g *gaps) see(now time.Time) {
	g.gap = max(g.gap, now.Sub(g.last))
	g.last = now
	if now.Sub(g.since) >= window && len(g.largest) < cap(g.largest) {
		g.largest = append(g.largest, int64(g.gap))
		g.since, g.gap = now, 0
	}
}

// rests sleeps, if it is time for that, and says when that was over.
func (g *gaps) rests(now time.Time) (time.Time, bool) {
	d := rest(now)
	if d == 0 {
		return now, false
	}
	time.Sleep(d)
	now = time.Now()
	g.since, g.last, g.gap = now, now, 0
	return now, true
}

// maker allocates at the rate, until the end; what it makes lives for a while, or for long.
type maker struct {
	recent [1 << 12]*record
	i      int
	random uint64
}

func (m *maker) make() (bytes int) {
	m.random ^= m.random << 13
	m.random ^= m.random >> 7
	m.random ^= m.random << 17
	r := &record{next: m.recent[m.random%64], items: make([]item, m.random>>8%8)}
	if r.next != nil {
		r.next.next = nil
	}
	m.recent[m.i%len(m.recent)] = r
	m.i++
	if m.i%64 == 0 && len(records) > 0 {
		records[m.random>>20%uint64(len(records))].next = r
	}
	return 48 + 40*cap(r.items)
}

func (m *maker) run(g *gaps, until time.Time) {
	made, start := 0, time.Now()
	for now := start; now.Before(until); now = time.Now() {
		g.see(now)
		if awake, rested := g.rests(now); rested {
			made, start = 0, awake
			continue
		}
		// What it could not make in time it does not make up for.
		due := int(now.Sub(start).Seconds() * rate)
		if due-made > 64<<10 {
			made = due - 64<<10
		}
		if made < due {
			made += m.make()
		}
	}
}

func spin(g *gaps, until time.Time) {
	for now := time.Now(); now.Before(until); now = time.Now() {
		g.see(now)
		g.rests(now)
	}
}

// stops is how long the world was stopped, so far.
func stops() *metrics.Float64Histogram {
	sample := []metrics.Sample{{Name: "/gc/pauses:seconds"}}
	metrics.Read(sample)
	return sample[0].Value.Float64Histogram()
}

// longestSince is the longest stop since then, as the lower bound of its bucket.
func longestSince(before *metrics.Float64Histogram) time.Duration {
	now := stops()
	for i := len(now.Counts) - 1; i >= 0; i-- {
		if i >= len(before.Counts) || now.Counts[i] > before.Counts[i] {
			return time.Duration(now.Buckets[i] * 1e9)
		}
	}
	return 0
}

func main() {
	name, seconds := "heap", 5.0
	if len(os.Args) > 1 {
		name = os.Args[1]
	}
	if len(os.Args) > 2 {
		seconds, _ = strconv.ParseFloat(os.Args[2], 64)
	}
	d := time.Duration(seconds * float64(time.Second))
	percent := setting(name)
	runtime.GC()
	debug.SetGCPercent(percent)
	two := runtime.GOMAXPROCS(0) > 1

	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before, collections := stops(), m.NumGC
	until := part(d)
	making, spinning := newGaps(d), newGaps(d)
	var wg sync.WaitGroup
	if two {
		wg.Add(1)
		go func() {
			defer wg.Done()
			spin(spinning, until)
		}()
	}
	mk := &maker{random: 88172645463325252}
	mk.run(making, until)
	wg.Wait()
	percentiles("making", making.largest)
	if two {
		percentiles("spinning", spinning.largest)
	}
	fmt.Printf("made %.1f MB/s\n", float64(mk.i)*188/seconds/1e6)
	runtime.ReadMemStats(&m)
	fmt.Printf("collections %d count\n", m.NumGC-collections)

	// The second part.
	var over atomic.Bool
	until = part(d)
	wg.Add(1)
	late := make([]int64, 0, d/tick+1)
	go func() {
		defer wg.Done()
		for {
			begin := time.Now()
			if begin.After(until) {
				break
			}
			if d := rest(begin.Add(tick)); d != 0 {
				time.Sleep(d)
				continue
			}
			time.Sleep(tick)
			late = append(late, int64(time.Since(begin)-tick))
		}
		over.Store(true)
	}()
	for i := 0; i < runtime.GOMAXPROCS(0); i++ {
		mk := &maker{random: mk.random + uint64(i)}
		wg.Add(1)
		go func() {
			defer wg.Done()
			mk.run(newGaps(d), until)
		}()
	}
	for !over.Load() {
		if d := rest(time.Now()); d != 0 {
			time.Sleep(d)
		}
		runtime.GC()
	}
	wg.Wait()
	percentiles("wakeup", late)
	fmt.Printf("longest_stop %d ns\n", longestSince(before).Nanoseconds())
	runtime.KeepAlive(trees)
	runtime.KeepAlive(array)
	runtime.KeepAlive(table)
}
