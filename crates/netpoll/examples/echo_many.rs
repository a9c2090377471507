//! An echo server of ten thousand connections on one thread: each connection is a future, with a deadline that moves on with every
//! message. `echo_many [CONNECTIONS] [ROUNDS]` serves a process that it starts, which holds all connections open at once and
//! sends a message on each in every round.
//!
//! `cargo run --release -p goxide-netpoll --example echo_many`

use std::cell::Cell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::pin::Pin;
use std::process::Command;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::{Duration, Instant};

use goxide_netpoll::hosted::{Direction, Reactor, Watched, Which};

const PATIENCE: Duration = Duration::from_secs(30);
const MESSAGE: usize = 64;

/// Numbers of the tasks that are to go on.
type Ready = Arc<Mutex<VecDeque<usize>>>;

struct Task {
    number: usize,
    ready: Ready,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.ready.lock().unwrap().push_back(self.number);
    }
}

type Work = Pin<Box<dyn Future<Output = ()>>>;

/// Futures on one thread, which asks the kernel when none of them goes on.
struct Executor {
    reactor: &'static Reactor,
    ready: Ready,
    /// Each with its waker. A place that is empty is used again.
    tasks: Vec<Option<(Work, Waker)>>,
    free: Vec<usize>,
    /// What tasks have spawned.
    new: Rc<Cell<Vec<Work>>>,
}

/// For tasks to spawn others.
#[derive(Clone)]
struct Spawner(Rc<Cell<Vec<Work>>>);

impl Spawner {
    fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        let mut new = self.0.take();
        new.push(Box::pin(work));
        self.0.set(new);
    }
}

impl Executor {
    fn new() -> Result<Executor> {
        let (ready, new) = (Ready::default(), Rc::default());
        Ok(Executor { reactor: Reactor::new()?, ready, tasks: Vec::new(), free: Vec::new(), new })
    }

    fn spawner(&self) -> Spawner {
        Spawner(self.new.clone())
    }

    /// Until no task is left.
    fn run(&mut self) -> Result<()> {
        loop {
            for work in self.new.take() {
                let number = self.free.pop().unwrap_or(self.tasks.len());
                let waker = Waker::from(Arc::new(Task { number, ready: self.ready.clone() }));
                waker.wake_by_ref();
                match self.tasks.get_mut(number) {
                    Some(place) => *place = Some((work, waker)),
                    None => self.tasks.push(Some((work, waker))),
                }
            }
            let next = self.ready.lock().unwrap().pop_front();
            let Some(number) = next else {
                if self.free.len() == self.tasks.len() {
                    return Ok(());
                }
                self.reactor.turn(None)?;
                continue;
            };
            // A task may have ended since it was woken.
            if let Some((work, waker)) = &mut self.tasks[number]
                && work.as_mut().poll(&mut Context::from_waker(waker)).is_ready()
            {
                self.tasks[number] = None;
                self.free.push(number);
            }
        }
    }
}

/// Does `f` when the descriptor is ready, as often as the kernel says that it is not after all.
async fn io<T: std::os::fd::AsFd, R>(at: &Watched<T>, d: Direction, mut f: impl FnMut(&T) -> Result<R>) -> Result<R> {
    loop {
        match f(at.get_ref()) {
            Err(e) if e.kind() == ErrorKind::WouldBlock => poll_fn(|cx| at.poll_ready(cx, d)).await?,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

async fn write_all(c: &Watched<TcpStream>, mut rest: &[u8]) -> Result<()> {
    while !rest.is_empty() {
        rest = &rest[io(c, Direction::Write, |mut c| c.write(rest)).await?..];
    }
    Ok(())
}

async fn serve(c: Watched<TcpStream>) -> Result<()> {
    let mut buf = [0; MESSAGE];
    loop {
        c.set_deadline(Which::Both, Some(Instant::now() + PATIENCE));
        match io(&c, Direction::Read, |mut c| c.read(&mut buf)).await? {
            0 => return Ok(()),
            n => write_all(&c, &buf[..n]).await?,
        }
    }
}

/// Sends a message `rounds` times and gets it back.
async fn talk(c: Watched<TcpStream>, i: usize, rounds: usize) -> Result<()> {
    c.set_deadline(Which::Both, Some(Instant::now() + PATIENCE * 4));
    for round in 0..rounds {
        let mut message = [0; MESSAGE];
        message[..8].copy_from_slice(&i.to_le_bytes());
        message[8..16].copy_from_slice(&round.to_le_bytes());
        write_all(&c, &message).await?;
        let (mut back, mut n) = ([0; MESSAGE], 0);
        while n < MESSAGE {
            n += match io(&c, Direction::Read, |mut c| c.read(&mut back[n..])).await? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                n => n,
            };
        }
        assert_eq!(back, message, "connection {i}, round {round}");
    }
    Ok(())
}

/// Counts what has gone well, and ends the process if something has not.
async fn count(done: Rc<Cell<usize>>, what: impl Future<Output = Result<()>>) {
    match what.await {
        Ok(()) => done.set(done.get() + 1),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }
}

fn watch(reactor: &'static Reactor, c: TcpStream) -> Result<Watched<TcpStream>> {
    c.set_nonblocking(true)?;
    c.set_nodelay(true)?;
    reactor.watch(c)
}

fn client(to: SocketAddr, connections: usize, rounds: usize) -> Result<()> {
    let mut executor = Executor::new()?;
    let (done, spawner) = (Rc::default(), executor.spawner());
    // All of them are there before the first message is sent.
    for i in 0..connections {
        let c = watch(executor.reactor, TcpStream::connect(to)?)?;
        spawner.spawn(count(Rc::clone(&done), talk(c, i, rounds)));
    }
    let began = Instant::now();
    executor.run()?;
    let (n, took) = (connections * rounds, began.elapsed());
    println!("{n} messages there and back in {took:?}: {:.0} a second", n as f64 / took.as_secs_f64());
    if done.get() == connections { Ok(()) } else { Err(Error::other("a connection was lost")) }
}

fn server(connections: usize, rounds: usize) -> Result<()> {
    let mut executor = Executor::new()?;
    let l = TcpListener::bind("127.0.0.1:0")?;
    let at = l.local_addr()?;
    l.set_nonblocking(true)?;
    let (reactor, spawner, done) = (executor.reactor, executor.spawner(), Rc::<Cell<usize>>::default());
    let l = reactor.watch(l)?;
    let accept = {
        let (spawner, done) = (spawner.clone(), done.clone());
        async move {
            for _ in 0..connections {
                let (c, _) = io(&l, Direction::Read, TcpListener::accept).await?;
                spawner.spawn(count(done.clone(), serve(watch(reactor, c)?)));
            }
            Ok(())
        }
    };
    spawner.spawn(count(done.clone(), accept));
    let words = [at.to_string(), connections.to_string(), rounds.to_string()];
    let mut other = Command::new(std::env::current_exe()?).arg("--client").args(words).spawn()?;
    executor.run()?;
    assert_eq!(done.get(), connections + 1);
    if !other.wait()?.success() {
        return Err(Error::other("the clients failed"));
    }
    println!("{connections} connections served on one thread");
    Ok(())
}

/// Raises the limit of open files to what `connections` need, as far as it goes; the number that it allows.
fn raise_limit(connections: usize) -> usize {
    use rustix::process::{Resource, getrlimit, setrlimit};
    const OTHERS: u64 = 32;
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = connections as u64 + OTHERS;
    if limit.current.is_some_and(|now| now < wanted) {
        limit.current = Some(limit.maximum.map_or(wanted, |most| wanted.min(most)));
        let _ = setrlimit(Resource::Nofile, limit);
    }
    let most = getrlimit(Resource::Nofile).current.map_or(connections, |now| now.saturating_sub(OTHERS) as usize);
    connections.min(most)
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |i: usize, otherwise: usize| match args.get(i) {
        Some(arg) => arg.parse().map_err(|_| Error::new(ErrorKind::InvalidInput, format!("{arg} is no number"))),
        None => Ok(otherwise),
    };
    if args.first().is_some_and(|arg| arg == "--client") {
        let to = args.get(1).and_then(|to| to.parse().ok()).ok_or(ErrorKind::InvalidInput)?;
        let connections = number(2, 0)?;
        raise_limit(connections);
        return client(to, connections, number(3, 0)?);
    }
    let wanted = number(0, 10_000)?;
    let connections = raise_limit(wanted);
    if connections < wanted {
        eprintln!("the limit of open files (ulimit -Hn) is for {connections} connections, not {wanted}");
    }
    server(connections, number(1, 10)?)
}
