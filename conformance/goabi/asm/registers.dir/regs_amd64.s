#include "textflag.h"
#include "funcdata.h"

#define LOAD \
	MOVQ	BP, ·in+40(SB); \
	MOVUPS	·in+128(SB), X0; \
	MOVUPS	·in+144(SB), X1; \
	MOVUPS	·in+160(SB), X2; \
	MOVUPS	·in+176(SB), X3; \
	MOVUPS	·in+192(SB), X4; \
	MOVUPS	·in+208(SB), X5; \
	MOVUPS	·in+224(SB), X6; \
	MOVUPS	·in+240(SB), X7; \
	MOVUPS	·in+256(SB), X8; \
	MOVUPS	·in+272(SB), X9; \
	MOVUPS	·in+288(SB), X10; \
	MOVUPS	·in+304(SB), X11; \
	MOVUPS	·in+320(SB), X12; \
	MOVUPS	·in+336(SB), X13; \
	MOVUPS	·in+352(SB), X14; \
	MOVUPS	·in+368(SB), X15; \
	MOVQ	·in+0(SB), AX; \
	MOVQ	·in+8(SB), CX; \
	MOVQ	·in+16(SB), DX; \
	MOVQ	·in+24(SB), BX; \
	MOVQ	·in+48(SB), SI; \
	MOVQ	·in+56(SB), DI; \
	MOVQ	·in+64(SB), R8; \
	MOVQ	·in+72(SB), R9; \
	MOVQ	·in+80(SB), R10; \
	MOVQ	·in+88(SB), R11; \
	MOVQ	·in+96(SB), R12; \
	MOVQ	·in+104(SB), R13; \
	MOVQ	·in+112(SB), R14; \
	MOVQ	·in+120(SB), R15; \

#define STORE \
	MOVQ	AX, ·out+0(SB); \
	MOVQ	CX, ·out+8(SB); \
	MOVQ	DX, ·out+16(SB); \
	MOVQ	BX, ·out+24(SB); \
	MOVQ	SI, ·out+48(SB); \
	MOVQ	DI, ·out+56(SB); \
	MOVQ	R8, ·out+64(SB); \
	MOVQ	R9, ·out+72(SB); \
	MOVQ	R10, ·out+80(SB); \
	MOVQ	R11, ·out+88(SB); \
	MOVQ	R12, ·out+96(SB); \
	MOVQ	R13, ·out+104(SB); \
	MOVQ	R14, ·out+112(SB); \
	MOVQ	R15, ·out+120(SB); \
	MOVQ	BP, ·out+40(SB); \
	MOVUPS	X0, ·out+128(SB); \
	MOVUPS	X1, ·out+144(SB); \
	MOVUPS	X2, ·out+160(SB); \
	MOVUPS	X3, ·out+176(SB); \
	MOVUPS	X4, ·out+192(SB); \
	MOVUPS	X5, ·out+208(SB); \
	MOVUPS	X6, ·out+224(SB); \
	MOVUPS	X7, ·out+240(SB); \
	MOVUPS	X8, ·out+256(SB); \
	MOVUPS	X9, ·out+272(SB); \
	MOVUPS	X10, ·out+288(SB); \
	MOVUPS	X11, ·out+304(SB); \
	MOVUPS	X12, ·out+320(SB); \
	MOVUPS	X13, ·out+336(SB); \
	MOVUPS	X14, ·out+352(SB); \
	MOVUPS	X15, ·out+368(SB); \

TEXT ·memmove(SB), 0, $24-24
	NO_LOCAL_POINTERS
	MOVQ	to+0(FP), AX
	MOVQ	AX, 0(SP)
	MOVQ	from+8(FP), AX
	MOVQ	AX, 8(SP)
	MOVQ	n+16(FP), AX
	MOVQ	AX, 16(SP)
	LOAD
	CALL	runtime·memmove(SB)
	STORE
	RET

TEXT ·procyield(SB), 0, $8-0
	MOVL	$3, 0(SP)
	LOAD
	CALL	runtime·procyield(SB)
	STORE
	RET

TEXT ·osyield(SB), 0, $8-0
	LOAD
	CALL	runtime·osyield(SB)
	STORE
	RET

TEXT ·usleep(SB), 0, $8-0
	MOVL	$1, 0(SP)
	LOAD
	CALL	runtime·usleep(SB)
	STORE
	RET

TEXT ·cputicks(SB), 0, $8-0
	LOAD
	CALL	runtime·cputicks(SB)
	STORE
	RET

TEXT ·return0(SB), 0, $8-0
	LOAD
	CALL	runtime·return0(SB)
	STORE
	RET

TEXT ·heapObjectsCanMove(SB), 0, $8-0
	LOAD
	CALL	runtime·heapObjectsCanMove(SB)
	STORE
	RET

// A call through the retpoline of AX.
TEXT ·retpoline(SB), 0, $8-0
	LOAD
	LEAQ	target<>(SB), AX
	CALL	runtime·retpolineAX(SB)
	STORE
	RET

TEXT target<>(SB), NOSPLIT, $0-0
	RET
