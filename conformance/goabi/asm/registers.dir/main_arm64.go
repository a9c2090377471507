package main

const (
	general        = 32
	floating       = 32
	floatingPrefix = "F"
)

// The linker may use R16, R17 and R27 at a call, the system R18; g, the frame pointer and the link register are not loaded.
var generalNames = [general]string{"R0", "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9", "R10", "R11", "R12", "R13", "R14", "R15",
	"", "", "", "R19", "R20", "R21", "R22", "R23", "R24", "R25", "R26"}

var memmoveChanges = set("R0", "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9", "R10", "R11", "R12", "R13", "R14", "R15")

func procyield()
func osyield()
func usleep()
func return0()
func heapObjectsCanMove()
func load_g()
func save_g()

var others = []struct {
	name string
	call func()
	may  map[string]bool
}{
	{"procyield", procyield, set("R0")},
	{"osyield", osyield, set("R0", "R8")},
	{"usleep", usleep, set("R0", "R1", "R3", "R4", "R5", "R8")},
	{"return0", return0, set("R0")},
	{"heapObjectsCanMove", heapObjectsCanMove, set("R0")},
	{"load_g", load_g, set("R0")},
	{"save_g", save_g, set("R0")},
}
