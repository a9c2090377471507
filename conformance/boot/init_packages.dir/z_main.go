package main

import (
	"fmt"

	"./base"
	"./left"
	"./right"
)

var total = left.N + right.N

func init() { base.Note("main init") }

func main() {
	fmt.Println(left.N, right.N, total, len(base.Log))
}
