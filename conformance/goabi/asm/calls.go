// runindir

// What assembly calls in package runtime does what it does in the official one.
package ignored
