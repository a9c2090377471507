// run
// stress

// A heap dump, read back: its records are well formed, and what the program knows of itself is in it.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"unsafe"
)

type link struct {
	number int
	next   *link
	text   []byte
}

type table [100]struct {
	p *int
	n int
}

type shower interface{ show() }

type number int

func (n number) show() {}

var (
	list   *link
	big    *table
	iface  shower
	parked = make(chan bool)
)

//go:noinline
func sampled() []byte { return make([]byte, 40000) }

//go:noinline
func waits(a *link) {
	b := &link{number: 99}
	parked <- true
	<-parked
	list.number += a.number + b.number
}

type object struct {
	contents []byte
	pointers []uint64
}

type frame struct {
	name     string
	depth    uint64
	pointers []uint64
	contents []byte
}

type dump struct {
	r          *bufio.Reader
	counts     map[uint64]int
	objects    map[uint64]object
	types      map[uint64]string
	itabs      map[uint64]string
	frames     []frame
	reasons    map[string]int
	segments   []object
	finalizers map[uint64]bool
	stats      []uint64
	samples    map[uint64]uint64
	profile    map[uint64][]string
	errs       []error
}

func (d *dump) int() uint64 {
	v, err := binary.ReadUvarint(d.r)
	if err != nil {
		d.errs = append(d.errs, err)
	}
	return v
}

func (d *dump) ints(n int) (v []uint64) {
	for i := 0; i < n; i++ {
		v = append(v, d.int())
	}
	return
}

func (d *dump) bytes() []byte {
	b := make([]byte, d.int())
	if _, err := io.ReadFull(d.r, b); err != nil {
		d.errs = append(d.errs, err)
	}
	return b
}

func (d *dump) str() string { return string(d.bytes()) }

func (d *dump) pointers() (all []uint64) {
	for {
		switch kind := d.int(); kind {
		case 0:
			return
		case 1:
			all = append(all, d.int())
		default:
			d.errs = append(d.errs, fmt.Errorf("kind %d of a field", kind))
			return
		}
	}
}

func (d *dump) read() {
	line, _ := d.r.ReadString('\n')
	fmt.Printf("%q\n", line)
	for len(d.errs) == 0 {
		tag := d.int()
		d.counts[tag]++
		switch tag {
		case 0:
			_, err := d.r.ReadByte()
			fmt.Println("end:", errors.Is(err, io.EOF))
			return
		case 1:
			at := d.int()
			d.objects[at] = object{d.bytes(), d.pointers()}
		case 2:
			d.str()
			d.int()
		case 3:
			v := d.ints(2)
			d.types[v[0]] = fmt.Sprint(d.str(), " ", v[1])
			d.int()
		case 4:
			d.ints(8)
			d.reasons[d.str()]++
			d.ints(4)
		case 5:
			v := d.ints(3)
			contents := d.bytes()
			d.ints(3)
			d.frames = append(d.frames, frame{d.str(), v[1], d.pointers(), contents})
		case 6:
			v := d.ints(4)
			fmt.Println("params:", v[0], v[1], v[2] < v[3], d.str() == runtime.GOARCH, d.str() == runtime.Version(), d.int() == uint64(runtime.NumCPU()))
		case 7, 11:
			d.finalizers[d.ints(5)[0]] = true
		case 8:
			v := d.ints(2)
			d.itabs[v[0]] = d.types[v[1]]
		case 9:
			d.ints(3)
		case 10:
			d.stats = d.ints(24 + 256 + 1)
		case 12, 13:
			d.int()
			d.segments = append(d.segments, object{d.bytes(), d.pointers()})
		case 14:
			d.ints(7)
		case 15:
			d.ints(6)
		case 16:
			v := d.ints(3)
			var names []string
			for i := uint64(0); i < v[2]; i++ {
				names = append(names, d.str())
				d.str()
				d.int()
			}
			d.profile[v[0]] = names
			d.ints(2)
		case 17:
			v := d.ints(2)
			d.samples[v[0]] = v[1]
		default:
			d.errs = append(d.errs, fmt.Errorf("tag %d", tag))
		}
	}
	fmt.Println(d.errs)
}

func address[T any](p *T) uint64 { return uint64(uintptr(unsafe.Pointer(p))) }

func main() {
	runtime.MemProfileRate = 1
	var prof [1]runtime.MemProfileRecord
	runtime.MemProfile(prof[:0], true)
	for i := 0; i < 10; i++ {
		list = &link{number: i, next: list, text: []byte(fmt.Sprint("text of link ", i))}
	}
	big = new(table)
	for i := range big {
		big[i].n = i
		if i%10 == 0 {
			big[i].p = new(int)
		}
	}
	iface = number(7)
	sample := sampled()
	final := &link{number: 4711}
	runtime.SetFinalizer(final, func(*link) {})
	go waits(&link{number: 98})
	<-parked
	for i := 0; i < 10; i++ {
		runtime.Gosched()
	}

	f, err := os.CreateTemp("", "dump")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.Remove(f.Name())
	runtime.GC()
	debug.WriteHeapDump(f.Fd())
	text, err := os.ReadFile(f.Name())
	fmt.Println(err)
	d := &dump{
		r: bufio.NewReader(bytes.NewReader(text)), counts: map[uint64]int{}, objects: map[uint64]object{}, types: map[uint64]string{},
		itabs: map[uint64]string{}, reasons: map[string]int{}, finalizers: map[uint64]bool{}, samples: map[uint64]uint64{},
		profile: map[uint64][]string{},
	}
	d.read()

	// The list, by its pointers.
	n := 0
	for at := address(list); at != 0; n++ {
		o, ok := d.objects[at]
		if !ok || len(o.contents) != 48 || fmt.Sprint(o.pointers) != "[8 16]" {
			fmt.Println("link", n, ok, len(o.contents), o.pointers)
			break
		}
		want := fmt.Sprint("text of link ", binary.LittleEndian.Uint64(o.contents))
		if t := d.objects[binary.LittleEndian.Uint64(o.contents[16:])]; !strings.HasPrefix(string(t.contents), want) || len(t.pointers) != 0 {
			fmt.Printf("text of link %d: %q\n", n, t.contents)
		}
		at = binary.LittleEndian.Uint64(o.contents[8:])
	}
	fmt.Println("links:", n)
	t := d.objects[address(big)]
	// Whether the room behind the table is shown too is the runtime's business.
	fmt.Println("table:", len(t.contents), len(t.pointers) >= 100, t.pointers[:3])
	s := d.objects[address(&sample[0])]
	fmt.Println("sampled:", len(s.contents), len(s.pointers), d.samples[address(&sample[0])] != 0)
	fmt.Println("finalizer:", d.finalizers[address(final)])

	word := (*[2]uintptr)(unsafe.Pointer(&iface))
	fmt.Println("itab:", d.itabs[uint64(word[0])])

	found := map[string]bool{}
	for _, f := range d.frames {
		if strings.HasPrefix(f.name, "main.") && !found[f.name] {
			found[f.name] = true
			fmt.Println("frame:", f.name, f.depth > 0, len(f.contents) > 0, len(f.pointers) > 0)
		}
	}
	fmt.Println("goroutines:", d.counts[4] >= 2, d.reasons["dumping heap"], d.reasons["chan receive"])

	in := func(o object, p uint64) bool {
		for _, at := range o.pointers {
			if binary.LittleEndian.Uint64(o.contents[at:]) == p {
				return true
			}
		}
		return false
	}
	fmt.Println("globals:", len(d.segments), in(d.segments[0], address(list)) || in(d.segments[1], address(list)))
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Println("statistics:", d.stats[1] > 0 && d.stats[1] <= m.TotalAlloc, d.stats[280] > 0 && d.stats[280] <= uint64(m.NumGC))
	seen := false
	for _, names := range d.profile {
		for _, name := range names {
			seen = seen || name == "main.sampled"
		}
	}
	fmt.Println("profile:", seen)
	fmt.Println("threads:", d.counts[9] > 0)
	parked <- true
	runtime.KeepAlive(sample)
	runtime.KeepAlive(final)
}
