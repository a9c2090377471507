// run
// stress

// Pointers into the middle of objects are as good as pointers to their start.
package main

import "fmt"

type block struct {
	head  [10]int
	name  string
	tail  [10]int
	inner struct{ deep *int }
}

var garbage []interface{}

func main() {
	var middles []*int
	var names []*string
	var bytes []*byte
	for i := 0; i < 300; i++ {
		b := &block{name: fmt.Sprint("block ", i)}
		b.tail[9] = i
		b.inner.deep = &b.head[5]
		*b.inner.deep = i
		middles = append(middles, &b.tail[9])
		names = append(names, &b.name)
		s := make([]byte, 5000)
		s[4999] = byte(i)
		bytes = append(bytes, &s[4999])
		garbage = append(garbage[:0], make([]block, 10), make([]byte, 5000))
	}
	wrong := 0
	for i := range middles {
		if *middles[i] != i || *names[i] != fmt.Sprint("block ", i) || *bytes[i] != byte(i) {
			wrong++
		}
	}
	fmt.Println(len(middles), "checked,", wrong, "wrong")
}
