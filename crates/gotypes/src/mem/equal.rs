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
        // Not a `match`, which would be compiled into a jump by table.
        if let Found::Undefined(u) = self { Err(u) } else { Ok(matches!(self, Found::Equal)) }
    }
}

/// Whether so much plain memory is the same.
///
/// # Safety
/// Both are readable for `n` bytes, if the program's pointer is right.
#[inline(always)]
pub unsafe fn plain_equal(by: Access<'_>, a: *const u8, b: *const u8, n: usize) -> bool {
    // SAFETY: both are readable for `n` bytes, if the program's pointer is right (this function's contract), and `n` bytes are
    // read: 8 are the size of `u64`, 4 that of `u32`, 16 that of `u128`.
    unsafe {
        match n {
            8 => equal_as::<u64>(by, a, b),
            4 => equal_as::<u32>(by, a, b),
            16 => equal_as::<u128>(by, a, b),
            n => equal(by, a, b, n),
        }
    }
}

/// Whether a kind is one of floating-point numbers, which are equal though their bytes differ and the other way round.
#[inline(always)]
fn is_float(k: u8) -> bool {
    matches!(k, kind::FLOAT32 | kind::FLOAT64 | kind::COMPLEX64 | kind::COMPLEX128)
}

/// Whether two floating-point numbers are equal.
///
/// # Safety
/// `k` is one of these kinds ([`is_float`]); both are values of it.
#[inline(always)]
unsafe fn float_equal(by: Access<'_>, k: u8, a: *const u8, b: *const u8) -> bool {
    // SAFETY: both are values of kind `k` (this function's contract), so readable for as many bytes as one has: each arm's type
    // has the size of its kind, and the last is for complex128.
    unsafe {
        match k {
            kind::FLOAT32 => equal_as::<f32>(by, a, b),
            kind::FLOAT64 => equal_as::<f64>(by, a, b),
            kind::COMPLEX64 => equal_as::<[f32; 2]>(by, a, b),
            _ => equal_as::<[f64; 2]>(by, a, b),
        }
    }
}

/// How many parts values of an array or struct type have.
///
/// # Safety
/// `t` is the descriptor of such a type.
#[inline(always)]
pub(super) unsafe fn count(t: *const Type) -> usize {
    // SAFETY: the kind says which descriptor it begins.
    unsafe { if (*t).kind() == kind::ARRAY { (*t.cast::<ArrayType>()).len } else { StructType::fields(t.cast()).len() } }
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
                return Found::equal(plain_equal(by, a, b, ty.size));
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
                float if is_float(float) => float_equal(by, float, a, b),
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

/// Compares the parts of two values of an array or struct type from number `at` on, as far as that goes without a list. Where a part has parts
/// itself, or an interface holds a value that has, `at` is its number, and these are put into `inner`.
///
/// # Safety
/// `t` is the descriptor of such a type; `a` and `b` are whole values of it.
#[inline(always)]
unsafe fn flat(by: Access<'_>, t: *const Type, a: *const u8, b: *const u8, at: &mut usize, inner: &mut Pair) -> Found {
    // SAFETY: `t` is the descriptor of an array or struct type, of which the kind says which it begins; `a` and `b` are whole
    // values of it (this function's contract).
    unsafe {
        if (*t).kind() == kind::ARRAY {
            elements(by, t.cast(), a, b, at, inner)
        } else {
            fields(by, t.cast(), a, b, at, inner)
        }
    }
}

/// [`flat`] for arrays. As in compiled code, the bytes of an array's strings are looked at only if all lengths agree.
///
/// # Safety
/// `array` is a descriptor; `a` and `b` are whole values of its type.
#[inline(always)]
unsafe fn elements(
    by: Access<'_>,
    array: *const ArrayType,
    a: *const u8,
    b: *const u8,
    at: &mut usize,
    inner: &mut Pair,
) -> Found {
    // SAFETY: `array` is a descriptor, and so is its element's type; `a` and `b` are whole values (this function's contract), so
    // element `i` is a whole value, `i` sizes behind the first; a whole string's bytes are readable.
    unsafe {
        let (elem, len) = ((*array).elem, (*array).len);
        if (*elem).kind() == kind::STRING {
            let (a, b) = (a.cast::<GoStr>(), b.cast::<GoStr>());
            if !(*at..len).all(|i| (*a.add(i)).len == (*b.add(i)).len) {
                return Found::Differ;
            }
            return Found::equal((*at..len).all(|i| str_equal(by, *a.add(i), *b.add(i))));
        }
        let step = (*elem).size;
        while *at < len {
            match whole(by, elem, a.add(*at * step), b.add(*at * step), inner) {
                Found::Equal => *at += 1,
                other => return other,
            }
        }
    }
    Found::Equal
}

/// [`flat`] for structs. As in compiled code, the bytes of strings are looked at only if everything else is equal as far as the next field
/// that may hold an interface: strings of different lengths need not be readable.
///
/// # Safety
/// `s` is a descriptor; `a` and `b` are whole values of its type.
#[inline(always)]
unsafe fn fields(
    by: Access<'_>,
    s: *const StructType,
    a: *const u8,
    b: *const u8,
    at: &mut usize,
    inner: &mut Pair,
) -> Found {
    // SAFETY: `s` is a descriptor, and so is each field's type; `a` and `b` are whole values (this function's contract), so a field
    // is a whole value of its type, at its offset: readable for that type's size, a float's if it is one, a whole string whose
    // bytes are readable. `first` stays below `last`, which is one more than the number of a field.
    unsafe {
        let all = StructType::fields(s);
        loop {
            // Strings' lengths and plain fields, as far as they go.
            let (mut next, mut first, mut last) = (*at, usize::MAX, 0);
            while let Some(f) = all.get(next) {
                let (t, a, b) = (&*f.typ, a.add(f.offset), b.add(f.offset));
                if f.name.is_blank() {
                } else if t.is_regular_memory() {
                    if !plain_equal(by, a, b, t.size) {
                        return Found::Differ;
                    }
                } else if t.kind() == kind::STRING {
                    if (*a.cast::<GoStr>()).len != (*b.cast::<GoStr>()).len {
                        return Found::Differ;
                    }
                    (first, last) = (first.min(next), next + 1);
                } else if is_float(t.kind()) {
                    if !float_equal(by, t.kind(), a, b) {
                        return Found::Differ;
                    }
                } else {
                    break;
                }
                next += 1;
            }
            while first < last {
                let f = all.get_unchecked(first);
                if (*f.typ).kind() == kind::STRING
                    && !f.name.is_blank()
                    && !str_equal(by, *a.add(f.offset).cast(), *b.add(f.offset).cast())
                {
                    return Found::Differ;
                }
                first += 1;
            }
            // The field that follows.
            *at = next;
            let Some(f) = all.get(next) else { return Found::Equal };
            match whole(by, f.typ, a.add(f.offset), b.add(f.offset), inner) {
                Found::Equal => *at += 1,
                other => return other,
            }
        }
    }
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
    /// The pairs are whole values of their types, which are arrays and structs.
    unsafe fn run(&mut self, by: Access<'_>) -> Result<Found, Full> {
        // The pair lives in registers: what is stored in parts and loaded as a whole right after makes the processor wait.
        let (mut now, mut inner) = (self.now, self.now);
        loop {
            let mut at = now.at;
            // SAFETY: `now` is a pair of whole values of an array or struct type: at first because this walk's pairs are (this
            // function's contract), later because `inner` and the list hold nothing else.
            match unsafe { flat(by, now.typ, now.a, now.b, &mut at, &mut inner) } {
                Found::Parts => {
                    // What follows the part waits.
                    // SAFETY: its type is an array or a struct.
                    if at + 1 < unsafe { count(now.typ) } && self.left.push(Pair { at: at + 1, ..now }).is_err() {
                        self.now = Pair { at, ..now };
                        return Err(Full);
                    }
                    now = Pair { typ: inner.typ, a: inner.a, b: inner.b, at: 0 };
                }
                Found::Equal => match self.left.pop() {
                    Some(pair) => now = pair,
                    None => return Ok(Found::Equal),
                },
                end => return Ok(end),
            }
        }
    }
}

/// Whether the values at `a` and `b`, both of type `t`, are equal. Takes a bounded amount of stack; memory in proportion to how
/// deeply interfaces in other than last parts nest.
///
/// A fault names the dynamic type that an interface within held, or `t` itself if it has no equality.
///
/// # Errors
/// [`Uncomparable`] with that type.
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
        // SAFETY: `whole` put values of an array or struct type into `parts`: the two themselves, or what interfaces among
        // them hold. No region is open any more.
        Found::Parts => unsafe { compare_parts(mem, parts.typ, parts.a, parts.b) },
        done => done,
    }
}

/// [`equal_by_type`] as far as that goes in place: for a leaf, which has no list and raises nothing. None if the values, or what interfaces
/// in them hold, have parts within parts or no equality: then [`equal_by_type`] has the answer.
///
/// # Safety
/// `t` is a descriptor; `a` and `b` point to whole values of it.
#[inline(always)]
pub unsafe fn equal_in_place(by: Access<'_>, t: *const Type, a: *const u8, b: *const u8) -> Option<bool> {
    let mut at = 0;
    let mut inner = Pair { typ: t, a, b, at };
    // SAFETY: `t` is a descriptor, and `a` and `b` point to whole values of it (this function's contract); its kind is asked for first.
    let found = unsafe {
        if matches!((*t).kind(), kind::ARRAY | kind::STRUCT) && !(*t).is_regular_memory() {
            flat(by, t, a, b, &mut at, &mut inner)
        } else {
            whole(by, t, a, b, &mut inner)
        }
    };
    match found {
        Found::Equal => Some(true),
        Found::Differ => Some(false),
        Found::Undefined(_) | Found::Parts => None,
    }
}

/// [`equal_by_type`] for a type of which is known that its values have parts: an array or a struct that is not plain memory.
///
/// # Errors
/// [`Uncomparable`] with the dynamic type that an interface within held, or with `t`.
///
/// # Safety
/// `t` is the descriptor of an array or struct type; `a` and `b` point to whole values of it. Not within [`Mem::touch`].
#[inline(always)]
pub unsafe fn equal_parts(mem: &impl Mem, t: *const Type, a: *const u8, b: *const u8) -> Result<bool, Uncomparable> {
    // SAFETY: `t` is the descriptor of an array or struct type, `a` and `b` point to whole values of it, and no region is open (this
    // function's contract).
    unsafe { compare_parts(mem, t, a, b) }.answer()
}

/// [`equal_parts`], with the answer in registers.
///
/// # Safety
/// `t` is the descriptor of an array or struct type; `a` and `b` point to whole values of it. Not within [`Mem::touch`].
#[inline(never)]
unsafe fn compare_parts(mem: &impl Mem, t: *const Type, a: *const u8, b: *const u8) -> Found {
    let mut at = 0;
    let mut inner = Pair { typ: t, a, b, at };
    // SAFETY: `t` is the descriptor of an array or struct type, and `a` and `b` point to whole values of it (this function's
    // contract).
    match mem.touch(|by| unsafe { flat(by, t, a, b, &mut at, &mut inner) }) {
        // SAFETY: the pair is the same two values, of which `at` is left; no region is open any more.
        Found::Parts => unsafe { compare_nested(mem, Pair { typ: t, a, b, at }) },
        done => done,
    }
}

/// What is left of a comparison whose parts have parts themselves: the walk with a list.
///
/// # Safety
/// `now` is a pair of whole values of an array or struct type. Not within [`Mem::touch`].
#[inline(never)]
unsafe fn compare_nested(mem: &impl Mem, now: Pair) -> Found {
    let mut walk = Walk { now, left: WorkList::new() };
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
/// # Errors
/// [`Uncomparable`] with `t`, or with a dynamic type within.
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
/// # Errors
/// [`Uncomparable`] with the table's type, or with a dynamic type within.
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
