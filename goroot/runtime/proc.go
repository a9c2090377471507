// Goroutines, as a program sees and steers them, and the main goroutine's way to main.main, whose steps Rust hands out.

package runtime

import "unsafe"

// main is the main goroutine: each step of the bootstrap that is Go code is called from here, main.main last.
func main() {
	for step := nextMainStep(); step != nil; step = nextMainStep() {
		step()
	}
	runExitHooks(0)
	mainDone()
}

// mainDone ends the process; it does not come back.
func mainDone()

// nextMainStep answers the next function to call; nil after main.main.
func nextMainStep() func()

// An initTask is what the linker makes of a package's initialisation; Rust runs them.
type initTask struct {
	state uint32
	nfns  uint32
}

// runtime_inittasks is filled in by the linker.
var runtime_inittasks []*initTask

//go:linkname main_main main.main
func main_main()

// Gosched lets other goroutines run; the calling one goes on later, by itself.
func Gosched()

// GOMAXPROCS sets how many threads run Go code at once, and answers what it was; n < 1 only asks.
func GOMAXPROCS(n int) int { return gomaxprocs(n) }

func gomaxprocs(n int) int

// NumCPU is how many processors the process may use, as it was when it started.
func NumCPU() int

// NumCgoCall is how many calls into C the process has made.
func NumCgoCall() int64 { return 0 }

// NumGoroutine is how many goroutines there are.
func NumGoroutine() int

// LockOSThread binds the calling goroutine to its thread, until as many calls of UnlockOSThread.
func LockOSThread()

// UnlockOSThread undoes one call of LockOSThread.
func UnlockOSThread()

// Breakpoint stops in a debugger.
func Breakpoint() { breakpoint() }

func breakpoint()

// timer has the layout of package time's runtimeTimer.
type timer struct {
	pp       uintptr
	when     int64
	period   int64
	f        func(any, uintptr)
	arg      any
	seq      uintptr
	nextwhen int64
	owner    uintptr // package time's status, and what follows it
}

// modTimerArgs is what time.modTimer changes of a timer.
type modTimerArgs struct {
	when, period int64
	f            func(any, uintptr)
	arg          any
	seq          uintptr
}

//go:linkname modTimer time.modTimer
func modTimer(t *timer, when, period int64, f func(any, uintptr), arg any, seq uintptr) {
	modTimer0(t, &modTimerArgs{when, period, f, arg, seq})
}

//go:noescape
func modTimer0(t *timer, args *modTimerArgs)

// runTimer calls a timer's function, on the system stack of the thread that found it due.
func runTimer(f func(any, uintptr), arg any, seq uintptr) { f(arg, seq) }

// A runtimeSelect is one case of reflect.Select.
type runtimeSelect struct {
	dir int
	typ unsafe.Pointer
	ch  *hchan
	val unsafe.Pointer
}

// A scase is one case of a select statement, as compiled code lays it out.
type scase struct {
	c    *hchan
	elem unsafe.Pointer
}

//go:linkname reflect_rselect reflect.rselect
func reflect_rselect(cases []runtimeSelect) (chosen int, recvOK bool) {
	if len(cases) == 0 {
		block()
	}
	sel := make([]scase, len(cases))
	orig := make([]int, len(cases))
	order := make([]uint16, 2*len(cases))
	n := rselectPlan(cases, sel, orig)
	chosen, recvOK = selectgo(unsafe.SliceData(sel), unsafe.SliceData(order), nil, n.sends, n.recvs, n.dflt == -1)
	if chosen < 0 {
		return n.dflt, recvOK
	}
	return orig[chosen], recvOK
}

// A selectPlan counts the cases of each kind; dflt is the default case's index or -1.
type selectPlan struct {
	sends, recvs, dflt int
}

func rselectPlan(cases []runtimeSelect, sel []scase, orig []int) (plan selectPlan) {
	rselectPlan0(&cases, &sel, &orig, &plan)
	return
}

//go:noescape
func rselectPlan0(cases *[]runtimeSelect, sel *[]scase, orig *[]int, plan *selectPlan)

func selectgo(cas0 *scase, order0 *uint16, pc0 *uintptr, nsends, nrecvs int, block bool) (int, bool)

func block()
