// run

// The verbs of fmt with flags, widths and precisions, for values of all kinds.
package main

import (
	"errors"
	"fmt"
	"os"
)

type point struct {
	X, Y int
	tag  string
}

type temp float64

func (t temp) String() string { return fmt.Sprintf("%.1f degrees", float64(t)) }

type custom struct{}

func (custom) Format(s fmt.State, verb rune) {
	w, hasW := s.Width()
	fmt.Fprintf(s, "<%c %d %v %v>", verb, w, hasW, s.Flag('+'))
}

type bad struct{ p *int }

func (b bad) String() string { return fmt.Sprint(*b.p) }

func main() {
	p := point{1, -2, "t"}
	fmt.Printf("%v %+v %#v %T\n", p, p, p, p)
	fmt.Printf("%v %+v\n", &p, []*int{nil})
	fmt.Printf("[%5d|%-5d|%05d|%+d|%x|%X|%#x|%o|%#o|%b|%c|%q|%U|%#U]\n", 42, 42, 42, 42, 255, 255, 255, 8, 8, 5, 'x', 'x', 'é', 'é')
	fmt.Printf("[%f|%.2f|%8.3f|%-8.1f|%+.1e|%g|%G|%.3g|%x|%08.2f]\n", 3.14159, 3.14159, 3.14159, 3.14159, 31415.9, 1e21, 1e-7, 1234.5, 1.5, -3.14159)
	fmt.Printf("[%s|%10s|%-10s|%.2s|%q|%x|% X|%#q|%+q]\n", "héllo", "right", "left", "héllo", "quo\"te", "hex", "hex", "back", "é")
	fmt.Printf("[%t|%v|%p|%v|%d]\n", true, nil, nil, []byte("ab"), []byte("ab"))
	fmt.Printf("%v %v %v %v\n", temp(36.6), []temp{1, 2}, map[string]temp{"a": 3}, struct{ T temp }{4})
	fmt.Printf("%v %+10d %s\n", custom{}, custom{}, custom{})
	fmt.Printf("%d %s %!|%z %d\n", "str", 5, 1)
	fmt.Printf("%[2]d %[1]d %[3]*.[2]*[1]f|%d %d\n", 1, 2, 8)
	fmt.Printf("%*d|%-*d|%.*f\n", 6, 1, 6, 2, 2, 3.14159)
	fmt.Printf("%v %s %v\n", errors.New("err"), error(nil), fmt.Errorf("w: %w", os.ErrNotExist))
	fmt.Printf("%v|%s\n", bad{}, (*point)(nil))
	fmt.Printf("%v %.1f %T\n", 1+2i, 3-4i, complex64(1))
	fmt.Printf("%6.2f|%x|%v|%v\n", []float64{1, 2.5}, []string{"a", "bc"}, [2]bool{true}, struct{}{})
	fmt.Printf("%#v %#v %#v %#v\n", []interface{}{1, "a", nil}, map[int]bool{1: true}, 'x', [3]uint8{1})
	fmt.Println(fmt.Sprint("a", 1, 2, "b", "c", 3.0, nil, 'x'), fmt.Sprintln("end", 1) == "end 1\n")
	fmt.Printf("%t %d\n", 1)
}
