//! Temporary: the shapes of goxide-stack until it lands.
#![allow(missing_docs, clippy::missing_safety_doc)]

#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Bounds {
    pub lo: usize,
    pub hi: usize,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Context {
    pub sp: usize,
    pub pc: usize,
    pub bp: usize,
    pub ctxt: usize,
    pub lr: usize,
    pub regs: [usize; 4],
}

impl Context {
    pub fn prepare(_stack: Bounds, _entry_pc: usize, _ctxt: usize, _return_pc: usize) -> Context {
        Context::default()
    }
}

pub unsafe fn gogo(_ctx: *const Context, _task: *mut u8) -> ! {
    panic!()
}
