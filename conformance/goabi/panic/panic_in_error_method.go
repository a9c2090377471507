// run
// exit: 2

// When the value's own Error method panics while it is being printed, that is shown.
package main

type bad struct{ p *int }

func (b bad) Error() string {
	println("about to fail")
	if *b.p > 0 {
		return "unreachable"
	}
	return ""
}

func main() {
	panic(bad{})
}
