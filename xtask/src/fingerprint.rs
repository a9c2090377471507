//! Cheap answers to "has anything changed?": a hash over names, sizes and
//! modification times of files, and content hashes for what ends up in a result.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use sha2::{Digest, Sha256};

/// Accumulates what a result depends on.
#[derive(Default)]
pub struct Fingerprint(Sha256);

impl Fingerprint {
    /// Mixes in a piece of text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.0.update(text.as_bytes());
        self.0.update([0]);
        self
    }

    /// Mixes in a file or every file below a directory. What is absent counts as absent.
    pub fn tree(&mut self, path: &Path) -> &mut Self {
        let walk = walkdir::WalkDir::new(path).sort_by_file_name();
        for entry in walk.into_iter().filter_entry(|e| e.file_name() != "target").flatten() {
            if let Ok(meta) = fs::metadata(entry.path())
                && meta.is_file()
            {
                self.text(&entry.path().to_string_lossy());
                self.text(&format!("{} {}.{}", meta.len(), meta.mtime(), meta.mtime_nsec()));
            }
        }
        self.text("end")
    }

    /// The fingerprint as hexadecimal text.
    pub fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

/// The SHA-256 of a file's content, as hexadecimal text.
pub fn of_file(path: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    io::copy(&mut fs::File::open(path)?, &mut hash)?;
    Ok(hex(&hash.finalize()))
}

/// The SHA-256 of bytes in memory, as hexadecimal text.
pub fn of_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
