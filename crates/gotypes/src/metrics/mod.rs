//! The pure half of `runtime/metrics`: the names that Go 1.21 has ([`lookup`]) and its histograms ([`histogram`]).
//!
//! What each metric means is written in the unmodified package's description.go. Where the numbers come from is the running
//! half's business (`entries::metrics`), except for the counters of package internal/godebug, which are Go's own.

pub mod histogram;

/// What a metric's value is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub enum Kind {
    /// A whole number.
    Uint64 = 1,
    /// A number of seconds.
    Float64 = 2,
    /// A histogram.
    Histogram = 3,
}

macro_rules! metrics {
    ($($kind:ident $variant:ident = $name:literal;)*) => {
        /// The metrics, in order of their names.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[allow(missing_docs, reason = "the names say it")]
        pub enum Metric { $($variant,)* }

        /// Their names and what they are.
        pub const METRICS: &[(&str, Metric, Kind)] = &[$(($name, Metric::$variant, Kind::$kind),)*];
    };
}

metrics! {
    Uint64 CgoCalls = "/cgo/go-to-c-calls:calls";
    Float64 CpuAssist = "/cpu/classes/gc/mark/assist:cpu-seconds";
    Float64 CpuDedicated = "/cpu/classes/gc/mark/dedicated:cpu-seconds";
    Float64 CpuMarkIdle = "/cpu/classes/gc/mark/idle:cpu-seconds";
    Float64 CpuPause = "/cpu/classes/gc/pause:cpu-seconds";
    Float64 CpuGc = "/cpu/classes/gc/total:cpu-seconds";
    Float64 CpuIdle = "/cpu/classes/idle:cpu-seconds";
    Float64 CpuScavengeAssist = "/cpu/classes/scavenge/assist:cpu-seconds";
    Float64 CpuScavengeBackground = "/cpu/classes/scavenge/background:cpu-seconds";
    Float64 CpuScavenge = "/cpu/classes/scavenge/total:cpu-seconds";
    Float64 CpuTotal = "/cpu/classes/total:cpu-seconds";
    Float64 CpuUser = "/cpu/classes/user:cpu-seconds";
    Uint64 CyclesAutomatic = "/gc/cycles/automatic:gc-cycles";
    Uint64 CyclesForced = "/gc/cycles/forced:gc-cycles";
    Uint64 CyclesTotal = "/gc/cycles/total:gc-cycles";
    Uint64 Percent = "/gc/gogc:percent";
    Uint64 MemoryLimit = "/gc/gomemlimit:bytes";
    Histogram AllocsBySize = "/gc/heap/allocs-by-size:bytes";
    Uint64 AllocBytes = "/gc/heap/allocs:bytes";
    Uint64 AllocObjects = "/gc/heap/allocs:objects";
    Histogram FreesBySize = "/gc/heap/frees-by-size:bytes";
    Uint64 FreeBytes = "/gc/heap/frees:bytes";
    Uint64 FreeObjects = "/gc/heap/frees:objects";
    Uint64 HeapGoal = "/gc/heap/goal:bytes";
    Uint64 HeapLive = "/gc/heap/live:bytes";
    Uint64 HeapObjects = "/gc/heap/objects:objects";
    Uint64 TinyAllocs = "/gc/heap/tiny/allocs:objects";
    Uint64 LimiterLast = "/gc/limiter/last-enabled:gc-cycle";
    Histogram Pauses = "/gc/pauses:seconds";
    Uint64 ScanGlobals = "/gc/scan/globals:bytes";
    Uint64 ScanHeap = "/gc/scan/heap:bytes";
    Uint64 ScanStack = "/gc/scan/stack:bytes";
    Uint64 ScanTotal = "/gc/scan/total:bytes";
    Uint64 StackStart = "/gc/stack/starting-size:bytes";
    Uint64 MemHeapFree = "/memory/classes/heap/free:bytes";
    Uint64 MemHeapObjects = "/memory/classes/heap/objects:bytes";
    Uint64 MemHeapReleased = "/memory/classes/heap/released:bytes";
    Uint64 MemHeapStacks = "/memory/classes/heap/stacks:bytes";
    Uint64 MemHeapUnused = "/memory/classes/heap/unused:bytes";
    Uint64 MemCacheFree = "/memory/classes/metadata/mcache/free:bytes";
    Uint64 MemCacheInuse = "/memory/classes/metadata/mcache/inuse:bytes";
    Uint64 MemSpanFree = "/memory/classes/metadata/mspan/free:bytes";
    Uint64 MemSpanInuse = "/memory/classes/metadata/mspan/inuse:bytes";
    Uint64 MemMetadataOther = "/memory/classes/metadata/other:bytes";
    Uint64 MemOsStacks = "/memory/classes/os-stacks:bytes";
    Uint64 MemOther = "/memory/classes/other:bytes";
    Uint64 MemProfiling = "/memory/classes/profiling/buckets:bytes";
    Uint64 MemTotal = "/memory/classes/total:bytes";
    Uint64 Processors = "/sched/gomaxprocs:threads";
    Uint64 Goroutines = "/sched/goroutines:goroutines";
    Histogram Latencies = "/sched/latencies:seconds";
    Float64 MutexWait = "/sync/mutex/wait/total:seconds";
}

impl Metric {
    /// Whether its value is part of a picture of all memory, for which the world is stopped. (What the collector's goal is and what it
    /// found alive are known without.)
    pub fn is_of_memory(self) -> bool {
        let is_from = |first: Self, last: Self| (first as usize..=last as usize).contains(&(self as usize));
        match self {
            Self::HeapGoal | Self::HeapLive => false,
            _ => is_from(Self::AllocsBySize, Self::TinyAllocs) || is_from(Self::MemHeapFree, Self::MemTotal),
        }
    }
}

/// The metric of that name.
pub fn lookup(name: &[u8]) -> Option<(Metric, Kind)> {
    let i = METRICS.binary_search_by(|(n, ..)| n.as_bytes().cmp(name)).ok()?;
    METRICS.get(i).map(|&(_, m, k)| (m, k))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_memory_is_named_so() {
        for &(name, metric, _) in METRICS {
            let known = [Metric::HeapGoal, Metric::HeapLive].contains(&metric);
            let named = name.starts_with("/memory/") || name.starts_with("/gc/heap/");
            assert_eq!(metric.is_of_memory(), named && !known, "{name}");
        }
    }

    #[test]
    fn names_are_sorted_and_found() {
        assert!(METRICS.windows(2).all(|w| w[0].0 < w[1].0));
        for &(name, metric, kind) in METRICS {
            assert_eq!(lookup(name.as_bytes()), Some((metric, kind)));
        }
        for name in ["", "/gc/heap", "/gc/heap/goal:byte", "/gc/heap/goal:bytess", "/zzz", "/godebug/x:events"] {
            assert_eq!(lookup(name.as_bytes()), None, "{name}");
        }
    }

    #[test]
    fn kinds_follow_units() {
        for &(name, _, kind) in METRICS {
            let unit = name.rsplit(':').next().unwrap_or("");
            match kind {
                Kind::Float64 => assert!(unit.ends_with("seconds"), "{name}"),
                Kind::Uint64 => assert!(!unit.ends_with("seconds"), "{name}"),
                Kind::Histogram => {}
            }
        }
    }
}
