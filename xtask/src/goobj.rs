//! Compiled Go packages: which symbols an archive defines and which it refers to, each with its ABI. The format is that of
//! `cmd/internal/goobj` in Go 1.21; code, data and relocations are left alone.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// What stands in front of each compiled or assembled file's object.
const MAGIC: &[u8] = b"\0go120ld";
/// The ABI of a symbol that is local to its file.
const STATIC: u16 = u16::MAX;
/// Bytes of a symbol, and of a name given to an indexed reference.
const SYMBOL: usize = 21;
const REF_NAME: usize = 16;
/// The blocks that are read, by their place in the header's list of offsets.
const DEFINED: [usize; 4] = [3, 4, 5, 6];
const NON_PACKAGE_REFS: usize = 7;
const REF_NAMES: usize = 17;
const BLOCKS: usize = 19;

/// How a symbol is called, or that it is none to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Abi {
    /// Arguments on the stack.
    Zero,
    /// Arguments in registers.
    Internal,
    /// Data.
    Data,
    /// Another package's symbol that is named by number: its definition says.
    Unsaid,
}

impl Abi {
    /// How the inventory spells it.
    pub fn spelling(self) -> &'static str {
        match self {
            Self::Zero => "0",
            Self::Internal => "1",
            Self::Data => "data",
            Self::Unsaid => "?",
        }
    }
}

/// A symbol of an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Symbol {
    /// The linker's name, with the package's path.
    pub name: String,
    /// How it is called.
    pub abi: Abi,
}

/// What the objects of one archive define and refer to.
#[derive(Debug, Default)]
pub struct Objects {
    /// Functions and variables defined, those that are local to a file left out.
    pub defined: Vec<Symbol>,
    /// Names that an object leaves to others.
    pub referenced: Vec<Symbol>,
}

/// Reads an archive.
pub fn read(path: &Path) -> Result<Objects> {
    let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    parse(&bytes).with_context(|| format!("reading {}", path.display()))
}

fn parse(bytes: &[u8]) -> Result<Objects> {
    let mut rest = bytes.strip_prefix(b"!<arch>\n").context("no archive")?;
    let mut all = Objects::default();
    while let Some((header, body)) = rest.split_at_checked(60) {
        let size: usize = std::str::from_utf8(&header[48..58])?.trim().parse().context("a member's size")?;
        let member = body.get(..size).context("a member is cut off")?;
        // The object stands behind a line of text, and, in what the compiler makes, behind that line only.
        if let Some(at) = member.windows(MAGIC.len()).position(|w| w == MAGIC)
            && member.starts_with(b"go object ")
        {
            object(&member[at..], &mut all)?;
        }
        rest = body.get(size + size % 2..).unwrap_or_default();
    }
    Ok(all)
}

fn object(bytes: &[u8], all: &mut Objects) -> Result<()> {
    let word = |at: usize| -> Result<usize> {
        let bytes = bytes.get(at..at + 4).context("the object is cut off")?;
        Ok(u32::from_le_bytes(bytes.try_into()?) as usize)
    };
    let offsets: Vec<usize> = (0..BLOCKS).map(|i| word(MAGIC.len() + 12 + 4 * i)).collect::<Result<_>>()?;
    let text = |at: usize| -> Result<String> {
        let (length, start) = (word(at)?, word(at + 4)?);
        Ok(String::from_utf8(bytes.get(start..start + length).context("a name is cut off")?.to_vec())?)
    };
    let block = |i: usize, size: usize| (offsets[i]..offsets[i + 1]).step_by(size);
    for at in DEFINED.into_iter().flat_map(|i| block(i, SYMBOL)) {
        let symbol = bytes.get(at..at + SYMBOL).context("the object is cut off")?;
        let (abi, kind) = (u16::from_le_bytes([symbol[8], symbol[9]]), symbol[10]);
        // cmd/internal/objabi's kinds: 1 is code, 2 to 7 are data, thread-local data among them; the rest describes.
        let abi = match (abi, kind) {
            (STATIC, _) => continue,
            (0, 1) => Abi::Zero,
            (1, 1) => Abi::Internal,
            (_, 2..=7) => Abi::Data,
            _ => continue,
        };
        all.defined.push(Symbol { name: text(at)?, abi });
    }
    for at in block(NON_PACKAGE_REFS, SYMBOL) {
        let symbol = bytes.get(at..at + SYMBOL).context("the object is cut off")?;
        let abi = u16::from_le_bytes([symbol[8], symbol[9]]);
        // A reference says no kind; a variable's looks like one to ABI0.
        let abi = if abi == 1 { Abi::Internal } else { Abi::Zero };
        all.referenced.push(Symbol { name: text(at)?, abi });
    }
    for at in block(REF_NAMES, REF_NAME) {
        all.referenced.push(Symbol { name: text(at + 8)?, abi: Abi::Unsaid });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive with one object: `p.F` defined for both ABIs, a variable, a local symbol; `q.G` and `r.H` wanted.
    fn archive() -> Vec<u8> {
        let mut object = MAGIC.to_vec();
        object.extend([0; 12 + 4 * BLOCKS]);
        let name = |object: &mut Vec<u8>, text: &str| {
            let at = object.len();
            object.extend(text.bytes());
            (text.len() as u32, at as u32)
        };
        let names: Vec<_> = ["p.F", "p.v", "p.local", "q.G", "r.H"].iter().map(|n| name(&mut object, n)).collect();
        let mut offsets = [0u32; BLOCKS];
        let add = |object: &mut Vec<u8>, (length, at): (u32, u32), abi: u16, kind: u8| {
            object.extend(length.to_le_bytes());
            object.extend(at.to_le_bytes());
            object.extend(abi.to_le_bytes());
            object.extend([kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        };
        offsets[..=3].fill(object.len() as u32);
        for (n, abi, kind) in [(0, 0, 1), (0, 1, 1), (1, 0, 4), (2, STATIC, 1)] {
            add(&mut object, names[n], abi, kind);
        }
        offsets[4..=7].fill(object.len() as u32);
        add(&mut object, names[3], 1, 0);
        offsets[8..=17].fill(object.len() as u32);
        object.extend([0; 8]);
        object.extend(names[4].0.to_le_bytes());
        object.extend(names[4].1.to_le_bytes());
        offsets[18] = object.len() as u32;
        for (i, offset) in offsets.iter().enumerate() {
            object[MAGIC.len() + 12 + 4 * i..][..4].copy_from_slice(&offset.to_le_bytes());
        }
        let member = [b"go object linux amd64\n!\n".as_slice(), &object].concat();
        let mut archive = b"!<arch>\n".to_vec();
        archive.extend(format!("{:<48}{:<10}`\n", "_go_.o", member.len()).bytes());
        archive.extend(member);
        archive
    }

    #[test]
    fn an_archive_says_what_it_defines_and_wants() {
        let all = parse(&archive()).expect("a good archive");
        let spelled = |symbols: &[Symbol]| -> Vec<String> {
            symbols.iter().map(|s| format!("{} {}", s.name, s.abi.spelling())).collect()
        };
        assert_eq!(spelled(&all.defined), ["p.F 0", "p.F 1", "p.v data"]);
        assert_eq!(spelled(&all.referenced), ["q.G 1", "r.H ?"]);
    }

    #[test]
    fn what_is_cut_off_is_an_error() {
        let whole = archive();
        assert!(parse(&whole[..whole.len() - 4]).is_err());
        assert!(parse(b"ELF").is_err());
    }
}
