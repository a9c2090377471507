// runindir
// gomaxprocs: 1

// Assembly that calls package runtime finds every register as it was which the official functions leave alone.
package ignored
