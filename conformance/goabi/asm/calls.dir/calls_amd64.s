#include "textflag.h"
#include "funcdata.h"

TEXT ·move(SB), 0, $24-24
	NO_LOCAL_POINTERS
	MOVQ	to+0(FP), AX
	MOVQ	AX, 0(SP)
	MOVQ	from+8(FP), AX
	MOVQ	AX, 8(SP)
	MOVQ	n+16(FP), AX
	MOVQ	AX, 16(SP)
	CALL	runtime·memmove(SB)
	RET

TEXT ·sleep(SB), NOSPLIT, $0-16
	CALL	runtime·entersyscall(SB)
	MOVQ	ts+0(FP), DI
	XORL	SI, SI
	MOVL	$35, AX
	SYSCALL
	MOVQ	AX, r+8(FP)
	CALL	runtime·exitsyscall(SB)
	RET

TEXT ·spawn(SB), 0, $8-8
	NO_LOCAL_POINTERS
	MOVQ	fn+0(FP), AX
	MOVQ	(AX), AX
	MOVQ	AX, 0(SP)
	CALL	runtime·newproc(SB)
	RET

TEXT ·write(SB), 0, $32-28
	NO_LOCAL_POINTERS
	MOVQ	fd+0(FP), AX
	MOVQ	AX, 0(SP)
	MOVQ	p+8(FP), AX
	MOVQ	AX, 8(SP)
	MOVL	n+16(FP), AX
	MOVL	AX, 16(SP)
	CALL	runtime·write(SB)
	MOVL	24(SP), AX
	MOVL	AX, ret+24(FP)
	RET

TEXT ·gostring(SB), 0, $24-24
	NO_LOCAL_POINTERS
	MOVQ	p+0(FP), AX
	MOVQ	AX, 0(SP)
	CALL	runtime·gostring(SB)
	MOVQ	8(SP), AX
	MOVQ	AX, ret_base+8(FP)
	MOVQ	16(SP), AX
	MOVQ	AX, ret_len+16(FP)
	RET

TEXT ·nanotime(SB), 0, $8-8
	NO_LOCAL_POINTERS
	CALL	runtime·nanotime1(SB)
	MOVQ	0(SP), AX
	MOVQ	AX, ret+0(FP)
	RET

TEXT ·usleep(SB), 0, $8-4
	NO_LOCAL_POINTERS
	MOVL	us+0(FP), AX
	MOVL	AX, 0(SP)
	CALL	runtime·usleep(SB)
	RET

TEXT ·canMove(SB), 0, $8-1
	NO_LOCAL_POINTERS
	MOVB	$1, 0(SP)
	CALL	runtime·heapObjectsCanMove(SB)
	MOVB	0(SP), AX
	MOVB	AX, ret+0(FP)
	RET
