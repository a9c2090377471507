// What assembly of other packages may call in package runtime on amd64: functions in ABI0, arguments and results on the stack.
//
// Callers keep values in registers across these calls, since official Go's versions leave them alone. So each entry states
// which registers Go 1.21's own version changes, taken from its instructions, and changes no other; R14 and X15 aside, which
// hold g and zero wherever an ABI0 function has called one in ABIInternal, here as there. conformance/goabi/asm holds every
// register against that. goroot/abi0.txt lists the entries, and what is not served and why.

#include "textflag.h"
#include "funcdata.h"
#include "goxide.h"
#include "zstack_amd64.h"

// What the compiler does where ABI0 code calls ABIInternal.
#define ENTER_ABIINTERNAL \
	MOVQ	(TLS), R14; \
	XORPS	X15, X15

// memmove(to, from unsafe.Pointer, n uintptr)
// Changes AX, BX, CX, SI, DI, R8, R10, R11, X0 to X15. The routine behind it is written in assembly (crates/sys) and uses DX
// besides, and R9 in its kin; aligning the stack takes R12.
TEXT runtime·memmove(SB), NOSPLIT, $24-0
	NO_LOCAL_POINTERS
	MOVQ	DX, 0(SP)
	MOVQ	R9, 8(SP)
	MOVQ	R12, 16(SP)
	MOVQ	to+0(FP), DI
	MOVQ	from+8(FP), SI
	MOVQ	n+16(FP), DX
	CALL_ALIGNED(gx_runtime_memmove)
	MOVQ	0(SP), DX
	MOVQ	8(SP), R9
	MOVQ	16(SP), R12
	XORPS	X15, X15
	RET
	RESERVE(STACK_gx_runtime_memmove)

// entersyscall() and exitsyscall(), around a system call that assembly makes. Functions in Go: every register may change.
TEXT runtime·entersyscall(SB), NOSPLIT|NOFRAME, $0-0
	ENTER_ABIINTERNAL
	JMP	runtime·entersyscall<ABIInternal>(SB)

TEXT runtime·exitsyscall(SB), NOSPLIT|NOFRAME, $0-0
	ENTER_ABIINTERNAL
	JMP	runtime·exitsyscall<ABIInternal>(SB)

// newproc(fn *funcval) starts a goroutine. Every register may change.
TEXT runtime·newproc(SB), NOSPLIT, $8-0
	NO_LOCAL_POINTERS
	ENTER_ABIINTERNAL
	MOVQ	fn+0(FP), AX
	CALL	runtime·newproc<ABIInternal>(SB)
	RET

// write(fd uintptr, p unsafe.Pointer, n int32) int32. Every register may change.
TEXT runtime·write(SB), NOSPLIT, $8-0
	NO_LOCAL_POINTERS
	ENTER_ABIINTERNAL
	MOVQ	fd+0(FP), AX
	MOVQ	p+8(FP), BX
	MOVL	n+16(FP), CX
	CALL	runtime·write<ABIInternal>(SB)
	MOVL	AX, ret+24(FP)
	RET

// gostring(p *byte) string copies a C string. Every register may change.
TEXT runtime·gostring(SB), NOSPLIT, $8-0
	NO_LOCAL_POINTERS
	ENTER_ABIINTERNAL
	MOVQ	p+0(FP), AX
	CALL	internal∕syscall∕unix·gostring<ABIInternal>(SB)
	MOVQ	AX, ret+8(FP)
	MOVQ	BX, ret+16(FP)
	RET

// nanotime1() int64, the monotonic clock. The kernel's code runs in it: every register but R13, R15 may change.
TEXT runtime·nanotime1(SB), NOSPLIT, $8-0
	NO_LOCAL_POINTERS
	ENTER_ABIINTERNAL
	CALL	runtime·nanotime<ABIInternal>(SB)
	MOVQ	AX, ret+0(FP)
	RET

// cputicks() int64, the time stamp counter behind what was executed before. Changes AX, CX, DX.
TEXT runtime·cputicks(SB), NOSPLIT|NOFRAME, $0-0
	LFENCE
	RDTSC
	SHLQ	$32, DX
	ORQ	DX, AX
	MOVQ	AX, ret+0(FP)
	RET

// procyield(n uint32) waits for n pauses. Changes AX.
TEXT runtime·procyield(SB), NOSPLIT|NOFRAME, $0-0
	MOVL	n+0(FP), AX
pause:
	PAUSE
	DECL	AX
	JHI	pause
	RET

// osyield() offers the thread's processor to others. Changes AX, and with the kernel CX and R11.
TEXT runtime·osyield(SB), NOSPLIT|NOFRAME, $0-0
	MOVL	$24, AX			// sched_yield
	SYSCALL
	RET

// usleep(us uint32), with the thread. Changes AX, CX, DX, SI, DI, R11.
TEXT runtime·usleep(SB), NOSPLIT, $16-0
	MOVL	us+0(FP), AX
	XORL	DX, DX
	MOVL	$1000000, CX
	DIVL	CX
	MOVQ	AX, 0(SP)		// seconds
	IMUL3Q	$1000, DX, DX
	MOVQ	DX, 8(SP)		// nanoseconds
	MOVQ	SP, DI
	MOVQ	SP, SI			// what is left when a signal comes
again:
	MOVL	$35, AX			// nanosleep
	SYSCALL
	CMPQ	AX, $-4			// EINTR
	JEQ	again
	RET

// heapObjectsCanMove() bool. A function in Go; changes AX.
TEXT runtime·heapObjectsCanMove(SB), NOSPLIT|NOFRAME, $0-0
	MOVB	$0, ret+0(FP)
	RET

// return0() makes compiled code leave its function. Changes AX.
TEXT runtime·return0(SB), NOSPLIT|NOFRAME, $0-0
	XORL	AX, AX
	RET

// breakpoint() changes nothing.
TEXT runtime·breakpoint(SB), NOSPLIT|NOFRAME, $0-0
	BYTE	$0xcc
	RET

// abort() does not return.
TEXT runtime·abort(SB), NOSPLIT|NOFRAME, $0-0
	BYTE	$0xcc
	UNDEF

// Where a goroutine's function returns to, for frames that assembly builds. It has to be goexit+1.
TEXT runtime·goexit(SB), NOSPLIT|NOFRAME|TOPFRAME, $0-0
	BYTE	$0x90
	JMP	runtime·goexit<ABIInternal>(SB)

// What code compiled or assembled with -spectre=ret does instead of an indirect jump or call: a return that the processor
// predicts to the loop in front of it. Change nothing. The call of the next instruction but two is given as bytes: the
// assembler would count it as one of another function.
#define RETPOLINE(NAME, REG) \
TEXT NAME(SB), NOSPLIT|NOFRAME, $0-0; \
	BYTE	$0xe8; BYTE $4; BYTE $0; BYTE $0; BYTE $0; \
	PAUSE; \
	BYTE	$0xeb; BYTE $0xfc; \
	MOVQ	REG, 0(SP); \
	RET

RETPOLINE(runtime·retpolineAX, AX)
RETPOLINE(runtime·retpolineCX, CX)
RETPOLINE(runtime·retpolineDX, DX)
RETPOLINE(runtime·retpolineBX, BX)
RETPOLINE(runtime·retpolineBP, BP)
RETPOLINE(runtime·retpolineSI, SI)
RETPOLINE(runtime·retpolineDI, DI)
RETPOLINE(runtime·retpolineR8, R8)
RETPOLINE(runtime·retpolineR9, R9)
RETPOLINE(runtime·retpolineR10, R10)
RETPOLINE(runtime·retpolineR11, R11)
RETPOLINE(runtime·retpolineR12, R12)
RETPOLINE(runtime·retpolineR13, R13)
RETPOLINE(runtime·retpolineR14, R14)
RETPOLINE(runtime·retpolineR15, R15)
