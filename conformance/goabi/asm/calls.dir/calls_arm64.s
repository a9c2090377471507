#include "textflag.h"
#include "funcdata.h"

TEXT ·move(SB), 0, $24-24
	NO_LOCAL_POINTERS
	MOVD	to+0(FP), R0
	MOVD	R0, 8(RSP)
	MOVD	from+8(FP), R0
	MOVD	R0, 16(RSP)
	MOVD	n+16(FP), R0
	MOVD	R0, 24(RSP)
	CALL	runtime·memmove(SB)
	RET

TEXT ·sleep(SB), NOSPLIT, $0-16
	CALL	runtime·entersyscall(SB)
	MOVD	ts+0(FP), R0
	MOVD	ZR, R1
	MOVD	$101, R8
	SVC
	MOVD	R0, r+8(FP)
	CALL	runtime·exitsyscall(SB)
	RET

TEXT ·spawn(SB), 0, $8-8
	NO_LOCAL_POINTERS
	MOVD	fn+0(FP), R0
	MOVD	(R0), R0
	MOVD	R0, 8(RSP)
	CALL	runtime·newproc(SB)
	RET

// Official Go has runtime·write for assembly on amd64 alone.
TEXT ·write(SB), NOSPLIT, $0-28
	MOVD	fd+0(FP), R0
	MOVD	p+8(FP), R1
	MOVW	n+16(FP), R2
	MOVD	$64, R8
	SVC
	MOVW	R0, ret+24(FP)
	RET

TEXT ·gostring(SB), 0, $24-24
	NO_LOCAL_POINTERS
	MOVD	p+0(FP), R0
	MOVD	R0, 8(RSP)
	CALL	runtime·gostring(SB)
	MOVD	16(RSP), R0
	MOVD	R0, ret_base+8(FP)
	MOVD	24(RSP), R0
	MOVD	R0, ret_len+16(FP)
	RET

TEXT ·nanotime(SB), 0, $8-8
	NO_LOCAL_POINTERS
	CALL	runtime·nanotime1(SB)
	MOVD	8(RSP), R0
	MOVD	R0, ret+0(FP)
	RET

TEXT ·usleep(SB), 0, $8-4
	NO_LOCAL_POINTERS
	MOVWU	us+0(FP), R0
	MOVW	R0, 8(RSP)
	CALL	runtime·usleep(SB)
	RET

TEXT ·canMove(SB), 0, $8-1
	NO_LOCAL_POINTERS
	MOVD	$1, R0
	MOVB	R0, 8(RSP)
	CALL	runtime·heapObjectsCanMove(SB)
	MOVBU	8(RSP), R0
	MOVB	R0, ret+0(FP)
	RET
