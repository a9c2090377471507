//! Go's type descriptors as the compiler lays them out, and everything that can be read off them alone.
//!
//! Here: the layouts of `internal/abi` ([`desc`]), the encoded names ([`name`]), offsets into the sections of a module
//! and those that `reflect` makes at run time ([`space`], [`offsets`]), a type's printed name and package
//! ([`spelling`]), structural identity ([`same`]), pointer masks and the programs that produce them ([`gcprog`]), the
//! two-word and three-word values of the language ([`values`]), and arithmetic that the compiler leaves to the runtime
//! ([`arith`]; without floating-point instructions [`softfloat`]).
//!
//! Not here: method tables (see [`crate::iface`]), equality, hashing and moves of values (see [`crate::mem`]).

pub mod arith;
pub mod desc;
pub mod gcprog;
pub mod name;
pub mod offsets;
pub mod same;
pub mod softfloat;
pub mod space;
pub mod spelling;
pub mod values;

pub use desc::{
    ArrayType, ChanType, FuncType, IMethod, InterfaceType, MapType, Method, NameOff, PtrType,
    SliceType, StructField, StructType, TextOff, Type, TypeOff, UncommonType, kind, tflag,
};
pub use name::Name;
pub use offsets::ReflectOffsets;
pub use space::{Module, TextSection, TypeSpace};
pub use values::{Eface, GoSlice, GoStr, Iface};
