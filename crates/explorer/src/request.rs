//! What can be asked of the allocator: a number of bytes, or a Go expression that allocates (`make([]T, n)`, `new(T)`). Sizes and pointers of
//! types are those that Go has on 64-bit machines, whatever machine this runs on.

use goxide_alloc::Layout;
use goxide_alloc::size_class::TINY;

/// Bytes of a word.
const WORD: usize = 8;
/// Words of a type that can be described: a mask is one byte.
const MAX_WORDS: usize = 8;

/// What a type's values are made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Type {
    /// Bytes.
    pub size: usize,
    /// Bytes up to the end of the last pointer.
    ptr_bytes: usize,
    /// Which words are pointers: bit `i` for word `i`.
    mask: u8,
}

impl Type {
    const fn plain(size: usize) -> Type {
        Type { size, ptr_bytes: 0, mask: 0 }
    }

    const fn words(words: usize, mask: u8) -> Type {
        let ptr_words = (u8::BITS - mask.leading_zeros()) as usize;
        Type { size: words * WORD, ptr_bytes: ptr_words * WORD, mask }
    }

    /// Whether values hold pointers.
    pub fn has_pointers(&self) -> bool {
        self.mask != 0
    }
}

/// An allocation: `count` values of a type in a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// As it was typed.
    pub text: String,
    /// The type; a byte if bytes were asked for.
    pub of: Type,
    /// How many.
    pub count: usize,
    /// `of.size * count`.
    pub bytes: usize,
}

/// The types' masks, a byte each: a layout refers to one for good.
const MASKS: &[u8; 256] = &{
    let mut masks = [0; 256];
    let mut i = 0;
    while i < masks.len() {
        masks[i] = i as u8;
        i += 1;
    }
    masks
};

impl Request {
    /// Reads what was typed.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub fn parse(text: &str) -> Result<Request, String> {
        let text = text.trim();
        let (of, count) = if let Some(inside) = call(text, "make") {
            let (slice, n) = inside.rsplit_once(',').ok_or("make takes a type and a length: make([]int, 1025)")?;
            let of = slice.trim().strip_prefix("[]").ok_or("only slices are made here: make([]int, 1025)")?;
            (type_of(of)?, number(n)?)
        } else if let Some(inside) = call(text, "new") {
            (type_of(inside)?, 1)
        } else {
            (Type::plain(1), number(text)?)
        };
        let bytes = of.size.checked_mul(count).filter(|n| *n <= i32::MAX as usize);
        let bytes = bytes.ok_or("that is more than the page has memory for")?;
        if bytes == 0 {
            return Err("nothing is allocated for 0 bytes: all such values are at one address".into());
        }
        Ok(Request { text: text.into(), of, count, bytes })
    }

    /// Whether it shares a block with others: a few bytes without pointers.
    pub fn is_tiny(&self) -> bool {
        self.bytes < TINY && !self.of.has_pointers()
    }

    /// The layout by which the allocator is asked.
    pub fn layout(&self) -> Layout {
        if !self.of.has_pointers() {
            return Layout::NOSCAN;
        }
        let mask = &raw const MASKS[usize::from(self.of.mask)];
        // What a collector recognises the layout by: the mask will do, since it is not 0.
        Layout { opaque: self.of.mask.into(), elem_size: self.of.size, ptr_bytes: self.of.ptr_bytes, mask }
    }
}

/// What stands between the parentheses of `name(...)`.
fn call<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.strip_prefix(name)?.trim_start().strip_prefix('(')?.strip_suffix(')')
}

/// A length or a number of bytes: `1025`, `1_000`, `1,025`, `64 KiB`, `1<<20 + 1`, `1M+1`.
fn number(text: &str) -> Result<usize, String> {
    let wrong = || format!("{:?} is no number of bytes and no make([]T, n)", text.trim());
    let mut sum = 0usize;
    for term in text.split('+') {
        let term: String = term.chars().filter(|c| !c.is_whitespace() && *c != '_' && *c != ',').collect();
        let (digits, shift) = match term.split_once("<<") {
            Some((digits, shift)) => (digits.to_string(), shift.parse::<u32>().map_err(|_| wrong())?),
            None => {
                let unit = term.trim_start_matches(|c: char| c.is_ascii_digit());
                let shift = match unit.to_ascii_lowercase().as_str() {
                    "" | "b" => 0,
                    "k" | "kb" | "kib" => 10,
                    "m" | "mb" | "mib" => 20,
                    _ => return Err(wrong()),
                };
                (term[..term.len() - unit.len()].to_string(), shift)
            }
        };
        let n: u64 = digits.parse().map_err(|_| wrong())?;
        let n = n.checked_shl(shift).filter(|v| v >> shift == n).and_then(|n| usize::try_from(n).ok());
        let all = n.and_then(|n| sum.checked_add(n));
        sum = all.ok_or("that is more than the page has memory for")?;
    }
    Ok(sum)
}

/// The type of that name.
fn type_of(name: &str) -> Result<Type, String> {
    let name = name.trim();
    Ok(match name {
        "bool" | "byte" | "int8" | "uint8" => Type::plain(1),
        "int16" | "uint16" => Type::plain(2),
        "int32" | "uint32" | "rune" | "float32" => Type::plain(4),
        "int" | "uint" | "int64" | "uint64" | "uintptr" | "float64" | "complex64" => Type::plain(8),
        "complex128" => Type::plain(16),
        "string" => Type::words(2, 0b1),
        "any" | "error" | "interface{}" => Type::words(2, 0b11),
        _ if name.starts_with("[]") => type_of(&name[2..]).map(|_| Type::words(3, 0b1))?,
        _ if name.starts_with("map[") || name.starts_with("chan ") || name.starts_with("func(") => Type::words(1, 1),
        _ if name.starts_with('*') && name.len() > 1 => Type::words(1, 1),
        _ if name.starts_with('[') => array(name)?,
        _ => return Err(format!("{name:?} is not a type that this page knows: try int, byte, string, *T or [4]int")),
    })
}

/// `[n]T`.
fn array(name: &str) -> Result<Type, String> {
    let (n, of) = name[1..].split_once(']').ok_or_else(|| format!("{name:?} lacks a ]"))?;
    let (n, of) = (number(n)?, type_of(of)?);
    let size = of.size.checked_mul(n).ok_or("that is more than the page has memory for")?;
    if !of.has_pointers() {
        return Ok(Type::plain(size));
    }
    if size > MAX_WORDS * WORD || n == 0 {
        return Err(format!("an array with pointers of {size} bytes: this page takes up to {}", MAX_WORDS * WORD));
    }
    let words = of.size / WORD;
    let mask = (0..n).fold(0, |mask, i| mask | of.mask << (i * words));
    Ok(Type::words(size / WORD, mask))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> usize {
        Request::parse(text).map(|r| r.bytes).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn numbers_and_expressions_are_read() {
        for (text, n) in [
            ("1025", 1025),
            (" 8,200 ", 8200),
            ("64 KiB", 65536),
            ("1<<20", 1 << 20),
            ("make([]int, 1025)", 8200),
            ("make([]int, 1<<20 + 1)", 8_388_616),
            ("make([]int,1M+1)", 8_388_616),
            ("make([]string, 3)", 48),
            ("make([][]byte, 2)", 48),
            ("make([][4]int32, 2)", 32),
            ("new(int64)", 8),
            ("new([8]*T)", 64),
        ] {
            assert_eq!(bytes(text), n, "{text}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_a_sentence() {
        for text in [
            "",
            "x",
            "-1",
            "0",
            "make([]int)",
            "make(map[int]int, 3)",
            "make([]thing, 1)",
            "new([9]string)",
            "9e9",
            "1<<99",
        ] {
            let said = Request::parse(text).expect_err(text);
            assert!(said.len() > 20, "{text}: {said}");
        }
    }

    #[test]
    fn pointers_are_where_they_are_in_the_type() {
        let layout = |text: &str| Request::parse(text).expect(text).layout();
        assert!(layout("make([]int, 4)").noscan());
        for (text, mask) in [("new(string)", 0b1), ("new(any)", 0b11), ("new([2]string)", 0b101), ("new([]int)", 0b1)] {
            let layout = layout(text);
            // SAFETY: a layout with pointers, whose mask has the byte that `ptr_bytes` asks for.
            assert_eq!(unsafe { layout.bits(64) } & 0xff >> (8 - layout.elem_size / 8), mask, "{text}");
        }
    }
}
