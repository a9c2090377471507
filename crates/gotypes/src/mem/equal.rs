//! Equality of values by type, as `==` defines it, by walking the type.
//!
//! Compiled code has generated functions for this; walking the type instead needs no call into Go, so it can run on
//! any stack. The order of comparison is that of compiled code where it can be seen: an interface that holds something
//! uncomparable raises a fault only if everything before it was equal.
//!
//! The walk does not recurse: see [`super::worklist`]. The last part of a value is compared in its place, so a list that
//! hangs on its elements' last field takes no memory at all.

use super::raw::{Access, equal, equal_as};
use super::seam::Mem;
use super::worklist::{Full, WorkList};
use crate::types::Itab;
use crate::types::{ArrayType, Eface, GoStr, InterfaceType, StructType, Type, kind};

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

/// What a comparison comes to. One word of payload at most: it is answered in registers.
enum Found {
    /// The values are equal.
    Equal,
    /// The values differ.
    Differ,
    /// They cannot be compared.
    Undefined(Uncomparable),
    /// They have parts, which are to be compared: what they are is where the caller wanted it.
    Parts,
}

impl Found {
    #[inline(always)]
    fn equal(equal: bool) -> Found {
        if equal { Found::Equal } else { Found::Differ }
    }

    #[inline(always)]
    fn answer(self) -> Result<bool, Uncomparable> {
        match self {
            Found::Equal => Ok(true),
            Found::Undefined(u) => Err(u),
            Found::Differ | Found::Parts => Ok(false),
        }
    }
}

/// Compares two values as far as that goes without a list: what has no parts, and what interfaces hold that has none. Else the values
/// with parts, of an array or struct type, are put into `parts`.
///
/// # Safety
/// `t` is a descriptor; `a` and `b` are whole values of it.
#[inline(always)]
unsafe fn whole(by: Access<'_>, t: *const Type, a: *const u8, b: *const u8, parts: &mut Pair) -> Found {
    let (mut t, mut a, mut b) = (t, a, b);
    loop {
        // SAFETY: `t` is a descriptor, and values have the layout that it states; what an interface holds is a whole value
        // of its dynamic type, which its first word names, or whose table does.
        unsafe {
            let ty = &*t;
            if ty.is_regular_memory() {
                return Found::equal(match ty.size {
                    8 => equal_as::<u64>(by, a, b),
                    4 => equal_as::<u32>(by, a, b),
                    n => equal(by, a, b, n),
                });
            }
            return Found::equal(match ty.kind() {
                kind::STRING => str_equal(by, *a.cast(), *b.cast()),
                kind::INTERFACE => {
                    let (x, y) = (&*a.cast::<Eface>(), &*b.cast::<Eface>());
                    if x.typ != y.typ {
                        return Found::Differ;
                    }
                    if x.typ.is_null() {
                        return Found::Equal;
                    }
                    t = if InterfaceType::methods(t.cast()).is_empty() { x.typ } else { (*x.typ.cast::<Itab>()).typ };
                    if !(*t).is_comparable() {
                        return Found::Undefined(Uncomparable(t));
                    }
                    if (*t).is_direct_iface() {
                        return Found::equal(x.data == y.data);
                    }
                    (a, b) = (x.data, y.data);
                    continue;
                }
                kind::FLOAT64 => equal_as::<f64>(by, a, b),
                kind::FLOAT32 => equal_as::<f32>(by, a, b),
                kind::COMPLEX64 => equal_as::<[f32; 2]>(by, a, b),
                kind::COMPLEX128 => equal_as::<[f64; 2]>(by, a, b),
                kind::ARRAY | kind::STRUCT => {
                    *parts = Pair { typ: t, a, b, at: 0 };
                    return Found::Parts;
                }
                kind::FUNC | kind::MAP | kind::SLICE | kind::INVALID => return Found::Undefined(Uncomparable(t)),
                // Numbers, pointers and channels, should the compiler not have marked them as plain memory.
                _ => equal(by, a, b, ty.size),
            });
        }
    }
}

/// [`whole`], out of line: for the walk, which has it in several places.
///
/// # Safety
/// As [`whole`].
#[inline(never)]
unsafe fn part(by: Access<'_>, t: *const Type, a: *const u8, b: *const u8, parts: &mut Pair) -> Found {
    // SAFETY: the walk's pairs are whole values of their types, and so are their parts.
    unsafe { whole(by, t, a, b, parts) }
}

/// A comparison under way.
struct Walk {
    /// Where it begins, or goes on when there is room: values of an array or struct type.
    now: Pair,
    left: WorkList<Pair>,
}

impl Walk {
    /// Compares until the end, or until room is needed: then it can be called again.
    ///
    /// # Safety
    /// The pairs are whole values of their types.
    unsafe fn run(&mut self, by: Access<'_>) -> Result<Found, Full> {
        // The pair lives in registers: what is stored in parts and loaded as a whole right after makes the processor wait.
        let (mut now, mut inner) = (self.now, self.now);
        loop {
            // SAFETY: the pair is two whole values of its type (this function's contract; what `elements` and `fields`
            // leave on the list or in `inner` are parts of such), an array or a struct, as only these have parts.
            let found = unsafe {
                if (*now.typ).kind() == kind::ARRAY {
                    self.elements(by, now, &mut inner)?
                } else {
                    self.fields(by, now, &mut inner)?
                }
            };
            match found {
                Found::Parts => now = Pair { typ: inner.typ, a: inner.a, b: inner.b, at: 0 },
                Found::Equal => match self.left.pop() {
                    Some(pair) => now = pair,
                    None => return Ok(Found::Equal),
                },
                end => return Ok(end),
            }
        }
    }

    /// Compares the elements of a pair, up to the first that has parts (answer: [`Found::Parts`], with them in `inner`; what follows
    /// is on the list). When there is no room, the walk is to go on at that element.
    ///
    /// # Safety
    /// `now` is two whole values of an array type.
    #[inline(always)]
    unsafe fn elements(&mut self, by: Access<'_>, now: Pair, inner: &mut Pair) -> Result<Found, Full> {
        // SAFETY: elements are where the descriptor says.
        unsafe {
            let array = &*now.typ.cast::<ArrayType>();
            let step = (*array.elem).size;
            for i in now.at..array.len {
                match part(by, array.elem, now.a.add(i * step), now.b.add(i * step), inner) {
                    Found::Equal => {}
                    Found::Parts => return self.leave(now, i, array.len),
                    end => return Ok(end),
                }
            }
        }
        Ok(Found::Equal)
    }

    /// [`Walk::elements`] for structs. As in compiled code, the bytes of strings are looked at only if everything else is equal
    /// as far as the next field that may hold an interface: strings of different lengths need not be readable.
    ///
    /// # Safety
    /// `now` is two whole values of a struct type.
    #[inline(always)]
    unsafe fn fields(&mut self, by: Access<'_>, now: Pair, inner: &mut Pair) -> Result<Found, Full> {
        let Pair { typ, a, b, mut at } = now;
        // SAFETY: fields are where the descriptor says.
        unsafe {
            let all = StructType::fields(typ.cast());
            loop {
                // Strings' lengths and plain fields, as far as they go.
                let rest = all.get(at..).unwrap_or_default();
                let (mut n, mut strings) = (0, false);
                for f in rest {
                    if !f.name.is_blank() {
                        let (a, b) = (a.add(f.offset), b.add(f.offset));
                        match (*f.typ).kind() {
                            kind::STRING => {
                                if (*a.cast::<GoStr>()).len != (*b.cast::<GoStr>()).len {
                                    return Ok(Found::Differ);
                                }
                                strings = true;
                            }
                            kind::INTERFACE | kind::ARRAY | kind::STRUCT if !(*f.typ).is_regular_memory() => break,
                            _ => match part(by, f.typ, a, b, inner) {
                                Found::Equal => {}
                                end => return Ok(end),
                            },
                        }
                    }
                    n += 1;
                }
                if strings {
                    for f in rest.iter().take(n) {
                        if (*f.typ).kind() == kind::STRING
                            && !f.name.is_blank()
                            && !str_equal(by, *a.add(f.offset).cast(), *b.add(f.offset).cast())
                        {
                            return Ok(Found::Differ);
                        }
                    }
                }
                // The field that follows.
                let Some(f) = rest.get(n) else { return Ok(Found::Equal) };
                at += n;
                match part(by, f.typ, a.add(f.offset), b.add(f.offset), inner) {
                    Found::Equal => at += 1,
                    Found::Parts => return self.leave(now, at, all.len()),
                    end => return Ok(end),
                }
            }
        }
    }

    /// Leaves a pair for its part number `at` of `n`: what follows is put on the list.
    #[inline(always)]
    fn leave(&mut self, now: Pair, at: usize, n: usize) -> Result<Found, Full> {
        if at + 1 < n && self.left.push(Pair { at: at + 1, ..now }).is_err() {
            self.now = Pair { at, ..now };
            return Err(Full);
        }
        Ok(Found::Parts)
    }
}

/// Whether the values at `a` and `b`, both of type `t`, are equal. Takes a bounded amount of stack; memory in proportion to how
/// deeply interfaces in other than last parts nest.
///
/// A fault names the dynamic type that an interface within held, or `t` itself if it has no equality.
///
/// # Safety
/// `t` is a descriptor; `a` and `b` point to whole values of it. Not within [`Mem::touch`].
#[inline]
pub unsafe fn equal_by_type(mem: &impl Mem, t: *const Type, a: *const u8, b: *const u8) -> Result<bool, Uncomparable> {
    // SAFETY: this function's contract is that of `compare`, for the same values.
    unsafe { compare(mem, t, a, b) }.answer()
}

/// # Safety
/// `t` is a descriptor; `a` and `b` point to whole values of it. Not within [`Mem::touch`].
#[inline(never)]
unsafe fn compare(mem: &impl Mem, t: *const Type, a: *const u8, b: *const u8) -> Found {
    let mut parts = Pair { typ: t, a, b, at: 0 };
    // SAFETY: `t` is a descriptor; `a` and `b` point to whole values of it (this function's contract).
    match mem.touch(|by| unsafe { whole(by, t, a, b, &mut parts) }) {
        // SAFETY: the value's own parts.
        Found::Parts => unsafe { compare_parts(mem, parts.typ, parts.a, parts.b) },
        done => done,
    }
}

/// # Safety
/// `t` is the descriptor of an array or a struct; `a` and `b` point to whole values of it. Not within [`Mem::touch`].
#[inline(never)]
unsafe fn compare_parts(mem: &impl Mem, t: *const Type, a: *const u8, b: *const u8) -> Found {
    let mut walk = Walk { now: Pair { typ: t, a, b, at: 0 }, left: WorkList::new() };
    loop {
        // SAFETY: the walk began at two whole values (this function's contract); what it goes on with are parts of them.
        match mem.touch(|by| unsafe { walk.run(by) }) {
            Err(Full) => walk.left.grow(mem),
            Ok(done) => return done,
        }
    }
}

/// Whether two interface values are equal, of which is known that both have the dynamic type `t` (null: both are nil).
///
/// # Safety
/// `t` is null or a descriptor; `x` and `y` are data words of interfaces with that type. Not within [`Mem::touch`].
#[inline]
pub unsafe fn eface_equal(mem: &impl Mem, t: *const Type, x: *const u8, y: *const u8) -> Result<bool, Uncomparable> {
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
pub unsafe fn iface_equal(mem: &impl Mem, tab: *const Itab, x: *const u8, y: *const u8) -> Result<bool, Uncomparable> {
    if tab.is_null() {
        return Ok(true);
    }
    // SAFETY: `tab` is not null, so a method table, whose type is a descriptor and that of `x` and `y`; no region is open
    // (this function's contract).
    unsafe { eface_equal(mem, (*tab).typ, x, y) }
}
