package main

import "./a"

type number int

func (number) m() {}

type embeds interface{ a.Hidden }

type ours interface{ m() }

//go:noinline
func is(x any) (theirs, own bool) {
	_, theirs = x.(embeds)
	_, own = x.(ours)
	return
}

func main() {
	theirs, own := is(a.Number(1))
	if !theirs || own {
		panic("a.Number")
	}
	theirs, own = is(number(1))
	if theirs || !own {
		panic("number")
	}
}
