package left

import "./base"

// N is the step at which left was initialised.
var N = base.Note("left var")

func init() { base.Note("left init") }
