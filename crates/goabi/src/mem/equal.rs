//! Equality of values by type, as `==` defines it, by walking the type.
//!
//! Compiled code has generated functions for this; walking the type instead needs no call into Go, so it can run on
//! any stack. The order of comparison is that of compiled code where it can be seen: an interface that holds something
//! uncomparable raises a fault only if everything before it was equal.
//!
//! The walk does not recurse: see [`super::worklist`]. The last part of a value is compared in its place, so a list that
//! hangs on its elements' last field takes no memory at all.

use super::raw::{Access, equal, equal_as};
use super::worklist::{Full, WorkList};
use super::Mem;
use crate::iface::Itab;
use crate::types::{ArrayType, Eface, GoStr, Iface, InterfaceType, StructType, Type, kind};

/// Values of this type cannot be compared. Go's text: `comparing uncomparable type ` and the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uncomparable(pub *const Type);

/// How values of a type are best compared: decided once, for map and channel code that compares often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Equality {
    /// Not at all.
    Undefined,
    /// As so many bytes.
    Bytes(usize),
    /// As strings.
    Text,
    /// By [`equal_by_type`].
    Walk,
}

impl Equality {
    /// # Safety
    /// `t` is a descriptor.
    pub unsafe fn of(t: *const Type) -> Equality {
        // SAFETY: `t` is a descriptor.
        let t = unsafe { &*t };
        if !t.is_comparable() {
            Equality::Undefined
        } else if t.is_regular_memory() {
            Equality::Bytes(t.size)
        } else if t.kind() == kind::STRING {
            Equality::Text
        } else {
            Equality::Walk
        }
    }
}

/// Whether two strings have the same bytes.
///
/// # Safety
/// Both are whole strings.
#[inline]
pub unsafe fn str_equal(by: Access<'_>, a: GoStr, b: GoStr) -> bool {
    // SAFETY: the bytes of whole strings are readable.
    a.len == b.len && unsafe { equal(by, a.ptr, b.ptr, a.len) }
}

/// Two values of a type: the next to be compared, or what is left of them from element or field `at` on.
#[derive(Clone, Copy)]
struct Pair {
    typ: *const Type,
    a: *const u8,
    b: *const u8,
    at: usize,
}

/// Why a walk pauses or ends.
enum Stop {
    /// The values differ.
    Differ,
    /// They cannot be compared.
    Undefined(Uncomparable),
    /// The list of what is left must grow first.
    Full,
}

impl From<Full> for Stop {
    fn from(_: Full) -> Stop {
        Stop::Full
    }
}

impl From<Uncomparable> for Stop {
    fn from(u: Uncomparable) -> Stop {
        Stop::Undefined(u)
    }
}

fn same(equal: bool) -> Result<(), Stop> {
    if equal { Ok(()) } else { Err(Stop::Differ) }
}

/// [`simple_inline`], out of line: for the walk, which has it in several places.
#[inline(never)]
unsafe fn simple(by: Access<'_>, t: *const Type, a: *const u8, b: *const u8) -> Option<Result<bool, Uncomparable>> {
    // SAFETY: `t` is a descriptor, and `a` and `b` are whole values of it: the walk's pairs and their parts.
    unsafe { simple_inline(by, t, a, b) }
}

/// Compares values without parts; none if they have some.
#[inline(always)]
unsafe fn simple_inline(by: Access<'_>, t: *const Type, a: *const u8, b: *const u8) -> Option<Result<bool, Uncomparable>> {
    // SAFETY: `t` is a descriptor, and values have the layout that it states.
    unsafe {
        let ty = &*t;
        Some(Ok(if ty.is_regular_memory() {
            match ty.size {
                8 => equal_as::<u64>(by, a, b),
                4 => equal_as::<u32>(by, a, b),
                n => equal(by, a, b, n),
            }
        } else {
            match ty.kind() {
                kind::STRING => str_equal(by, *a.cast(), *b.cast()),
                kind::FLOAT64 => equal_as::<f64>(by, a, b),
                kind::FLOAT32 => equal_as::<f32>(by, a, b),
                kind::COMPLEX64 => equal_as::<[f32; 2]>(by, a, b),
                kind::COMPLEX128 => equal_as::<[f64; 2]>(by, a, b),
                kind::INTERFACE | kind::ARRAY | kind::STRUCT => return None,
                kind::FUNC | kind::MAP | kind::SLICE | kind::INVALID => return Some(Err(Uncomparable(t))),
                // Numbers, pointers and channels, should the compiler not have marked them as plain memory.
                _ => equal(by, a, b, ty.size),
            }
        }))
    }
}

/// A comparison under way.
struct Walk {
    now: Pair,
    left: WorkList<Pair>,
}

impl Walk {
    /// Compares until the end, or until room is needed: then it can be called again.
    ///
    /// # Safety
    /// The pairs are whole values of their types.
    unsafe fn run(&mut self, by: Access<'_>) -> Result<(), Stop> {
        loop {
            // SAFETY: the caller's.
            let inner = unsafe { self.step(by)? };
            match inner.or_else(|| self.left.pop()) {
                Some(pair) => self.now = pair,
                None => return Ok(()),
            }
        }
    }

    /// Compares what has no parts of the current pair, up to and without its first part that has some, which is the answer;
    /// what follows that one is put on the list. Nothing has changed when there is no room.
    unsafe fn step(&mut self, by: Access<'_>) -> Result<Option<Pair>, Stop> {
        let Pair { typ, a, b, at } = self.now;
        // SAFETY: `typ` is a descriptor, and values have the layout that it states.
        unsafe {
            if let Some(done) = simple(by, typ, a, b) {
                same(done?)?;
                return Ok(None);
            }
            match (*typ).kind() {
                kind::INTERFACE => {
                    if InterfaceType::methods(typ.cast()).is_empty() {
                        efaces(&*a.cast(), &*b.cast())
                    } else {
                        ifaces(&*a.cast(), &*b.cast())
                    }
                }
                kind::ARRAY => {
                    let array = &*typ.cast::<ArrayType>();
                    let step = (*array.elem).size;
                    for i in at..array.len {
                        let (a, b) = (a.add(i * step), b.add(i * step));
                        match simple(by, array.elem, a, b) {
                            Some(done) => same(done?)?,
                            None => {
                                if i + 1 < array.len {
                                    self.left.push(Pair { at: i + 1, ..self.now })?;
                                }
                                return Ok(Some(Pair { typ: array.elem, a, b, at: 0 }));
                            }
                        }
                    }
                    Ok(None)
                }
                _ => self.fields(by),
            }
        }
    }

    /// [`Walk::step`] for structs. As in compiled code, the bytes of strings are looked at only if everything else is equal
    /// as far as the next field that may hold an interface: strings of different lengths need not be readable.
    unsafe fn fields(&mut self, by: Access<'_>) -> Result<Option<Pair>, Stop> {
        let Pair { typ, a, b, at } = self.now;
        // SAFETY: fields are where the descriptor says.
        unsafe {
            let all = StructType::fields(typ.cast());
            let rest = &all[at.min(all.len())..];
            // Strings' lengths and plain fields, as far as they go.
            let mut n = 0;
            for f in rest {
                let (a, b) = (a.add(f.offset), b.add(f.offset));
                if !f.name.is_blank() {
                    if (*f.typ).kind() == kind::STRING {
                        same((*a.cast::<GoStr>()).len == (*b.cast::<GoStr>()).len)?;
                    } else {
                        match simple(by, f.typ, a, b) {
                            Some(done) => same(done?)?,
                            None => break,
                        }
                    }
                }
                n += 1;
            }
            for f in &rest[..n] {
                if (*f.typ).kind() == kind::STRING && !f.name.is_blank() {
                    same(str_equal(by, *a.add(f.offset).cast(), *b.add(f.offset).cast()))?;
                }
            }
            let Some(f) = rest.get(n) else { return Ok(None) };
            if n + 1 < rest.len() {
                self.left.push(Pair { at: at + n + 1, ..self.now })?;
            }
            Ok(Some(Pair { typ: f.typ, a: a.add(f.offset), b: b.add(f.offset), at: 0 }))
        }
    }
}

/// What two interface values without methods hold, if that is to be compared.
unsafe fn efaces(a: &Eface, b: &Eface) -> Result<Option<Pair>, Stop> {
    same(a.typ == b.typ)?;
    // SAFETY: the types are the same, and describe the values.
    unsafe { dynamic(a.typ, a.data, b.data) }
}

/// The same for interfaces with methods.
unsafe fn ifaces(a: &Iface, b: &Iface) -> Result<Option<Pair>, Stop> {
    same(a.tab == b.tab)?;
    // SAFETY: as above; a table names the type.
    unsafe { if a.tab.is_null() { Ok(None) } else { dynamic((*a.tab).typ, a.data, b.data) } }
}

/// The values behind the data words `x` and `y` of interfaces that hold a `t` (null: nothing).
unsafe fn dynamic(t: *const Type, x: *const u8, y: *const u8) -> Result<Option<Pair>, Stop> {
    if t.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's descriptor.
    unsafe {
        if !(*t).is_comparable() {
            return Err(Stop::Undefined(Uncomparable(t)));
        }
        if (*t).is_direct_iface() {
            same(x == y)?;
            return Ok(None);
        }
        Ok(Some(Pair { typ: t, a: x, b: y, at: 0 }))
    }
}

fn answer(r: Result<(), Stop>) -> Result<bool, Uncomparable> {
    match r {
        Ok(()) => Ok(true),
        Err(Stop::Undefined(u)) => Err(u),
        Err(Stop::Differ | Stop::Full) => Ok(false),
    }
}

/// Goes on with what [`dynamic`] answered, outside of any region.
unsafe fn follow(mem: &impl Mem, first: Result<Option<Pair>, Stop>) -> Result<bool, Uncomparable> {
    match first {
        // SAFETY: the parts of whole values are whole values.
        Ok(Some(p)) => unsafe { equal_by_type(mem, p.typ, p.a, p.b) },
        done => answer(done.map(|_| ())),
    }
}

/// Whether the values at `a` and `b`, both of type `t`, are equal. Takes a bounded amount of stack; memory in proportion to how
/// deeply interfaces in other than last parts nest.
///
/// A fault names the dynamic type that an interface within held, or `t` itself if it has no equality.
///
/// # Safety
/// `t` is a descriptor; `a` and `b` point to whole values of it. Not within [`Mem::touch`].
#[inline(never)]
pub unsafe fn equal_by_type(
    mem: &impl Mem,
    t: *const Type,
    a: *const u8,
    b: *const u8,
) -> Result<bool, Uncomparable> {
    // In place: most values that interfaces hold have no parts, and the answer of a call would go through memory.
    // SAFETY: the caller's.
    if let Some(done) = mem.touch(|by| unsafe { simple_inline(by, t, a, b) }) {
        return done;
    }
    // SAFETY: as above.
    unsafe { equal_by_walk(mem, t, a, b) }
}

#[inline(never)]
unsafe fn equal_by_walk(mem: &impl Mem, t: *const Type, a: *const u8, b: *const u8) -> Result<bool, Uncomparable> {
    let mut walk = Walk { now: Pair { typ: t, a, b, at: 0 }, left: WorkList::new() };
    loop {
        // SAFETY: the caller's values, and parts of them.
        match mem.touch(|by| unsafe { walk.run(by) }) {
            Err(Stop::Full) => walk.left.grow(mem),
            done => return answer(done),
        }
    }
}

/// Whether two interface values are equal, of which is known that both have the dynamic type `t` (null: both are nil).
///
/// # Safety
/// `t` is null or a descriptor; `x` and `y` are data words of interfaces with that type. Not within [`Mem::touch`].
#[inline]
pub unsafe fn eface_equal(
    mem: &impl Mem,
    t: *const Type,
    x: *const u8,
    y: *const u8,
) -> Result<bool, Uncomparable> {
    if t.is_null() {
        return Ok(true);
    }
    // SAFETY: not null, so a descriptor, of the values that the words are or point to.
    unsafe {
        if !(*t).is_comparable() {
            return Err(Uncomparable(t));
        }
        if (*t).is_direct_iface() { Ok(x == y) } else { equal_by_type(mem, t, x, y) }
    }
}

/// Like [`eface_equal`], for interfaces with methods that have the same table.
///
/// # Safety
/// `tab` is null or a method table; `x` and `y` are data words of interfaces with it. Not within [`Mem::touch`].
#[inline]
pub unsafe fn iface_equal(
    mem: &impl Mem,
    tab: *const Itab,
    x: *const u8,
    y: *const u8,
) -> Result<bool, Uncomparable> {
    if tab.is_null() {
        return Ok(true);
    }
    // SAFETY: passed on.
    unsafe { eface_equal(mem, (*tab).typ, x, y) }
}

/// `a == b` for interface values without methods (`nilinterequal`).
///
/// # Safety
/// Both point to whole values. Not within [`Mem::touch`].
#[inline]
pub unsafe fn nil_interface_values_equal(mem: &impl Mem, a: *const Eface, b: *const Eface) -> Result<bool, Uncomparable> {
    // SAFETY: the caller's values.
    unsafe { follow(mem, mem.touch(|_| efaces(&*a, &*b))) }
}

/// `a == b` for interface values with methods (`interequal`).
///
/// # Safety
/// Both point to whole values of the same interface type. Not within [`Mem::touch`].
#[inline]
pub unsafe fn interface_values_equal(mem: &impl Mem, a: *const Iface, b: *const Iface) -> Result<bool, Uncomparable> {
    // SAFETY: the caller's values.
    unsafe { follow(mem, mem.touch(|_| ifaces(&*a, &*b))) }
}
