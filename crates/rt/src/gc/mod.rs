//! Go's collector: goxide-gc with Go's answers.
//!
//! From the bottom up: what happened when ([`stats`]) and what it cost ([`share`]), as numbers ([`account`]), the events that wake the one who leads
//! ([`events`]); each processor's marker ([`marker`]); the program's global variables ([`globals`]), objects ([`object`]), a goroutine's
//! frames ([`stack`]) and whether they were scanned ([`scanned`]); root jobs ([`roots`]); those that mark ([`worker`]); a
//! goroutine that scans itself ([`scan_self`]); when collections may begin ([`pacing`]); finalizers ([`finalizers`]); giving
//! memory back ([`scavenger`]); what comes after marking ([`sweeping`]); the task that leads from phase to phase ([`driver`]); what who allocates owes ([`charge`]).

pub mod account;
pub mod assists;
pub mod charge;
pub mod driver;
pub mod events;
pub mod finalizers;
pub mod globals;
pub mod marker;
pub mod object;
pub mod pacing;
pub mod roots;
pub mod scan_self;
pub mod scanned;
pub mod scavenger;
pub mod share;
pub mod stack;
pub mod stats;
pub mod sweeping;
pub mod worker;
