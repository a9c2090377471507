// What the programs of this directory share: an argument, a random number generator, and the lines they print, each
// `name value unit`. `cargo xtask bench memory` knows these units and names:
//
//	ns/op, ops/s    a throughput, compared between the runtimes
//	check           a result, which must be the same with every runtime
//	others          what the collector did: pause_longest, pause_total, collections, gc_cpu, stall_worst, peak_rss
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// argument is the program's one argument: how much work to do, 1 being the usual amount.
func argument(usual float64) float64 {
	if len(os.Args) < 2 {
		return usual
	}
	given, err := strconv.ParseFloat(os.Args[1], 64)
	if err != nil || given <= 0 {
		fail("the argument %q is no number above 0", os.Args[1])
	}
	return given
}

// scaled is n in the proportion of the argument, and at least 1.
func scaled(n int) int {
	return max(1, int(float64(n)*argument(1)))
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

// perOp prints a throughput: took for n operations.
func perOp(name string, took time.Duration, n int) {
	fmt.Printf("%s %.3f ns/op\n", name, float64(took.Nanoseconds())/float64(n))
}

// check prints a result that does not depend on the runtime.
func check(name string, value uint64) {
	fmt.Printf("%s %d check\n", name, value)
}

// random is a xorshift generator: the same numbers everywhere, and nothing allocated.
type random uint64

func (r *random) next() uint64 {
	x := uint64(*r)
	x ^= x << 13
	x ^= x >> 7
	x ^= x << 17
	*r = random(x)
	return x
}

func (r *random) below(n int) int {
	return int(r.next() >> 33 % uint64(n))
}

// mix adds a value to a checksum (FNV-1a, a word at a time).
func mix(sum, value uint64) uint64 {
	return (sum ^ value) * 1099511628211
}

const checksum uint64 = 14695981039346656037

// A watcher looks at the collector while a program works. Package runtime remembers the pauses of 256 cycles only, so
// it is asked again and again; debug.ReadGCStats does not stop the world.
type watcher struct {
	tick       time.Duration
	stop, done chan struct{}
	late       time.Duration
	first      debug.GCStats
	last       debug.GCStats
	longest    time.Duration
	missed     int64
}

// watch starts a watcher. It sleeps for tick each time and notes how much longer that takes at worst; with a tick of 0
// it only looks at the collector, and seldom.
func watch(tick time.Duration) *watcher {
	w := &watcher{tick: tick, stop: make(chan struct{}), done: make(chan struct{})}
	w.first.Pause = make([]time.Duration, 0, 1024)
	w.last.Pause = make([]time.Duration, 0, 1024)
	debug.ReadGCStats(&w.first)
	w.last.NumGC = w.first.NumGC
	go w.run()
	return w
}

func (w *watcher) run() {
	defer close(w.done)
	sleep := w.tick
	if sleep == 0 {
		sleep = 50 * time.Millisecond
	}
	looked := time.Now()
	for {
		select {
		case <-w.stop:
			return
		default:
		}
		before := time.Now()
		time.Sleep(sleep)
		now := time.Now()
		w.late = max(w.late, now.Sub(before)-sleep)
		if now.Sub(looked) >= 50*time.Millisecond {
			w.look()
			looked = time.Now()
		}
	}
}

// look takes in the pauses since the last time.
func (w *watcher) look() {
	seen := w.last.NumGC
	debug.ReadGCStats(&w.last)
	fresh := w.last.NumGC - seen
	if known := int64(len(w.last.Pause)); fresh > known {
		w.missed += fresh - known
		fresh = known
	}
	for _, pause := range w.last.Pause[:fresh] {
		w.longest = max(w.longest, pause)
	}
}

// report ends the watcher and prints what it saw, and what the process took of memory.
func (w *watcher) report() {
	close(w.stop)
	<-w.done
	w.look()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	fmt.Printf("pause_longest %d ns\n", w.longest.Nanoseconds())
	fmt.Printf("pause_total %d ns\n", (w.last.PauseTotal - w.first.PauseTotal).Nanoseconds())
	fmt.Printf("collections %d count\n", w.last.NumGC-w.first.NumGC)
	fmt.Printf("gc_cpu %.5f share\n", stats.GCCPUFraction)
	if w.tick != 0 {
		fmt.Printf("stall_worst %d ns\n", w.late.Nanoseconds())
	}
	if w.missed > 0 {
		fmt.Printf("pauses_missed %d count\n", w.missed)
	}
	fmt.Printf("peak_rss %d KiB\n", peak())
}

// peak is the most memory that was resident at a time, in KiB. What wait4 says of a child is no less than its parent had.
func peak() int {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		fail("%v", err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				fail("%v", err)
			}
			return kib
		}
	}
	fail("/proc/self/status has no VmHWM")
	return 0
}
