// run

// All metrics that package runtime/metrics describes are known, and of the kind that it says; others are not.
package main

import (
	"fmt"
	"runtime/metrics"
)

func main() {
	all := metrics.All()
	samples := make([]metrics.Sample, len(all))
	for i, d := range all {
		samples[i].Name = d.Name
	}
	metrics.Read(samples)
	for i, d := range all {
		v := samples[i].Value
		fmt.Println(d.Name, v.Kind() == d.Kind, d.Cumulative)
	}
	samples = []metrics.Sample{{Name: "/no/such:thing"}, {Name: ""}, {Name: "/gc/gogc:percent"}, {Name: "/gc/gogc"}}
	metrics.Read(samples)
	for _, s := range samples {
		fmt.Println(s.Name, s.Value.Kind() == metrics.KindBad)
	}
	for _, name := range []string{
		"/godebug/non-default-behavior/nosuchsetting:events", "/godebug/non-default-behavior/:events", "/godebug/non-default-behavior/",
		"/godebug/non-default-behavior:events",
	} {
		s := []metrics.Sample{{Name: name}}
		metrics.Read(s)
		fmt.Println(s[0].Value.Kind() == metrics.KindBad)
	}
}
