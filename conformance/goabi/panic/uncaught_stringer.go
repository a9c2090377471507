// run
// exit: 2

// An uncaught Stringer is printed through its String method.
package main

type state int

func (s state) String() string {
	return [...]string{"idle", "running", "broken"}[s]
}

func main() {
	defer func() {
		println("a deferred call before the text")
	}()
	panic(state(2))
}
