// run

// The classes of processor time hang together.
package main

import (
	"fmt"
	"math"
	"runtime"
	"runtime/metrics"
	"strings"
	"time"
)

func read() map[string]float64 {
	var samples []metrics.Sample
	for _, d := range metrics.All() {
		if strings.HasPrefix(d.Name, "/cpu/") {
			samples = append(samples, metrics.Sample{Name: d.Name})
		}
	}
	metrics.Read(samples)
	v := map[string]float64{}
	for _, s := range samples {
		v[strings.TrimSuffix(strings.TrimPrefix(s.Name, "/cpu/classes/"), ":cpu-seconds")] = s.Value.Float64()
	}
	return v
}

type tree struct{ l, r *tree }

func build(n int) *tree {
	if n == 0 {
		return nil
	}
	return &tree{build(n - 1), build(n - 1)}
}

func main() {
	began := time.Now()
	keep := build(14)
	runtime.GC()
	a := read()
	for time.Since(began) < 100*time.Millisecond {
		build(12)
	}
	runtime.GC()
	b := read()
	near := func(x, y float64) bool { return math.Abs(x-y) <= 0.02*(1e-3+math.Abs(x)) }
	procs := float64(runtime.GOMAXPROCS(0))
	elapsed := time.Since(began).Seconds()
	fmt.Println("classes:", len(a))
	for name, x := range a {
		if x < 0 || b[name] < x && name != "user" {
			fmt.Println(name, x, b[name])
		}
	}
	fmt.Println("gc:", near(b["gc/total"], b["gc/mark/assist"]+b["gc/mark/dedicated"]+b["gc/mark/idle"]+b["gc/pause"]))
	fmt.Println("scavenging:", near(b["scavenge/total"], b["scavenge/assist"]+b["scavenge/background"]))
	fmt.Println("total:", near(b["total"], b["gc/total"]+b["scavenge/total"]+b["idle"]+b["user"]))
	fmt.Println("all there was:", b["total"] > 0.09*procs, b["total"] < (elapsed+5)*procs)
	fmt.Println("marked:", b["gc/total"] > 0, "used:", b["user"] >= 0)
	runtime.KeepAlive(keep)
}
