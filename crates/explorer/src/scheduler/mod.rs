//! The scene of the scheduler: a real one, whose threads are run in turn (`machine`, over the embedder in `world`), with goroutines that run little
//! programs (`program`). `picture` is what its structures say at a moment, `view` draws that,
//! and `player` keeps them, so that one can go back.

mod machine;
mod picture;
mod player;
mod program;
mod view;
mod world;

use crate::scene::{Part, Scene};

pub use player::Scheduler;

/// What plays by itself: work that is stolen, goroutines that make each other ready, sleeps, system calls.
const PROGRAMS: [&str; 4] = [
    "spawn 12 { work 4; yield; work 3 }",
    "spawn 3 { spawn 3 { take a; work 2; give b }; give a; give a; give a; take b; take b; take b }",
    "spawn 5 { call 14; work 3 }; spawn 6 { work 8 }",
    "spawn 6 { sleep 60; work 3; sleep 30; work 2 }",
];

impl Scene for Scheduler {
    fn act(&mut self, action: &str, argument: &str) -> Result<(), String> {
        match action {
            "start" => {
                self.start(program::parse(argument)?)?;
            }
            "step" => {
                if !self.forward() {
                    return Err("nothing can happen any more: every goroutine waits, or there is none. Start one".into());
                }
            }
            "ten" => {
                for _ in 0..10 {
                    if !self.forward() {
                        break;
                    }
                }
            }
            "back" => {
                self.at = self.at.checked_sub(1).ok_or("this is as far back as pictures go")?;
            }
            "procs" => {
                let procs = argument.parse().ok().filter(|n| (1..=4).contains(n));
                self.renew(procs.ok_or("from 1 to 4 processors")?);
            }
            "anew" => self.renew(self.picture().procs.len() as u32),
            _ => return Err(format!("a scheduler has no button {action:?}")),
        }
        Ok(())
    }

    fn tick(&mut self) {
        if self.forward() {
            return;
        }
        let text = PROGRAMS[self.next % PROGRAMS.len()];
        self.next += 1;
        if program::parse(text).and_then(|ops| self.start(ops)).is_err() {
            // Too many wait for what the visitor's programs never do.
            self.renew(self.picture().procs.len() as u32);
        }
    }

    fn show(&self) -> Vec<Part> {
        view::show(self)
    }
}

#[cfg(test)]
mod tests {
    use super::picture::Picture;
    use super::*;
    use goxide_sched::inspect::Use;

    fn with(procs: u32, program: &str) -> Scheduler {
        let mut scene = Scheduler::default();
        scene.act("procs", &procs.to_string()).expect("processors");
        scene.act("start", program).unwrap_or_else(|e| panic!("{program}: {e}"));
        scene
    }

    /// Steps to the end; all that was said on the way.
    fn finish(scene: &mut Scheduler) -> String {
        let mut said = String::new();
        for _ in 0..5000 {
            if !scene.forward() {
                return said;
            }
            said += &scene.picture().said;
            said.push('\n');
        }
        panic!("it does not end:\n{said}");
    }

    #[test]
    fn every_program_ends_on_any_number_of_processors() {
        for procs in 1..=4 {
            for program in PROGRAMS {
                let mut scene = with(procs, program);
                let said = finish(&mut scene);
                assert_eq!(scene.machine.sched.num_tasks(), 0, "{procs}, {program}:\n{said}");
                let last = scene.picture();
                assert!(last.procs.iter().all(|p| p.what == Use::Idle), "{procs}, {program}: {last:?}");
                assert!(last.waiting.is_empty() && last.global.is_empty(), "{procs}, {program}: {last:?}");
                let started = program.matches("spawn").count();
                assert!(said.matches(" ends.").count() > started, "{procs}, {program}:\n{said}");
            }
        }
    }

    #[test]
    fn work_is_stolen_only_where_there_are_several_processors() {
        let said = finish(&mut with(2, PROGRAMS[0]));
        assert!(said.contains("P1 has stolen") || said.contains("P0 has stolen"), "{said}");
        assert!(!finish(&mut with(1, PROGRAMS[0])).contains("stolen"));
    }

    #[test]
    fn a_spawned_goroutine_is_next_and_pushes_the_last_one_into_the_ring() {
        let mut scene = with(1, "spawn 3 { work 1 }; work 9");
        while scene.picture().procs[0].ring.len() < 2 {
            assert!(scene.forward());
        }
        let p = &scene.picture().procs[0];
        assert_eq!((p.next, &p.ring[..]), (Some(4), &[2, 3][..]), "{p:?}");
    }

    #[test]
    fn a_processor_is_taken_from_a_long_call_and_stays_with_a_short_one() {
        let long = finish(&mut with(1, "spawn 1 { call 40 }; spawn 1 { work 3 }; yield; work 3"));
        assert!(long.contains("The monitor takes P0 from its system call"), "{long}");
        assert!(long.contains("its processor was taken"), "{long}");
        let short = finish(&mut with(1, "call 2; work 1"));
        assert!(short.contains("finds its processor where it left it") && !short.contains("monitor"), "{short}");
    }

    #[test]
    fn sleepers_are_woken_at_their_time() {
        let mut scene = with(2, "sleep 300; work 1");
        let said = finish(&mut scene);
        assert!(said.contains("Nothing runs. The clock goes on"), "{said}");
        let ended = scene.pictures.iter().find(|p| p.said.contains(" ends.")).expect("it ends");
        assert!((300..340).contains(&ended.now), "{} µs", ended.now);
    }

    #[test]
    fn one_that_waits_for_what_never_comes_is_shown_and_can_be_helped() {
        let mut scene = with(2, "take a; work 1");
        finish(&mut scene);
        assert_eq!(scene.picture().waiting, [(1, "take a".to_string())]);
        assert!(scene.act("step", "").is_err_and(|e| e.contains("every goroutine waits")));
        scene.act("start", "give a").expect("a program");
        finish(&mut scene);
        assert!(scene.picture().waiting.is_empty() && scene.machine.sched.num_tasks() == 0);
    }

    #[test]
    fn the_global_queue_is_looked_at_first_in_every_61st_turn() {
        let mut scene = with(1, "spawn 100 { work 1 }");
        while scene.picture().procs[0].ring.len() < 99 {
            assert!(scene.forward());
        }
        // One from outside waits while the processor has others; but not for all of them.
        scene.act("start", "work 2").expect("a program");
        let last = scene.picture().global[0];
        let runs = |scene: &Scheduler| scene.picture().procs[0].runs.as_ref().is_some_and(|(g, _)| *g == last);
        while !runs(&scene) {
            assert!(scene.forward());
        }
        let p = &scene.picture().procs[0];
        assert!(p.tick % 61 == 1 && p.ring.len() > 20, "{p:?}");
        assert!(scene.picture().said.contains("61st turn"), "{}", scene.picture().said);
    }

    #[test]
    fn one_can_go_back_and_forth() {
        let mut scene = with(2, PROGRAMS[0]);
        let pictures: Vec<Picture> = (0..20)
            .map(|_| {
                scene.forward();
                scene.picture().clone()
            })
            .collect();
        for wanted in pictures.iter().rev().skip(1) {
            scene.act("back", "").expect("a picture");
            assert_eq!(scene.picture(), wanted);
        }
        for wanted in &pictures[1..] {
            scene.act("step", "").expect("a picture");
            assert_eq!(scene.picture(), wanted);
        }
        scene.at = 0;
        assert!(scene.act("back", "").is_err());
    }

    #[test]
    fn what_plays_by_itself_goes_on() {
        let mut scene = Scheduler::default();
        let (mut stolen, mut calls, mut waits) = (0, 0, 0);
        for _ in 0..4000 {
            scene.tick();
            let picture = scene.picture();
            stolen += usize::from(picture.said.contains("stolen"));
            calls += usize::from(picture.procs.iter().any(|p| p.what == Use::Left));
            waits += usize::from(!picture.waiting.is_empty());
        }
        assert!(stolen > 10 && calls > 10 && waits > 10, "{stolen} {calls} {waits}");
    }

    #[test]
    fn nonsense_is_refused_with_a_sentence() {
        let mut scene = Scheduler::default();
        for (action, argument) in [("start", "fly"), ("procs", "0"), ("procs", "9"), ("fly", "")] {
            assert!(scene.act(action, argument).is_err_and(|e| e.len() > 10), "{action} {argument}");
        }
    }
}
