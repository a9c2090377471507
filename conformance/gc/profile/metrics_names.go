// run

// The metrics of package runtime/metrics that tell of memory exist, and are of the kinds they should be.
package main

import (
	"fmt"
	"runtime/metrics"
	"sort"
	"strings"
)

var names = map[metrics.ValueKind]string{metrics.KindUint64: "uint64", metrics.KindFloat64: "float64", metrics.KindFloat64Histogram: "histogram"}

func main() {
	all := metrics.All()
	fmt.Println("sorted:", sort.SliceIsSorted(all, func(i, j int) bool { return all[i].Name < all[j].Name }))
	var samples []metrics.Sample
	for _, d := range all {
		if strings.HasPrefix(d.Name, "/gc/") || strings.HasPrefix(d.Name, "/memory/") {
			samples = append(samples, metrics.Sample{Name: d.Name})
			if d.Description == "" {
				fmt.Println("not described:", d.Name)
			}
		}
	}
	metrics.Read(samples)
	for _, s := range samples {
		fmt.Println(s.Name, names[s.Value.Kind()])
	}
	unknown := []metrics.Sample{{Name: "/memory/nothing:bytes"}}
	metrics.Read(unknown)
	fmt.Println("unknown:", unknown[0].Value.Kind() == metrics.KindBad)
}
