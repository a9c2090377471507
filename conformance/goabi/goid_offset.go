// runindir

// The number of a goroutine, read from its descriptor at the offset that it has in Go 1.21, as libraries do.
package ignored
