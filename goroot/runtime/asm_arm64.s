// What compiled Go code reaches by a jump of its own kind on arm64, and the few frames that Go's unwinder must be able to
// read: entry, stack check, panics, defers, reflect's calls. The mechanisms are Rust's; the generated stubs of all other
// entries are in zstubs_arm64.s.

#include "textflag.h"
#include "funcdata.h"
#include "goxide.h"
#include "zstack_arm64.h"

// The kernel enters here with argc, argv, the environment and the auxiliary vector on the stack.
TEXT _rt0_arm64_linux(SB), NOSPLIT|NOFRAME|TOPFRAME, $0-0
	MOVD	ZR, R29			// the outermost frame
	MOVD	RSP, R0
	CALL	gx_rt0(SB)
	UNDEF

// The external linker's entry symbol.
TEXT main(SB), NOSPLIT|NOFRAME|TOPFRAME, $0-0
	JMP	_rt0_arm64_linux(SB)

// Where the linker looks for the thread's start.
TEXT runtime·mstart(SB), NOSPLIT|NOFRAME|TOPFRAME, $0-0
	CALL	gx_mstart(SB)
	UNDEF

// A goroutine's function returns here: the address that a new stack starts with is goexit+4, so that the unwinder, which
// looks a return address up one instruction earlier, finds goexit.
TEXT runtime·goexit<ABIInternal>(SB), NOSPLIT|NOFRAME|TOPFRAME, $0-0
	MOVD	R0, R0
	MOVD	$gx_goexit_done(SB), R20
	CALL	gx_system(SB)
	UNDEF

// The stack check of a function's prologue failed. R3 holds the caller's link register, R26 the closure context; LR is in
// the prologue, which starts the function anew.
TEXT runtime·morestack(SB), NOSPLIT|NOFRAME, $0-0
	B	gx_morestack(SB)

TEXT runtime·morestack_noctxt(SB), NOSPLIT|NOFRAME, $0-0
	MOVD	RSP, RSP		// marks the function as one the unwinder must not step through
	MOVD	ZR, R26
	B	gx_morestack(SB)

// Names, which nothing calls: samples of the processor profile have them where the calls on a thread's own stack meet those of the
// goroutine, since tools, and programs that read their own profiles, look for them there.
TEXT runtime·newstack<>(SB), NOSPLIT|NOFRAME, $0-0
	UNDEF

TEXT runtime·systemstack<>(SB), NOSPLIT|NOFRAME, $0-0
	UNDEF

TEXT runtime·sampleFrames(SB), NOSPLIT, $0-16
	MOVD	$runtime·newstack<>(SB), R0
	MOVD	R0, growth+0(FP)
	MOVD	$runtime·systemstack<>(SB), R0
	MOVD	R0, system+8(FP)
	RET

// A program's packages are about to make a system call, which the runtime wants to see: the number in R0, two arguments in R1 and R2.
TEXT runtime·beforeSystemCall(SB), NOSPLIT, $8-0
	NO_LOCAL_POINTERS
	MOVD	R2, R1
	CALL	gx_before_system_call(SB)
	RET
	RESERVE(STACK_gx_before_system_call)

// throw(text string) and fatal(text string): Rust prints the text and ends the process. With a length of -1 they return at once and
// change nothing: Rust has called them, from the system stack, where it is about to end the process itself, for debuggers to stop there.
// (FUNCDATA 6 is ArgLiveInfo, PCDATA 3 its index.)
#define ENDS(name, entry) \
	TEXT name<ABIInternal>(SB), NOSPLIT, $0-0; \
	NO_LOCAL_POINTERS; \
	FUNCDATA $FUNCDATA_ArgInfo, runtime·args2·arginfo1(SB); \
	FUNCDATA $6, runtime·stale·argliveinfo(SB); \
	PCDATA $3, $1; \
	CMN $1, R1; \
	BEQ told; \
	MOVD $entry(SB), R20; \
	CALL gx_system(SB); \
told:; \
	RET

ENDS(runtime·throw, gx_runtime_throw)
ENDS(runtime·fatal, gx_runtime_fatal)

// Goexit(): as gopanic; Rust does not return once no deferred call is left.
TEXT runtime·Goexit<ABIInternal>(SB), NOSPLIT, $24-0
	NO_LOCAL_POINTERS
	MOVD	$gx_goexit(SB), R20
	CALL	gx_system(SB)
next:
	MOVD	R0, R26
	MOVD	(R26), R0
	CALL	(R0)
	CALL	gx_panic_next_fast(SB)
	CBNZ	R0, next
	MOVD	$gx_panic_next(SB), R20
	CALL	gx_system(SB)
	B	next
	RESERVE(STACK_gx_panic_next_fast)

// deferproc(fn func()) answers 0; compiled code goes to its epilogue on anything else.
TEXT runtime·deferproc<ABIInternal>(SB), NOSPLIT, $8-0
	NO_LOCAL_POINTERS
	MOVD	R0, R21
	MOVD	$x-8(FP), R1		// the caller's stack pointer
	MOVD	LR, R2			// and where it goes on
	MOVD	R2, R22
	ADD	$144, RSP, R19		// as in the stub of a fast entry
	MOVD	TASK_GUARD(g), R20
	CMP	R20, R19
	BLS	slow
	CALL	gx_deferproc_fast(SB)
	CBZ	R0, again
	MOVD	ZR, R0
	RET
again:
	MOVD	R21, R0
	MOVD	$x-8(FP), R1
	MOVD	R22, R2
slow:
	MOVD	$gx_deferproc(SB), R20
	CALL	gx_system_yields0(SB)
	MOVD	ZR, R0
	RET

// deferprocStack(d *_defer): the record is in the caller's frame.
TEXT runtime·deferprocStack<ABIInternal>(SB), NOSPLIT, $8-0
	NO_LOCAL_POINTERS
	MOVD	$x-8(FP), R1
	MOVD	LR, R2
	CALL	gx_deferproc_stack(SB)
	MOVD	ZR, R0
	RET
	RESERVE(STACK_gx_deferproc_stack)

// deferreturn() runs the deferred calls of the frame that calls it.
TEXT runtime·deferreturn<ABIInternal>(SB), NOSPLIT, $24-0
	NO_LOCAL_POINTERS
next:
	MOVD	$x-8(FP), R0		// the caller's stack pointer
	CALL	gx_deferreturn_next(SB)
	CBZ	R0, done
	CMP	$1, R0
	BNE	call
	MOVD	$x-8(FP), R0		// perhaps open-coded calls are left, after a recovery
	MOVD	0(RSP), R1
	MOVD	$gx_deferreturn_recovered(SB), R20
	CALL	gx_system(SB)
	CBZ	R0, done
call:
	MOVD	R0, R26
	MOVD	(R26), R0
	CALL	(R0)
	B	next
done:
	RET
	RESERVE(STACK_gx_deferreturn_next)

TEXT runtime·unreachableMethod<ABIInternal>(SB), NOSPLIT, $8-0
	NO_LOCAL_POINTERS
	MOVD	$gx_unreachable_method(SB), R20
	CALL	gx_system(SB)
	UNDEF

// entersyscall(): a leaf that is given its caller's return address and stack pointer.
TEXT runtime·entersyscall<ABIInternal>(SB), NOSPLIT, $8-0
	NO_LOCAL_POINTERS
	MOVD	LR, R0
	MOVD	$x-8(FP), R1
	MOVD	R29, R2
	CALL	gx_entersyscall(SB)
	RET
	RESERVE(STACK_gx_entersyscall)

TEXT runtime·breakpoint<ABIInternal>(SB), NOSPLIT, $0-0
	BRK
	RET

// A hash function of the compiler's for memory of a size that its closure holds.
TEXT runtime·memhash_varlen<ABIInternal>(SB), NOSPLIT|NOFRAME, $0-0
	MOVD	8(R26), R2
	B	runtime·memhash<ABIInternal>(SB)

// Bounds errors arrive with the operands where the check had them.
#define BOUNDS(FROM, X, Y, TO) \
TEXT FROM<ABIInternal>(SB), NOSPLIT, $0-16; \
	MOVD	X, R0; \
	MOVD	Y, R1; \
	B	TO<ABIInternal>(SB)

BOUNDS(runtime·panicIndex, R0, R1, runtime·goPanicIndex)
BOUNDS(runtime·panicIndexU, R0, R1, runtime·goPanicIndexU)
BOUNDS(runtime·panicSliceAlen, R1, R2, runtime·goPanicSliceAlen)
BOUNDS(runtime·panicSliceAlenU, R1, R2, runtime·goPanicSliceAlenU)
BOUNDS(runtime·panicSliceAcap, R1, R2, runtime·goPanicSliceAcap)
BOUNDS(runtime·panicSliceAcapU, R1, R2, runtime·goPanicSliceAcapU)
BOUNDS(runtime·panicSliceB, R0, R1, runtime·goPanicSliceB)
BOUNDS(runtime·panicSliceBU, R0, R1, runtime·goPanicSliceBU)
BOUNDS(runtime·panicSlice3Alen, R2, R3, runtime·goPanicSlice3Alen)
BOUNDS(runtime·panicSlice3AlenU, R2, R3, runtime·goPanicSlice3AlenU)
BOUNDS(runtime·panicSlice3Acap, R2, R3, runtime·goPanicSlice3Acap)
BOUNDS(runtime·panicSlice3AcapU, R2, R3, runtime·goPanicSlice3AcapU)
BOUNDS(runtime·panicSlice3B, R1, R2, runtime·goPanicSlice3B)
BOUNDS(runtime·panicSlice3BU, R1, R2, runtime·goPanicSlice3BU)
BOUNDS(runtime·panicSlice3C, R0, R1, runtime·goPanicSlice3C)
BOUNDS(runtime·panicSlice3CU, R0, R1, runtime·goPanicSlice3CU)
BOUNDS(runtime·panicSliceConvert, R2, R3, runtime·goPanicSliceConvert)

// Write barriers: R25 comes back with room for N words in the processor's buffer; every other register but R27 is kept.
#define BARRIER(NAME, BYTES) \
TEXT NAME<ABIInternal>(SB), NOSPLIT|NOFRAME, $0-0; \
	MOVD	$BYTES, R25; \
	B	gx_gc_write_barrier(SB); \
	RESERVE(STACK_gx_gc_write_barrier)

BARRIER(runtime·gcWriteBarrier1, 8)
BARRIER(runtime·gcWriteBarrier2, 16)
BARRIER(runtime·gcWriteBarrier3, 24)
BARRIER(runtime·gcWriteBarrier4, 32)
BARRIER(runtime·gcWriteBarrier5, 40)
BARRIER(runtime·gcWriteBarrier6, 48)
BARRIER(runtime·gcWriteBarrier7, 56)
BARRIER(runtime·gcWriteBarrier8, 64)

// Compiled code jumps into these two at an offset: 64 steps of 16 bytes cleared, 64 of 16 copied.
#define CLEAR16 STP.P (ZR, ZR), 16(R20)
#define COPY16 \
	LDP.P	16(R20), (R26, R27); \
	STP.P	(R26, R27), 16(R21)
#define FOUR(X) X; X; X; X

TEXT runtime·duffzero<ABIInternal>(SB), NOSPLIT|NOFRAME, $0-0
	FOUR(CLEAR16)
	FOUR(CLEAR16)
	FOUR(CLEAR16)
	FOUR(CLEAR16)
	FOUR(CLEAR16)
	FOUR(CLEAR16)
	FOUR(CLEAR16)
	FOUR(CLEAR16)
	FOUR(CLEAR16)
	FOUR(CLEAR16)
	FOUR(CLEAR16)
	FOUR(CLEAR16)
	FOUR(CLEAR16)
	FOUR(CLEAR16)
	FOUR(CLEAR16)
	CLEAR16
	CLEAR16
	CLEAR16
	STP	(ZR, ZR), (R20)
	RET

TEXT runtime·duffcopy<ABIInternal>(SB), NOSPLIT|NOFRAME, $0-0
	FOUR(COPY16)
	FOUR(COPY16)
	FOUR(COPY16)
	FOUR(COPY16)
	FOUR(COPY16)
	FOUR(COPY16)
	FOUR(COPY16)
	FOUR(COPY16)
	FOUR(COPY16)
	FOUR(COPY16)
	FOUR(COPY16)
	FOUR(COPY16)
	FOUR(COPY16)
	FOUR(COPY16)
	FOUR(COPY16)
	FOUR(COPY16)
	RET

// The register part of a reflect call: R20 points to an internal/abi.RegArgs.
TEXT ·spillArgs(SB), NOSPLIT, $0-0
	STP	(R0, R1), (0*8)(R20)
	STP	(R2, R3), (2*8)(R20)
	STP	(R4, R5), (4*8)(R20)
	STP	(R6, R7), (6*8)(R20)
	STP	(R8, R9), (8*8)(R20)
	STP	(R10, R11), (10*8)(R20)
	STP	(R12, R13), (12*8)(R20)
	STP	(R14, R15), (14*8)(R20)
	FSTPD	(F0, F1), (16*8)(R20)
	FSTPD	(F2, F3), (18*8)(R20)
	FSTPD	(F4, F5), (20*8)(R20)
	FSTPD	(F6, F7), (22*8)(R20)
	FSTPD	(F8, F9), (24*8)(R20)
	FSTPD	(F10, F11), (26*8)(R20)
	FSTPD	(F12, F13), (28*8)(R20)
	FSTPD	(F14, F15), (30*8)(R20)
	RET

TEXT ·unspillArgs(SB), NOSPLIT, $0-0
	LDP	(0*8)(R20), (R0, R1)
	LDP	(2*8)(R20), (R2, R3)
	LDP	(4*8)(R20), (R4, R5)
	LDP	(6*8)(R20), (R6, R7)
	LDP	(8*8)(R20), (R8, R9)
	LDP	(10*8)(R20), (R10, R11)
	LDP	(12*8)(R20), (R12, R13)
	LDP	(14*8)(R20), (R14, R15)
	FLDPD	(16*8)(R20), (F0, F1)
	FLDPD	(18*8)(R20), (F2, F3)
	FLDPD	(20*8)(R20), (F4, F5)
	FLDPD	(22*8)(R20), (F6, F7)
	FLDPD	(24*8)(R20), (F8, F9)
	FLDPD	(26*8)(R20), (F10, F11)
	FLDPD	(28*8)(R20), (F12, F13)
	FLDPD	(30*8)(R20), (F14, F15)
	RET

// reflectcall: frames of fixed sizes, since the unwinder reads a frame's size off its function.
#define TRY(NAME, SIZE) \
	MOVD	$SIZE, R27; \
	CMP	R27, R16; \
	BGT	3(PC); \
	MOVD	$NAME(SB), R27; \
	B	(R27)

TEXT ·reflectcall(SB), NOSPLIT|NOFRAME, $0-48
	MOVWU	frameSize+32(FP), R16
	TRY(runtime·call16, 16)
	TRY(runtime·call32, 32)
	TRY(runtime·call64, 64)
	TRY(runtime·call128, 128)
	TRY(runtime·call256, 256)
	TRY(runtime·call512, 512)
	TRY(runtime·call1024, 1024)
	TRY(runtime·call2048, 2048)
	TRY(runtime·call4096, 4096)
	TRY(runtime·call8192, 8192)
	TRY(runtime·call16384, 16384)
	TRY(runtime·call32768, 32768)
	TRY(runtime·call65536, 65536)
	TRY(runtime·call131072, 131072)
	TRY(runtime·call262144, 262144)
	TRY(runtime·call524288, 524288)
	TRY(runtime·call1048576, 1048576)
	TRY(runtime·call2097152, 2097152)
	TRY(runtime·call4194304, 4194304)
	TRY(runtime·call8388608, 8388608)
	TRY(runtime·call16777216, 16777216)
	TRY(runtime·call33554432, 33554432)
	TRY(runtime·call67108864, 67108864)
	TRY(runtime·call134217728, 134217728)
	TRY(runtime·call268435456, 268435456)
	TRY(runtime·call536870912, 536870912)
	TRY(runtime·call1073741824, 1073741824)
	MOVD	$·badreflectcall(SB), R0
	B	(R0)

#define CALLFN(NAME, SIZE) \
TEXT NAME(SB), WRAPPER, $SIZE-48; \
	NO_LOCAL_POINTERS; \
	ADD	$8, RSP, R0; \
	MOVD	stackArgs+16(FP), R1; \
	MOVWU	stackArgsSize+24(FP), R2; \
	CALL	gx_runtime_memmove(SB); \
	MOVD	regArgs+40(FP), R20; \
	CALL	·unspillArgs(SB); \
	MOVD	f+8(FP), R26; \
	MOVD	(R26), R20; \
	PCDATA	$PCDATA_StackMapIndex, $0; \
	CALL	(R20); \
	MOVD	regArgs+40(FP), R20; \
	CALL	·spillArgs(SB); \
	MOVD	R20, R4; \
	MOVWU	stackArgsSize+24(FP), R3; \
	MOVWU	stackRetOffset+28(FP), R6; \
	MOVD	stackArgs+16(FP), R1; \
	ADD	R6, R1; \
	ADD	$8, RSP, R2; \
	ADD	R6, R2; \
	SUB	R6, R3; \
	MOVD	stackArgsType+0(FP), R0; \
	CALL	gx_runtime_reflectcallmove(SB); \
	RET

CALLFN(·call16, 16)
CALLFN(·call32, 32)
CALLFN(·call64, 64)
CALLFN(·call128, 128)
CALLFN(·call256, 256)
CALLFN(·call512, 512)
CALLFN(·call1024, 1024)
CALLFN(·call2048, 2048)
CALLFN(·call4096, 4096)
CALLFN(·call8192, 8192)
CALLFN(·call16384, 16384)
CALLFN(·call32768, 32768)
CALLFN(·call65536, 65536)
CALLFN(·call131072, 131072)
CALLFN(·call262144, 262144)
CALLFN(·call524288, 524288)
CALLFN(·call1048576, 1048576)
CALLFN(·call2097152, 2097152)
CALLFN(·call4194304, 4194304)
CALLFN(·call8388608, 8388608)
CALLFN(·call16777216, 16777216)
CALLFN(·call33554432, 33554432)
CALLFN(·call67108864, 67108864)
CALLFN(·call134217728, 134217728)
CALLFN(·call268435456, 268435456)
CALLFN(·call536870912, 536870912)
CALLFN(·call1073741824, 1073741824)

// gopanic(e any): Rust keeps the panics and finds the next deferred call; this frame makes the calls, on the goroutine's
// stack. Rust does not return when there is none left (fatal) or when one of them recovered. It has
// the file in which users of Go know it, and is the last here, since the directive holds for what follows.
#line 2 "panic.go"
TEXT runtime·gopanic<ABIInternal>(SB), NOSPLIT, $24-0
	NO_LOCAL_POINTERS
	FUNCDATA	$FUNCDATA_ArgInfo, runtime·gopanic·arginfo1(SB)
	FUNCDATA	$6, runtime·stale·argliveinfo(SB)	// FUNCDATA_ArgLiveInfo
	PCDATA	$3, $1				// PCDATA_ArgLiveIndex
	MOVD	R0, e+0(FP)		// where tracebacks look for the argument
	MOVD	R1, e+8(FP)
	MOVD	$gx_gopanic(SB), R20
	CALL	gx_system(SB)
next:
	MOVD	R0, R26
	MOVD	(R26), R0
	CALL	(R0)
	CALL	gx_panic_next_fast(SB)
	CBNZ	R0, next
	MOVD	$gx_panic_next(SB), R20
	CALL	gx_system(SB)
	B	next
	RESERVE(STACK_gx_panic_next_fast)
