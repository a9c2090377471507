// rundir

// A method that only its own package may name is found through an interface of
// another package that embeds one of the first, also in a program so small that the
// method's name is the first thing in the linker's table of names.
package ignored
