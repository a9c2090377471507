package main

const (
	general        = 16
	floating       = 16
	floatingPrefix = "X"
)

// SP and BP are not loaded; R14 and X15 hold g and zero after what is written in Go.
var generalNames = [general]string{"AX", "CX", "DX", "BX", "", "BP", "SI", "DI", "R8", "R9", "R10", "R11", "R12", "R13", "", "R15"}

var memmoveChanges = set("AX", "BX", "CX", "SI", "DI", "R8", "R10", "R11", "X0", "X1", "X2", "X3", "X4", "X5", "X6", "X7", "X8", "X9",
	"X10", "X11", "X12", "X13", "X14", "X15")

func procyield()
func osyield()
func usleep()
func cputicks()
func return0()
func heapObjectsCanMove()
func retpoline()

var others = []struct {
	name string
	call func()
	may  map[string]bool
}{
	{"procyield", procyield, set("AX")},
	{"osyield", osyield, set("AX", "CX", "R11")},
	{"usleep", usleep, set("AX", "CX", "DX", "SI", "DI", "R11")},
	{"cputicks", cputicks, set("AX", "CX", "DX")},
	{"return0", return0, set("AX")},
	{"heapObjectsCanMove", heapObjectsCanMove, set("AX", "X15")},
	{"retpoline", retpoline, set("AX")},
}
