package base

import "fmt"

// Log keeps what happened so far.
var Log []string

var _ = Note("base var")

// Note records a step.
func Note(s string) int {
	Log = append(Log, s)
	fmt.Println(s)
	return len(Log)
}

func init() { Note("base init") }
