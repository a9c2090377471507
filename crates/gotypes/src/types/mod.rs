//! Go's type descriptors as the compiler lays them out, and everything that can be read off them alone.
//!
//! Here: the layouts of `internal/abi` ([`desc`]) and of method tables ([`itab`]), descriptors of the runtime's own ([`layout`]), the encoded names ([`name`]), pointer masks and
//! the programs that produce them ([`gcprog`]), the two-word and three-word values of the language ([`values`],
//! [`interface`]), and arithmetic that the compiler leaves to the runtime ([`arith`]; without floating-point instructions
//! [`softfloat`]).
//!
//! Not here: where descriptors lie, and their names (see [`crate::space`]), how method tables are made (see
//! [`crate::iface`]), equality, hashing and moves of values (see [`crate::mem`]).

pub mod arith;
pub mod desc;
pub mod gcprog;
pub mod interface;
pub mod itab;
pub mod layout;
pub mod name;
pub mod softfloat;
pub mod values;

pub use desc::{
    ArrayType, ChanType, FuncType, IMethod, InterfaceType, MapType, Method, PtrType, SliceType, StructField, StructType,
    TextOff, Type, TypeOff, UncommonType, kind, tflag,
};
pub use interface::{Eface, Iface};
pub use itab::Itab;
pub use name::{Name, NameOff};
pub use values::{GoSlice, GoStr};
