// run
// stress

// The goroutine profile has a record for each goroutine, with its stack and its labels.
package main

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"runtime"
	"runtime/pprof"
	"sort"
	"strings"
	"sync"
)

var (
	stop    = make(chan bool)
	ready   sync.WaitGroup
	stopped sync.WaitGroup
)

//go:noinline
func waitForStop() {
	ready.Done()
	<-stop
	stopped.Done()
}

//go:noinline
func waitForLock(mu *sync.Mutex) {
	ready.Done()
	mu.Lock()
	mu.Unlock()
	stopped.Done()
}

// settle waits until all goroutines but the calling one are parked.
func settle(mu *sync.Mutex) {
	for {
		buf := make([]byte, 1<<16)
		text := string(buf[:runtime.Stack(buf, true)])
		if strings.Count(text, "[chan receive")+strings.Count(text, "[sync.Mutex.Lock") == 5 {
			return
		}
		runtime.Gosched()
	}
}

func main() {
	var mu sync.Mutex
	mu.Lock()
	ready.Add(5)
	stopped.Add(5)
	pprof.Do(context.Background(), pprof.Labels("job", "wait", "size", "small"), func(context.Context) {
		go waitForStop()
		go waitForStop()
	})
	go waitForStop()
	go waitForLock(&mu)
	pprof.Do(context.Background(), pprof.Labels("job", "lock"), func(context.Context) {
		go waitForLock(&mu)
	})
	ready.Wait()
	settle(&mu)

	n, ok := runtime.GoroutineProfile(nil)
	fmt.Println(n, ok)
	p := make([]runtime.StackRecord, n-1)
	n, ok = runtime.GoroutineProfile(p)
	fmt.Println(n, ok, p[0] == runtime.StackRecord{})
	p = make([]runtime.StackRecord, n+5)
	n, ok = runtime.GoroutineProfile(p)
	fmt.Println(n, ok, len(p[n].Stack()))
	var lines []string
	for i, r := range p[:n] {
		var names []string
		frames := runtime.CallersFrames(r.Stack())
		for {
			f, more := frames.Next()
			if !strings.HasPrefix(f.Function, "runtime.") {
				names = append(names, f.Function)
			}
			if !more {
				break
			}
		}
		line := strings.Join(names, " < ")
		if i == 0 {
			fmt.Println("first:", line)
		} else {
			lines = append(lines, line)
		}
	}
	sort.Strings(lines)
	fmt.Println(strings.Join(lines, "\n"))

	var text bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&text, 1); err != nil {
		fmt.Println(err)
	}
	lines = nil
	head := regexp.MustCompile(`^(\d+) @`)
	label := regexp.MustCompile(`^# labels: .*`)
	call := regexp.MustCompile(`^#\t0x[0-9a-f]+\t(main\.\w+)`)
	for _, block := range strings.Split(text.String(), "\n\n") {
		var line string
		for _, l := range strings.Split(block, "\n") {
			if m := head.FindStringSubmatch(l); m != nil {
				line += m[1]
			} else if m := label.FindString(l); m != "" {
				line += " " + m
			} else if m := call.FindStringSubmatch(l); m != nil {
				line += " " + m[1]
			} else if strings.HasPrefix(l, "goroutine profile") {
				fmt.Println(l)
			}
		}
		lines = append(lines, line)
	}
	sort.Strings(lines)
	fmt.Println(strings.Join(lines, "\n"))

	var packed bytes.Buffer
	fmt.Println(pprof.Lookup("goroutine").WriteTo(&packed, 0), packed.Len() > 100)
	mu.Unlock()
	close(stop)
	stopped.Wait()

	threads, ok := runtime.ThreadCreateProfile(nil)
	fmt.Println(threads > 0, ok)
	t := make([]runtime.StackRecord, threads+20)
	threads, ok = runtime.ThreadCreateProfile(t)
	fmt.Println(threads > 0, ok)
	text.Reset()
	fmt.Println(pprof.Lookup("threadcreate").WriteTo(&text, 1))
	fmt.Println(strings.HasPrefix(text.String(), "threadcreate profile: total "))
}
