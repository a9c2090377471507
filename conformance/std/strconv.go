// run

// Numbers to text and back: bases, limits, shortest floats, quoting, errors.
package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

func main() {
	for _, s := range []string{"0", "-12", "+7", "9223372036854775807", "9223372036854775808", "", "1_000", "0x10", "abc", "1.5"} {
		v, err := strconv.ParseInt(s, 10, 64)
		w, err2 := strconv.ParseInt(s, 0, 64)
		fmt.Println(v, err, w, err2)
	}
	u, err := strconv.ParseUint("300", 10, 8)
	fmt.Println(u, err, errors.Is(err, strconv.ErrRange))
	for _, s := range []string{"1", "1e400", "-1e-400", "0.1", "1e23", "inf", "-Infinity", "nan", "0x1p-2", "1e", "5e-324", "1.7976931348623157e308", "2.2250738585072011e-308", "123456789012345678901234567890"} {
		f, err := strconv.ParseFloat(s, 64)
		fmt.Println(f, err)
	}
	f32, err := strconv.ParseFloat("16777217.5", 32)
	fmt.Println(f32, err)
	for _, f := range []float64{0.1, 1.0 / 3, 1e21, 1e20, 123456789, math.MaxFloat64, math.SmallestNonzeroFloat64, 5e-7, 100, math.Inf(-1)} {
		fmt.Print(strconv.FormatFloat(f, 'g', -1, 64), " ", strconv.FormatFloat(f, 'e', 3, 64), " ", strconv.FormatFloat(f, 'f', -1, 32), "; ")
	}
	fmt.Println()
	wrong := 0
	for i := uint64(1); i < 3000; i++ {
		f := math.Float64frombits(i * 0x1234567890abcd)
		back, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', -1, 64), 64)
		if err == nil && back != f && f == f {
			wrong++
		}
	}
	fmt.Println("wrong:", wrong)
	fmt.Println(strconv.FormatInt(-255, 16), strconv.FormatInt(math.MinInt64, 36), strconv.Itoa(-0), strconv.FormatUint(math.MaxUint64, 2))
	fmt.Println(strconv.Quote("tab\t\"é\x00\u200b\xff"), strconv.QuoteToASCII("é世"), strconv.QuoteRune('☺'))
	s, err := strconv.Unquote(`"a\tb\u00e9\x41\101"`)
	fmt.Println(s, err)
	_, err = strconv.Unquote(`"open`)
	b, err2 := strconv.ParseBool("T")
	_, err3 := strconv.Atoi("12x")
	fmt.Println(err, b, err2, err3, string(strconv.AppendInt([]byte("n="), 5, 10)))
}
