//! An echo server with a thread for each connection, which is closed when it was silent for five seconds. `echo 127.0.0.1:7777` serves until
//! it is killed; without an address it serves itself a few connections and ends.

use std::io::{Read, Result, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use goxide_netpoll::hosted::{Direction, Reactor, Watched, Which};

const PATIENCE: Duration = Duration::from_secs(5);

fn serve(c: &Watched<TcpStream>) -> Result<()> {
    let mut buf = [0; 4096];
    loop {
        // A deadline that moves on costs a store: the timer is started again when it expires too early.
        c.set_deadline(Which::Both, Some(Instant::now() + PATIENCE));
        let n = c.io(Direction::Read, |mut c| c.read(&mut buf))?;
        if n == 0 {
            return Ok(());
        }
        let mut rest = &buf[..n];
        while !rest.is_empty() {
            let n = c.io(Direction::Write, |mut c| c.write(rest))?;
            rest = &rest[n..];
        }
    }
}

fn accept(reactor: &'static Reactor, l: &Watched<TcpListener>) -> Result<()> {
    loop {
        let (c, from) = l.io(Direction::Read, TcpListener::accept)?;
        c.set_nonblocking(true)?;
        let c = reactor.watch(c)?;
        thread::spawn(move || {
            if let Err(e) = serve(&c) {
                eprintln!("{from}: {e}");
            }
        });
    }
}

fn main() -> Result<()> {
    let reactor = Reactor::start()?;
    let address = std::env::args().nth(1);
    let l = TcpListener::bind(address.as_deref().unwrap_or("127.0.0.1:0"))?;
    let at = l.local_addr()?;
    l.set_nonblocking(true)?;
    let l = reactor.watch(l)?;
    println!("listening on {at}");
    if address.is_some() {
        return accept(reactor, &l);
    }
    thread::scope(|s| {
        let server = s.spawn(|| accept(reactor, &l));
        let clients: Vec<_> = (0..4u8)
            .map(|i| {
                s.spawn(move || -> Result<()> {
                    let mut c = TcpStream::connect(at)?;
                    let mut back = Vec::new();
                    c.write_all(&[i; 10_000])?;
                    c.shutdown(Shutdown::Write)?;
                    c.read_to_end(&mut back)?;
                    assert_eq!(back, [i; 10_000]);
                    Ok(())
                })
            })
            .collect();
        for c in clients {
            c.join().expect("a client")?;
        }
        // The server's wait ends, with an error.
        l.shut();
        assert!(server.join().expect("the server").is_err());
        println!("served");
        Ok(())
    })
}
