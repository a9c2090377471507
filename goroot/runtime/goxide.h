// Offsets into the task descriptor (goxide_sched::Task) that assembly in this package needs; crates/entries asserts them
// at compile time. Everything else about descriptors is known to Rust alone.

#define TASK_GUARD	16	// guard0: what prologues compare the stack pointer with
#define TASK_REGS	112	// ctx.regs: up to four result words

// Ends a function without a stack check that calls Rust on the goroutine's stack: BYTES is what that takes, below the
// function's own frame. The code never runs. It is there for the linker, which adds up how deep functions without a check
// get, refuses chains of them that are too deep, and cannot look into Rust.
#ifdef GOARCH_amd64
#define RESERVE(BYTES) \
	ADJSP	$BYTES; \
	UNDEF
#endif
#ifdef GOARCH_arm64
#define RESERVE(BYTES) \
	SUB	$BYTES, RSP; \
	UNDEF
#endif

// On amd64, calls the C function FN on the goroutine's stack, which C wants aligned to 16 bytes. R12 is lost, and whatever C
// may change. The two instructions that set the stack pointer (ANDQ $~15, SP and MOVQ R12, SP) are given as bytes: the
// assembler would take them for a switch of stacks and mark the whole function SPWRITE, and unwinders could not walk past its
// frame. But between the two there is only C, which is never walked through; at every other pc the assembler's table of
// stack depths is right, also where a Go function is called from here, be it a panic that C asked for or sigpanic (a fault
// in C is reported at the return address of this CALL, with R12's stack pointer).
#define CALL_ALIGNED(FN) \
	MOVQ	SP, R12; \
	BYTE	$0x48; BYTE $0x83; BYTE $0xe4; BYTE $0xf0; \
	CALL	FN(SB); \
	BYTE	$0x4c; BYTE $0x89; BYTE $0xe4

// The same behind a stub's check, which has put the stack pointer into R12, CHECKED bytes further: LEAQ -CHECKED(R12), SP leads back.
#define CHECKED	120
#define CALL_CHECKED(FN) \
	BYTE	$0x48; BYTE $0x83; BYTE $0xe4; BYTE $0xf0; \
	CALL	FN(SB); \
	BYTE	$0x49; BYTE $0x8d; BYTE $0x64; BYTE $0x24; BYTE $(-CHECKED & 0xff)
