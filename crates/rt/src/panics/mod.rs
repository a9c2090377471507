//! Panics, deferred calls, recover and Goexit: their records ([`record`], of which some are kept: [`spare`]), the walk from frame to frame in search of deferred calls
//! ([`walk`]), and which call comes next, or where a goroutine goes on ([`run`]).

pub mod record;
pub mod run;
pub mod spare;
pub mod walk;
