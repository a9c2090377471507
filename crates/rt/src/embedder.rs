//! What stands for Go in the subsystems' seams: three types without a size. Their answers are in `hooks`.

use goxide_sched::{Proc, Task, Thread};

/// Go's implementation of the seam to the scheduler.
pub struct GoHost;

/// Go's implementation of the seam to the collector.
pub struct GoGc;

/// Go's implementation of the seam to the network poller.
pub struct GoNet;

/// Pages for goroutine stacks, from the page heap.
pub struct StackPages;

/// A goroutine's descriptor.
pub type G = Task<GoHost>;

/// A thread's.
pub type M = Thread<GoHost>;

/// A processor's.
pub type P = Proc<GoHost>;
