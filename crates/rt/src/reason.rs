//! Go's words for why a goroutine waits.

/// The words for a number that is no reason.
const UNKNOWN: &str = "unknown wait reason";

macro_rules! reasons {
    ($($name:ident = $number:literal $text:literal,)*) => {
        /// Why a goroutine waits, with the numbers that debuggers know from Go 1.21.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "the texts say it")]
        pub enum Reason {
            #[default]
            $($name = $number,)*
        }

        impl Reason {
            /// The reason of that number, for packages outside of std that pass one.
            pub fn of_number(n: usize) -> Reason {
                match n {
                    $($number => Reason::$name,)*
                    _ => Reason::Unknown,
                }
            }

            /// The words for it.
            pub fn text(self) -> &'static str {
                /// Reasons whose numbers follow each other. (The compiler's own table would have a place for each of 256.)
                const COUNT: usize = 32;
                static TEXTS: [&str; COUNT] = {
                    let mut texts = [""; COUNT];
                    $(assert!($number < COUNT || $number == u8::MAX as usize);
                    if $number < COUNT {
                        texts[$number % COUNT] = $text;
                    })*
                    texts
                };
                TEXTS.get(self as usize).copied().unwrap_or(UNKNOWN)
            }
        }
    };
}

reasons! {
    None = 0 "",
    GcAssistMarking = 1 "GC assist marking",
    IoWait = 2 "IO wait",
    ChanReceiveNil = 3 "chan receive (nil chan)",
    ChanSendNil = 4 "chan send (nil chan)",
    DumpingHeap = 5 "dumping heap",
    Collection = 6 "garbage collection",
    CollectionScan = 7 "garbage collection scan",
    PanicWait = 8 "panicwait",
    Select = 9 "select",
    SelectNoCases = 10 "select (no cases)",
    GcAssistWait = 11 "GC assist wait",
    GcSweepWait = 12 "GC sweep wait",
    GcScavengeWait = 13 "GC scavenge wait",
    ChanReceive = 14 "chan receive",
    ChanSend = 15 "chan send",
    FinalizerWait = 16 "finalizer wait",
    ForceGcIdle = 17 "force gc (idle)",
    Semacquire = 18 "semacquire",
    Sleep = 19 "sleep",
    CondWait = 20 "sync.Cond.Wait",
    MutexLock = 21 "sync.Mutex.Lock",
    RwMutexRLock = 22 "sync.RWMutex.RLock",
    RwMutexLock = 23 "sync.RWMutex.Lock",
    TraceReader = 24 "trace reader (blocked)",
    GcCycle = 25 "wait for GC cycle",
    GcWorker = 26 "GC worker (idle)",
    GcWorkerActive = 27 "GC worker (active)",
    Preempted = 28 "preempted",
    DebugCall = 29 "debug call",
    MarkTermination = 30 "GC mark termination",
    StoppingTheWorld = 31 "stopping the world",
    Unknown = 255 "",
}
