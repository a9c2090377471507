package right

import (
	"./base"
	"./left"
)

// N is computed from left's.
var N = left.N + base.Note("right var")

func init() { base.Note("right init 1") }
func init() { base.Note("right init 2") }
