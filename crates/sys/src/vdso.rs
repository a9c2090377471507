//! Finds functions in the vDSO, the shared object that the kernel maps into every process. A small ELF reader;
//! relocation and versions do not live here: the kernel's object needs none.

use core::ffi::CStr;

/// The vDSO functions a runtime wants, 0 where absent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Symbols {
    /// Address of `clock_gettime(clock, *mut timespec)`.
    pub clock_gettime: usize,
    /// Address of `gettimeofday(*mut timeval, *mut timezone)`.
    pub gettimeofday: usize,
}

#[repr(C)]
struct Ehdr {
    ident: [u8; 16],
    kind: u16,
    machine: u16,
    version: u32,
    entry: usize,
    phoff: usize,
    shoff: usize,
    flags: u32,
    ehsize: u16,
    phentsize: u16,
    phnum: u16,
    shentsize: u16,
    shnum: u16,
    shstrndx: u16,
}

#[repr(C)]
struct Phdr {
    kind: u32,
    flags: u32,
    offset: usize,
    vaddr: usize,
    paddr: usize,
    filesz: usize,
    memsz: usize,
    align: usize,
}

#[repr(C)]
struct Sym {
    name: u32,
    info: u8,
    other: u8,
    shndx: u16,
    value: usize,
    size: usize,
}

const _: () = assert!(size_of::<Ehdr>() == 64 && size_of::<Phdr>() == 56 && size_of::<Sym>() == 24);

const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const DT_HASH: usize = 4;
const DT_STRTAB: usize = 5;
const DT_SYMTAB: usize = 6;
const DT_GNU_HASH: usize = 0x6fff_fef5;

/// The symbols of this process's vDSO; all zero when the kernel gave none.
pub fn symbols() -> Symbols {
    match crate::auxv::get(crate::auxv::AT_SYSINFO_EHDR) {
        // SAFETY: the kernel says that its image is there.
        Some(base) if base != 0 => unsafe { parse(base as *const u8) },
        _ => Symbols::default(),
    }
}

/// Reads the image at `base`.
///
/// # Safety
/// `base` is the start of a mapped ELF shared object that stays mapped.
pub unsafe fn parse(base: *const u8) -> Symbols {
    let mut out = Symbols::default();
    // SAFETY: `base` is the start of an ELF shared object that stays mapped (this function's contract), and so is the image
    // that was found there.
    unsafe {
        if let Some(image) = Image::open(base) {
            out.clock_gettime = image.find(crate::arch::VDSO_CLOCK_GETTIME);
            out.gettimeofday = image.find(crate::arch::VDSO_GETTIMEOFDAY);
        }
    }
    out
}

/// The dynamic symbol table of a mapped object.
struct Image {
    /// What to add to a symbol's value.
    bias: usize,
    symtab: *const Sym,
    strtab: *const u8,
    count: usize,
}

impl Image {
    /// # Safety
    /// As for [`parse`].
    unsafe fn open(base: *const u8) -> Option<Image> {
        // SAFETY: the header, the program headers and the dynamic section lie inside the mapped object (ELF).
        unsafe {
            let ehdr = &*base.cast::<Ehdr>();
            if ehdr.ident[..4] != *b"\x7fELF" || ehdr.ident[4] != 2 {
                return None;
            }
            let (mut bias, mut dynamic) = (None, core::ptr::null::<[usize; 2]>());
            for i in 0..ehdr.phnum as usize {
                let ph = &*base.add(ehdr.phoff + i * ehdr.phentsize as usize).cast::<Phdr>();
                match ph.kind {
                    PT_LOAD if bias.is_none() => bias = Some(base.addr().wrapping_add(ph.offset).wrapping_sub(ph.vaddr)),
                    PT_DYNAMIC => dynamic = base.add(ph.offset).cast(),
                    _ => {}
                }
            }
            let bias = bias?;
            if dynamic.is_null() {
                return None;
            }
            let at = |value: usize| base.with_addr(bias.wrapping_add(value));
            let mut image = Image { bias, symtab: core::ptr::null(), strtab: core::ptr::null(), count: 0 };
            while (*dynamic)[0] != 0 {
                let [tag, value] = *dynamic;
                match tag {
                    DT_STRTAB => image.strtab = at(value),
                    DT_SYMTAB => image.symtab = at(value).cast(),
                    // The classic hash table says how many symbols there are: its chain has one word for each.
                    DT_HASH => image.count = *at(value).cast::<u32>().add(1) as usize,
                    DT_GNU_HASH if image.count == 0 => image.count = gnu_count(at(value).cast()),
                    _ => {}
                }
                dynamic = dynamic.add(1);
            }
            (!image.symtab.is_null() && !image.strtab.is_null()).then_some(image)
        }
    }

    /// The address of the defined function `name`, or 0.
    ///
    /// # Safety
    /// The image is still mapped.
    unsafe fn find(&self, name: &CStr) -> usize {
        for i in 0..self.count {
            // SAFETY: `count` entries are in the table, and each name is an offset of a string in the string table.
            unsafe {
                let sym = &*self.symtab.add(i);
                let function = matches!(sym.info & 15, 0 | 2) && matches!(sym.info >> 4, 1 | 2);
                if function && sym.shndx != 0 && CStr::from_ptr(self.strtab.add(sym.name as usize).cast()) == name {
                    return self.bias.wrapping_add(sym.value);
                }
            }
        }
        0
    }
}

/// The number of symbols that a GNU hash table covers: one more than the last index in its last chain.
///
/// # Safety
/// `table` points at such a table of a mapped object.
unsafe fn gnu_count(table: *const u32) -> usize {
    // SAFETY: bucket and chain arrays follow the header and the 64-bit bloom words, as the format says.
    unsafe {
        let [buckets, first, bloom] = [*table, *table.add(1), *table.add(2)];
        let bucket = table.add(4 + 2 * bloom as usize);
        let chain = bucket.add(buckets as usize);
        let Some(mut last) = (0..buckets as usize).map(|i| *bucket.add(i)).max() else { return first as usize };
        if last < first {
            return first as usize;
        }
        while *chain.add((last - first) as usize) & 1 == 0 {
            last += 1;
        }
        last as usize + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_clock() {
        let s = symbols();
        assert_ne!(s.clock_gettime, 0);
        assert_ne!(s.gettimeofday, 0);
        assert_ne!(s.clock_gettime, s.gettimeofday);
    }

    #[test]
    fn not_an_image() {
        let junk = [0u64; 16];
        // SAFETY: the header's bytes are readable, and are not ELF's, so nothing more is read.
        assert_eq!(unsafe { parse(junk.as_ptr().cast()) }, Symbols::default());
    }
}
