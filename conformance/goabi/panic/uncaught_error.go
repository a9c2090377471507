// run
// exit: 2

// An uncaught error is printed through its Error method.
package main

import "fmt"

type fault struct {
	code int
	why  error
}

func (f *fault) Error() string { return fmt.Sprintf("fault %d: %v", f.code, f.why) }

func (f *fault) String() string { return "not this one" }

func fail(code int) {
	panic(&fault{code, fmt.Errorf("wrapped: %w", fmt.Errorf("cause"))})
}

func main() {
	fail(42)
}
