// run

// A main that does nothing ends with status 0 and prints nothing.
package main

func main() {}
