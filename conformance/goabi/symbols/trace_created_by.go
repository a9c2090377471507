// run
// exit: 2

// The traceback of a goroutine ends with who created it and in which goroutine.
package main

type starter struct{ depth int }

func (s starter) start(done chan bool) {
	go func() {
		if s.depth == 0 {
			var m map[string]int
			m["x"] = 1
		}
		starter{s.depth - 1}.start(done)
	}()
}

func main() {
	done := make(chan bool)
	starter{2}.start(done)
	<-done
}
