//! The scene of a real program's run: what its visitor can do with the files that it left (`lines` and `trace` read them, `recording` keeps them), and what plays by itself,
//! a cursor that goes through the run. `view` draws it, with the pictures of `chart`.

mod chart;
mod events;
mod lines;
mod recording;
mod trace;
mod view;

use crate::scene::{Part, Scene};
use lines::Lines;
use recording::STEPS;
use trace::{Stretch, Trace};

pub use recording::Run;

impl Scene for Run {
    fn act(&mut self, action: &str, _: &str) -> Result<(), String> {
        let middle = self.cursor;
        let (from, length) = (self.seen.from, self.seen.length());
        match action {
            "next" => self.next(),
            "zoom-in" => self.see(middle, length / 3),
            "zoom-out" => self.see(middle, length.saturating_mul(3)),
            "earlier" => self.see(from, length),
            "later" => self.see(from + length, length),
            "all" => {
                let end = self.end()?;
                self.see(end / 2, end)
            }
            "close" => {
                *self = Run::default();
                Ok(())
            }
            _ => Err(format!("a run has no button {action:?}")),
        }
    }

    fn tick(&mut self) {
        let step = (self.seen.length() / STEPS).max(1);
        self.cursor = if self.cursor + step > self.seen.to { self.seen.from } else { self.cursor + step };
    }

    fn open(&mut self, name: &str, bytes: &[u8]) -> Result<(), String> {
        let named = |said: String| format!("{name}: {said}");
        // Also one of another release, which is refused as such.
        if bytes.starts_with(b"go 1.") && bytes.get(7..13) == Some(b" trace") {
            let trace = Trace::parse(bytes).map_err(named)?;
            self.seen = Stretch { from: 0, to: trace.end };
            self.cursor = 0;
            self.trace = Some(trace);
        } else {
            self.lines = Some(Lines::parse(&String::from_utf8_lossy(bytes)).map_err(named)?);
        }
        self.names.push(name.to_string());
        Ok(())
    }

    fn show(&self) -> Vec<Part> {
        view::show(self)
    }
}

#[cfg(test)]
mod tests {
    use super::recording::SHORTEST;
    use super::*;

    fn html(scene: &Run, id: &str) -> String {
        scene.show().into_iter().find(|part| part.id == id).expect(id).html
    }

    fn opened() -> Run {
        let mut scene = Run::default();
        scene.open("trace", &trace::tests::small()).expect("a trace");
        let text = "boottrace: tls 800 ns\nboottrace: schedinit: gc 7_000 ns\n".replace('_', "")
            + "gc 1 @0.002s 25%: 0.25+0.27+0.5 ms clock, 0.18+0.49/0.21/0+0.21 ms cpu, 3->4->1 MB, 5 MB goal, 0 MB stacks, 0 MB globals, 2 P\n"
            + "SCHED 10ms: gomaxprocs=2 idleprocs=1 threads=6 spinningthreads=1 needspinning=1 idlethreads=0 runqueue=4 [0 3]\n";
        scene.open("lines", text.as_bytes()).expect("lines");
        scene
    }

    #[test]
    fn what_the_files_tell_is_shown() {
        let scene = opened();
        assert!(html(&scene, "run-said").contains("trace") && html(&scene, "run-said").contains("lines"));
        assert!(html(&scene, "run-boot").contains("schedinit: gc") && html(&scene, "run-boot").contains("7.0 µs"));
        assert!(html(&scene, "run-collections").contains("750.0 µs"), "{}", html(&scene, "run-collections"));
        assert!(html(&scene, "run-goroutines").contains("main.send"));
        assert!(html(&scene, "run-sched").contains("7"), "four in the global queue and three in a processor's");
        assert!(html(&scene, "run-heap").contains("4.2 MB"), "the goal");
    }

    #[test]
    fn the_cursor_goes_from_turn_to_turn() {
        let mut scene = opened();
        let mut seen = vec![scene.cursor];
        while scene.act("next", "").is_ok() {
            seen.push(scene.cursor);
        }
        assert_eq!(seen, [0, 10, 40, 60, 100]);
        scene.cursor = 70;
        let now = html(&scene, "run-now");
        assert!(now.contains("main.send") && now.contains("runtime.main"), "{now}");
        scene.cursor = 50;
        assert!(html(&scene, "run-now").contains("idle"));
    }

    #[test]
    fn what_is_seen_stays_within_the_trace() {
        let mut scene = opened();
        scene.trace.as_mut().expect("a trace").end = 1_000_000;
        scene.act("all", "").expect("all");
        assert_eq!(scene.seen, Stretch { from: 0, to: 1_000_000 });
        for action in [
            "zoom-in", "later", "later", "later", "later", "zoom-in", "earlier", "zoom-out", "zoom-in", "zoom-in",
            "zoom-in", "zoom-in",
        ] {
            scene.act(action, "").expect(action);
            assert!(scene.seen.to <= 1_000_000 && scene.seen.length() >= SHORTEST, "{action}: {:?}", scene.seen);
            assert!((scene.seen.from..=scene.seen.to).contains(&scene.cursor), "{action}: {:?}", scene.seen);
        }
        for _ in 0..1000 {
            scene.tick();
            assert!((scene.seen.from..=scene.seen.to).contains(&scene.cursor));
        }
    }

    #[test]
    fn without_files_it_says_what_to_do() {
        let mut scene = Run::default();
        scene.tick();
        assert!(html(&scene, "run-said").contains("cargo xtask explore"));
        for action in ["next", "zoom-in", "later", "all", "fly"] {
            assert!(scene.act(action, "").is_err_and(|said| said.len() > 20), "{action}");
        }
        assert!(scene.open("bad <file>", b"nothing").is_err_and(|said| said.starts_with("bad <file>: line 1:")));
        assert!(scene.open("old", b"go 1.19 trace\0\0\0").is_err_and(|said| said.starts_with("old: byte 0:")));
    }
}
