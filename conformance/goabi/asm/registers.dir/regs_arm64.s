#include "textflag.h"
#include "funcdata.h"

#define LOAD \
	MOVD	$·in(SB), R26; \
	MOVD	$·in+256(SB), R25; \
	FLDPQ	(R25), (F0, F1); \
	MOVD	$·in+288(SB), R25; \
	FLDPQ	(R25), (F2, F3); \
	MOVD	$·in+320(SB), R25; \
	FLDPQ	(R25), (F4, F5); \
	MOVD	$·in+352(SB), R25; \
	FLDPQ	(R25), (F6, F7); \
	MOVD	$·in+384(SB), R25; \
	FLDPQ	(R25), (F8, F9); \
	MOVD	$·in+416(SB), R25; \
	FLDPQ	(R25), (F10, F11); \
	MOVD	$·in+448(SB), R25; \
	FLDPQ	(R25), (F12, F13); \
	MOVD	$·in+480(SB), R25; \
	FLDPQ	(R25), (F14, F15); \
	MOVD	$·in+512(SB), R25; \
	FLDPQ	(R25), (F16, F17); \
	MOVD	$·in+544(SB), R25; \
	FLDPQ	(R25), (F18, F19); \
	MOVD	$·in+576(SB), R25; \
	FLDPQ	(R25), (F20, F21); \
	MOVD	$·in+608(SB), R25; \
	FLDPQ	(R25), (F22, F23); \
	MOVD	$·in+640(SB), R25; \
	FLDPQ	(R25), (F24, F25); \
	MOVD	$·in+672(SB), R25; \
	FLDPQ	(R25), (F26, F27); \
	MOVD	$·in+704(SB), R25; \
	FLDPQ	(R25), (F28, F29); \
	MOVD	$·in+736(SB), R25; \
	FLDPQ	(R25), (F30, F31); \
	MOVD	0(R26), R0; \
	MOVD	8(R26), R1; \
	MOVD	16(R26), R2; \
	MOVD	24(R26), R3; \
	MOVD	32(R26), R4; \
	MOVD	40(R26), R5; \
	MOVD	48(R26), R6; \
	MOVD	56(R26), R7; \
	MOVD	64(R26), R8; \
	MOVD	72(R26), R9; \
	MOVD	80(R26), R10; \
	MOVD	88(R26), R11; \
	MOVD	96(R26), R12; \
	MOVD	104(R26), R13; \
	MOVD	112(R26), R14; \
	MOVD	120(R26), R15; \
	MOVD	152(R26), R19; \
	MOVD	160(R26), R20; \
	MOVD	168(R26), R21; \
	MOVD	176(R26), R22; \
	MOVD	184(R26), R23; \
	MOVD	192(R26), R24; \
	MOVD	200(R26), R25; \
	MOVD	208(R26), R26; \

#define STORE \
	MOVD	R26, 24(RSP); \
	MOVD	$·out(SB), R26; \
	MOVD	R0, 0(R26); \
	MOVD	R1, 8(R26); \
	MOVD	R2, 16(R26); \
	MOVD	R3, 24(R26); \
	MOVD	R4, 32(R26); \
	MOVD	R5, 40(R26); \
	MOVD	R6, 48(R26); \
	MOVD	R7, 56(R26); \
	MOVD	R8, 64(R26); \
	MOVD	R9, 72(R26); \
	MOVD	R10, 80(R26); \
	MOVD	R11, 88(R26); \
	MOVD	R12, 96(R26); \
	MOVD	R13, 104(R26); \
	MOVD	R14, 112(R26); \
	MOVD	R15, 120(R26); \
	MOVD	R19, 152(R26); \
	MOVD	R20, 160(R26); \
	MOVD	R21, 168(R26); \
	MOVD	R22, 176(R26); \
	MOVD	R23, 184(R26); \
	MOVD	R24, 192(R26); \
	MOVD	R25, 200(R26); \
	MOVD	24(RSP), R0; \
	MOVD	R0, 208(R26); \
	MOVD	$·out+256(SB), R25; \
	FSTPQ	(F0, F1), (R25); \
	MOVD	$·out+288(SB), R25; \
	FSTPQ	(F2, F3), (R25); \
	MOVD	$·out+320(SB), R25; \
	FSTPQ	(F4, F5), (R25); \
	MOVD	$·out+352(SB), R25; \
	FSTPQ	(F6, F7), (R25); \
	MOVD	$·out+384(SB), R25; \
	FSTPQ	(F8, F9), (R25); \
	MOVD	$·out+416(SB), R25; \
	FSTPQ	(F10, F11), (R25); \
	MOVD	$·out+448(SB), R25; \
	FSTPQ	(F12, F13), (R25); \
	MOVD	$·out+480(SB), R25; \
	FSTPQ	(F14, F15), (R25); \
	MOVD	$·out+512(SB), R25; \
	FSTPQ	(F16, F17), (R25); \
	MOVD	$·out+544(SB), R25; \
	FSTPQ	(F18, F19), (R25); \
	MOVD	$·out+576(SB), R25; \
	FSTPQ	(F20, F21), (R25); \
	MOVD	$·out+608(SB), R25; \
	FSTPQ	(F22, F23), (R25); \
	MOVD	$·out+640(SB), R25; \
	FSTPQ	(F24, F25), (R25); \
	MOVD	$·out+672(SB), R25; \
	FSTPQ	(F26, F27), (R25); \
	MOVD	$·out+704(SB), R25; \
	FSTPQ	(F28, F29), (R25); \
	MOVD	$·out+736(SB), R25; \
	FSTPQ	(F30, F31), (R25); \

TEXT ·memmove(SB), 0, $40-24
	NO_LOCAL_POINTERS
	MOVD	to+0(FP), R0
	MOVD	R0, 8(RSP)
	MOVD	from+8(FP), R0
	MOVD	R0, 16(RSP)
	MOVD	n+16(FP), R0
	MOVD	R0, 24(RSP)
	LOAD
	CALL	runtime·memmove(SB)
	STORE
	RET

#define PLAIN(NAME, FN) \
TEXT NAME(SB), 0, $40-0; \
	NO_LOCAL_POINTERS; \
	MOVD	$3, R0; \
	MOVD	R0, 8(RSP); \
	LOAD \
	CALL	FN(SB); \
	STORE \
	RET

PLAIN(·procyield, runtime·procyield)
PLAIN(·osyield, runtime·osyield)
PLAIN(·usleep, runtime·usleep)
PLAIN(·return0, runtime·return0)
PLAIN(·heapObjectsCanMove, runtime·heapObjectsCanMove)
PLAIN(·load_g, runtime·load_g)
PLAIN(·save_g, runtime·save_g)
