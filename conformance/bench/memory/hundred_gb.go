// run report.go

// A hundred gigabytes (or as many as the argument says) of objects of mixed sizes, over a live heap of 50 MB that is
// replaced all the time: whatever the collector does not find, or keeps in pieces, shows as resident memory. An
// operation is a megabyte.
package main

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"time"
)

// A class is the live objects of one size. The sizes are powers of two and what lies between.
type class struct {
	size    int
	objects [][]byte
	ids     []uint64
}

// A link is an object with pointers: to its data, and to another link that is live.
type link struct {
	peer *link
	id   uint64
	data *[4]uint64
}

const (
	perClass = 5 << 19
	links    = 50_000
)

var sizes = []int{16, 48, 80, 160, 288, 640, 1280, 2688, 5376, 9472, 19072, 40960, 131072, 1 << 20}

func main() {
	total := uint64(argument(100) * 1e9)
	classes := make([]class, len(sizes))
	for i, size := range sizes {
		n := max(3, perClass/size)
		classes[i] = class{size, make([][]byte, n), make([]uint64, n)}
	}
	chain := make([]*link, links)
	r := random(1)
	w := watch(time.Millisecond)
	start := time.Now()
	sum, id, made := checksum, uint64(0), uint64(0)
	for made < total {
		// About as many bytes of each class, in runs of the larger ones' size.
		c := &classes[r.below(len(classes))]
		for left := 16 << 10; left > 0; left -= c.size {
			id++
			at := r.below(len(c.objects))
			if old := c.objects[at]; old != nil {
				first := binary.LittleEndian.Uint64(old)
				last := binary.LittleEndian.Uint64(old[c.size-8:])
				if first != c.ids[at] || last != c.ids[at] {
					fail("object %d of %d bytes holds %d and %d", c.ids[at], c.size, first, last)
				}
				sum = mix(sum, first)
			}
			fresh := make([]byte, c.size)
			binary.LittleEndian.PutUint64(fresh, id)
			binary.LittleEndian.PutUint64(fresh[c.size-8:], id)
			c.objects[at], c.ids[at] = fresh, id
			made += uint64(c.size)
		}
		for i := 0; i < 32; i++ {
			id++
			at := r.below(links)
			if old := chain[at]; old != nil {
				if old.data[3] != old.id {
					fail("link %d holds %d", old.id, old.data[3])
				}
				sum = mix(sum, old.id)
				// No node's peer is more than one step from the table.
				old.peer = nil
			}
			chain[at] = &link{chain[r.below(links)], id, &[4]uint64{3: id}}
			made += 24 + 32
		}
	}
	perOp("hundred_gb", time.Since(start), int(made/1e6))
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	for _, c := range classes {
		for at, object := range c.objects {
			if object != nil && binary.LittleEndian.Uint64(object) != c.ids[at] {
				fail("object %d was changed", c.ids[at])
			}
			sum = mix(sum, c.ids[at])
		}
	}
	for _, l := range chain {
		if l != nil {
			sum = mix(sum, l.id+l.data[3])
		}
	}
	fmt.Printf("live_heap %d MiB\n", stats.HeapAlloc>>20)
	check("objects", id)
	check("sum", sum)
	w.report()
}
