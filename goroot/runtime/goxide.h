// Offsets into the task descriptor (goxide_sched::Task) that assembly in this package needs; crates/goabi asserts them
// at compile time. Everything else about descriptors is known to Rust alone.

#define TASK_REGS	96	// ctx.regs: up to four result words
