//! The logical frames inside a physical one: calls that the compiler inlined.

use super::cache::PcCache;
use super::functab::Func;
use super::ids::{FuncData, FuncId, PcData};

/// Go's `runtime.inlinedCall`: one call in a function's tree of inlined calls.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RawCall {
    /// Which special function is called.
    pub func_id: u8,
    pad: [u8; 3],
    /// Its name in the module's table.
    pub name_off: i32,
    /// An instruction of the caller that stands at the call, from the entry.
    pub parent_pc: i32,
    /// Line of its `func` keyword.
    pub start_line: i32,
}

const _: () = assert!(size_of::<RawCall>() == 16);

/// A function of the source at a pc: the physical one, or one inlined into it.
#[derive(Clone, Copy, Debug)]
pub struct Logical<'m> {
    func: Func<'m>,
    pc: usize,
    call: Option<RawCall>,
}

impl<'m> Logical<'m> {
    /// The physical function.
    pub fn physical(&self) -> Func<'m> {
        self.func
    }

    /// The pc whose file and line are the position in this function: inside of
    /// the call that it makes.
    pub fn pc(&self) -> usize {
        self.pc
    }

    /// Whether it was inlined.
    pub fn is_inlined(&self) -> bool {
        self.call.is_some()
    }

    /// Which special function it is.
    #[inline]
    pub fn id(&self) -> FuncId {
        self.call.map_or_else(|| self.func.id(), |c| FuncId(c.func_id))
    }

    /// Its name.
    pub fn name(&self) -> &'m [u8] {
        self.func.name_at(self.call.map_or_else(|| self.func.name_off(), |c| c.name_off))
    }

    /// Line of its `func` keyword.
    pub fn start_line(&self) -> i32 {
        self.call.map_or_else(|| self.func.start_line(), |c| c.start_line)
    }

    /// The position in it.
    pub fn file_line(&self) -> (&'m [u8], i32) {
        self.func.file_line(self.pc)
    }
}

/// The logical frames at a pc, from the innermost to the physical function.
#[derive(Clone, Debug)]
pub struct LogicalFrames<'m> {
    func: Func<'m>,
    tree: *const RawCall,
    /// 0 when there are no more.
    pc: usize,
    index: i32,
}

impl<'m> LogicalFrames<'m> {
    /// Those at `pc`, which lies in `func`, and is not a return address: one
    /// less would be.
    pub fn new(func: Func<'m>, pc: usize) -> Self {
        let mut frames = Self::outermost(func, pc);
        if let Some(tree) = func.funcdata(FuncData::INL_TREE) {
            frames.tree = tree.as_ptr().cast();
            frames.index = index_at(func, pc);
        }
        frames
    }

    /// Those at the call that returns to `pc`.
    #[inline]
    pub fn at_call(func: Func<'m>, pc: usize, cache: &mut PcCache<'m>) -> Self {
        let mut frames = Self::outermost(func, pc - 1);
        if let Some(tree) = func.funcdata(FuncData::INL_TREE) {
            frames.tree = tree.as_ptr().cast();
            frames.index = cache.inline_before(func, pc);
        }
        frames
    }

    #[inline]
    fn outermost(func: Func<'m>, pc: usize) -> Self {
        Self { func, tree: core::ptr::null(), pc, index: -1 }
    }
}

impl Func<'_> {
    /// Its tree of inlined calls; null if nothing was inlined into it.
    pub fn inline_tree(self) -> *const RawCall {
        self.funcdata(FuncData::INL_TREE).map_or(core::ptr::null(), |tree| tree.as_ptr().cast_const().cast())
    }

    /// The index in that tree of the innermost call at `pc`; -1 outside of all.
    pub fn inline_index(self, pc: usize) -> i32 {
        index_at(self, pc)
    }
}

/// The position of `pc` in the inline tree; -1 for the physical function, and
/// when the table does not reach: names are still better than nothing.
fn index_at(func: Func<'_>, pc: usize) -> i32 {
    func.pcdata(PcData::INL_TREE_INDEX, pc).unwrap_or(-1)
}

impl<'m> Iterator for LogicalFrames<'m> {
    type Item = Logical<'m>;

    #[inline(always)]
    fn next(&mut self) -> Option<Logical<'m>> {
        if self.pc == 0 {
            return None;
        }
        let pc = self.pc;
        if self.index < 0 || self.tree.is_null() {
            self.pc = 0;
            return Some(Logical { func: self.func, pc, call: None });
        }
        // SAFETY: the index is one of the compiler's for this tree.
        let call = unsafe { self.tree.add(self.index as usize).read_unaligned() };
        self.pc = self.func.entry().wrapping_add(call.parent_pc as usize);
        self.index = index_at(self.func, self.pc);
        Some(Logical { func: self.func, pc, call: Some(call) })
    }
}
