//! Serves the files of one directory on the loopback address: enough of HTTP for a page, and no more.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

/// The longest request that is read.
const LONGEST: u64 = 16 << 10;
/// How long a browser may take to send one: it opens connections before it needs them.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server that listens.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    dir: PathBuf,
}

impl Server {
    /// Listens at `port`, or any if it is 0.
    pub fn bind(dir: &Path, port: u16) -> Result<Server> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        let listener =
            listener.with_context(|| format!("port {port} on this machine cannot be had: --port N takes another"))?;
        Ok(Server { address: listener.local_addr()?, listener, dir: dir.to_path_buf() })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the process ends.
    pub fn run(&self) -> Result<()> {
        loop {
            let (stream, _) = self.listener.accept().context("waiting for a browser")?;
            let dir = self.dir.clone();
            // A browser that goes away in the midst of it is no failure of the server's.
            std::thread::spawn(move || answer(stream, &dir));
        }
    }
}

fn answer(mut stream: TcpStream, dir: &Path) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(std::io::Read::take(stream.try_clone()?, LONGEST)).lines();
    let request = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    // The rest of the request says nothing of use; it is read, so that the answer is not cut off by a reset.
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    let mut words = request.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (status, kind, body) = match method {
        "GET" | "HEAD" => match file(dir, path) {
            Some((kind, body)) => ("200 OK", kind, body),
            None => ("404 Not Found", "text/plain", b"there is no such file\n".to_vec()),
        },
        _ => ("405 Method Not Allowed", "text/plain", b"only GET and HEAD\n".to_vec()),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    if method != "HEAD" {
        stream.write_all(&body)?;
    }
    stream.flush()
}

/// The file that a path names: one of the directory's own, by its plain name.
fn file(dir: &Path, path: &str) -> Option<(&'static str, Vec<u8>)> {
    let name = path.split(['?', '#']).next()?.strip_prefix('/')?;
    let name = if name.is_empty() { "index.html" } else { name };
    if name.contains(['/', '\\', '%']) || name.starts_with('.') {
        return None;
    }
    let kind = match name.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        "trace" => "application/octet-stream",
        _ => return None,
    };
    Some((kind, fs::read(dir.join(name)).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn ask(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).expect("the server listens");
        stream.write_all(format!("{request}\r\nHost: here\r\n\r\n").as_bytes()).expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    #[test]
    fn files_of_the_directory_and_no_others() {
        let dir = std::env::temp_dir().join(format!("goxide-serve-{}", std::process::id()));
        fs::create_dir_all(dir.join("inner")).expect("a directory");
        for name in ["index.html", "a.js", "inner/b.js", "secret"] {
            fs::write(dir.join(name), name).expect("a file");
        }
        let server = Server::bind(&dir, 0).expect("a port");
        let address = server.address();
        std::thread::spawn(move || server.run());
        let index = ask(address, "GET / HTTP/1.1");
        assert!(index.starts_with("HTTP/1.1 200 ") && index.ends_with("\r\n\r\nindex.html"), "{index}");
        assert!(index.contains("text/html"), "{index}");
        assert!(ask(address, "GET /a.js?x HTTP/1.1").ends_with("a.js"));
        assert!(ask(address, "HEAD /a.js HTTP/1.1").ends_with("\r\n\r\n"));
        for path in ["/inner/b.js", "/../Cargo.toml", "/secret", "/.a.js", "/none.js", "", "//a.js", "/%61.js"] {
            assert!(ask(address, &format!("GET {path} HTTP/1.1")).starts_with("HTTP/1.1 404 "), "{path}");
        }
        assert!(ask(address, "POST / HTTP/1.1").starts_with("HTTP/1.1 405 "));
        fs::remove_dir_all(dir).expect("our own directory");
    }
}
