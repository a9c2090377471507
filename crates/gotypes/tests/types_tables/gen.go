//go:build ignore

// Writes the tables that the tests of goxide-gotypes compare with: what the official Go 1.21 toolchain answers.
//
//	go run gen.go OUTPUT_DIRECTORY
package main

import (
	"bytes"
	"fmt"
	"math"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"unsafe"
)

func main() {
	if len(os.Args) > 2 {
		child(os.Args[1], os.Args[2])
		return
	}
	dir := os.Args[1]
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			panic(err)
		}
	}
	write("grow.tsv", grow())
	write("float.tsv", floats())
	write("complex.tsv", complexes())
	write("convert.tsv", conversions())
	write("errors.tsv", errors())
	write("panics.tsv", panics())
	write("runes.tsv", runes())
	write("gcprog.tsv", gcprogs())
}

// stderr of this program run again.
func again(what, arg string) string {
	var b bytes.Buffer
	c := exec.Command(os.Args[0], what, arg)
	c.Stderr = &b
	c.Run()
	return b.String()
}

// size, old capacity, new length: capacity.
func grow() string {
	var b strings.Builder
	b.WriteString("# element size, old capacity, new length, new capacity\n")
	b.WriteString(growOf[[1]byte]() + growOf[[2]byte]() + growOf[[3]byte]() + growOf[[4]byte]() + growOf[[8]byte]() +
		growOf[[12]byte]() + growOf[[16]byte]() + growOf[[24]byte]() + growOf[[40]byte]() + growOf[[64]byte]() +
		growOf[[100]byte]() + growOf[[1000]byte]() + growOf[[1024]byte]() + growOf[[5000]byte]() +
		growOf[[32768]byte]() + growOf[[40000]byte]())
	return b.String()
}

func growOf[T any]() string {
	var t T
	size := int(unsafe.Sizeof(t))
	var b strings.Builder
	for _, old := range []int{0, 1, 2, 3, 5, 8, 13, 64, 100, 255, 256, 257, 400, 511, 512, 513, 848, 1000, 1024, 5000} {
		if old*size > 1<<23 {
			continue
		}
		for _, num := range []int{1, 2, 7, 300} {
			s := append(make([]T, old, old), make([]T, num)...)
			fmt.Fprintf(&b, "%d\t%d\t%d\t%d\n", size, old, old+num, cap(s))
		}
	}
	return b.String()
}

var special = []float64{0, math.Copysign(0, -1), 1, -1, 2, 10, 9.9999995, 9.99999949, 0.1, 1e-7, 123456.7, 1e22, 1e23, 1e100,
	math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, 2.2250738585072014e-308, math.Pi, 1 / 3.0,
	math.Inf(1), math.Inf(-1), math.NaN(), 1 << 31, 1 << 32, 1 << 52, 1 << 53, 1 << 62, 1 << 63, 1 << 64, -1 << 63,
	1<<63 + 2048, 1<<63 - 1024, -0.5, 0.999999999, 4294967295.5, -4294967296}

func many() []float64 {
	r := rand.New(rand.NewSource(1))
	f := append([]float64(nil), special...)
	for i := 0; i < 150; i++ {
		f = append(f, math.Float64frombits(r.Uint64()))
		f = append(f, r.NormFloat64()*math.Pow(10, float64(r.Intn(40)-20)))
	}
	return f
}

func floats() string {
	out := strings.Split(strings.TrimSpace(again("floats", "")), "\n")
	var b strings.Builder
	b.WriteString("# bits, what print writes\n")
	for i, f := range many() {
		fmt.Fprintf(&b, "%016x\t%s\n", math.Float64bits(f), out[i])
	}
	return b.String()
}

// canonical bits: which NaN it is does not matter.
func bits(f float64) uint64 {
	if f != f {
		return 0x7ff8000000000000
	}
	return math.Float64bits(f)
}

func complexes() string {
	part := []float64{0, math.Copysign(0, -1), 1, -2.5, 3e300, 5e-310, math.Inf(1), math.Inf(-1), math.NaN()}
	r := rand.New(rand.NewSource(2))
	var b strings.Builder
	b.WriteString("# bits of a, b, c, d and of the two parts of (a+bi)/(c+di)\n")
	div := func(x, y, z, w float64) {
		q := complex(x, y) / complex(z, w)
		fmt.Fprintf(&b, "%016x\t%016x\t%016x\t%016x\t%016x\t%016x\n", bits(x), bits(y), bits(z), bits(w), bits(real(q)), bits(imag(q)))
	}
	for _, x := range part {
		for _, y := range part {
			for k := 0; k < 12; k++ {
				div(x, y, part[r.Intn(len(part))], part[r.Intn(len(part))])
			}
		}
	}
	for i := 0; i < 300; i++ {
		f := func() float64 { return r.NormFloat64() * math.Pow(2, float64(r.Intn(200)-100)) }
		div(f(), f(), f(), f())
	}
	return b.String()
}

//go:noinline
func toI64(f float64) int64 { return int64(f) }

//go:noinline
func toU64(f float64) uint64 { return uint64(f) }

func conversions() string {
	var b strings.Builder
	b.WriteString("# bits of f, int64(f), uint64(f), uint32(f), bits of float32(int64(f)), bits of float32(uint64(f)), bits of float64(uint64(f))\n")
	for _, f := range many() {
		i, u := toI64(f), toU64(f)
		fmt.Fprintf(&b, "%016x\t%d\t%d\t%d\t%08x\t%08x\t%016x\n", math.Float64bits(f), i, u, uint32(i),
			math.Float32bits(float32(i)), math.Float32bits(float32(u)), math.Float64bits(float64(u)))
	}
	return b.String()
}

func caught(f func()) (text string) {
	defer func() { text = recover().(error).Error() }()
	f()
	return
}

//go:noinline
func id[T any](x T) T { return x }

type local int

func (local) m() {}

func errors() string {
	s, a := id([]int{1, 2, 3}[:3:3]), id([10]int{})
	big := id([]int{1, 2, 3}[:2])
	i, n, u := id(7), id(-7), id(uint64(1<<63+5))
	rows := []struct {
		what string
		f    func()
	}{
		{"bounds\t0\t7\t1\t3", func() { _ = s[i] }},
		{"bounds\t0\t-7\t1\t3", func() { _ = s[n] }},
		{"bounds\t0\t-9223372036854775803\t0\t3", func() { _ = s[u] }},
		{"bounds\t0\t-9223372036854775808\t1\t3", func() { _ = s[id(math.MinInt)] }},
		{"bounds\t1\t17\t1\t10", func() { _ = a[:i+10] }},
		{"bounds\t1\t-7\t1\t10", func() { _ = a[:n] }},
		{"bounds\t2\t7\t1\t3", func() { _ = s[:i] }},
		{"bounds\t2\t-7\t1\t3", func() { _ = s[:n] }},
		{"bounds\t2\t-9223372036854775803\t0\t3", func() { _ = s[:u] }},
		{"bounds\t3\t7\t1\t2", func() { _ = big[i:] }},
		{"bounds\t3\t-7\t1\t2", func() { _ = big[n:] }},
		{"bounds\t4\t17\t1\t10", func() { _ = a[: 0 : i+10] }},
		{"bounds\t4\t-7\t1\t10", func() { _ = a[:0:n] }},
		{"bounds\t5\t7\t1\t3", func() { _ = s[:0:i] }},
		{"bounds\t5\t-7\t1\t3", func() { _ = s[:0:n] }},
		{"bounds\t6\t7\t1\t3", func() { _ = s[:i:3] }},
		{"bounds\t6\t-7\t1\t3", func() { _ = s[:n:3] }},
		{"bounds\t7\t7\t1\t2", func() { _ = s[i:2:3] }},
		{"bounds\t7\t-7\t1\t2", func() { _ = s[n:2:3] }},
		{"bounds\t8\t4\t1\t3", func() { _ = (*[4]int)(s) }},
		{"error\tmakeslice: len out of range", func() { _ = make([]int, n) }},
		{"error\tmakeslice: cap out of range", func() { _ = make([]int, 0, n) }},
		{"error\tinteger divide by zero", func() { _ = i / id(0) }},
		{"error\tnegative shift amount", func() { _ = i << n }},
		{"error\tinvalid memory address or nil pointer dereference", func() { _ = *id((*int)(nil)) }},
		{"error\tunsafe.Slice: len out of range", func() { _ = unsafe.Slice(&i, n) }},
		{"error\tunsafe.Slice: ptr is nil and len is not zero", func() { _ = unsafe.Slice(id((*int)(nil)), i) }},
		{"error\tunsafe.String: len out of range", func() { _ = unsafe.String(id((*byte)(unsafe.Pointer(&i))), n) }},
		{"error\tunsafe.String: ptr is nil and len is not zero", func() { _ = unsafe.String(id((*byte)(nil)), i) }},
		{"type\tcomparing uncomparable type \t[]int", func() { _ = id(any(s)) == id(any(s)) }},
		{"type\thash of unhashable type \t[]int", func() { _ = id(map[any]int{})[s] }},
		{"plain\tassignment to entry in nil map", func() { id(map[int]int(nil))[1] = 1 }},
		{"plain\tclose of nil channel", func() { close(id((chan int)(nil))) }},
		{"plain\tclose of closed channel", func() { c := make(chan int); close(c); close(c) }},
		{"plain\tsend on closed channel", func() { c := make(chan int); close(c); c <- 1 }},
		{"plain\tmakechan: size out of range", func() { _ = make(chan int, n) }},
		{"assert\tinterface {}\tint\tstring\t", func() { _ = id(any(i)).(string) }},
		{"assert\tinterface {}\t\tstring\t", func() { _ = id(any(nil)).(string) }},
		{"assert\t\t\terror\t", func() { _ = id(any(nil)).(error) }},
		{"assert\t\tmain.local\tinterface { main.m(); main.n() }\tn", func() {
			_ = id(any(local(1))).(interface {
				m()
				n()
			})
		}},
		{"assert\t\tint\terror\tError", func() { _ = id(any(i)).(error) }},
		{"assert\tinterface {}\tmain.local\tmain.local\t", func() { type local int; _ = id(any(local(1))).(localOutside) }},
	}
	var b strings.Builder
	b.WriteString("# what, its arguments, the error's text\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "%s\t=\t%s\n", r.what, caught(r.f))
	}
	return b.String()
}

type localOutside = local

type (
	B    bool
	I    int
	I8   int8
	I16  int16
	I32  int32
	I64  int64
	U    uint
	U8   uint8
	U16  uint16
	U32  uint32
	U64  uint64
	P    uintptr
	F32  float32
	F64  float64
	C64  complex64
	C128 complex128
	S    string
)

var values = []struct {
	row string
	v   any
}{
	{"bool\t1\tbool", true}, {"bool\t1\tmain.B", B(true)},
	{"int\t-5\tint", -5}, {"int\t-5\tmain.I", I(-5)},
	{"int8\t-128\tint8", int8(-128)}, {"int8\t-128\tmain.I8", I8(-128)},
	{"int16\t-5\tint16", int16(-5)}, {"int16\t-5\tmain.I16", I16(-5)},
	{"int32\t77\tint32", int32(77)}, {"int32\t77\tmain.I32", I32(77)},
	{"int64\t-9223372036854775808\tint64", int64(math.MinInt64)}, {"int64\t1\tmain.I64", I64(1)},
	{"uint\t5\tuint", uint(5)}, {"uint\t5\tmain.U", U(5)},
	{"uint8\t255\tuint8", uint8(255)}, {"uint8\t255\tmain.U8", U8(255)},
	{"uint16\t5\tuint16", uint16(5)}, {"uint16\t5\tmain.U16", U16(5)},
	{"uint32\t5\tuint32", uint32(5)}, {"uint32\t5\tmain.U32", U32(5)},
	{"uint64\t5\tuint64", uint64(5)}, {"uint64\t5\tmain.U64", U64(5)},
	{"uintptr\t255\tuintptr", uintptr(255)}, {"uintptr\t255\tmain.P", P(255)},
	{"float32\t1.5\tfloat32", float32(1.5)}, {"float32\t1.5\tmain.F32", F32(1.5)},
	{"float64\t-0.25\tfloat64", -0.25}, {"float64\t-0.25\tmain.F64", F64(-0.25)},
	{"complex64\t1.5,-2\tcomplex64", complex64(complex(1.5, -2))}, {"complex64\t1.5,-2\tmain.C64", C64(complex(1.5, -2))},
	{"complex128\t1.5,-2\tcomplex128", complex(1.5, -2)}, {"complex128\t1.5,-2\tmain.C128", C128(complex(1.5, -2))},
	{"string\ttext\tstring", "text"}, {"string\ttext\tmain.S", S("text")},
}

func panics() string {
	var b strings.Builder
	b.WriteString("# kind, value, type, the panic's first line without 'panic: '\n")
	for i, v := range values {
		line, _, _ := strings.Cut(again("panic", fmt.Sprint(i)), "\n")
		fmt.Fprintf(&b, "%s\t%s\n", v.row, strings.TrimSuffix(strings.TrimPrefix(line, "panic: "), " [recovered]"))
	}
	return b.String()
}

func runes() string {
	r := rand.New(rand.NewSource(3))
	pool := []byte{0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef,
		0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf7, 0xf8, 0xff}
	var b strings.Builder
	b.WriteString("# bytes, runes\n")
	add := func(s string) { fmt.Fprintf(&b, "%x\t%x\n", s, []rune(s)) }
	for _, v := range []string{"a", "é", "世界", "😀", "\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff", "abcdefghijklmnopqé"} {
		add(v)
	}
	for i := 0; i < 400; i++ {
		s := make([]byte, 1+r.Intn(8))
		for j := range s {
			s[j] = pool[r.Intn(len(pool))]
		}
		add(string(s))
	}
	return b.String()
}

//go:linkname gcbits reflect.gcbits
func gcbits(any) []byte

type one struct {
	a int
	p *int
	b [3]int
}

type nested struct {
	x [7]one
	s string
	f float64
}

func gcprogs() string {
	var b strings.Builder
	b.WriteString("# size, pointer bytes, program, runs of equal bits (the first of zeros)\n")
	for _, p := range []any{new([40000]*int), new([9000]one), new([3000]nested), new([2][17000]string), new(struct {
		a [5]int
		b [20000]one
		c [3]*int
		d [50000]int
		e any
	})} {
		type desc struct {
			size, ptrBytes uintptr
			hash           uint32
			flags          [3]uint8
			kind           uint8
			equal          uintptr
			gcdata         *byte
		}
		t := reflect.TypeOf(p).Elem()
		d := (*desc)((*[2]unsafe.Pointer)(unsafe.Pointer(&t))[1])
		if d.kind&64 == 0 {
			panic("no program: " + t.String())
		}
		n := *(*uint32)(unsafe.Pointer(d.gcdata))
		prog := unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(d.gcdata), 4)), n)
		mask := gcbits(p)
		var runs []string
		bit, run := byte(0), 0
		for _, m := range mask {
			if m != bit {
				runs = append(runs, fmt.Sprint(run))
				bit, run = m, 0
			}
			run++
		}
		runs = append(runs, fmt.Sprint(run))
		// Long lists of runs repeat; a hash stands for them.
		h := uint64(14695981039346656037)
		for _, m := range mask {
			h = (h ^ uint64(m)) * 1099511628211
		}
		head := runs
		if len(head) > 20 {
			head = head[:20]
		}
		fmt.Fprintf(&b, "%d\t%d\t%x\t%d\t%s\t%016x\n", d.size, d.ptrBytes, prog, len(mask), strings.Join(head, " "), h)
	}
	return b.String()
}

func child(what, arg string) {
	switch what {
	case "floats":
		for _, f := range many() {
			println(f)
		}
	case "panic":
		var i int
		fmt.Sscan(arg, &i)
		panic(values[i].v)
	}
}
