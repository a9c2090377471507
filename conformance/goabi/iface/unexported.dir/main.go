package main

import (
	"fmt"

	"./a"
)

type secret interface{ hidden() string }

type mine struct{}

func (mine) hidden() string { return "main's" }

type embeds struct{ a.Impl }

type shadows struct{ a.Impl }

func (shadows) hidden() string { return "main's again" }

func main() {
	for _, x := range []interface{}{a.Impl{}, mine{}, embeds{}, shadows{}, struct{ a.Secret }{a.Impl{}}} {
		_, here := x.(secret)
		fmt.Printf("%T: %v %v %s\n", x, here, a.Is(x), a.Call(x))
	}
	fmt.Println(shadows{}.hidden())
}
