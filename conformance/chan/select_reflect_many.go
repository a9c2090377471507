// run

// reflect.Select with hundreds of cases: sends, receives, default and closed channels.
package main

import (
	"fmt"
	"reflect"
)

func main() {
	const n = 300
	var cases []reflect.SelectCase
	var chans []chan int
	for i := 0; i < n; i++ {
		c := make(chan int)
		chans = append(chans, c)
		cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(c)})
	}
	for i, c := range chans {
		go func(i int, c chan int) {
			c <- i * 2
			close(c)
		}(i, c)
	}
	sum, closed := 0, 0
	for closed < n {
		i, v, ok := reflect.Select(cases)
		if !ok {
			closed++
			cases[i].Chan = reflect.ValueOf((chan int)(nil))
			continue
		}
		if int(v.Int()) != i*2 {
			fmt.Println("wrong channel", i, v)
		}
		sum += int(v.Int())
	}
	fmt.Println(sum, closed)

	cases = append(cases, reflect.SelectCase{Dir: reflect.SelectDefault})
	i, v, ok := reflect.Select(cases)
	fmt.Println(i, v.IsValid(), ok)
	out := make(chan string, 1)
	cases[7] = reflect.SelectCase{Dir: reflect.SelectSend, Chan: reflect.ValueOf(out), Send: reflect.ValueOf("sent")}
	i, _, _ = reflect.Select(cases)
	fmt.Println(i, <-out)
}
