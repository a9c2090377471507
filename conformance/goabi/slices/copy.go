// run

// copy: overlapping both ways, shorter of the two, all sizes and element kinds.
package main

import "fmt"

type cell struct {
	n int
	s string
	p *int
}

func main() {
	wrong := 0
	for n := 0; n < 300; n += 1 + n/20 {
		for _, shift := range []int{0, 1, 3, 8, 17, 64} {
			buf := make([]byte, n+shift)
			for i := range buf {
				buf[i] = byte(i * 7)
			}
			// Forwards over itself.
			if copy(buf[shift:], buf[:n]) != n {
				wrong++
			}
			for i := 0; i < n; i++ {
				if buf[i+shift] != byte(i*7) {
					wrong++
				}
			}
			for i := range buf {
				buf[i] = byte(i * 5)
			}
			copy(buf, buf[shift:])
			for i := 0; i < n; i++ {
				if buf[i] != byte((i+shift)*5) {
					wrong++
				}
			}
		}
	}
	fmt.Println("wrong:", wrong)
	a, b := []int{1, 2, 3, 4, 5}, []int{9, 8}
	fmt.Println(copy(a, b), a, copy(b, a[2:]), b, copy(a[4:], a), a, copy(a, []int(nil)), copy(a[:0], a))
	x := 5
	cells := []cell{{1, "one", &x}, {2, "two", nil}, {3, "three", &x}, {4, "four", nil}}
	copy(cells[1:], cells)
	fmt.Println(cells[0].s, cells[1].s, cells[2].s, cells[3].s, *cells[3].p)
	copy(cells, cells[2:])
	fmt.Println(cells[0].s, cells[1].s, cells[0].p == nil, *cells[1].p)
	var arr [4]string
	fmt.Println(copy(arr[:], []string{"a", "b"}), arr, copy(arr[1:], arr[:]), arr)
	fmt.Println(copy(make([]struct{}, 7), make([]struct{}, 5)))
}
