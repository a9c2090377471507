//! The lines that a program leaves on standard error under `GODEBUG=boottrace=1,gctrace=1,schedtrace=N`. What the program itself wrote there may
//! stand between them; a line that begins as one of them and goes on otherwise is an error.

/// A step of the bootstrap.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// As the runtime calls it.
    pub name: String,
    /// How long it took; nothing for the last, which is the program's own beginning.
    pub ns: Option<u64>,
}

/// A line of `gctrace`.
#[derive(Clone, PartialEq, Debug)]
pub struct Collection {
    /// Which, from 1.
    pub number: u32,
    /// When it began, in seconds since the program started.
    pub at: f64,
    /// The share of processor time that collections have taken since then, in percent.
    pub share: u32,
    /// Milliseconds that the world stood still before, that marking went on, that the world stood still after.
    pub clock: [f64; 3],
    /// Megabytes of heap when it began, when it ended, and that were found alive.
    pub heap: [u64; 3],
    /// Megabytes at which it was to end.
    pub goal: u64,
    /// Whether the program asked for it.
    pub forced: bool,
}

impl Collection {
    /// Milliseconds for which the world stood still.
    pub fn pause(&self) -> f64 {
        self.clock[0] + self.clock[2]
    }
}

/// A line of `schedtrace`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sample {
    /// Milliseconds since the program started.
    pub at: u64,
    /// Processors.
    pub procs: u32,
    /// Those without work.
    pub idle: u32,
    /// Threads.
    pub threads: u32,
    /// Those that look for work.
    pub spinning: u32,
    /// Goroutines in the global queue.
    pub global: u32,
    /// Goroutines in each processor's.
    pub local: Vec<u32>,
}

/// All that was found.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Lines {
    /// The bootstrap's steps, in order.
    pub boot: Vec<Step>,
    /// The collections, in order.
    pub collections: Vec<Collection>,
    /// What the scheduler said, in order.
    pub samples: Vec<Sample>,
}

impl Lines {
    /// Reads a text.
    ///
    /// # Errors
    /// A sentence that names the line.
    pub fn parse(text: &str) -> Result<Lines, String> {
        let mut lines = Lines::default();
        for (i, line) in text.lines().enumerate() {
            let wrong = |kind: &str| {
                format!("line {}: {:?} begins as a line of {kind} and goes on otherwise", i + 1, shortened(line))
            };
            if let Some(rest) = line.strip_prefix("boottrace: ") {
                lines.boot.push(step(rest).ok_or_else(|| wrong("boottrace"))?);
            } else if line
                .strip_prefix("gc ")
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains('@'))
            {
                lines.collections.push(collection(line).ok_or_else(|| wrong("gctrace"))?);
            } else if let Some(rest) = line.strip_prefix("SCHED ") {
                lines.samples.push(sample(rest).ok_or_else(|| wrong("schedtrace"))?);
            }
        }
        if lines == Lines::default() {
            let first = shortened(text.lines().next().unwrap_or_default());
            return Err(format!(
                "line 1: {first:?} and what follows hold no line of boottrace, gctrace or schedtrace, and are no execution trace"
            ));
        }
        Ok(lines)
    }
}

/// So much of a line as a sentence can hold.
fn shortened(line: &str) -> &str {
    line.char_indices().nth(60).map_or(line, |(end, _)| &line[..end])
}

/// `schedinit: allocator 9665 ns`, or a name alone.
fn step(rest: &str) -> Option<Step> {
    let Some(timed) = rest.strip_suffix(" ns") else {
        let is_name = !rest.trim().is_empty() && !rest.ends_with(|c: char| c.is_ascii_digit());
        return is_name.then(|| Step { name: rest.to_string(), ns: None });
    };
    let (name, ns) = timed.rsplit_once(' ')?;
    Some(Step { name: name.to_string(), ns: Some(ns.parse().ok()?) })
}

/// `gc 1 @0.000s 59%: 0.042+0.044+0.21 ms clock, 0.085+0.065/0.13/0+0.42 ms cpu, 3->3->0 MB, 4 MB goal, ..., 2 P (forced)`.
fn collection(line: &str) -> Option<Collection> {
    let (line, forced) = line.strip_suffix(" (forced)").map_or((line, false), |line| (line, true));
    let (head, rest) = line.strip_prefix("gc ")?.split_once(": ")?;
    let (number, head) = head.split_once(" @")?;
    let (at, share) = head.split_once("s ")?;
    let mut clock = None;
    let mut heap = None;
    let mut goal = None;
    for part in rest.split(", ") {
        if let Some(part) = part.strip_suffix(" ms clock") {
            clock = Some(three(part.split('+').map(|n| n.parse().ok()))?);
        } else if let Some(part) = part.strip_suffix(" MB goal") {
            goal = Some(part.parse().ok()?);
        } else if part.contains("->") {
            heap = Some(three(part.strip_suffix(" MB")?.split("->").map(|n| n.parse().ok()))?);
        }
    }
    let (number, at, share) = (number.parse().ok()?, at.parse().ok()?, share.strip_suffix('%')?.parse().ok()?);
    Some(Collection { number, at, share, clock: clock?, heap: heap?, goal: goal?, forced })
}

/// Three values and no more.
fn three<T>(values: impl Iterator<Item = Option<T>>) -> Option<[T; 3]> {
    values.collect::<Option<Vec<T>>>()?.try_into().ok()
}

/// `10ms: gomaxprocs=2 idleprocs=0 threads=6 spinningthreads=1 needspinning=1 idlethreads=0 runqueue=0 [0 3]`.
fn sample(rest: &str) -> Option<Sample> {
    let (at, rest) = rest.split_once("ms: ")?;
    let mut sample =
        Sample { at: at.parse().ok()?, procs: 0, idle: 0, threads: 0, spinning: 0, global: 0, local: Vec::new() };
    let (words, local) = match rest.split_once('[') {
        Some((words, local)) => (words, local.split_once(']')?.0),
        // With scheddetail the queues are on lines of their own.
        None => (rest, ""),
    };
    for word in words.split_whitespace() {
        let Some((name, value)) = word.split_once('=') else { continue };
        let field = match name {
            "gomaxprocs" => &mut sample.procs,
            "idleprocs" => &mut sample.idle,
            "threads" => &mut sample.threads,
            "spinningthreads" => &mut sample.spinning,
            "runqueue" => &mut sample.global,
            _ => continue,
        };
        *field = value.parse().ok()?;
    }
    sample.local = local.split_whitespace().map(|n| n.parse().ok()).collect::<Option<_>>()?;
    (sample.procs > 0).then_some(sample)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "hello from the program\n\
        boottrace: tls 842 ns\n\
        boottrace: schedinit: world stopped 20 ns\n\
        boottrace: main: main.main\n\
        gc is a word of the program's\n\
        SCHED 10ms: gomaxprocs=2 idleprocs=1 threads=6 spinningthreads=1 needspinning=1 idlethreads=0 runqueue=4 [0 3]\n\
        gc 2 @0.002s 25%: 0.092+0.27+0.10 ms clock, 0.18+0.49/0.21/0+0.21 ms cpu, 3->4->1 MB, 5 MB goal, 0 MB stacks, 0 MB globals, 2 P\n\
        gc 3 @1.5s 1%: 0.1+2+0.2 ms clock, 0.18+0.49/0.21/0+0.21 ms cpu, 3->4->0 MB, 4 MB goal, 0 MB stacks, 0 MB globals, 2 P (forced)\n";

    #[test]
    fn the_runtimes_lines_are_read_and_others_are_not() {
        let lines = Lines::parse(GOOD).expect("good lines");
        let boot: Vec<_> = lines.boot.iter().map(|s| (s.name.as_str(), s.ns)).collect();
        assert_eq!(boot, [("tls", Some(842)), ("schedinit: world stopped", Some(20)), ("main: main.main", None)]);
        let [two, three] = &lines.collections[..] else { panic!("{lines:?}") };
        assert_eq!((two.number, two.at, two.share, two.heap, two.goal, two.forced), (2, 0.002, 25, [3, 4, 1], 5, false));
        assert_eq!((two.clock, three.forced, three.at), ([0.092, 0.27, 0.10], true, 1.5));
        assert!((two.pause() - 0.192).abs() < 1e-9);
        let [sample] = &lines.samples[..] else { panic!("{lines:?}") };
        assert_eq!((sample.at, sample.procs, sample.idle, sample.threads, sample.global), (10, 2, 1, 6, 4));
        assert_eq!((sample.spinning, &sample.local[..]), (1, &[0, 3][..]));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, line) in [
            ("", "line 1:"),
            ("nothing\nof interest\n", "line 1:"),
            ("boottrace: tls 842 ns\nboottrace: os x ns\n", "line 2:"),
            ("boottrace: tls 842\n", "line 1:"),
            ("\n\ngc 1 @0.0s\n", "line 3:"),
            ("\ngc 1 @0.0s 3%: 1+2 ms clock, 3->4->1 MB, 5 MB goal\n", "line 2:"),
            ("SCHED 10ms: gomaxprocs=2 runqueue=x [0]\n", "line 1:"),
            ("SCHED 10ms: gomaxprocs=2 runqueue=1 [0 a]\n", "line 1:"),
            ("SCHED soon\n", "line 1:"),
        ] {
            let said = Lines::parse(text).expect_err(text);
            assert!(said.starts_with(line) && said.len() > 30, "{text:?}: {said}");
        }
    }
}
