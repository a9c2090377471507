// rundir

// Unexported methods of different packages are different methods.
package ignored
