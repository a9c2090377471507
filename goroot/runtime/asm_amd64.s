// What compiled Go code reaches by a jump of its own kind on amd64, and the few frames that Go's unwinder must be able to
// read: entry, stack check, panics, defers, reflect's calls. The mechanisms are Rust's; the generated stubs of all other
// entries are in zstubs_amd64.s.

#include "textflag.h"
#include "funcdata.h"
#include "goxide.h"
#include "zstack_amd64.h"

// The kernel enters here with argc, argv, the environment and the auxiliary vector on the stack.
TEXT _rt0_amd64_linux(SB), NOSPLIT|NOFRAME|TOPFRAME, $0-0
	XORL	BP, BP			// the outermost frame
	MOVQ	SP, DI
	ANDQ	$~15, SP
	CALL	gx_rt0(SB)
	UNDEF

// The external linker's entry symbol.
TEXT main(SB), NOSPLIT|NOFRAME|TOPFRAME, $0-0
	JMP	_rt0_amd64_linux(SB)

// Where the linker looks for the thread's start.
TEXT runtime·mstart(SB), NOSPLIT|NOFRAME|TOPFRAME, $0-0
	CALL	gx_mstart(SB)
	UNDEF

// A goroutine's function returns here: the address that a new stack starts with is goexit+1, so that the unwinder, which
// looks a return address up one byte earlier, finds goexit.
TEXT runtime·goexit<ABIInternal>(SB), NOSPLIT|NOFRAME|TOPFRAME, $0-0
	NOP
	BYTE	$0x90
	LEAQ	gx_goexit_done(SB), R11
	CALL	gx_system(SB)
	BYTE	$0x90

// The stack check of a function's prologue failed. R14 holds g, DX the closure context; the return address is in the
// prologue, which starts the function anew.
TEXT runtime·morestack(SB), NOSPLIT|NOFRAME, $0-0
	JMP	gx_morestack(SB)

TEXT runtime·morestack_noctxt(SB), NOSPLIT|NOFRAME, $0-0
	XORL	DX, DX
	JMP	gx_morestack(SB)

// Names, which nothing calls: samples of the processor profile have them where the calls on a thread's own stack meet those of the
// goroutine, since tools, and programs that read their own profiles, look for them there.
TEXT runtime·newstack<>(SB), NOSPLIT|NOFRAME, $0-0
	UNDEF

TEXT runtime·systemstack<>(SB), NOSPLIT|NOFRAME, $0-0
	UNDEF

TEXT runtime·sampleFrames(SB), NOSPLIT, $0-16
	LEAQ	runtime·newstack<>(SB), AX
	MOVQ	AX, growth+0(FP)
	LEAQ	runtime·systemstack<>(SB), AX
	MOVQ	AX, system+8(FP)
	RET

// A program's packages are about to make a system call, which the runtime wants to see: the number in AX, arguments in BX, CX, DI, SI, R8,
// R9. All of these stay as they are.
TEXT runtime·beforeSystemCall(SB), NOSPLIT, $56-0
	NO_LOCAL_POINTERS
	MOVQ	AX, 0(SP)
	MOVQ	BX, 8(SP)
	MOVQ	CX, 16(SP)
	MOVQ	DI, 24(SP)
	MOVQ	SI, 32(SP)
	MOVQ	R8, 40(SP)
	MOVQ	R9, 48(SP)
	MOVQ	AX, DI
	MOVQ	CX, SI
	CALL_ALIGNED(gx_before_system_call)
	XORPS	X15, X15
	MOVQ	0(SP), AX
	MOVQ	8(SP), BX
	MOVQ	16(SP), CX
	MOVQ	24(SP), DI
	MOVQ	32(SP), SI
	MOVQ	40(SP), R8
	MOVQ	48(SP), R9
	RET
	RESERVE(STACK_gx_before_system_call)

// throw(text string) and fatal(text string): Rust prints the text and ends the process. With a length of -1 they return at once and
// change nothing: Rust has called them, from the system stack, where it is about to end the process itself, for debuggers to stop there.
// (FUNCDATA 6 is ArgLiveInfo, PCDATA 3 its index.)
#define ENDS(name, entry) \
	TEXT name<ABIInternal>(SB), NOSPLIT|NOFRAME, $0-0; \
	NO_LOCAL_POINTERS; \
	FUNCDATA $FUNCDATA_ArgInfo, runtime·args2·arginfo1(SB); \
	FUNCDATA $6, runtime·stale·argliveinfo(SB); \
	PCDATA $3, $1; \
	CMPQ BX, $-1; \
	JEQ told; \
	MOVQ BX, SI; \
	MOVQ AX, DI; \
	LEAQ entry(SB), R11; \
	CALL gx_system(SB); \
told:; \
	RET

ENDS(runtime·throw, gx_runtime_throw)
ENDS(runtime·fatal, gx_runtime_fatal)

// Goexit(): as gopanic; Rust does not return once no deferred call is left.
TEXT runtime·Goexit<ABIInternal>(SB), NOSPLIT, $16-0
	NO_LOCAL_POINTERS
	LEAQ	gx_goexit(SB), R11
	CALL	gx_system(SB)
next:
	MOVQ	AX, DX
	MOVQ	(DX), AX
	CALL	AX
	CALL_ALIGNED(gx_panic_next_fast)
	XORPS	X15, X15
	TESTQ	AX, AX
	JNE	next
	LEAQ	gx_panic_next(SB), R11
	CALL	gx_system(SB)
	JMP	next
	RESERVE(STACK_gx_panic_next_fast)

// deferproc(fn func()) answers 0; compiled code goes to its epilogue on anything else.
TEXT runtime·deferproc<ABIInternal>(SB), NOSPLIT|NOFRAME, $0-0
	MOVQ	AX, R13
	MOVQ	AX, DI
	LEAQ	8(SP), SI		// the caller's stack pointer
	MOVQ	0(SP), DX		// and where it goes on
	LEAQ	CHECKED(SP), R12	// as in the stub of a fast entry
	CMPQ	R12, TASK_GUARD(R14)
	JLS	slow
	CALL_CHECKED(gx_deferproc_fast)
	TESTQ	AX, AX
	JEQ	again
	XORPS	X15, X15
	XORL	AX, AX
	RET
again:
	MOVQ	R13, DI
	LEAQ	8(SP), SI
	MOVQ	0(SP), DX
slow:
	LEAQ	gx_deferproc(SB), R11
	CALL	gx_system_yields0(SB)
	XORL	AX, AX
	RET

// deferprocStack(d *_defer): the record is in the caller's frame.
TEXT runtime·deferprocStack<ABIInternal>(SB), NOSPLIT|NOFRAME, $0-0
	MOVQ	AX, DI
	LEAQ	8(SP), SI
	MOVQ	0(SP), DX
	CALL_ALIGNED(gx_deferproc_stack)
	XORPS	X15, X15
	XORL	AX, AX
	RET
	RESERVE(STACK_gx_deferproc_stack)

// deferreturn() runs the deferred calls of the frame that calls it.
TEXT runtime·deferreturn<ABIInternal>(SB), NOSPLIT, $16-0
	NO_LOCAL_POINTERS
next:
	LEAQ	x+0(FP), DI		// the caller's stack pointer
	CALL_ALIGNED(gx_deferreturn_next)
	XORPS	X15, X15
	CMPQ	AX, $1
	JB	done
	JNE	call
	LEAQ	x+0(FP), DI		// perhaps open-coded calls are left, after a recovery
	MOVQ	x-8(FP), SI
	LEAQ	gx_deferreturn_recovered(SB), R11
	CALL	gx_system(SB)
	TESTQ	AX, AX
	JEQ	done
call:
	MOVQ	AX, DX
	MOVQ	(DX), AX
	CALL	AX
	JMP	next
done:
	RET
	RESERVE(STACK_gx_deferreturn_next)

TEXT runtime·unreachableMethod<ABIInternal>(SB), NOSPLIT|NOFRAME, $0-0
	LEAQ	gx_unreachable_method(SB), R11
	CALL	gx_system(SB)
	UNDEF

// entersyscall(): a leaf that is given its caller's return address and stack pointer.
TEXT runtime·entersyscall<ABIInternal>(SB), NOSPLIT|NOFRAME, $0-0
	MOVQ	0(SP), DI
	LEAQ	8(SP), SI
	MOVQ	BP, DX
	CALL_ALIGNED(gx_entersyscall)
	XORPS	X15, X15
	RET
	RESERVE(STACK_gx_entersyscall)

TEXT runtime·breakpoint<ABIInternal>(SB), NOSPLIT, $0-0
	BYTE	$0xcc
	RET

// A hash function of the compiler's for memory of a size that its closure holds.
TEXT runtime·memhash_varlen<ABIInternal>(SB), NOSPLIT|NOFRAME, $0-0
	MOVQ	8(DX), CX
	JMP	runtime·memhash<ABIInternal>(SB)

// Bounds errors arrive with the operands where the check had them.
#define BOUNDS(FROM, X, Y, TO) \
TEXT FROM<ABIInternal>(SB), NOSPLIT, $0-16; \
	MOVQ	Y, R12; \
	MOVQ	X, AX; \
	MOVQ	R12, BX; \
	JMP	TO<ABIInternal>(SB)

BOUNDS(runtime·panicIndex, AX, CX, runtime·goPanicIndex)
BOUNDS(runtime·panicIndexU, AX, CX, runtime·goPanicIndexU)
BOUNDS(runtime·panicSliceAlen, CX, DX, runtime·goPanicSliceAlen)
BOUNDS(runtime·panicSliceAlenU, CX, DX, runtime·goPanicSliceAlenU)
BOUNDS(runtime·panicSliceAcap, CX, DX, runtime·goPanicSliceAcap)
BOUNDS(runtime·panicSliceAcapU, CX, DX, runtime·goPanicSliceAcapU)
BOUNDS(runtime·panicSliceB, AX, CX, runtime·goPanicSliceB)
BOUNDS(runtime·panicSliceBU, AX, CX, runtime·goPanicSliceBU)
BOUNDS(runtime·panicSlice3Alen, DX, BX, runtime·goPanicSlice3Alen)
BOUNDS(runtime·panicSlice3AlenU, DX, BX, runtime·goPanicSlice3AlenU)
BOUNDS(runtime·panicSlice3Acap, DX, BX, runtime·goPanicSlice3Acap)
BOUNDS(runtime·panicSlice3AcapU, DX, BX, runtime·goPanicSlice3AcapU)
BOUNDS(runtime·panicSlice3B, CX, DX, runtime·goPanicSlice3B)
BOUNDS(runtime·panicSlice3BU, CX, DX, runtime·goPanicSlice3BU)
BOUNDS(runtime·panicSlice3C, AX, CX, runtime·goPanicSlice3C)
BOUNDS(runtime·panicSlice3CU, AX, CX, runtime·goPanicSlice3CU)
BOUNDS(runtime·panicSliceConvert, DX, BX, runtime·goPanicSliceConvert)

// Write barriers: R11 comes back with room for N words in the processor's buffer; every other register is kept.
#define BARRIER(NAME, BYTES) \
TEXT NAME<ABIInternal>(SB), NOSPLIT|NOFRAME, $0-0; \
	MOVL	$BYTES, R11; \
	JMP	gx_gc_write_barrier(SB); \
	RESERVE(STACK_gx_gc_write_barrier)

BARRIER(runtime·gcWriteBarrier1, 8)
BARRIER(runtime·gcWriteBarrier2, 16)
BARRIER(runtime·gcWriteBarrier3, 24)
BARRIER(runtime·gcWriteBarrier4, 32)
BARRIER(runtime·gcWriteBarrier5, 40)
BARRIER(runtime·gcWriteBarrier6, 48)
BARRIER(runtime·gcWriteBarrier7, 56)
BARRIER(runtime·gcWriteBarrier8, 64)

// Compiled code jumps into these two at an offset: sixteen steps of 64 bytes cleared (X15 is zero), 64 of 16 copied.
#define CLEAR64 \
	MOVUPS	X15, (DI); \
	MOVUPS	X15, 16(DI); \
	MOVUPS	X15, 32(DI); \
	MOVUPS	X15, 48(DI); \
	LEAQ	64(DI), DI
#define COPY16 \
	MOVUPS	(SI), X0; \
	ADDQ	$16, SI; \
	MOVUPS	X0, (DI); \
	ADDQ	$16, DI
#define FOUR(X) X; X; X; X

TEXT runtime·duffzero<ABIInternal>(SB), NOSPLIT|NOFRAME, $0-0
	FOUR(CLEAR64)
	FOUR(CLEAR64)
	FOUR(CLEAR64)
	FOUR(CLEAR64)
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

// The register part of a reflect call: R12 points to an internal/abi.RegArgs.
TEXT ·spillArgs(SB), NOSPLIT, $0-0
	MOVQ	AX, 0(R12)
	MOVQ	BX, 8(R12)
	MOVQ	CX, 16(R12)
	MOVQ	DI, 24(R12)
	MOVQ	SI, 32(R12)
	MOVQ	R8, 40(R12)
	MOVQ	R9, 48(R12)
	MOVQ	R10, 56(R12)
	MOVQ	R11, 64(R12)
	MOVQ	X0, 72(R12)
	MOVQ	X1, 80(R12)
	MOVQ	X2, 88(R12)
	MOVQ	X3, 96(R12)
	MOVQ	X4, 104(R12)
	MOVQ	X5, 112(R12)
	MOVQ	X6, 120(R12)
	MOVQ	X7, 128(R12)
	MOVQ	X8, 136(R12)
	MOVQ	X9, 144(R12)
	MOVQ	X10, 152(R12)
	MOVQ	X11, 160(R12)
	MOVQ	X12, 168(R12)
	MOVQ	X13, 176(R12)
	MOVQ	X14, 184(R12)
	RET

TEXT ·unspillArgs(SB), NOSPLIT, $0-0
	MOVQ	0(R12), AX
	MOVQ	8(R12), BX
	MOVQ	16(R12), CX
	MOVQ	24(R12), DI
	MOVQ	32(R12), SI
	MOVQ	40(R12), R8
	MOVQ	48(R12), R9
	MOVQ	56(R12), R10
	MOVQ	64(R12), R11
	MOVQ	72(R12), X0
	MOVQ	80(R12), X1
	MOVQ	88(R12), X2
	MOVQ	96(R12), X3
	MOVQ	104(R12), X4
	MOVQ	112(R12), X5
	MOVQ	120(R12), X6
	MOVQ	128(R12), X7
	MOVQ	136(R12), X8
	MOVQ	144(R12), X9
	MOVQ	152(R12), X10
	MOVQ	160(R12), X11
	MOVQ	168(R12), X12
	MOVQ	176(R12), X13
	MOVQ	184(R12), X14
	RET

// reflectcall: frames of fixed sizes, since the unwinder reads a frame's size off its function.
#define TRY(NAME, SIZE) \
	CMPQ	CX, $SIZE; \
	JA	3(PC); \
	MOVQ	$NAME(SB), AX; \
	JMP	AX

TEXT ·reflectcall(SB), NOSPLIT, $0-48
	MOVLQZX	frameSize+32(FP), CX
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
	MOVQ	$·badreflectcall(SB), AX
	JMP	AX

#define CALLFN(NAME, SIZE) \
TEXT NAME(SB), WRAPPER, $SIZE-48; \
	NO_LOCAL_POINTERS; \
	MOVQ	stackArgs+16(FP), SI; \
	MOVLQZX	stackArgsSize+24(FP), CX; \
	MOVQ	SP, DI; \
	REP; MOVSB; \
	MOVQ	regArgs+40(FP), R12; \
	CALL	·unspillArgs(SB); \
	MOVQ	f+8(FP), DX; \
	PCDATA	$PCDATA_StackMapIndex, $0; \
	MOVQ	(DX), R12; \
	CALL	R12; \
	MOVQ	regArgs+40(FP), R12; \
	CALL	·spillArgs(SB); \
	MOVQ	R12, R8; \
	MOVLQZX	stackArgsSize+24(FP), CX; \
	MOVLQZX	stackRetOffset+28(FP), R9; \
	MOVQ	stackArgs+16(FP), SI; \
	ADDQ	R9, SI; \
	LEAQ	(SP)(R9*1), DX; \
	SUBQ	R9, CX; \
	MOVQ	stackArgsType+0(FP), DI; \
	CALL_ALIGNED(gx_runtime_reflectcallmove); \
	XORPS	X15, X15; \
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
TEXT runtime·gopanic<ABIInternal>(SB), NOSPLIT, $16-0
	NO_LOCAL_POINTERS
	FUNCDATA	$FUNCDATA_ArgInfo, runtime·gopanic·arginfo1(SB)
	FUNCDATA	$6, runtime·stale·argliveinfo(SB)	// FUNCDATA_ArgLiveInfo
	PCDATA	$3, $1				// PCDATA_ArgLiveIndex
	MOVQ	AX, e+0(FP)		// where tracebacks look for the argument
	MOVQ	BX, e+8(FP)
	MOVQ	AX, DI
	MOVQ	BX, SI
	LEAQ	gx_gopanic(SB), R11
	CALL	gx_system(SB)
next:
	MOVQ	AX, DX
	MOVQ	(DX), AX
	CALL	AX
	CALL_ALIGNED(gx_panic_next_fast)
	XORPS	X15, X15
	TESTQ	AX, AX
	JNE	next
	LEAQ	gx_panic_next(SB), R11
	CALL	gx_system(SB)
	JMP	next
	RESERVE(STACK_gx_panic_next_fast)
