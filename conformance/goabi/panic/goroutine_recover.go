// run
// stress

// Each goroutine recovers its own panics; a thousand of them at once.
package main

import (
	"fmt"
	"sync"
)

func work(id int) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("worker %d: %v", id, r)
		}
	}()
	list := make([]int, id%7)
	return fmt.Errorf("fine %d", list[id%5]+id%5)
}

func main() {
	var wg sync.WaitGroup
	errs := make([]error, 1000)
	for i := range errs {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			for round := 0; round < 3; round++ {
				errs[i] = work(i)
			}
		}(i)
	}
	wg.Wait()
	fine, bad := 0, 0
	for i, err := range errs {
		switch err.Error() {
		case fmt.Sprint("fine ", i%5):
			fine++
		case fmt.Sprintf("worker %d: runtime error: index out of range [%d] with length %d", i, i%5, i%7):
			bad++
		default:
			fmt.Println(err)
		}
	}
	fmt.Println(fine, bad)
	fmt.Println(errs[7], "/", errs[8])
}
