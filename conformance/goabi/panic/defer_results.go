// run

// Deferred functions see and change named results, whichever way the function ends.
package main

import (
	"errors"
	"fmt"
)

func double() (n int) {
	defer func() { n *= 2 }()
	n = 5
	return n + 1
}

func wrap(fail bool) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("wrap: %w", err)
		}
	}()
	if fail {
		return errors.New("inner")
	}
	return nil
}

func shadow() (s string) {
	defer func() { s += "!" }()
	{
		s := "shadowed"
		_ = s
	}
	s = "a"
	return s + "b"
}

func several() (a, b int) {
	defer func() { a, b = b, a }()
	defer func(x int) { b += x }(a)
	return 1, 2
}

func loop() (sum int) {
	for i := 1; i <= 4; i++ {
		defer func(k int) { sum = sum*10 + k }(i)
	}
	return 0
}

func fromPanic() (v int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = r.(error)
		}
	}()
	v = 7
	return v / (v - 7), nil
}

func big() (arr [50]int) {
	defer func() { arr[49]++ }()
	arr[49] = 1
	return arr
}

func main() {
	fmt.Println(double(), wrap(true), wrap(false), shadow())
	fmt.Println(several())
	fmt.Println(loop())
	fmt.Println(fromPanic())
	fmt.Println(big()[49])
}
