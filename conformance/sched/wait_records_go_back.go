// run
// timeout: 60

// What goroutines leave where they wait goes back when they have gone on: a hundred thousand waits at once are not what a program holds for ever.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

const (
	goroutines = 2000
	channels   = 60
)

func wait() {
	var cases [channels]chan int
	for i := range cases {
		cases[i] = make(chan int)
	}
	var wg sync.WaitGroup
	for i := 0; i < goroutines; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			selectAll(&cases)
		}()
	}
	for waiting() < goroutines {
		time.Sleep(time.Millisecond)
	}
	close(cases[channels-1])
	wg.Wait()
}

func selectAll(c *[channels]chan int) {
	select {
	case <-c[0]:
	case <-c[1]:
	case <-c[2]:
	case <-c[3]:
	case <-c[4]:
	case <-c[5]:
	case <-c[6]:
	case <-c[7]:
	case <-c[8]:
	case <-c[9]:
	case <-c[10]:
	case <-c[11]:
	case <-c[12]:
	case <-c[13]:
	case <-c[14]:
	case <-c[15]:
	case <-c[16]:
	case <-c[17]:
	case <-c[18]:
	case <-c[19]:
	case <-c[20]:
	case <-c[21]:
	case <-c[22]:
	case <-c[23]:
	case <-c[24]:
	case <-c[25]:
	case <-c[26]:
	case <-c[27]:
	case <-c[28]:
	case <-c[29]:
	case <-c[30]:
	case <-c[31]:
	case <-c[32]:
	case <-c[33]:
	case <-c[34]:
	case <-c[35]:
	case <-c[36]:
	case <-c[37]:
	case <-c[38]:
	case <-c[39]:
	case <-c[40]:
	case <-c[41]:
	case <-c[42]:
	case <-c[43]:
	case <-c[44]:
	case <-c[45]:
	case <-c[46]:
	case <-c[47]:
	case <-c[48]:
	case <-c[49]:
	case <-c[50]:
	case <-c[51]:
	case <-c[52]:
	case <-c[53]:
	case <-c[54]:
	case <-c[55]:
	case <-c[56]:
	case <-c[57]:
	case <-c[58]:
	case <-c[channels-1]:
	}
}

// waiting counts the goroutines that stand in selectAll.
func waiting() int {
	buf := make([]byte, 16<<20)
	buf = buf[:runtime.Stack(buf, true)]
	n := 0
	for i := 0; i+8 < len(buf); i++ {
		if string(buf[i:i+8]) == "[select]" {
			n++
		}
	}
	return n
}

// held is what the runtime holds beside heap, stacks and profiles.
func held() uint64 {
	var ms runtime.MemStats
	runtime.ReadMemStats(&ms)
	return ms.OtherSys
}

func main() {
	before := held()
	for i := 0; i < 3; i++ {
		wait()
	}
	for i := 0; i < 2; i++ {
		runtime.GC()
		debug.FreeOSMemory()
	}
	after := held()
	fmt.Println("three times", goroutines*channels, "waits; more than 4 MB held:", after > before+4<<20)
	if after > before+4<<20 {
		fmt.Println(before, after)
	}
}
