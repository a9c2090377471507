package a

type Number int

func (Number) m() {}

type Hidden interface{ m() }
