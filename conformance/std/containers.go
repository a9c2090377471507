// run
// stress

// container/heap, list and ring.
package main

import (
	"container/heap"
	"container/list"
	"container/ring"
	"fmt"
)

type task struct {
	name     string
	priority int
	index    int
}

type queue []*task

func (q queue) Len() int            { return len(q) }
func (q queue) Less(i, j int) bool  { return q[i].priority > q[j].priority }
func (q queue) Swap(i, j int)       { q[i], q[j] = q[j], q[i]; q[i].index, q[j].index = i, j }
func (q *queue) Push(x interface{}) { t := x.(*task); t.index = len(*q); *q = append(*q, t) }
func (q *queue) Pop() interface{} {
	old := *q
	t := old[len(old)-1]
	*q = old[:len(old)-1]
	return t
}

func main() {
	var q queue
	tasks := map[string]*task{}
	for i := 0; i < 50; i++ {
		t := &task{name: fmt.Sprint("t", i), priority: i * 37 % 101}
		tasks[t.name] = t
		heap.Push(&q, t)
	}
	tasks["t7"].priority = 1000
	heap.Fix(&q, tasks["t7"].index)
	heap.Remove(&q, tasks["t8"].index)
	last, wrong := 1<<30, 0
	fmt.Println(q[0].name, q.Len())
	for q.Len() > 0 {
		t := heap.Pop(&q).(*task)
		if t.priority > last || t.name == "t8" {
			wrong++
		}
		last = t.priority
	}
	fmt.Println("wrong:", wrong)
	l := list.New()
	for i := 0; i < 5; i++ {
		l.PushBack(i)
		l.PushFront(-i)
	}
	for e := l.Front(); e != nil; {
		next := e.Next()
		if e.Value.(int)%2 != 0 {
			l.Remove(e)
		}
		e = next
	}
	l.MoveToFront(l.Back())
	l.InsertAfter("x", l.Front())
	for e := l.Front(); e != nil; e = e.Next() {
		fmt.Print(e.Value, " ")
	}
	fmt.Println(l.Len())
	r := ring.New(5)
	for i := 0; i < r.Len(); i++ {
		r.Value = i
		r = r.Next()
	}
	r.Unlink(2)
	r.Move(1).Do(func(v interface{}) { fmt.Print(v, " ") })
	fmt.Println(r.Len())
}
