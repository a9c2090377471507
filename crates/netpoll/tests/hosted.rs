//! Threads and futures over a reactor.
#![cfg(all(feature = "std", not(loom)))]

use std::future::poll_fn;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use goxide_netpoll::hosted::{Direction, Reactor, Watched, Which};

fn pair(r: &'static Reactor) -> (Watched<UnixStream>, UnixStream) {
    let (a, b) = UnixStream::pair().unwrap();
    a.set_nonblocking(true).unwrap();
    (r.watch(a).unwrap(), b)
}

fn read(w: &Watched<UnixStream>) -> std::io::Result<usize> {
    w.io(Direction::Read, |mut a| a.read(&mut [0; 8]))
}

#[test]
fn deadlines_bind_threads() {
    let r = Reactor::start().unwrap();
    let (a, mut b) = pair(r);
    let began = Instant::now();
    a.set_deadline(Which::Read, Some(began + Duration::from_millis(20)));
    assert_eq!(read(&a).unwrap_err().kind(), ErrorKind::TimedOut);
    assert!(began.elapsed() >= Duration::from_millis(20));
    // Passed, until it is moved.
    b.write_all(b"x").unwrap();
    assert_eq!(read(&a).unwrap_err().kind(), ErrorKind::TimedOut);
    a.set_deadline(Which::Both, None);
    assert_eq!(read(&a).unwrap(), 1);
    // Moved while the thread waits.
    a.set_deadline(Which::Read, Some(Instant::now() + Duration::from_secs(1000)));
    std::thread::scope(|s| {
        let reader = s.spawn(|| read(&a));
        std::thread::sleep(Duration::from_millis(5));
        a.set_deadline(Which::Read, Some(Instant::now()));
        assert_eq!(reader.join().unwrap().unwrap_err().kind(), ErrorKind::TimedOut);
    });
    // Moved on, and on.
    std::thread::scope(|s| {
        let began = Instant::now();
        a.set_deadline(Which::Read, Some(began + Duration::from_millis(15)));
        let reader = s.spawn(|| read(&a));
        for _ in 0..10 {
            std::thread::sleep(Duration::from_millis(5));
            a.set_deadline(Which::Read, Some(Instant::now() + Duration::from_millis(15)));
        }
        assert_eq!(reader.join().unwrap().unwrap_err().kind(), ErrorKind::TimedOut);
        assert!(began.elapsed() >= Duration::from_millis(50));
    });
}

#[test]
fn shutting_ends_waits() {
    let r = Reactor::start().unwrap();
    let (a, _b) = pair(r);
    std::thread::scope(|s| {
        let reader = s.spawn(|| read(&a));
        std::thread::sleep(Duration::from_millis(2));
        a.shut();
        assert_eq!(reader.join().unwrap().unwrap_err().kind(), ErrorKind::NotConnected);
    });
    assert_eq!(a.wait(Direction::Write).unwrap_err().kind(), ErrorKind::NotConnected);
}

#[test]
fn two_threads_cannot_wait_for_the_same() {
    let r = Reactor::start().unwrap();
    let (a, b) = pair(r);
    let (tx, rx) = std::sync::mpsc::channel();
    std::thread::scope(|s| {
        for _ in 0..2 {
            let (a, tx) = (&a, tx.clone());
            s.spawn(move || tx.send(read(a)).unwrap());
        }
        // Whichever comes second is refused; the other goes on waiting.
        assert_eq!(rx.recv().unwrap().unwrap_err().kind(), ErrorKind::ResourceBusy);
        (&b).write_all(b"x").unwrap();
        assert_eq!(rx.recv().unwrap().unwrap(), 1);
    });
}

#[test]
fn connections_come_and_go() {
    let r = Reactor::start().unwrap();
    let l = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = l.local_addr().unwrap();
    l.set_nonblocking(true).unwrap();
    let l = r.watch(l).unwrap();
    std::thread::scope(|s| {
        s.spawn(|| {
            for i in 0..200u8 {
                let mut c = TcpStream::connect(at).unwrap();
                c.write_all(&[i]).unwrap();
                let mut b = [0];
                c.read_exact(&mut b).unwrap();
                assert_eq!(b, [i]);
            }
        });
        for _ in 0..200 {
            let (c, _) = l.io(Direction::Read, TcpListener::accept).unwrap();
            c.set_nonblocking(true).unwrap();
            let c = r.watch(c).unwrap();
            let mut b = [0];
            assert_eq!(c.io(Direction::Read, |mut c| c.read(&mut b)).unwrap(), 1);
            assert_eq!(c.io(Direction::Write, |mut c| c.write(&b)).unwrap(), 1);
        }
    });
}

struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn futures_wait_and_the_last_waker_counts() {
    let r = Reactor::new().unwrap();
    let (a, mut b) = pair(r);
    // That it is writable.
    r.turn(Some(Duration::ZERO)).unwrap();
    let (first, second) = (Arc::new(Count(AtomicUsize::new(0))), Arc::new(Count(AtomicUsize::new(0))));
    let mut ready = pin!(poll_fn(|cx| a.poll_ready(cx, Direction::Read)));
    for w in [&first, &second] {
        assert!(ready.as_mut().poll(&mut Context::from_waker(&Waker::from(w.clone()))).is_pending());
    }
    b.write_all(b"x").unwrap();
    r.turn(None).unwrap();
    assert_eq!((first.0.load(Ordering::Relaxed), second.0.load(Ordering::Relaxed)), (0, 1));
    let polled = ready.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Ready(Ok(()))));
    // A deadline ends a future's wait, too.
    a.set_deadline(Which::Read, Some(Instant::now() + Duration::from_millis(5)));
    assert!(ready.as_mut().poll(&mut Context::from_waker(&Waker::from(first.clone()))).is_pending());
    while first.0.load(Ordering::Relaxed) == 0 {
        r.turn(None).unwrap();
    }
    let polled = ready.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Ready(Err(e)) if e.kind() == ErrorKind::TimedOut));
}
