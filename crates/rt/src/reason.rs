//! Go's words for why a goroutine waits.

macro_rules! reasons {
    ($($name:ident = $number:literal $text:literal,)* ; $($other:literal $words:literal,)*) => {
        /// Why a goroutine waits, with the numbers that debuggers know from Go 1.21.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "the texts say it")]
        pub enum Reason { $($name = $number,)* }

        /// The words for a reason.
        pub fn reason_text(reason: u8) -> &'static str {
            match reason {
                $($number => $text,)*
                $($other => $words,)*
                _ => "unknown wait reason",
            }
        }
    };
}

reasons! {
    IoWait = 2 "IO wait",
    ChanReceiveNil = 3 "chan receive (nil chan)",
    ChanSendNil = 4 "chan send (nil chan)",
    Select = 9 "select",
    SelectNoCases = 10 "select (no cases)",
    ChanReceive = 14 "chan receive",
    ChanSend = 15 "chan send",
    FinalizerWait = 16 "finalizer wait",
    Semacquire = 18 "semacquire",
    Sleep = 19 "sleep",
    CondWait = 20 "sync.Cond.Wait",
    MutexLock = 21 "sync.Mutex.Lock",
    RwMutexRLock = 22 "sync.RWMutex.RLock",
    RwMutexLock = 23 "sync.RWMutex.Lock",
    GcCycle = 25 "wait for GC cycle",
    GcWorker = 26 "GC worker (idle)",
    ;
    // What only packages outside of std pass, to `gopark`.
    0 "",
    1 "GC assist marking",
    5 "dumping heap",
    6 "garbage collection",
    7 "garbage collection scan",
    8 "panicwait",
    11 "GC assist wait",
    12 "GC sweep wait",
    13 "GC scavenge wait",
    17 "force gc (idle)",
    24 "trace reader (blocked)",
    27 "GC worker (active)",
    28 "preempted",
    29 "debug call",
    30 "GC mark termination",
    31 "stopping the world",
}
