// What package runtime/metrics reads: Rust fills samples in; the counters of package internal/godebug are Go functions, which
// are called here.

package runtime

import (
	"internal/godebugs"
	"unsafe"
)

// metricSample and metricHistogram have the layout of the types of package runtime/metrics.
type metricSample struct {
	name   string
	kind   int
	scalar uint64
	hist   *metricHistogram
}

type metricHistogram struct {
	counts  []uint64
	buckets []float64
}

const metricUint64 = 1

var metricHistogramType any = metricHistogram{}

//go:linkname readMetrics runtime/metrics.runtime_readMetrics
func readMetrics(samples unsafe.Pointer, len int, cap int) {
	list := unsafe.Slice((*metricSample)(samples), len)
	prepareMetrics0(list, efaceOf(&metricHistogramType)._type)
	readMetrics0(list)
	for i := range list {
		if s := &list[i]; s.kind == 0 {
			if n, ok := godebugMetric(s.name); ok {
				s.kind, s.scalar = metricUint64, n
			}
		}
	}
}

func prepareMetrics0(samples []metricSample, hist *_type)

func readMetrics0(samples []metricSample)

// panicnilEvents is how often a panic was nil because of GODEBUG. As in Go, such are counted if internal/godebug is there.
func panicnilEvents() uint64

const (
	godebugPrefix = "/godebug/non-default-behavior/"
	godebugSuffix = ":events"
)

// godebugMetric counts uses of a setting that is not the default: none, until package internal/godebug registers a counter.
func godebugMetric(name string) (n uint64, ok bool) {
	a, b := len(godebugPrefix), len(name)-len(godebugSuffix)
	if b < a || name[:a] != godebugPrefix || name[b:] != godebugSuffix {
		return 0, false
	}
	for i := range godebugCounts {
		if c := &godebugCounts[i]; c.name == name {
			return c.read(), true
		}
	}
	setting := name[a:b]
	if setting == "panicnil" && godebugNewInc != nil {
		return panicnilEvents(), true
	}
	for i := range godebugs.All {
		if info := &godebugs.All[i]; info.Name == setting && !info.Opaque {
			return 0, true
		}
	}
	return 0, false
}

//go:linkname readMetricNames runtime/metrics_test.runtime_readMetricNames
func readMetricNames() (names []string) {
	for i := 0; ; i++ {
		name := metricName0(i)
		if name == "" {
			break
		}
		names = append(names, name)
	}
	for i := range godebugs.All {
		if info := &godebugs.All[i]; !info.Opaque {
			names = append(names, godebugPrefix+info.Name+godebugSuffix)
		}
	}
	return
}

func metricName0(i int) string
