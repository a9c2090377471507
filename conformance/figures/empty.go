// run

// Nothing: what remains is the runtime.
package main

func main() {}
