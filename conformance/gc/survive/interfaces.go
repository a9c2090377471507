// run
// stress

// What interfaces hold: pointers, values in boxes, functions, maps, channels, and other interfaces.
package main

import (
	"errors"
	"fmt"
	"runtime"
)

type shape interface{ area() int }

type square struct{ side int }
type rect struct {
	w, h *int
	name string
}
type alias []int
type fun func() int
type ptr struct{ p *int }

func (s square) area() int { return s.side * s.side }
func (r *rect) area() int  { return *r.w * *r.h }
func (a alias) area() int  { return len(a) * a[0] }
func (f fun) area() int    { return f() }
func (p ptr) area() int    { return *p.p }

var sink any

func churn() {
	runtime.GC()
	for i := 0; i < 2000; i++ {
		n := -i
		sink = n
		sink = &rect{&n, &n, "rubbish"}
		sink = alias{n, n, n}
		sink = fmt.Sprint("rubbish", i)
	}
}

func main() {
	var shapes []shape
	var anys []any
	want := 0
	for i := 1; i <= 500; i++ {
		a, b := i, i+1
		shapes = append(shapes, square{i}, &rect{&a, &b, fmt.Sprint(i)}, alias{i, i, i}, fun(func() int { return a * 2 }), ptr{&b})
		want += i*i + i*(i+1) + 3*i + 2*i + i + 1
		err := fmt.Errorf("outer %d: %w", i, errors.New(fmt.Sprint("inner", i)))
		anys = append(anys, fmt.Sprint("string", i), float64(i)/2, []any{i, fmt.Sprint(i)}, map[string]any{"k": &a}, err, complex(float64(i), 1), [2]*int{&a, &b})
	}
	for i := 0; i < 3; i++ {
		churn()
	}
	got := 0
	for _, s := range shapes {
		got += s.area()
	}
	fmt.Println("shapes:", got == want, got)
	wrong := 0
	for j, x := range anys {
		i := j/7 + 1
		ok := false
		switch v := x.(type) {
		case string:
			ok = v == fmt.Sprint("string", i)
		case float64:
			ok = v == float64(i)/2
		case []any:
			ok = v[0] == i && v[1] == fmt.Sprint(i)
		case map[string]any:
			ok = *v["k"].(*int) == i
		case error:
			ok = v.Error() == fmt.Sprintf("outer %d: inner%d", i, i) && errors.Unwrap(v).Error() == fmt.Sprint("inner", i)
		case complex128:
			ok = real(v) == float64(i)
		case [2]*int:
			ok = *v[0] == i && *v[1] == i+1
		}
		if !ok {
			wrong++
		}
	}
	fmt.Println("values:", len(anys), "wrong:", wrong)
}
