// run
// stress

// Labels of goroutines, which only the runtime holds, survive, and are passed on to the goroutines that
// are started beneath them.
package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
)

var sink any

func churn() {
	runtime.GC()
	for i := 0; i < 1000; i++ {
		sink = map[string]string{"rubbish": fmt.Sprint(i)}
		sink = strings.Repeat("#", i%50)
	}
}

func main() {
	var ready, wg sync.WaitGroup
	gate := make(chan bool)
	const n = 20
	for i := 0; i < n; i++ {
		wg.Add(1)
		ready.Add(2)
		go func(i int) {
			defer wg.Done()
			func() {
				labels := pprof.Labels(fmt.Sprint("key", i), fmt.Sprint("value", i), "common", strings.Repeat("x", 1+i%3))
				pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), labels))
			}()
			wg.Add(1)
			go func() {
				defer wg.Done()
				ready.Done()
				<-gate
			}()
			ready.Done()
			<-gate
		}(i)
	}
	ready.Wait()
	for i := 0; i < 5; i++ {
		churn()
	}
	var text strings.Builder
	if err := pprof.Lookup("goroutine").WriteTo(&text, 1); err != nil {
		fmt.Println(err)
	}
	wrong := 0
	for i := 0; i < n; i++ {
		want := fmt.Sprintf(`# labels: {"common":"%s", "key%d":"value%d"}`, strings.Repeat("x", 1+i%3), i, i)
		if strings.Count(text.String(), want) < 1 {
			wrong++
		}
	}
	close(gate)
	wg.Wait()
	pprof.Do(context.Background(), pprof.Labels("a", fmt.Sprint("b", 1)), func(ctx context.Context) {
		churn()
		v, ok := pprof.Label(ctx, "a")
		fmt.Println(v, ok)
	})
	fmt.Println("wrong:", wrong)
}
