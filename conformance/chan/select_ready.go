// run

// A select takes a case that is ready, of whatever kind it is.
package main

import "fmt"

func main() {
	ints := make(chan int, 1)
	strs := make(chan string, 1)
	flts := make(chan float64)
	pick := func() string {
		select {
		case v := <-ints:
			return fmt.Sprint("int ", v)
		case v, ok := <-strs:
			return fmt.Sprint("string ", v, ok)
		case flts <- 1.5:
			return "float sent"
		}
	}
	ints <- 1
	fmt.Println(pick())
	strs <- "one"
	fmt.Println(pick())
	got := make(chan float64)
	go func() { got <- <-flts }()
	fmt.Println(pick(), <-got)

	result := make(chan string)
	for i := 0; i < 3; i++ {
		go func() { result <- pick() }()
		switch i {
		case 0:
			ints <- 5
		case 1:
			fmt.Println(<-flts)
		case 2:
			close(strs)
		}
		fmt.Println(<-result)
	}
}
