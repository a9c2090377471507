// run

// Slices, maps and channels: which runtime functions does the compiler call for them?
package main

import "sync"

func slices(n int) []int {
	s := make([]int, n)
	s = append(s, n)
	t := make([]int, len(s))
	copy(t, s)
	return t[:n]
}

func maps(key string) int {
	m := make(map[string]int, 100)
	m[key] = 1
	v := m[key]
	w, ok := m["other"]
	if ok {
		v += w
	}
	for _, x := range m {
		v += x
	}
	delete(m, key)
	return v
}

func channels() int {
	c, quit := make(chan int, 3), make(chan struct{})
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		c <- 1
		close(quit)
	}()
	v := <-c
	select {
	case w, ok := <-c:
		if ok {
			v += w
		}
	case <-quit:
	}
	select {
	case c <- 2:
	default:
	}
	wg.Wait()
	close(c)
	for w := range c {
		v += w
	}
	return v
}

func main() {
	println(len(slices(3)), maps("k"), channels())
}
