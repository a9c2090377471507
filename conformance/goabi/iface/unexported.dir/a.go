package a

// Secret has a method that only this package can name.
type Secret interface{ hidden() string }

// Impl has it.
type Impl struct{}

func (Impl) hidden() string { return "a's" }

// Is asks inside package a.
func Is(x interface{}) bool { _, ok := x.(Secret); return ok }

// Call calls it, or says why it cannot.
func Call(x interface{}) (s string) {
	defer func() {
		if r := recover(); r != nil {
			s = r.(error).Error()
		}
	}()
	return x.(Secret).hidden()
}
