//! Channels: goxide-chan over goroutines. A blocking operation runs on g0; if it cannot finish, its wait record is enqueued,
//! the goroutine is parked, and the finish half runs when it is woken, before it goes on at the entry's stub with the result.

use core::ptr::{null, null_mut};
use goxide_chan::{Chan, ops, select};
use goxide_gotypes::text::fault::msg;
use goxide_gotypes::types::{ChanType, GoSlice, Type, kind, layout};
use goxide_rt::bulk::Bulk;
use goxide_rt::chans::{self, GoChans, recv, send};
use goxide_rt::fatal;
use goxide_rt::memory::{LONG, allocate_here};
use goxide_rt::pieces::{self, DST, Work};
use goxide_rt::raise::plain;
use goxide_rt::reason::Reason;
use goxide_rt::records::Finish;
use goxide_rt::state::g;
use goxide_rt::token::{Processor, System};
use goxide_rt::words::{DECIDED_FALSE, Two, truth};

/// A channel's header: the buffer is the one pointer for the collector.
static HEADER: Type = layout::block(size_of::<Chan>(), Chan::BUF_OFFSET + 8, kind::STRUCT, &[1 << (Chan::BUF_OFFSET / 8)]);

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_makechan(mut sys: System<'_>, t: *const ChanType, size: isize) -> *mut Chan {
    // SAFETY: compiled code's descriptor, and the header's. No frame owns what must be dropped, and no region is open. A channel is made of
    // memory that is new, and as large as the element's size says.
    unsafe {
        let elem = (*t).elem;
        let each = (*elem).size;
        if each >= 1 << 16 {
            fatal::throw(b"makechan: invalid channel element type");
        }
        let bytes = each.checked_mul(size as usize).filter(|&b| size >= 0 && b <= (1 << 47));
        let Some(bytes) = bytes else { plain(sys, msg::MAKECHAN_SIZE) };
        let noscan = !(*elem).has_pointers();
        if bytes > LONG {
            return make_long(sys, elem, size as usize, bytes);
        }
        let info = elem_info(elem);
        if noscan {
            // One object without pointers: the buffer lies behind the header.
            let c: *mut Chan = allocate_here(sys, size_of::<Chan>() + bytes, null(), true).cast();
            Chan::init(c, c.cast::<u8>().add(size_of::<Chan>()), size as usize, info);
            return c;
        }
        let c: *mut Chan = allocate_here(sys.lend(), size_of::<Chan>(), &raw const HEADER, true).cast();
        let buf = if bytes == 0 { null_mut() } else { sys.holding(c, |sys| allocate_here(sys, bytes, elem, true)) };
        Chan::init(c, buf, size as usize, info);
        c
    }
}

/// What the element type says to the channel.
///
/// # Safety
/// `elem` is a descriptor.
unsafe fn elem_info(elem: *const Type) -> goxide_chan::Elem {
    // SAFETY: `elem` is a descriptor (this function's contract).
    unsafe { goxide_chan::Elem { size: (*elem).size as u32, pointer_free: !(*elem).has_pointers(), ty: elem as usize } }
}

/// A channel with a buffer of more than `LONG` bytes, which is cleared in pieces.
///
/// # Safety
/// In a system entry, which answers next what this does. `elem` is a descriptor, and `bytes` is what `size` values of it take.
unsafe fn make_long(mut sys: System<'_>, elem: *const Type, size: usize, bytes: usize) -> *mut Chan {
    // SAFETY: in a system entry that answers the channel next; `elem` is a descriptor of as many values as the object holds (this
    // function's contract). No collection begins or ends before both objects are held.
    unsafe {
        let (header, layout, whole) = if (*elem).has_pointers() {
            (allocate_here(sys.lend(), size_of::<Chan>(), &raw const HEADER, true), elem, bytes)
        } else {
            (null_mut(), null(), size_of::<Chan>() + bytes)
        };
        let clear = Bulk::object(whole, layout, 0, 0..whole, [0; 3]);
        let [c, ..] = pieces::run(sys, [header as usize, 0, 0, 0], MakeChan { clear, elem, size });
        c as *mut Chan
    }
}

/// The buffer is at `DST`, the header before it in the same block, or else in the first place.
#[derive(Clone, Copy)]
struct MakeChan {
    clear: Bulk,
    elem: *const Type,
    size: usize,
}

// SAFETY: both blocks are held; nobody else has them.
unsafe impl Work for MakeChan {
    unsafe fn piece(&mut self, mut sys: System<'_>) -> Option<[usize; 4]> {
        // SAFETY: a piece of this work (the method's contract), of which clearing is a part; when that is over the blocks are clear, and large
        // enough.
        unsafe {
            self.clear.piece(sys.lend())?;
            let block = sys.held()[DST] as *mut u8;
            let (c, buffer): (*mut Chan, _) = match sys.held()[0] {
                0 => (block.cast(), block.add(size_of::<Chan>())),
                header => (header as *mut Chan, block),
            };
            // A marker that has passed the header has passed the buffer too, since both were held.
            Chan::init(c, buffer, self.size, elem_info(self.elem));
            Some([c as usize, 0, 0, 0])
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_chansend1_fast(proc: Processor<'_>, c: *mut Chan, elem: *const u8) -> usize {
    // SAFETY: compiled code's channel and element. A leaf.
    unsafe { usize::from(!c.is_null() && ops::try_send_leaf(&GoChans::of(proc), &*c, elem) == ops::LeafSend::Done) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_chansend1(sys: System<'_>, c: *mut Chan, elem: *const u8) {
    // SAFETY: compiled code's channel and element.
    unsafe {
        send(sys, c, elem);
    }
}

/// A leaf. What it answers says only that it is done: nothing is answered to compiled code.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_chanrecv1_fast(proc: Processor<'_>, c: *mut Chan, elem: *mut u8) -> usize {
    // SAFETY: compiled code's channel and place, or null.
    unsafe { recv_leaf(proc, c, elem) }
}

/// What a leaf that receives answers: 1 for an element, [`DECIDED_FALSE`] for a closed channel.
///
/// # Safety
/// In a leaf; `c` is null or a channel, and `elem` null or a place for an element.
#[inline(always)]
unsafe fn recv_leaf(proc: Processor<'_>, c: *mut Chan, elem: *mut u8) -> usize {
    if c.is_null() {
        return 0;
    }
    // SAFETY: in a leaf; `c` is a channel, and `elem` null or a place for an element (this function's contract).
    match unsafe { ops::try_recv_leaf(&GoChans::of(proc), &*c, elem) } {
        ops::LeafRecv::Received => 1,
        ops::LeafRecv::ClosedEmpty => DECIDED_FALSE,
        ops::LeafRecv::WouldBlock | ops::LeafRecv::Contended => 0,
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_chanrecv1(sys: System<'_>, c: *mut Chan, elem: *mut u8) {
    // SAFETY: compiled code's channel and place.
    unsafe {
        recv(sys, c, elem, Finish::Recv);
    }
}

/// A leaf.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_chanrecv2_fast(proc: Processor<'_>, c: *mut Chan, elem: *mut u8) -> usize {
    // SAFETY: compiled code's channel and place, or null.
    unsafe { recv_leaf(proc, c, elem) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_chanrecv2(sys: System<'_>, c: *mut Chan, elem: *mut u8) -> bool {
    // SAFETY: compiled code's channel and place.
    unsafe { recv(sys, c, elem, Finish::Recv) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_closechan(mut sys: System<'_>, c: *mut Chan) {
    // SAFETY: compiled code's channel. No frame owns what must be dropped, and no region is open.
    unsafe {
        if c.is_null() {
            plain(sys, msg::CLOSE_NIL)
        }
        if ops::close(&GoChans::of(sys.processor()), &*c).is_err() {
            plain(sys, msg::CLOSE_CLOSED)
        }
    }
}

/// # Safety
/// `c` is null or a channel, and `elem` points to an element. In an entry, whose frames own nothing that must be dropped.
unsafe fn try_send(mut sys: System<'_>, c: *mut Chan, elem: *const u8) -> bool {
    // SAFETY: `c` is a channel if it is not null, and `elem` points to an element; no frame owns what must be dropped (this function's
    // contract), and no region is open.
    unsafe {
        if c.is_null() {
            return false;
        }
        chans::look_at([c.cast_const()]);
        match ops::try_send(&GoChans::of(sys.processor()), &*c, elem) {
            ops::TrySend::Done => true,
            ops::TrySend::WouldBlock => false,
            ops::TrySend::Closed => plain(sys, msg::SEND_CLOSED),
        }
    }
}

/// (selected, received)
///
/// # Safety
/// `c` is null or a channel, and `elem` is null or a place for an element. In an entry, in which no region is open.
unsafe fn try_recv(sys: System<'_>, c: *mut Chan, elem: *mut u8) -> Two {
    // SAFETY: `c` is a channel if it is not null, and `elem` null or a place for an element (this function's contract).
    unsafe {
        if c.is_null() {
            return Two(0, 0);
        }
        chans::look_at([c.cast_const()]);
        match ops::try_recv(&GoChans::of(sys.into_processor()), &*c, elem) {
            ops::TryRecv::Received => Two(1, 1),
            ops::TryRecv::ClosedEmpty => Two(1, 0),
            ops::TryRecv::WouldBlock => Two(0, 0),
        }
    }
}

/// A leaf.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_selectnbsend_fast(proc: Processor<'_>, c: *mut Chan, elem: *const u8) -> usize {
    // SAFETY: compiled code's channel and element.
    unsafe {
        if c.is_null() {
            return DECIDED_FALSE;
        }
        match ops::try_send_leaf(&GoChans::of(proc), &*c, elem) {
            ops::LeafSend::Done => 1,
            ops::LeafSend::WouldBlock => DECIDED_FALSE,
            ops::LeafSend::Closed | ops::LeafSend::Contended => 0,
        }
    }
}

/// A leaf.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_selectnbrecv_fast(proc: Processor<'_>, elem: *mut u8, c: *mut Chan) -> Two {
    // SAFETY: compiled code's channel and place.
    unsafe {
        if c.is_null() {
            return Two(DECIDED_FALSE, 0);
        }
        match ops::try_recv_leaf(&GoChans::of(proc), &*c, elem) {
            ops::LeafRecv::Received => Two(1, 1),
            ops::LeafRecv::ClosedEmpty => Two(1, 0),
            ops::LeafRecv::WouldBlock => Two(DECIDED_FALSE, 0),
            ops::LeafRecv::Contended => Two(0, 0),
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_selectnbsend(sys: System<'_>, c: *mut Chan, elem: *const u8) -> bool {
    // SAFETY: compiled code's channel and element.
    unsafe { try_send(sys, c, elem) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_selectnbrecv(sys: System<'_>, elem: *mut u8, c: *mut Chan) -> Two {
    // SAFETY: compiled code's channel and place.
    unsafe { try_recv(sys, c, elem) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_chansend0(mut sys: System<'_>, c: *mut Chan, elem: *const u8, nonblocking: usize) -> bool {
    // SAFETY: reflect's channel and element.
    unsafe {
        if truth(nonblocking) {
            return try_send(sys, c, elem);
        }
        // If it parks, the result is what the finish half leaves in the context.
        sys.answer()[0] = 1;
        send(sys, c, elem);
        true
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_chanrecv(sys: System<'_>, c: *mut Chan, nonblocking: usize, elem: *mut u8) -> Two {
    // SAFETY: reflect's channel and place.
    unsafe {
        if truth(nonblocking) {
            return try_recv(sys, c, elem);
        }
        Two(1, usize::from(recv(sys, c, elem, Finish::Selected)))
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_chanlen(c: *const Chan) -> usize {
    // SAFETY: reflect's channel.
    if c.is_null() { 0 } else { unsafe { (*c).len() } }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_chancap(c: *const Chan) -> usize {
    // SAFETY: reflect's channel.
    if c.is_null() { 0 } else { unsafe { (*c).cap() } }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_block(sys: System<'_>) {
    // SAFETY: in a system entry of a goroutine that nothing knows of as waiting.
    unsafe { chans::park_forever(sys, Reason::SelectNoCases) }
}

// Select.

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_selectgo(
    sys: System<'_>,
    cases: *const select::Case,
    order: *mut u16,
    _pcs: *const usize,
    nsends: usize,
    nrecvs: usize,
    block: usize,
) -> Two {
    // SAFETY: compiled code's cases and scratch space, in its frame.
    unsafe {
        let t = g();
        let n = nsends + nrecvs;
        let (cases, order) = if n == 0 {
            (&[][..], &mut [][..])
        } else {
            (core::slice::from_raw_parts(cases, n), core::slice::from_raw_parts_mut(order, 2 * n))
        };
        chans::look_at(cases.iter().map(|case| case.chan.cast_const()));
        chans::select(sys, t, cases, nsends, order, truth(block))
    }
}

/// One case of `reflect.Select`.
#[repr(C)]
struct ReflectCase {
    dir: usize,
    typ: *const Type,
    chan: *mut Chan,
    val: *mut u8,
}

/// How many cases of each kind, and the default case or -1.
#[repr(C)]
struct Plan {
    sends: usize,
    recvs: usize,
    default: isize,
}

/// Orders the cases of `reflect.Select` as `selectgo` wants them, sends first, and remembers where each came from.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_rselectPlan0(
    _: System<'_>,
    cases: *const GoSlice,
    sel: *const GoSlice,
    orig: *const GoSlice,
    plan: *mut Plan,
) {
    const SEND: usize = 1;
    const RECV: usize = 2;
    const DEFAULT: usize = 3;
    // SAFETY: three slices of the same length in reflect_rselect's frame.
    unsafe {
        let n = (*cases).len;
        let cases: &[ReflectCase] = (*cases).as_slice();
        let sel: *mut select::Case = (*sel).ptr.cast();
        let orig: *mut isize = (*orig).ptr.cast();
        let (mut sends, mut recvs, mut default) = (0, 0, -1);
        for (i, c) in cases.iter().enumerate() {
            let at = match c.dir {
                SEND => {
                    sends += 1;
                    sends - 1
                }
                RECV => {
                    recvs += 1;
                    n - recvs
                }
                DEFAULT => {
                    default = i as isize;
                    continue;
                }
                _ => continue,
            };
            (*sel.add(at)).chan = c.chan;
            (*sel.add(at)).elem = c.val;
            orig.add(at).write(i as isize);
        }
        // A default case leaves a hole in front of the receives: close it.
        if sends + recvs < n {
            for j in 0..recvs {
                let from = n - recvs + j;
                *sel.add(sends + j) = *sel.add(from);
                *orig.add(sends + j) = *orig.add(from);
            }
        }
        *plan = Plan { sends, recvs, default };
    }
}
