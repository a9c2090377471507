//! The limits of the control groups that the process is in: the tightest one on the way from its own group up to where the hierarchy is
//! mounted, in version 2 (`memory.max`, `cpu.max`) and version 1 (`memory.limit_in_bytes`, `cpu.cfs_quota_us` and `cpu.cfs_period_us`)
//! alike.
//!
//! Pure: who reads files is a [`Files`].

/// Reads files line by line.
pub trait Files {
    /// Calls `f` with each line of the file at `path`, without its end. Not at all if there is no such file.
    fn each_line(&self, path: &[u8], f: &mut dyn FnMut(&[u8]));
}

/// The longest path that is looked at.
const PATH_MAX: usize = 4096;

/// A path in a fixed place. One that does not fit is empty.
struct Path {
    bytes: [u8; PATH_MAX],
    len: usize,
}

impl Path {
    const fn new() -> Path {
        Path { bytes: [0; PATH_MAX], len: 0 }
    }

    fn of(parts: &[&[u8]]) -> Path {
        let mut path = Path::new();
        for part in parts {
            match path.bytes.get_mut(path.len..path.len + part.len()) {
                Some(to) => to.copy_from_slice(part),
                None => return Path::new(),
            }
            path.len += part.len();
        }
        path
    }

    fn get(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// A field of mountinfo, in which blanks and the like are octal: `\040`.
    fn unescaped(field: &[u8]) -> Path {
        let mut path = Path::new();
        let mut rest = field;
        while let [first, tail @ ..] = rest {
            let (byte, tail) = match rest {
                [b'\\', a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', tail @ ..] => {
                    ((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'), tail)
                }
                _ => (*first, tail),
            };
            match path.bytes.get_mut(path.len) {
                Some(to) => *to = byte,
                None => return Path::new(),
            }
            path.len += 1;
            rest = tail;
        }
        path
    }
}

/// What limits something, and where it says so.
struct Controller<F> {
    /// Its name in version 1.
    name: &'static [u8],
    /// The limit of a group in version 2. The group's directory is given in two parts.
    v2: fn(&F, [&[u8]; 2]) -> Option<u64>,
    /// In version 1.
    v1: fn(&F, [&[u8]; 2]) -> Option<u64>,
}

/// The memory limit in bytes, if there is one.
pub fn memory_limit<F: Files>(files: &F) -> Option<u64> {
    fn bytes(files: &impl Files, dir: [&[u8]; 2], file: &[u8]) -> Option<u64> {
        least(files, dir, file, parse_limit)
    }
    limit(
        files,
        &Controller {
            name: b"memory",
            v2: |files, dir| bytes(files, dir, b"/memory.max"),
            v1: |files, dir| bytes(files, dir, b"/memory.limit_in_bytes"),
        },
    )
}

/// How many processors the CPU quota is worth, rounded up, if there is a quota: one at least.
pub fn cpu_limit<F: Files>(files: &F) -> Option<u64> {
    fn worth(quota: u64, period: u64) -> Option<u64> {
        (period > 0).then(|| quota.div_ceil(period))
    }
    limit(
        files,
        &Controller {
            name: b"cpu",
            // QUOTA PERIOD, in microseconds; `max` is no quota.
            v2: |files, dir| {
                least(files, dir, b"/cpu.max", |line| {
                    let mut numbers = line.split(|&b| b == b' ').map(parse_limit);
                    worth(numbers.next()??, numbers.next()??)
                })
            },
            // -1 is no quota.
            v1: |files, dir| {
                let quota = least(files, dir, b"/cpu.cfs_quota_us", parse_limit)?;
                worth(quota, least(files, dir, b"/cpu.cfs_period_us", parse_limit)?)
            },
        },
    )
}

fn limit<F: Files>(files: &F, controller: &Controller<F>) -> Option<u64> {
    let (mut v1, mut v2) = (None, None);
    files.each_line(b"/proc/self/cgroup", &mut |line| {
        // number:controllers:path
        let mut parts = line.splitn(3, |&b| b == b':');
        let (Some(_), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next()) else { return };
        if controllers.is_empty() {
            v2 = Some(Path::of(&[path]));
        } else if controllers.split(|&b| b == b',').any(|c| c == controller.name) {
            v1 = Some(Path::of(&[path]));
        }
    });
    let mut limit: Option<u64> = None;
    files.each_line(b"/proc/self/mountinfo", &mut |line| {
        let Some(mount) = Mount::parse(line) else { return };
        let (group, read) = match mount.kind {
            b"cgroup2" => (&v2, controller.v2),
            b"cgroup" if mount.options.split(|&b| b == b',').any(|o| o == controller.name) => (&v1, controller.v1),
            _ => return,
        };
        if let Some(group) = group
            && let Some(found) = tightest(&mount, group.get(), |dir| read(files, dir))
        {
            limit = Some(limit.map_or(found, |l| l.min(found)));
        }
    });
    limit
}

/// The least number that `parse` makes of a line of a file.
fn least(files: &impl Files, [dir, below]: [&[u8]; 2], file: &[u8], parse: impl Fn(&[u8]) -> Option<u64>) -> Option<u64> {
    let mut least: Option<u64> = None;
    files.each_line(Path::of(&[dir, below, file]).get(), &mut |line| {
        if let Some(n) = parse(line) {
            least = Some(least.map_or(n, |l| l.min(n)));
        }
    });
    least
}

/// A line of mountinfo, as far as it matters: `id parent device ROOT POINT options... - KIND source OPTIONS`.
struct Mount<'a> {
    root: &'a [u8],
    point: &'a [u8],
    kind: &'a [u8],
    options: &'a [u8],
}

impl<'a> Mount<'a> {
    fn parse(line: &'a [u8]) -> Option<Mount<'a>> {
        let mut fields = line.split(|&b| b == b' ');
        let (root, point) = (fields.nth(3)?, fields.next()?);
        fields.by_ref().find(|f| *f == b"-")?;
        let (kind, options) = (fields.next()?, fields.nth(1)?);
        Some(Mount { root, point, kind, options })
    }
}

/// The tightest limit that `read` finds in the directories from `group`'s up to the mount point.
fn tightest(mount: &Mount<'_>, group: &[u8], read: impl Fn([&[u8]; 2]) -> Option<u64>) -> Option<u64> {
    let (root, point) = (Path::unescaped(mount.root), Path::unescaped(mount.point));
    let root = root.get().strip_suffix(b"/").unwrap_or(root.get());
    let below = match group.strip_prefix(root) {
        // What is outside of the mounted part, or of the namespace, cannot be seen.
        Some(rest) if (rest.is_empty() || rest[0] == b'/') && !rest.windows(3).any(|w| w == b"/..") => rest,
        _ => b"",
    };
    let below = below.strip_suffix(b"/").unwrap_or(below);
    let mut end = below.len();
    let mut limit: Option<u64> = None;
    loop {
        if let Some(n) = read([point.get(), &below[..end]]) {
            limit = Some(limit.map_or(n, |l| l.min(n)));
        }
        if end == 0 {
            return limit;
        }
        end = below[..end].iter().rposition(|&b| b == b'/').unwrap_or(0);
    }
}

/// A number of bytes, or of microseconds. `max` is no limit, nor is 0, a negative number, or what version 1 has for none: the largest number, rounded down to a page.
fn parse_limit(line: &[u8]) -> Option<u64> {
    let n = super::number::parse_i64(line)?;
    u64::try_from(n).ok().filter(|&n| n > 0 && n < 1 << 62)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fake(&'static [(&'static str, &'static str)]);

    impl Files for Fake {
        fn each_line(&self, path: &[u8], f: &mut dyn FnMut(&[u8])) {
            for (p, text) in self.0 {
                if p.as_bytes() == path {
                    text.lines().for_each(|l| f(l.as_bytes()));
                }
            }
        }
    }

    #[test]
    fn version_2() {
        let files = Fake(&[
            ("/proc/self/cgroup", "0::/a/b c/d\n"),
            (
                "/proc/self/mountinfo",
                "24 1 0:22 / /proc rw - proc proc rw\n30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
            ),
            ("/sys/fs/cgroup/a/b c/d/memory.max", "max\n"),
            ("/sys/fs/cgroup/a/b c/memory.max", "300000000\n"),
            ("/sys/fs/cgroup/a/memory.max", "500000000\n"),
        ]);
        assert_eq!(memory_limit(&files), Some(300_000_000));
    }

    #[test]
    fn the_tightest_ancestor() {
        let files = Fake(&[
            ("/proc/self/cgroup", "0::/a/b\n"),
            ("/proc/self/mountinfo", "30 24 0:26 / /cg rw - cgroup2 cgroup2 rw\n"),
            ("/cg/a/b/memory.max", "400\n"),
            ("/cg/a/memory.max", "100\n"),
            ("/cg/memory.max", "200\n"),
        ]);
        assert_eq!(memory_limit(&files), Some(100));
    }

    #[test]
    fn version_1_and_both() {
        let files = Fake(&[
            ("/proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/jobs/7\n0::/\n"),
            (
                "/proc/self/mountinfo",
                "33 31 0:30 / /cg/cpu rw - cgroup cgroup rw,cpu,cpuacct\n35 31 0:32 / /cg/memory\\040v1 rw - cgroup cgroup rw,memory\n\
                 36 31 0:33 / /cg/unified rw - cgroup2 cgroup2 rw\n",
            ),
            ("/cg/memory v1/jobs/7/memory.limit_in_bytes", "9223372036854771712\n"),
            ("/cg/memory v1/jobs/memory.limit_in_bytes", "64000000\n"),
            ("/cg/memory v1/memory.limit_in_bytes", "9223372036854771712\n"),
        ]);
        assert_eq!(memory_limit(&files), Some(64_000_000));
    }

    #[test]
    fn a_part_of_the_hierarchy_is_mounted() {
        let files = Fake(&[
            ("/proc/self/cgroup", "0::/pods/1/main\n"),
            ("/proc/self/mountinfo", "30 24 0:26 /pods/1 /cg rw - cgroup2 cgroup2 rw\n"),
            ("/cg/main/memory.max", "7\n"),
            ("/cg/memory.max", "8\n"),
            ("/cg/pods/1/main/memory.max", "1\n"),
        ]);
        assert_eq!(memory_limit(&files), Some(7));
    }

    #[test]
    fn outside_of_the_mount_or_the_namespace() {
        for group in ["0::/../other\n", "0::/elsewhere\n", "0::/pods/11\n"] {
            let files = Fake(Box::leak(Box::new([
                ("/proc/self/cgroup", group),
                ("/proc/self/mountinfo", "30 24 0:26 /pods/1 /cg rw - cgroup2 cgroup2 rw\n"),
                ("/cg/memory.max", "8\n"),
            ])));
            assert_eq!(memory_limit(&files), Some(8), "{group}");
        }
    }

    #[test]
    fn quotas_of_version_2() {
        let tree = |own: &'static str, parent: &'static str| {
            let files = Box::leak(Box::new([
                ("/proc/self/cgroup", "0::/a/b\n"),
                ("/proc/self/mountinfo", "30 24 0:26 / /cg rw - cgroup2 cgroup2 rw\n"),
                ("/cg/a/b/cpu.max", own),
                ("/cg/a/cpu.max", parent),
            ]));
            cpu_limit(&Fake(files))
        };
        assert_eq!(tree("max 100000\n", "max 100000\n"), None);
        assert_eq!(tree("200000 100000\n", "max 100000\n"), Some(2));
        // A part of a processor counts as one.
        assert_eq!(tree("200001 100000\n", "max 100000\n"), Some(3));
        assert_eq!(tree("5000 100000\n", "max 100000\n"), Some(1));
        // The tightest, whatever its period.
        assert_eq!(tree("400000 100000\n", "30000 20000\n"), Some(2));
        assert_eq!(tree("100000 100000\n", "400000 100000\n"), Some(1));
        // What is no quota.
        for odd in ["", "\n", "200000\n", "200000 0\n", "-1 100000\n", "x y\n"] {
            assert_eq!(tree(odd, "max 100000\n"), None, "{odd:?}");
        }
    }

    #[test]
    fn quotas_of_version_1() {
        let files = Fake(&[
            ("/proc/self/cgroup", "5:cpu,cpuacct:/x/y\n4:memory:/x\n"),
            (
                "/proc/self/mountinfo",
                "33 31 0:30 / /cg/cpu rw - cgroup cgroup rw,cpu,cpuacct\n35 31 0:32 / /cg/cpuset rw - cgroup cgroup rw,cpuset\n",
            ),
            ("/cg/cpu/x/y/cpu.cfs_quota_us", "-1\n"),
            ("/cg/cpu/x/y/cpu.cfs_period_us", "100000\n"),
            ("/cg/cpu/x/cpu.cfs_quota_us", "250000\n"),
            ("/cg/cpu/x/cpu.cfs_period_us", "100000\n"),
            ("/cg/cpu/cpu.cfs_quota_us", "-1\n"),
            ("/cg/cpuset/x/cpu.cfs_quota_us", "1\n"),
            ("/cg/cpuset/x/cpu.cfs_period_us", "1\n"),
        ]);
        assert_eq!(cpu_limit(&files), Some(3));
        assert_eq!(memory_limit(&files), None);
    }

    #[test]
    fn none() {
        assert_eq!(memory_limit(&Fake(&[])), None);
        let odd = Fake(&[
            ("/proc/self/cgroup", "\n:\n0\nx:y\n0::/a\n"),
            (
                "/proc/self/mountinfo",
                "\n1 2 3\n30 24 0:26 / /cg rw cgroup2\n30 24 0:26 / /cg rw - cgroup2\n30 24 0:26 / /cg rw - cgroup2 c rw\n",
            ),
            ("/cg/a/memory.max", "0\n"),
            ("/cg/memory.max", "12x\n"),
        ]);
        assert_eq!(memory_limit(&odd), None);
    }
}
