//! The memory layout of Go 1.21's type descriptors (`internal/abi`), asserted field by field.
//!
//! Only layout and what one descriptor says of itself; whatever needs a module's base address is in `space`.

use core::ffi::c_void;
use core::mem::{offset_of, size_of};

use super::name::{Name, NameOff};
use super::values::GoSlice;

/// What sort of type a descriptor describes: the low five bits of [`Type::kind_bits`].
#[allow(missing_docs)]
pub mod kind {
    pub const INVALID: u8 = 0;
    pub const BOOL: u8 = 1;
    pub const INT: u8 = 2;
    pub const INT8: u8 = 3;
    pub const INT16: u8 = 4;
    pub const INT32: u8 = 5;
    pub const INT64: u8 = 6;
    pub const UINT: u8 = 7;
    pub const UINT8: u8 = 8;
    pub const UINT16: u8 = 9;
    pub const UINT32: u8 = 10;
    pub const UINT64: u8 = 11;
    pub const UINTPTR: u8 = 12;
    pub const FLOAT32: u8 = 13;
    pub const FLOAT64: u8 = 14;
    pub const COMPLEX64: u8 = 15;
    pub const COMPLEX128: u8 = 16;
    pub const ARRAY: u8 = 17;
    pub const CHAN: u8 = 18;
    pub const FUNC: u8 = 19;
    pub const INTERFACE: u8 = 20;
    pub const MAP: u8 = 21;
    pub const POINTER: u8 = 22;
    pub const SLICE: u8 = 23;
    pub const STRING: u8 = 24;
    pub const STRUCT: u8 = 25;
    pub const UNSAFE_POINTER: u8 = 26;
    /// Mask that leaves the kind.
    pub const MASK: u8 = (1 << 5) - 1;
    /// A value of this type is itself the data word of an interface.
    pub const DIRECT_IFACE: u8 = 1 << 5;
    /// [`super::Type::gc_data`] is a program, not a mask.
    pub const GC_PROG: u8 = 1 << 6;
}

/// Bits of [`Type::tflag`].
pub mod tflag {
    /// An [`super::UncommonType`] follows the kind's own descriptor.
    pub const UNCOMMON: u8 = 1;
    /// The stored name has a `*` in front that is not part of it.
    pub const EXTRA_STAR: u8 = 1 << 1;
    /// The type has a name.
    pub const NAMED: u8 = 1 << 2;
    /// Equality and hash may treat the value as so many plain bytes.
    pub const REGULAR_MEMORY: u8 = 1 << 3;
}

/// Offset of a type from the start of a module's types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct TypeOff(pub i32);

/// Offset of code from the start of a module's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct TextOff(pub i32);

/// The part that all descriptors begin with.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Type {
    /// Bytes that a value takes.
    pub size: usize,
    /// Length of the prefix that may hold pointers; 0 if the type has none.
    pub ptr_bytes: usize,
    /// The compiler's hash of the type.
    pub hash: u32,
    /// See [`tflag`].
    pub tflag: u8,
    /// Alignment of a variable.
    pub align: u8,
    /// Alignment as a field.
    pub field_align: u8,
    /// Kind and two flags, see [`kind`].
    pub kind_bits: u8,
    /// Go closure `func(a, b unsafe.Pointer) bool`; null: values cannot be compared.
    pub equal: *const c_void,
    /// Pointer mask, one bit per word of the prefix, or a program for it.
    pub gc_data: *const u8,
    /// The type as text.
    pub str: NameOff,
    /// Type of pointers to this type, or 0.
    pub ptr_to_this: TypeOff,
}

// SAFETY: descriptors are written once, by the linker or by `reflect` before it publishes them.
unsafe impl Sync for Type {}
// SAFETY: descriptors are constant once published; nothing in them belongs to a thread.
unsafe impl Send for Type {}

const _: () = {
    assert!(size_of::<Type>() == 48);
    assert!(offset_of!(Type, ptr_bytes) == 8);
    assert!(offset_of!(Type, hash) == 16);
    assert!(offset_of!(Type, tflag) == 20);
    assert!(offset_of!(Type, align) == 21);
    assert!(offset_of!(Type, field_align) == 22);
    assert!(offset_of!(Type, kind_bits) == 23);
    assert!(offset_of!(Type, equal) == 24);
    assert!(offset_of!(Type, gc_data) == 32);
    assert!(offset_of!(Type, str) == 40);
    assert!(offset_of!(Type, ptr_to_this) == 44);
};

impl Type {
    /// The kind without its flags.
    #[inline]
    pub const fn kind(&self) -> u8 {
        self.kind_bits & kind::MASK
    }

    /// Whether a value of this type is itself an interface's data word.
    #[inline]
    pub const fn is_direct_iface(&self) -> bool {
        self.kind_bits & kind::DIRECT_IFACE != 0
    }

    /// Whether `gc_data` is a program.
    #[inline]
    pub const fn has_gc_prog(&self) -> bool {
        self.kind_bits & kind::GC_PROG != 0
    }

    /// Whether values hold pointers.
    #[inline]
    pub const fn has_pointers(&self) -> bool {
        self.ptr_bytes != 0
    }

    /// Whether the type has a name.
    #[inline]
    pub const fn is_named(&self) -> bool {
        self.tflag & tflag::NAMED != 0
    }

    /// Whether equality and hash may treat the value as plain bytes.
    #[inline]
    pub const fn is_regular_memory(&self) -> bool {
        self.tflag & tflag::REGULAR_MEMORY != 0
    }

    /// Whether the data words of interfaces that hold this type point to values that are eight plain bytes.
    #[inline(always)]
    pub const fn is_boxed_word(&self) -> bool {
        // One test of four bytes, not two of one.
        let flags = u32::from_le_bytes([self.tflag, self.align, self.field_align, self.kind_bits]);
        let mask = u32::from_le_bytes([tflag::REGULAR_MEMORY, 0, 0, kind::DIRECT_IFACE]);
        flags & mask == u32::from_le_bytes([tflag::REGULAR_MEMORY, 0, 0, 0]) && self.size == 8
    }

    /// Whether `==` is defined.
    #[inline]
    pub const fn is_comparable(&self) -> bool {
        !self.equal.is_null()
    }

    /// Size of the descriptor proper, after which an [`UncommonType`] may follow.
    #[inline]
    pub const fn descriptor_size(&self) -> usize {
        match self.kind() {
            kind::ARRAY => size_of::<ArrayType>(),
            kind::CHAN => size_of::<ChanType>(),
            kind::FUNC => size_of::<FuncType>(),
            kind::INTERFACE => size_of::<InterfaceType>(),
            kind::MAP => size_of::<MapType>(),
            kind::POINTER => size_of::<PtrType>(),
            kind::SLICE => size_of::<SliceType>(),
            kind::STRUCT => size_of::<StructType>(),
            _ => size_of::<Type>(),
        }
    }

    /// The descriptor's method set and package, if it has them.
    ///
    /// # Safety
    /// `t` points to a whole descriptor, which lives for `'a`.
    #[inline]
    pub unsafe fn uncommon<'a>(t: *const Type) -> Option<&'a UncommonType> {
        // SAFETY: `t` is a descriptor; the flag says that the uncommon part lies behind it.
        unsafe {
            if (*t).tflag & tflag::UNCOMMON == 0 {
                return None;
            }
            Some(&*t.byte_add((*t).descriptor_size()).cast())
        }
    }

    /// Element type of arrays, channels, maps, pointers and slices; null for the rest.
    ///
    /// # Safety
    /// `t` points to a whole descriptor.
    pub unsafe fn elem(t: *const Type) -> *const Type {
        // SAFETY: the kind says which descriptor `t` begins.
        unsafe {
            match (*t).kind() {
                kind::ARRAY => (*t.cast::<ArrayType>()).elem,
                kind::CHAN => (*t.cast::<ChanType>()).elem,
                kind::MAP => (*t.cast::<MapType>()).elem,
                kind::POINTER => (*t.cast::<PtrType>()).elem,
                kind::SLICE => (*t.cast::<SliceType>()).elem,
                _ => core::ptr::null(),
            }
        }
    }
}

/// A method of a type that is not an interface.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Method {
    /// Name.
    pub name: NameOff,
    /// Type without the receiver.
    pub mtyp: TypeOff,
    /// Code that an interface call jumps to (receiver is one word).
    pub ifn: TextOff,
    /// Code that a direct call jumps to.
    pub tfn: TextOff,
}

/// Package and methods of a defined type, or of one with methods.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct UncommonType {
    /// Import path; 0 for the built-in ones.
    pub pkg_path: NameOff,
    /// Number of methods.
    pub mcount: u16,
    /// Number of exported methods; they come first.
    pub xcount: u16,
    /// Bytes from here to the methods.
    pub moff: u32,
    /// Not used.
    pub unused: u32,
}

impl UncommonType {
    /// All methods, sorted by name.
    ///
    /// # Safety
    /// `u` lies within a descriptor that lives for `'a`.
    #[inline]
    pub unsafe fn methods<'a>(u: *const UncommonType) -> &'a [Method] {
        // SAFETY: `moff` leads to `mcount` methods within the same object.
        unsafe {
            let n = usize::from((*u).mcount);
            if n == 0 {
                return &[];
            }
            core::slice::from_raw_parts(u.byte_add((*u).moff as usize).cast(), n)
        }
    }
}

/// A method that an interface asks for.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct IMethod {
    /// Name.
    pub name: NameOff,
    /// Its function type.
    pub typ: TypeOff,
}

/// `[len]elem`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct ArrayType {
    /// Common part.
    pub typ: Type,
    /// Element type.
    pub elem: *const Type,
    /// The type `[]elem`.
    pub slice: *const Type,
    /// Number of elements.
    pub len: usize,
}

/// `chan elem`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct ChanType {
    /// Common part.
    pub typ: Type,
    /// Element type.
    pub elem: *const Type,
    /// 1 receive, 2 send, 3 both.
    pub dir: isize,
}

/// `func(in...) out`. The parameter types follow, behind the uncommon part if there is one.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FuncType {
    /// Common part.
    pub typ: Type,
    /// Number of parameters.
    pub in_count: u16,
    /// Number of results; the top bit says that the last parameter is variadic.
    pub out_count: u16,
}

impl FuncType {
    /// Parameter types, then result types, and how many of them are parameters.
    ///
    /// # Safety
    /// `f` points to a whole descriptor that lives for `'a`.
    pub unsafe fn signature<'a>(f: *const FuncType) -> (&'a [*const Type], usize) {
        // SAFETY: the compiler lays the types behind the descriptor and its uncommon part.
        unsafe {
            let ins = usize::from((*f).in_count);
            let outs = usize::from((*f).out_count & 0x7fff);
            let mut skip = size_of::<FuncType>();
            if (*f).typ.tflag & tflag::UNCOMMON != 0 {
                skip += size_of::<UncommonType>();
            }
            if ins + outs == 0 {
                return (&[], 0);
            }
            (core::slice::from_raw_parts(f.byte_add(skip).cast(), ins + outs), ins)
        }
    }

    /// Whether the last parameter is `...T`.
    pub const fn is_variadic(&self) -> bool {
        self.out_count & 0x8000 != 0
    }
}

/// `interface { ... }`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct InterfaceType {
    /// Common part.
    pub typ: Type,
    /// Package whose unexported names the methods mean.
    pub pkg_path: Name,
    /// `[]IMethod`, sorted by name.
    pub methods: GoSlice,
}

impl InterfaceType {
    /// The methods that the interface asks for.
    ///
    /// # Safety
    /// `i` points to a descriptor that lives for `'a`.
    #[inline]
    pub unsafe fn methods<'a>(i: *const InterfaceType) -> &'a [IMethod] {
        // SAFETY: the slice in the descriptor holds `IMethod`s.
        unsafe { (*i).methods.as_slice() }
    }
}

/// `map[key]elem`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct MapType {
    /// Common part.
    pub typ: Type,
    /// Key type.
    pub key: *const Type,
    /// Element type.
    pub elem: *const Type,
    /// The compiler's type of one bucket.
    pub bucket: *const Type,
    /// Go closure `func(key unsafe.Pointer, seed uintptr) uintptr`.
    pub hasher: *const c_void,
    /// Bytes of a key slot.
    pub key_size: u8,
    /// Bytes of an element slot.
    pub value_size: u8,
    /// Bytes of a bucket.
    pub bucket_size: u16,
    /// See the accessors.
    pub flags: u32,
}

impl MapType {
    /// A slot holds a pointer to the key.
    pub const fn indirect_key(&self) -> bool {
        self.flags & 1 != 0
    }
    /// A slot holds a pointer to the element.
    pub const fn indirect_elem(&self) -> bool {
        self.flags & 2 != 0
    }
    /// `k == k` for every key.
    pub const fn reflexive_key(&self) -> bool {
        self.flags & 4 != 0
    }
    /// Assigning to an equal key must replace the key as well (`+0` and `-0`).
    pub const fn need_key_update(&self) -> bool {
        self.flags & 8 != 0
    }
    /// Hashing a key may panic.
    pub const fn hash_might_panic(&self) -> bool {
        self.flags & 16 != 0
    }
}

/// `*elem`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct PtrType {
    /// Common part.
    pub typ: Type,
    /// What is pointed to.
    pub elem: *const Type,
}

/// `[]elem`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct SliceType {
    /// Common part.
    pub typ: Type,
    /// Element type.
    pub elem: *const Type,
}

/// A field of a struct.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct StructField {
    /// Name, never empty; `_` for blank ones.
    pub name: Name,
    /// Type.
    pub typ: *const Type,
    /// Byte offset.
    pub offset: usize,
}

/// `struct { ... }`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct StructType {
    /// Common part.
    pub typ: Type,
    /// Package whose unexported names the fields mean.
    pub pkg_path: Name,
    /// `[]StructField`.
    pub fields: GoSlice,
}

impl StructType {
    /// The fields, in order.
    ///
    /// # Safety
    /// `s` points to a descriptor that lives for `'a`.
    #[inline]
    pub unsafe fn fields<'a>(s: *const StructType) -> &'a [StructField] {
        // SAFETY: the slice in the descriptor holds `StructField`s.
        unsafe { (*s).fields.as_slice() }
    }
}

const _: () = {
    assert!(size_of::<Method>() == 16);
    assert!(size_of::<UncommonType>() == 16);
    assert!(offset_of!(UncommonType, moff) == 8);
    assert!(size_of::<IMethod>() == 8);
    assert!(size_of::<ArrayType>() == 72);
    assert!(offset_of!(ArrayType, len) == 64);
    assert!(size_of::<ChanType>() == 64);
    assert!(size_of::<FuncType>() == 56);
    assert!(offset_of!(FuncType, out_count) == 50);
    assert!(size_of::<InterfaceType>() == 80);
    assert!(offset_of!(InterfaceType, methods) == 56);
    assert!(size_of::<MapType>() == 88);
    assert!(offset_of!(MapType, hasher) == 72);
    assert!(offset_of!(MapType, bucket_size) == 82);
    assert!(offset_of!(MapType, flags) == 84);
    assert!(size_of::<PtrType>() == 56);
    assert!(size_of::<SliceType>() == 56);
    assert!(size_of::<StructField>() == 24);
    assert!(size_of::<StructType>() == 80);
    assert!(offset_of!(StructType, fields) == 56);
};
