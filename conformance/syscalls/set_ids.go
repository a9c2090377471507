// run

// Setuid and its like go over all threads; to what they are already, they succeed.

package main

import (
	"fmt"
	"runtime"
	"sync"
	"syscall"
)

func main() {
	var wg sync.WaitGroup
	stop := make(chan bool)
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			runtime.LockOSThread()
			<-stop
		}()
	}
	uid, gid := syscall.Getuid(), syscall.Getgid()
	fmt.Println(syscall.Setuid(uid), syscall.Setgid(gid), syscall.Setreuid(uid, uid), syscall.Setregid(gid, gid))
	fmt.Println(syscall.Setresuid(uid, uid, uid), syscall.Setresgid(gid, gid, gid), syscall.Seteuid(uid), syscall.Setegid(gid))
	fmt.Println(syscall.Getuid() == uid, syscall.Getgid() == gid)
	close(stop)
	wg.Wait()
}
