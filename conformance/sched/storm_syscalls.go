// run
// stress

// Short, long and endless system calls among goroutines that want the processor: none starves, and
// the call that only another goroutine can end does end.
package main

import (
	"fmt"
	"sync"
	"syscall"
)

func main() {
	var wg sync.WaitGroup
	zero, err := syscall.Open("/dev/zero", syscall.O_RDONLY, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	for g := 0; g < 6; g++ {
		wg.Add(3)
		var fds [2]int
		if err := syscall.Pipe2(fds[:], 0); err != nil {
			fmt.Println(err)
			return
		}
		ready, echo := make(chan bool), make(chan byte)
		go func() {
			defer wg.Done()
			buf := make([]byte, 512)
			for i := 0; i < 50; i++ {
				buf[i] = 1
				if n, err := syscall.Read(zero, buf); n != len(buf) || err != nil || buf[i] != 0 {
					panic(fmt.Sprint("zero: ", n, err))
				}
				if i%10 == 0 {
					t := syscall.Timespec{Nsec: 20_000}
					syscall.Nanosleep(&t, nil)
				}
			}
		}()
		go func() {
			defer wg.Done()
			b := make([]byte, 1)
			for i := 0; i < 10; i++ {
				ready <- true
				if n, err := syscall.Read(fds[0], b); n != 1 || err != nil {
					panic(fmt.Sprint("pipe: ", n, err))
				}
				echo <- b[0]
			}
		}()
		go func() {
			defer wg.Done()
			for i := 0; i < 10; i++ {
				<-ready
				if n, err := syscall.Write(fds[1], []byte{byte(i)}); n != 1 || err != nil {
					panic(fmt.Sprint("write: ", n, err))
				}
				if b := <-echo; b != byte(i) {
					panic("the wrong byte")
				}
			}
		}()
	}
	wg.Wait()
	fmt.Println("all ended")
}
