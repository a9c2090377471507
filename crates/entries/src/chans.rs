//! Channels: goxide-chan over goroutines. A blocking operation runs on g0; if it cannot finish, its wait record is enqueued,
//! the goroutine is parked, and the finish half runs when it is woken, before it goes on at the entry's stub with the result.

use core::ptr::{null, null_mut};
use core::sync::atomic::Ordering;
use goxide_chan::{Chan, Waiter, ops, select};
use goxide_gotypes::mem;
use goxide_gotypes::text::fault::msg;
use goxide_gotypes::types::{ChanType, GoSlice, Type};
use goxide_rt::bulk::{self, Bulk};
use goxide_rt::fatal;
use goxide_rt::memory::{GoMem, LONG, allocate_here};
use goxide_rt::pieces::{self, DST, Work};
use goxide_rt::raise::{plain, plain_when_resumed};
use goxide_rt::reason::Reason;
use goxide_rt::records::Held;
use goxide_rt::sched;
use goxide_rt::state::{G, g};
use goxide_rt::waiters::{give_waiter, take_waiter};
use goxide_rt::words::{Two, truth};

/// The seam.
struct GoChans;

// SAFETY: a goroutine's `select_done` word decides its race; copies are typed and move a whole element.
unsafe impl goxide_chan::Seam for GoChans {
    type Task = *mut G;

    unsafe fn ready(&self, t: *mut G, _w: *mut Waiter) {
        // SAFETY: the caller took it off the queue where it waited.
        unsafe { sched::ready(t, true) }
    }

    unsafe fn copy_elem(&self, c: &Chan, dst: *mut u8, src: *const u8) {
        // SAFETY: the word is the element type's descriptor.
        unsafe { mem::moves::move_value(&GoMem, c.elem_type() as *const Type, dst, src) }
    }

    unsafe fn clear_elem(&self, c: &Chan, dst: *mut u8) {
        // SAFETY: as above.
        unsafe { mem::moves::clear_value(&GoMem, c.elem_type() as *const Type, dst) }
    }

    #[inline]
    fn is_plain(&self, c: &Chan) -> bool {
        c.is_pointer_free() || !goxide_rt::barrier::is_on()
    }

    unsafe fn arm(&self, t: *mut G) {
        // SAFETY: the goroutine's own word.
        unsafe { (*t).select_done.store(0, Ordering::Relaxed) }
    }

    unsafe fn claim(&self, t: *mut G) -> bool {
        // SAFETY: descriptors are never freed. The exchange pairs with others of its kind: one wins.
        unsafe { (*t).select_done.compare_exchange(0, 1, Ordering::AcqRel, Ordering::Relaxed).is_ok() }
    }

    fn random(&self, n: u32) -> u32 {
        goxide_rt::random::random_below(n)
    }
}

/// A channel's header: the buffer is the one pointer for the collector.
static HEADER_MASK: [u8; 1] = [1 << (Chan::BUF_OFFSET / 8)];
static HEADER: Type = Type {
    size: size_of::<Chan>(),
    ptr_bytes: Chan::BUF_OFFSET + 8,
    hash: 0,
    tflag: 0,
    align: 8,
    field_align: 8,
    kind_bits: goxide_gotypes::types::kind::STRUCT,
    equal: null(),
    gc_data: (&raw const HEADER_MASK).cast(),
    str: goxide_gotypes::types::NameOff(0),
    ptr_to_this: goxide_gotypes::types::TypeOff(0),
};

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_makechan(t: *const ChanType, size: isize) -> *mut Chan {
    // SAFETY: compiled code's descriptor, in a system entry.
    unsafe {
        let elem = (*t).elem;
        let each = (*elem).size;
        if each >= 1 << 16 {
            fatal::throw(b"makechan: invalid channel element type");
        }
        let bytes = each.checked_mul(size as usize).filter(|&b| size >= 0 && b <= (1 << 47));
        let Some(bytes) = bytes else { plain(msg::MAKECHAN_SIZE) };
        let noscan = !(*elem).has_pointers();
        if bytes > LONG {
            return make_long(elem, size as usize, bytes);
        }
        let info = elem_info(elem);
        if noscan {
            // One object without pointers: the buffer lies behind the header.
            let c: *mut Chan = allocate_here(size_of::<Chan>() + bytes, null(), true).cast();
            Chan::init(c, c.cast::<u8>().add(size_of::<Chan>()), size as usize, info);
            return c;
        }
        let c: *mut Chan = allocate_here(size_of::<Chan>(), &raw const HEADER, true).cast();
        (*g()).ext.in_flight[0] = c as usize;
        let buf = if bytes == 0 { null_mut() } else { allocate_here(bytes, elem, true) };
        (*g()).ext.in_flight[0] = 0;
        Chan::init(c, buf, size as usize, info);
        c
    }
}

/// What the element type says to the channel.
unsafe fn elem_info(elem: *const Type) -> goxide_chan::Elem {
    // SAFETY: the caller's descriptor.
    unsafe { goxide_chan::Elem { size: (*elem).size as u32, pointer_free: !(*elem).has_pointers(), ty: elem as usize } }
}

/// A channel with a buffer of more than `LONG` bytes, which is cleared in pieces.
unsafe fn make_long(elem: *const Type, size: usize, bytes: usize) -> *mut Chan {
    // SAFETY: as for `gx_runtime_makechan`, which answers what this does. No collection begins or ends before both objects are held.
    unsafe {
        let (header, layout, whole) = if (*elem).has_pointers() {
            (allocate_here(size_of::<Chan>(), &raw const HEADER, true), elem, bytes)
        } else {
            (null_mut(), null(), size_of::<Chan>() + bytes)
        };
        let (block, clear) = bulk::begin_object(whole, layout, 0, 0..whole, [0; 3]);
        let [c, ..] = pieces::run([header as usize, block as usize, 0, 0], MakeChan { clear, elem, size });
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
    unsafe fn piece(&mut self, held: &mut Held) -> Option<[usize; 4]> {
        // SAFETY: passed on; then the blocks are clear, and large enough.
        unsafe {
            self.clear.piece(held)?;
            let block = held[DST] as *mut u8;
            let (c, buffer): (*mut Chan, _) = match held[0] {
                0 => (block.cast(), block.add(size_of::<Chan>())),
                header => (header as *mut Chan, block),
            };
            // A marker that has passed the header has passed the buffer too, since both were held.
            Chan::init(c, buffer, self.size, elem_info(self.elem));
            Some([c as usize, 0, 0, 0])
        }
    }
}

unsafe fn park_forever(reason: Reason) -> ! {
    // SAFETY: in a system entry; nothing will ready it.
    unsafe { sched::park_on_g0(g(), None, 0, reason as u8) }
}

unsafe fn unlock_one(_t: *mut G, c: usize) -> bool {
    // SAFETY: the channel was left locked by the operation that parked.
    unsafe { ops::unlock_after_park(&*(c as *const Chan)) }
    true
}

/// Takes the finished wait record off the goroutine.
unsafe fn take_record(t: *mut G) -> *mut Waiter {
    // SAFETY: the goroutine is about to run on this thread.
    unsafe {
        let w: *mut Waiter = (*t).waiting.cast();
        (*t).waiting = null_mut();
        w
    }
}

unsafe fn resume_send(t: *mut G) {
    // SAFETY: the goroutine parked in `send`.
    unsafe {
        let w = take_record(t);
        let r = ops::finish_send(w);
        give_waiter(w);
        if r == ops::SendResult::Closed {
            plain_when_resumed(t, msg::SEND_CLOSED);
        }
    }
}

unsafe fn resume_recv(t: *mut G) {
    // SAFETY: the goroutine parked in `recv`.
    unsafe {
        let w = take_record(t);
        let got = ops::finish_recv(w);
        give_waiter(w);
        // The same for entries with one result (whether an element came) and with two (selected, received).
        (*t).ctx.regs[0] = if truth((*t).param) { 1 } else { usize::from(got) };
        (*t).ctx.regs[1] = usize::from(got);
    }
}

/// Sends, parking if need be.
unsafe fn send(c: *mut Chan, elem: *const u8) {
    // SAFETY: in a system entry; the element is in the caller's frame or the heap.
    unsafe {
        if c.is_null() {
            park_forever(Reason::ChanSendNil)
        }
        let t = g();
        let w = take_waiter();
        match ops::send_or_enqueue(&GoChans, &*c, elem, t, w) {
            ops::Op::Done => give_waiter(w),
            ops::Op::Closed => {
                give_waiter(w);
                plain(msg::SEND_CLOSED)
            }
            ops::Op::Parked => {
                (*t).waiting = w.cast();
                (*t).on_resume = Some(resume_send);
                sched::park_on_g0(t, Some(unlock_one), c as usize, Reason::ChanSend as u8)
            }
        }
    }
}

/// Receives, parking if need be; whether an element came. `reflect`: the entry answers (true, that).
unsafe fn recv(c: *mut Chan, elem: *mut u8, reflect: bool) -> bool {
    // SAFETY: as above.
    unsafe {
        if c.is_null() {
            park_forever(Reason::ChanReceiveNil)
        }
        let t = g();
        let w = take_waiter();
        match ops::recv_or_enqueue(&GoChans, &*c, elem, t, w) {
            ops::Op::Done => {
                give_waiter(w);
                true
            }
            ops::Op::Closed => {
                give_waiter(w);
                false
            }
            ops::Op::Parked => {
                (*t).waiting = w.cast();
                (*t).param = usize::from(reflect);
                (*t).on_resume = Some(resume_recv);
                sched::park_on_g0(t, Some(unlock_one), c as usize, Reason::ChanReceive as u8)
            }
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_chansend1_fast(c: *mut Chan, elem: *const u8) -> usize {
    // SAFETY: compiled code's channel and element. A leaf.
    unsafe { usize::from(!c.is_null() && ops::try_send_leaf(&GoChans, &*c, elem) == ops::LeafSend::Done) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_chansend1(c: *mut Chan, elem: *const u8) {
    // SAFETY: compiled code's channel and element.
    unsafe {
        send(c, elem);
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_chanrecv1_fast(c: *mut Chan, elem: *mut u8) -> usize {
    // SAFETY: compiled code's channel and place. A leaf.
    unsafe { usize::from(!c.is_null() && ops::try_recv_leaf(&GoChans, &*c, elem) == ops::LeafRecv::Received) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_chanrecv1(c: *mut Chan, elem: *mut u8) {
    // SAFETY: compiled code's channel and place.
    unsafe {
        recv(c, elem, false);
    }
}

/// A leaf that answers 1 (true) for an element; everything else is for the slow half, whose result is the real one.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_chanrecv2_fast(c: *mut Chan, elem: *mut u8) -> usize {
    // SAFETY: as above.
    unsafe { gx_runtime_chanrecv1_fast(c, elem) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_chanrecv2(c: *mut Chan, elem: *mut u8) -> bool {
    // SAFETY: compiled code's channel and place.
    unsafe { recv(c, elem, false) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_closechan(c: *mut Chan) {
    // SAFETY: in a system entry.
    unsafe {
        if c.is_null() {
            plain(msg::CLOSE_NIL)
        }
        if ops::close(&GoChans, &*c).is_err() {
            plain(msg::CLOSE_CLOSED)
        }
    }
}

unsafe fn try_send(c: *mut Chan, elem: *const u8) -> bool {
    // SAFETY: in a system entry.
    unsafe {
        if c.is_null() {
            return false;
        }
        match ops::try_send(&GoChans, &*c, elem) {
            ops::TrySend::Done => true,
            ops::TrySend::WouldBlock => false,
            ops::TrySend::Closed => plain(msg::SEND_CLOSED),
        }
    }
}

/// (selected, received)
unsafe fn try_recv(c: *mut Chan, elem: *mut u8) -> Two {
    // SAFETY: in a system entry.
    unsafe {
        if c.is_null() {
            return Two(0, 0);
        }
        match ops::try_recv(&GoChans, &*c, elem) {
            ops::TryRecv::Received => Two(1, 1),
            ops::TryRecv::ClosedEmpty => Two(1, 0),
            ops::TryRecv::WouldBlock => Two(0, 0),
        }
    }
}

/// What a leaf answers that has decided, where the result is Go's `false`: a register whose low byte is 0 and that is not 0.
const DECIDED_FALSE: usize = 0x100;

/// A leaf.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_selectnbsend_fast(c: *mut Chan, elem: *const u8) -> usize {
    // SAFETY: compiled code's channel and element.
    unsafe {
        if c.is_null() {
            return DECIDED_FALSE;
        }
        match ops::try_send_leaf(&GoChans, &*c, elem) {
            ops::LeafSend::Done => 1,
            ops::LeafSend::WouldBlock => DECIDED_FALSE,
            ops::LeafSend::Closed | ops::LeafSend::Contended => 0,
        }
    }
}

/// A leaf.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_selectnbrecv_fast(elem: *mut u8, c: *mut Chan) -> Two {
    // SAFETY: compiled code's channel and place.
    unsafe {
        if c.is_null() {
            return Two(DECIDED_FALSE, 0);
        }
        match ops::try_recv_leaf(&GoChans, &*c, elem) {
            ops::LeafRecv::Received => Two(1, 1),
            ops::LeafRecv::ClosedEmpty => Two(1, 0),
            ops::LeafRecv::WouldBlock => Two(DECIDED_FALSE, 0),
            ops::LeafRecv::Contended => Two(0, 0),
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_selectnbsend(c: *mut Chan, elem: *const u8) -> bool {
    // SAFETY: compiled code's channel and element.
    unsafe { try_send(c, elem) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_selectnbrecv(elem: *mut u8, c: *mut Chan) -> Two {
    // SAFETY: compiled code's channel and place.
    unsafe { try_recv(c, elem) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_chansend0(c: *mut Chan, elem: *const u8, nonblocking: usize) -> bool {
    // SAFETY: reflect's channel and element.
    unsafe {
        if truth(nonblocking) {
            return try_send(c, elem);
        }
        // If it parks, the result is what the finish half leaves in the context.
        (*g()).ctx.regs[0] = 1;
        send(c, elem);
        true
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_chanrecv(c: *mut Chan, nonblocking: usize, elem: *mut u8) -> Two {
    // SAFETY: reflect's channel and place.
    unsafe {
        if truth(nonblocking) {
            return try_recv(c, elem);
        }
        Two(1, usize::from(recv(c, elem, true)))
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
unsafe extern "C" fn gx_runtime_block() {
    // SAFETY: in a system entry.
    unsafe { park_forever(Reason::SelectNoCases) }
}

// Select.

unsafe fn unlock_select(_t: *mut G, head: usize) -> bool {
    // SAFETY: the channels of the chain were left locked by the select that parked.
    unsafe { select::select_unlock_after_park(head as *mut Waiter) }
    true
}

unsafe fn give_chain(mut w: *mut Waiter) {
    while !w.is_null() {
        // SAFETY: the chain is finished with.
        unsafe {
            let next = (*w).wait_link;
            give_waiter(w);
            w = next;
        }
    }
}

unsafe fn resume_select(t: *mut G) {
    // SAFETY: the goroutine parked in `gx_runtime_selectgo`.
    unsafe {
        let head = take_record(t);
        let r = select::finish_select(head);
        give_chain(head);
        match r {
            select::Finished::Chosen(i, ok) => {
                (*t).ctx.regs[0] = i;
                (*t).ctx.regs[1] = usize::from(ok);
            }
            select::Finished::SendOnClosed(_) => plain_when_resumed(t, msg::SEND_CLOSED),
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_selectgo(
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
        let chain = |n: usize| {
            let mut head: *mut Waiter = null_mut();
            for _ in 0..n {
                let w = take_waiter();
                (*w).wait_link = head;
                head = w;
            }
            head
        };
        match select::select_or_enqueue(&GoChans, cases, nsends, order, t, chain, truth(block)) {
            select::Select::Chosen(i, ok) => Two(i, usize::from(ok)),
            select::Select::Default => Two(usize::MAX, 0),
            select::Select::SendOnClosed(_) => plain(msg::SEND_CLOSED),
            select::Select::Parked(head) if head.is_null() => park_forever(Reason::SelectNoCases),
            select::Select::Parked(head) => {
                (*t).waiting = head.cast();
                (*t).on_resume = Some(resume_select);
                sched::park_on_g0(t, Some(unlock_select), head as usize, Reason::Select as u8)
            }
        }
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
