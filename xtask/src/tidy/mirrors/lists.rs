//! Which structures and numbers of package runtime Rust has too, under which names. What is done with the lists is in `mirrors`.

/// How much of two structures there is to agree.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All fields of both.
    All,
    /// Those of the one that is shorter.
    Beginning,
    /// Fields of Go whose offsets `offset_of!` asserts in the file in Rust.
    Asserted,
}

/// A structure in Go (file in `goroot/runtime`, name), that in Rust (file in `crates`, name), and the fields that have another name in Rust;
/// those with the name "-" Rust has not.
pub struct Shared {
    pub go: (&'static str, &'static str),
    pub rust: (&'static str, &'static str),
    pub part: Part,
    pub names: &'static [(&'static str, &'static str)],
}

/// Makes one.
pub const fn shared(
    go: (&'static str, &'static str),
    rust: (&'static str, &'static str),
    part: Part,
    names: &'static [(&'static str, &'static str)],
) -> Shared {
    Shared { go, rust, part, names }
}

use Part::*;

/// Those that both have.
pub const SHARED: &[Shared] = &[
    shared(("error.go", "TypeAssertionError"), ("gotypes/src/text/fault.rs", "AssertionError"), All, &[]),
    shared(
        ("layout.go", "_defer"),
        ("rt/src/panics/record.rs", "Defer"),
        All,
        &[("openDefer", "open_coded"), ("fn", "func")],
    ),
    shared(("layout.go", "_panic"), ("rt/src/panics/record.rs", "Panic"), Beginning, &[]),
    shared(("layout.go", "eface"), ("gotypes/src/types/interface.rs", "Eface"), All, &[("_type", "typ")]),
    shared(
        ("layout.go", "g"),
        ("sched/src/model.rs", "Task"),
        Asserted,
        &[
            ("stackguard0", "guard0"),
            ("stackguard1", "guard1"),
            ("_panic", "host0"),
            ("_defer", "host1"),
            ("m", "thread"),
            ("sched", "ctx"),
            ("results", "-"),
            ("atomicstatus", "state"),
            ("stackLock", "-"),
            ("goid", "id"),
            ("schedlink", "link"),
            ("system", "-"),
            ("lockedm", "locked_thread"),
            ("parentGoid", "parent_id"),
            ("gopc", "spawn_pc"),
            ("startpc", "start_pc"),
            ("labels", "-"),
        ],
    ),
    shared(("layout.go", "gobuf"), ("stack/src/context.rs", "Context"), Beginning, &[("g", "spare0"), ("ret", "spare1")]),
    shared(
        ("layout.go", "hchan"),
        ("chan/src/chan.rs", "Chan"),
        Asserted,
        &[
            ("qcount", "count"),
            ("dataqsiz", "cap"),
            ("sendx", "send_index"),
            ("recvx", "recv_index"),
            ("recvq", "receivers"),
            ("sendq", "senders"),
        ],
    ),
    shared(
        ("layout.go", "hiter"),
        ("maps/src/iter.rs", "Iter"),
        Asserted,
        &[("t", "kind"), ("h", "-"), ("p", "-"), ("words", "-")],
    ),
    shared(
        ("layout.go", "hmap"),
        ("maps/src/header.rs", "Map"),
        Asserted,
        &[("hash0", "seed"), ("buckets", "tables"), ("B", "controls"), ("oldbuckets", "metas")],
    ),
    shared(("layout.go", "iface"), ("gotypes/src/types/interface.rs", "Iface"), All, &[]),
    shared(("layout.go", "itab"), ("gotypes/src/types/itab.rs", "Itab"), All, &[("_type", "typ"), ("_", "pad")]),
    shared(("layout.go", "m"), ("sched/src/model.rs", "Thread"), Asserted, &[("p", "proc"), ("procid", "os_id")]),
    shared(("layout.go", "moduledata"), ("symtab/src/moduledata.rs", "ModuleData"), Asserted, &[]),
    shared(("layout.go", "slice"), ("gotypes/src/types/values.rs", "GoSlice"), All, &[("array", "ptr")]),
    shared(("layout.go", "stack"), ("stack/src/bounds.rs", "Bounds"), All, &[]),
    shared(("layout.go", "stringStruct"), ("gotypes/src/types/values.rs", "GoStr"), All, &[("str", "ptr")]),
    shared(("layout.go", "stringStructDWARF"), ("gotypes/src/types/values.rs", "GoStr"), All, &[("str", "ptr")]),
    shared(("layout.go", "sudog"), ("chan/src/wait.rs", "Waiter"), Beginning, &[("g", "task"), ("c", "chan")]),
    shared(
        ("layout.go", "functab"),
        ("symtab/src/moduledata.rs", "FuncTabEntry"),
        All,
        &[("entryoff", "entry_off"), ("funcoff", "func_off")],
    ),
    shared(("layout.go", "textsect"), ("symtab/src/moduledata.rs", "TextSect"), All, &[("baseaddr", "base")]),
    shared(("layout.go", "bitvector"), ("symtab/src/moduledata.rs", "RawBitVector"), All, &[("bytedata", "data")]),
    shared(("linknames.go", "_func"), ("symtab/src/functab.rs", "RawFunc"), Beginning, &[]),
    shared(("linknames.go", "srcFunc"), ("entries/src/linknames.rs", "SrcFunc"), All, &[("datap", "module")]),
    shared(("links.go", "goxideLinks"), ("rt/src/links.rs", "Links"), All, &[]),
    shared(("mem.go", "MemStats"), ("rt/src/memstats.rs", "MemStats"), All, &[]),
    shared(("mem.go", "finalizerCall"), ("rt/src/gc/finalizers.rs", "Call"), All, &[("fn", "func")]),
    shared(("metrics.go", "metricHistogram"), ("entries/src/metrics.rs", "Histogram"), All, &[("buckets", "bounds")]),
    shared(("metrics.go", "metricSample"), ("entries/src/metrics.rs", "Sample"), All, &[("hist", "histogram")]),
    shared(("proc.go", "initTask"), ("entries/src/inits.rs", "InitTask"), All, &[]),
    shared(("os.go", "cacheSlot"), ("rt/src/parts.rs", "CacheSlot"), All, &[]),
    shared(("os.go", "threadCall"), ("rt/src/every_thread.rs", "Call"), All, &[("trap", "number"), ("errno", "error")]),
    shared(("proc.go", "modTimerArgs"), ("entries/src/time.rs", "Changes"), All, &[]),
    shared(("proc.go", "runtimeSelect"), ("entries/src/chans.rs", "ReflectCase"), All, &[("ch", "chan")]),
    shared(("proc.go", "scase"), ("chan/src/select.rs", "Case"), All, &[("c", "chan")]),
    shared(("proc.go", "selectPlan"), ("entries/src/chans.rs", "Plan"), All, &[("dflt", "default")]),
    shared(("proc.go", "timer"), ("sched/src/timer.rs", "Timer"), All, &[("nextwhen", "due")]),
    shared(("prof.go", "BlockProfileRecord"), ("entries/src/profile.rs", "BlockRecord"), All, &[("StackRecord", "stack")]),
    shared(("prof.go", "MemProfileRecord"), ("entries/src/profile.rs", "MemRecord"), All, &[("Stack0", "stack")]),
    shared(
        ("prof.go", "cpuRead"),
        ("entries/src/profile.rs", "CpuRead"),
        All,
        &[("data", "words"), ("tags", "labels"), ("words", "n_words"), ("records", "n_labels"), ("eof", "end")],
    ),
    shared(("symbols.go", "Frame"), ("entries/src/symbols.rs", "Frame"), All, &[("symbolName", "symbol")]),
    shared(("symbols.go", "Frames"), ("entries/src/symbols.rs", "Frames"), Beginning, &[]),
];

/// Structures that Rust sees as words: file and name in Go; file in `crates` and the type there, which is written so; how many words.
pub const WORDS: &[(&str, &str, &str, &str, usize)] = &[
    ("error.go", "withinValue", "entries/src/errors.rs", "*mut [usize; 5]", 5),
    ("mem.go", "typelinksOut", "entries/src/ifaces.rs", "*const [*mut usize; 2]", 2),
    ("symbols.go", "StackRecord", "entries/src/profile.rs", "type StackRecord = [usize; DEPTH];", 32),
];

/// Structures that Rust neither reads nor writes as such, and why.
pub const GO_ALONE: &[(&str, &str, &str)] = &[
    ("error.go", "PanicNilError", "has nothing in it"),
    ("error.go", "boundsError", "made in Go; Rust gets its fields as arguments"),
    ("error.go", "errorAddressString", "made and read in Go"),
    ("layout.go", "bmap", "for the linker: maps have no buckets"),
    ("layout.go", "funcval", "for the linker: a word"),
    ("layout.go", "waitq", "for the linker and debuggers"),
    ("layout.go", "writeBarrier", "for compiled code; Rust writes the first byte"),
    ("linknames.go", "funcInfo", "two pointers, which Rust gets as arguments"),
    ("linknames.go", "inlineFrame", "Rust gets its fields as arguments"),
    ("linknames.go", "inlineUnwinder", "Rust gets its fields as arguments"),
    ("mem.go", "Pinner", "Go's own"),
    ("mem.go", "pinned", "Go's own"),
    ("os.go", "exitHook", "Go's own"),
    ("os.go", "godebugCount", "Go's own"),
    ("symbols.go", "Func", "an address in the linker's tables"),
];

/// Numbers: file in `goroot/runtime` and name; file in `crates` and name, `Enum::Variant` for a variant's number.
pub const NUMBERS: &[(&str, &str, &str, &str)] = &[
    ("error.go", "boundsIndex", "gotypes/src/text/fault.rs", "BoundsCode::Index"),
    ("error.go", "boundsSliceAlen", "gotypes/src/text/fault.rs", "BoundsCode::SliceAlen"),
    ("error.go", "boundsSliceAcap", "gotypes/src/text/fault.rs", "BoundsCode::SliceAcap"),
    ("error.go", "boundsSliceB", "gotypes/src/text/fault.rs", "BoundsCode::SliceB"),
    ("error.go", "boundsSlice3Alen", "gotypes/src/text/fault.rs", "BoundsCode::Slice3Alen"),
    ("error.go", "boundsSlice3Acap", "gotypes/src/text/fault.rs", "BoundsCode::Slice3Acap"),
    ("error.go", "boundsSlice3B", "gotypes/src/text/fault.rs", "BoundsCode::Slice3B"),
    ("error.go", "boundsSlice3C", "gotypes/src/text/fault.rs", "BoundsCode::Slice3C"),
    ("error.go", "boundsConvert", "gotypes/src/text/fault.rs", "BoundsCode::Convert"),
    ("error.go", "sigpanicNil", "rt/src/signals/fault.rs", "NIL"),
    ("error.go", "sigpanicAddr", "rt/src/signals/fault.rs", "ADDR"),
    ("error.go", "sigpanicDivide", "rt/src/signals/fault.rs", "DIVIDE"),
    ("error.go", "sigpanicOverflow", "rt/src/signals/fault.rs", "OVERFLOW"),
    ("error.go", "sigpanicFloat", "rt/src/signals/fault.rs", "FLOAT"),
    ("goxide.h", "CHECKED", "rt/src/signals/stub.rs", "CHECKED"),
    ("goxide.h", "TASK_GUARD", "entries/src/arch/offsets.rs", "TASK_GUARD"),
    ("goxide.h", "TASK_REGS", "entries/src/arch/offsets.rs", "TASK_REGS"),
    ("mem.go", "kindPtr", "gotypes/src/types/desc.rs", "POINTER"),
    ("mem.go", "kindUnsafePointer", "gotypes/src/types/desc.rs", "UNSAFE_POINTER"),
    ("metrics.go", "metricUint64", "gotypes/src/metrics/mod.rs", "Kind::Uint64"),
];

/// Numbers of package runtime that Rust has no name for.
pub const NUMBERS_ALONE: &[(&str, &str)] = &[("mem.go", "kindMask")];
