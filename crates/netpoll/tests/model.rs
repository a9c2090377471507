//! The poller, with real sockets and a clock and timers that the test turns by hand, against a plain model of what a reader is told.
#![cfg(not(loom))]

use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use goxide_netpoll::{Cause, Desc, Direction, Host, Key, Misuse, Park, Poller, Which};
use proptest::prelude::*;

#[derive(Default)]
struct Hand {
    now: AtomicI64,
    readied: Mutex<Vec<usize>>,
    /// Descriptor's key, time, sequence number.
    timers: Mutex<Vec<(usize, i64, usize)>>,
}

// SAFETY: memory is zeroed and leaked.
unsafe impl Host for Hand {
    type Task = usize;
    type Timer = ();
    fn now(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }
    unsafe fn ready(&self, task: usize) {
        self.readied.lock().unwrap().push(task);
    }
    unsafe fn start_timer(&self, _: *mut (), key: Key<Self>, when: i64, seq: usize) {
        let mut timers = self.timers.lock().unwrap();
        timers.retain(|t| t.0 != key.into_word());
        timers.push((key.into_word(), when, seq));
    }
    unsafe fn stop_timer(&self, _: *mut (), key: Key<Self>) {
        self.timers.lock().unwrap().retain(|t| t.0 != key.into_word());
    }
    unsafe fn alloc(&self, bytes: usize, align: usize) -> *mut u8 {
        // SAFETY: as the method's contract says.
        unsafe { std::alloc::alloc_zeroed(std::alloc::Layout::from_size_align(bytes, align).unwrap()) }
    }
}

fn poller() -> &'static Poller<Hand> {
    let hand = Hand { now: AtomicI64::new(1), ..Hand::default() };
    let p = Box::leak(Box::new(Poller::new(hand)));
    assert_eq!(p.start(), Ok(true));
    assert_eq!(p.start(), Ok(false));
    p
}

impl Hand {
    fn take(&self) -> Vec<usize> {
        std::mem::take(&mut *self.readied.lock().unwrap())
    }
}

fn polled(p: &Poller<Hand>, ns: i64) -> Vec<usize> {
    let mut list = Vec::new();
    p.poll(ns, |t| list.push(t)).unwrap();
    list
}

fn pair() -> (UnixStream, UnixStream) {
    let (a, b) = UnixStream::pair().unwrap();
    a.set_nonblocking(true).unwrap();
    (a, b)
}

#[derive(Clone, Debug)]
enum Step {
    /// The peer sends.
    Send,
    /// The reader takes all there is.
    Drain,
    /// The poller looks.
    Poll,
    /// The reader waits, if it does not.
    Wait,
    /// Deadline in so many nanoseconds: 0 for none, negative for one that has passed.
    Deadline(i64),
    /// The clock goes on, and timers that are due run.
    Advance(i64),
    /// The descriptor is closed, and its memory used for the next.
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Send),
        3 => Just(Step::Drain),
        4 => Just(Step::Poll),
        6 => Just(Step::Wait),
        3 => (-1..60i64).prop_map(Step::Deadline),
        3 => (1..40i64).prop_map(Step::Advance),
        1 => Just(Step::Reopen),
    ]
}

const TASK: usize = 128;

/// What a reader is to be told.
#[derive(Default)]
struct Reader {
    edge: bool,
    bytes: usize,
    ready: bool,
    waits: bool,
    /// 0 for none, negative when it has passed.
    deadline: i64,
}

/// The poller, a reader's descriptor, and what the reader is to be told.
struct Bed {
    p: &'static Poller<Hand>,
    a: UnixStream,
    b: UnixStream,
    desc: &'static Desc<Hand>,
    m: Reader,
}

impl Bed {
    fn new() -> Bed {
        let p = poller();
        let (a, b) = pair();
        let desc = p.open(a.as_raw_fd()).unwrap();
        Bed { p, a, b, desc, m: Reader { edge: true, ..Reader::default() } }
    }

    /// Takes the step; the tasks that were readied by it.
    fn step(&mut self, s: &Step) -> Vec<usize> {
        match *s {
            Step::Send => {
                self.b.write_all(&[1]).unwrap();
                self.m.bytes += 1;
                self.m.edge = true;
            }
            Step::Drain => self.drain(),
            Step::Poll => {
                if std::mem::take(&mut self.m.edge) && self.m.bytes != 0 {
                    self.m.ready = true;
                }
                return polled(self.p, 0);
            }
            Step::Wait => self.wait(),
            Step::Deadline(d) => {
                self.m.deadline = if d > 0 { self.p.host().now() + d } else { d };
                self.p.set_deadline(self.desc, Which::Read, self.m.deadline);
            }
            Step::Advance(d) => self.advance(d),
            Step::Reopen => self.reopen(),
        }
        self.p.host().take()
    }

    fn drain(&mut self) {
        match self.a.read(&mut [0; 256]) {
            Ok(n) => assert_eq!(n, self.m.bytes),
            Err(e) => assert!(e.kind() == ErrorKind::WouldBlock && self.m.bytes == 0),
        }
        self.m.bytes = 0;
    }

    fn wait(&mut self) {
        if self.m.waits {
            return assert_eq!(self.p.park(self.desc, Direction::Read, TASK + 8), Park::Busy);
        }
        let late = self.m.deadline < 0;
        let expected = if late { Err(Cause::TimedOut) } else { Ok(std::mem::take(&mut self.m.ready)) };
        assert_eq!(self.p.wait(self.desc, Direction::Read), expected);
        if expected == Ok(false) {
            assert_eq!(self.p.park(self.desc, Direction::Read, TASK), Park::Waits);
            self.m.waits = true;
        }
    }

    fn advance(&mut self, d: i64) {
        let host = self.p.host();
        let now = host.now.fetch_add(d, Ordering::Relaxed) + d;
        loop {
            let due = {
                let mut timers = host.timers.lock().unwrap();
                let i = timers.iter().position(|t| t.1 <= now);
                i.map(|i| timers.swap_remove(i))
            };
            let Some((key, _, seq)) = due else { break };
            assert_eq!(key, std::ptr::from_ref(self.desc) as usize);
            // SAFETY: the word of a key.
            let key = unsafe { Key::from_word(key) };
            self.p.expire(key, seq.wrapping_add(1));
            self.p.expire(key, seq);
        }
        if self.m.deadline > 0 && self.m.deadline <= now {
            self.m.deadline = -1;
        }
    }

    fn reopen(&mut self) {
        let p = self.p;
        // SAFETY: it is not closed, since it was not shut.
        assert_eq!(unsafe { p.close(self.desc) }, Err(Misuse::NotShut));
        p.shut(self.desc).unwrap();
        assert_eq!(p.shut(self.desc), Err(Misuse::ShutTwice));
        assert_eq!(p.wait(self.desc, Direction::Read), Err(Cause::Closing));
        assert_eq!(p.host().take(), if self.m.waits { vec![TASK] } else { vec![] });
        // What the kernel says of the old one from here on is of no use.
        self.b.write_all(&[1]).unwrap();
        // SAFETY: it is not used any more.
        unsafe { p.close(self.desc) }.unwrap();
        (self.a, self.b) = pair();
        let next = p.open(self.a.as_raw_fd()).unwrap();
        assert!(std::ptr::eq(next, self.desc), "the last one first");
        self.m = Reader { edge: true, ..Reader::default() };
    }

    /// Why a wait is over, and that it is not over otherwise.
    fn settle(&mut self, woken: &[usize]) {
        let over = self.m.waits && (self.m.ready || self.m.deadline < 0);
        assert_eq!(woken, if over { &[TASK][..] } else { &[] });
        if over {
            self.m.waits = false;
            let expected = if std::mem::take(&mut self.m.ready) { Ok(true) } else { Err(Cause::TimedOut) };
            assert_eq!(self.p.wait_over(self.desc, Direction::Read), expected);
        }
        assert_eq!(self.p.waiters(), u32::from(self.m.waits));
        assert_eq!(self.p.host().timers.lock().unwrap().is_empty(), self.m.deadline <= 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn a_reader_is_told_what_happens(steps in proptest::collection::vec(step(), 1..80)) {
        let mut bed = Bed::new();
        for s in steps {
            let woken = bed.step(&s);
            bed.settle(&woken);
        }
    }
}

#[test]
fn many_are_ready_in_one_list() {
    let p = poller();
    let pairs: Vec<_> = (0..100).map(|_| pair()).collect();
    let descs: Vec<_> = pairs.iter().map(|(a, _)| p.open(a.as_raw_fd()).unwrap()).collect();
    polled(p, 0);
    for (i, d) in descs.iter().enumerate() {
        assert_eq!(p.wait(d, Direction::Read), Ok(false));
        assert_eq!(p.park(d, Direction::Read, 64 + 8 * i), Park::Waits);
    }
    assert_eq!(p.waiters(), 100);
    pairs.iter().for_each(|(_, b)| (&*b).write_all(&[1]).unwrap());
    let mut list = polled(p, -1);
    list.sort();
    assert_eq!(list, (0..100).map(|i| 64 + 8 * i).collect::<Vec<_>>());
    assert_eq!(p.waiters(), 0);
}

#[test]
fn an_interruption_is_not_swallowed_by_a_look() {
    let p = poller();
    p.interrupt();
    p.interrupt();
    // For the one that waits, not for these.
    polled(p, 0);
    polled(p, 0);
    polled(p, -1);
    let began = std::time::Instant::now();
    polled(p, 3_000_000);
    assert!(began.elapsed().as_nanos() >= 3_000_000, "one interruption ends one wait");
    std::thread::scope(|s| {
        s.spawn(|| polled(p, -1));
        std::thread::sleep(std::time::Duration::from_millis(2));
        p.interrupt();
    });
}

#[test]
fn files_are_refused_and_the_poller_knows_its_own() {
    let p = poller();
    let dir = std::fs::File::open("/").unwrap();
    assert_eq!(p.open(dir.as_raw_fd()).map(|_| ()).unwrap_err().0, 1);
    assert_eq!(p.open(-1).map(|_| ()).unwrap_err().0, 9);
    assert!(!p.owns(dir.as_raw_fd()) && !p.owns(-1));
    assert_eq!((0..1000).filter(|&fd| p.owns(fd)).count(), 2);
    assert!(!Poller::new(Hand::default()).owns(0));
    // A failed open leaves its record for the next.
    let (a, _b) = pair();
    let d = p.open(a.as_raw_fd()).unwrap();
    assert_eq!(d.fd(), a.as_raw_fd());
}

#[test]
fn a_hang_up_wakes_both_directions() {
    let p = poller();
    let (mut a, b) = pair();
    let d = p.open(a.as_raw_fd()).unwrap();
    while a.write(&[0; 4096]).is_ok() {}
    polled(p, 0);
    p.reset(d, Direction::Read).unwrap();
    p.reset(d, Direction::Write).unwrap();
    assert_eq!(p.park(d, Direction::Read, 64), Park::Waits);
    assert_eq!(p.park(d, Direction::Write, 72), Park::Waits);
    drop(b);
    let mut list = polled(p, -1);
    list.sort();
    assert_eq!(list, [64, 72]);
    assert_eq!(p.wait_over(d, Direction::Read), Ok(true));
    assert_eq!(p.wait_over(d, Direction::Write), Ok(true));
}

#[test]
fn a_task_can_be_taken_back() {
    let p = poller();
    let (a, b) = pair();
    let d = p.open(a.as_raw_fd()).unwrap();
    assert_eq!(p.cancel(d, Direction::Read), None);
    assert_eq!(p.park(d, Direction::Read, 64), Park::Waits);
    assert_eq!(p.cancel(d, Direction::Read), Some(64));
    assert_eq!(p.waiters(), 0);
    (&b).write_all(&[1]).unwrap();
    assert_eq!(polled(p, -1), []);
    assert_eq!(p.wait(d, Direction::Read), Ok(true));
}
