// Where the system calls of a program's packages enter the kernel, in place of the toolchain's file of that name: it also has the runtime
// see the first calls of a program (crates/rt/src/signals/install.rs says what for).

#include "textflag.h"

// Syscall6(number, six arguments) (result, second result, error): in AX, BX, CX, DI, SI, R8, R9, and back in AX, BX, CX.
TEXT ·Syscall6<ABIInternal>(SB), NOSPLIT, $0
	CMPB	gx_calls_seen(SB), $0
	JNE	seen
enter:
	MOVQ	SI, R10		// the kernel wants DI, SI, DX, R10, R8, R9
	MOVQ	DI, DX
	MOVQ	CX, SI
	MOVQ	BX, DI
	SYSCALL
	CMPQ	AX, $-4095	// above, as unsigned: an error's number, negated
	JCC	failed
	MOVQ	DX, BX
	XORL	CX, CX
	RET
failed:
	MOVQ	AX, CX
	NEGQ	CX
	MOVQ	$-1, AX
	XORL	BX, BX
	RET
seen:
	CALL	runtime·beforeSystemCall(SB)	// changes none of the registers above
	JMP	enter
