// What assembly of other packages may call in package runtime on arm64: functions in ABI0, arguments and results on the stack.
//
// Callers keep values in registers across these calls, since official Go's versions leave them alone. So each entry states
// which registers Go 1.21's own version changes, taken from its instructions, and changes no other; the linker may change R16,
// R17 and R27 at any call. conformance/goabi/asm holds every register against that. goroot/abi0.txt lists the entries, and
// what is not served and why.

#include "textflag.h"
#include "funcdata.h"
#include "goxide.h"
#include "zstack_arm64.h"

// memmove(to, from unsafe.Pointer, n uintptr)
// Changes R0 to R17 and no floating-point register. The routine behind it is written in assembly (crates/sys) and uses of
// the registers F0 to F7 and F16 to F19 besides.
TEXT runtime·memmove(SB), NOSPLIT, $200-0
	NO_LOCAL_POINTERS
	FSTPQ	(F0, F1), 8(RSP)
	FSTPQ	(F2, F3), 40(RSP)
	FSTPQ	(F4, F5), 72(RSP)
	FSTPQ	(F6, F7), 104(RSP)
	FSTPQ	(F16, F17), 136(RSP)
	FSTPQ	(F18, F19), 168(RSP)
	MOVD	to+0(FP), R0
	MOVD	from+8(FP), R1
	MOVD	n+16(FP), R2
	CALL	gx_runtime_memmove(SB)
	FLDPQ	8(RSP), (F0, F1)
	FLDPQ	40(RSP), (F2, F3)
	FLDPQ	72(RSP), (F4, F5)
	FLDPQ	104(RSP), (F6, F7)
	FLDPQ	136(RSP), (F16, F17)
	FLDPQ	168(RSP), (F18, F19)
	RET
	RESERVE(STACK_gx_runtime_memmove)

// entersyscall() and exitsyscall(), around a system call that assembly makes. Functions in Go: every register may change.
TEXT runtime·entersyscall(SB), NOSPLIT|NOFRAME, $0-0
	B	runtime·entersyscall<ABIInternal>(SB)

TEXT runtime·exitsyscall(SB), NOSPLIT|NOFRAME, $0-0
	B	runtime·exitsyscall<ABIInternal>(SB)

// newproc(fn *funcval) starts a goroutine. Every register may change.
TEXT runtime·newproc(SB), NOSPLIT, $8-0
	NO_LOCAL_POINTERS
	MOVD	fn+0(FP), R0
	CALL	runtime·newproc<ABIInternal>(SB)
	RET

// write(fd uintptr, p unsafe.Pointer, n int32) int32. Every register may change.
TEXT runtime·write(SB), NOSPLIT, $8-0
	NO_LOCAL_POINTERS
	MOVD	fd+0(FP), R0
	MOVD	p+8(FP), R1
	MOVW	n+16(FP), R2
	CALL	runtime·write<ABIInternal>(SB)
	MOVW	R0, ret+24(FP)
	RET

// gostring(p *byte) string copies a C string. Every register may change.
TEXT runtime·gostring(SB), NOSPLIT, $8-0
	NO_LOCAL_POINTERS
	MOVD	p+0(FP), R0
	CALL	internal∕syscall∕unix·gostring<ABIInternal>(SB)
	MOVD	R0, ret+8(FP)
	MOVD	R1, ret+16(FP)
	RET

// nanotime1() int64, the monotonic clock. Every register may change.
TEXT runtime·nanotime1(SB), NOSPLIT, $8-0
	NO_LOCAL_POINTERS
	CALL	runtime·nanotime<ABIInternal>(SB)
	MOVD	R0, ret+0(FP)
	RET

// procyield(n uint32) waits for n pauses. Changes R0.
TEXT runtime·procyield(SB), NOSPLIT|NOFRAME, $0-0
	MOVWU	n+0(FP), R0
	CBZ	R0, done
pause:
	YIELD
	SUBW	$1, R0
	CBNZ	R0, pause
done:
	RET

// osyield() offers the thread's processor to others. Changes R8, and R0, the kernel's answer.
TEXT runtime·osyield(SB), NOSPLIT|NOFRAME, $0-0
	MOVD	$124, R8		// sched_yield
	SVC
	RET

// usleep(us uint32), with the thread. Changes R0, R1, R3 to R5, R8.
TEXT runtime·usleep(SB), NOSPLIT, $24-0
	MOVWU	us+0(FP), R3
	MOVD	$1000000, R4
	UDIV	R4, R3, R5
	MOVD	R5, 8(RSP)		// seconds
	MSUB	R5, R3, R4, R3
	MOVD	$1000, R4
	MUL	R4, R3
	MOVD	R3, 16(RSP)		// nanoseconds
	ADD	$8, RSP, R1		// what is left when a signal comes
again:
	ADD	$8, RSP, R0
	MOVD	$101, R8		// nanosleep
	SVC
	CMN	$4, R0			// EINTR
	BEQ	again
	RET

// heapObjectsCanMove() bool. A function in Go; changes nothing.
TEXT runtime·heapObjectsCanMove(SB), NOSPLIT|NOFRAME, $0-0
	MOVB	ZR, ret+0(FP)
	RET

// return0() makes compiled code leave its function. Changes R0.
TEXT runtime·return0(SB), NOSPLIT|NOFRAME, $0-0
	MOVD	ZR, R0
	RET

// load_g() and save_g() fetch and keep g around C code; without cgo g never leaves its register. May change R0, R27.
TEXT runtime·load_g(SB), NOSPLIT|NOFRAME, $0-0
	RET

TEXT runtime·save_g(SB), NOSPLIT|NOFRAME, $0-0
	RET

// breakpoint() changes nothing.
TEXT runtime·breakpoint(SB), NOSPLIT|NOFRAME, $0-0
	BRK
	RET

// abort() does not return.
TEXT runtime·abort(SB), NOSPLIT|NOFRAME, $0-0
	MOVD	ZR, R0
	MOVD	(R0), R0
	UNDEF

// Where a goroutine's function returns to, for frames that assembly builds. It has to be goexit+4.
TEXT runtime·goexit(SB), NOSPLIT|NOFRAME|TOPFRAME, $0-0
	MOVD	R0, R0
	B	runtime·goexit<ABIInternal>(SB)
