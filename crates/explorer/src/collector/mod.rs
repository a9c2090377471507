//! The scene of the collector: what the visitor can do with a heap while it is marked (`machine`, whose seam is `world`), and what plays by
//! itself. `view` draws it.

mod machine;
mod view;
mod world;

use crate::scene::{Part, Scene};

pub use machine::Collector;

/// Steps of what plays between two cycles.
const REST: usize = 6;

impl Scene for Collector {
    fn act(&mut self, action: &str, argument: &str) -> Result<(), String> {
        match action {
            "begin" => self.begin(),
            "step" => self.step(),
            "finish" => self.finish(),
            "move" => self.move_pointer(),
            "allocate" => self.allocate(),
            "barrier" => {
                self.barrier = argument == "on";
                let now = if self.barrier {
                    "on"
                } else {
                    "off: a pointer that is moved while the collector marks may be missed"
                };
                self.said = format!("The write barrier is {now}.");
                Ok(())
            }
            _ => Err(format!("the collector has no button {action:?}")),
        }
    }

    fn tick(&mut self) {
        // None of these can be refused where it is asked for, but for want of a pointer that can be moved.
        let _ = if self.gc.is_marking() {
            match self.gc.looks_done() {
                true => self.finish(),
                false if self.random.below(4) == 0 => self.move_pointer().or_else(|_| self.step()),
                false => self.step(),
            }
        } else {
            self.rest += 1;
            match self.rest {
                REST => self.allocate(),
                n if n >= 2 * REST => self.begin(),
                _ => Ok(()),
            }
        };
    }

    fn show(&self) -> Vec<Part> {
        view::show(self)
    }
}

#[cfg(test)]
mod tests {
    use super::machine::Colour;
    use super::*;

    fn act(scene: &mut Collector, action: &str, argument: &str) {
        scene.act(action, argument).unwrap_or_else(|e| panic!("{action} {argument}: {e}"));
    }

    /// Steps until a pointer can be moved, and moves it.
    fn move_one(scene: &mut Collector) {
        for _ in 0..1000 {
            if scene.act("move", "").is_ok() {
                return;
            }
            act(scene, "step", "");
        }
        panic!("there never was a pointer to move");
    }

    #[test]
    fn what_is_reachable_stays_and_the_rest_goes() {
        let mut scene = Collector::default();
        for _ in 0..5 {
            let live = scene.reachable();
            assert!(live.len() < scene.objects.len(), "some garbage is there");
            act(&mut scene, "begin", "");
            assert!(scene.objects.iter().all(|&o| scene.colour(o) == Colour::White));
            act(&mut scene, "finish", "");
            assert_eq!(scene.objects.iter().copied().collect::<std::collections::HashSet<_>>(), live);
            assert!(scene.lost.is_empty());
            act(&mut scene, "allocate", "");
        }
    }

    #[test]
    fn marking_goes_step_by_step_through_all_colours() {
        let mut scene = Collector::default();
        act(&mut scene, "begin", "");
        let (mut greys, mut steps) = (0, 0);
        while !scene.gc.looks_done() {
            act(&mut scene, "step", "");
            steps += 1;
            greys += scene.objects.iter().filter(|&&o| scene.colour(o) == Colour::Grey).count();
        }
        assert!(steps > 5 && greys > 0, "{steps} steps, {greys} grey objects");
        let live = scene.reachable();
        for &object in &scene.objects {
            let colour = if live.contains(&object) { Colour::Black } else { Colour::White };
            assert_eq!(scene.colour(object), colour);
        }
    }

    #[test]
    fn a_pointer_that_is_moved_is_kept_by_the_barrier_and_lost_without() {
        for (barrier, lost) in [("on", false), ("off", true)] {
            let mut scene = Collector::default();
            act(&mut scene, "barrier", barrier);
            act(&mut scene, "begin", "");
            move_one(&mut scene);
            act(&mut scene, "finish", "");
            assert_eq!(!scene.lost.is_empty(), lost, "barrier {barrier}: {}", scene.said);
            // The program goes on without what it has lost.
            act(&mut scene, "allocate", "");
            act(&mut scene, "begin", "");
            act(&mut scene, "finish", "");
            assert!(scene.lost.is_empty());
        }
    }

    #[test]
    fn what_plays_by_itself_goes_on() {
        let mut scene = Collector::default();
        for _ in 0..2000 {
            scene.tick();
            assert!(scene.lost.is_empty());
        }
        assert!(scene.gc.cycle() > 10, "{} cycles", scene.gc.cycle());
    }

    #[test]
    fn what_cannot_be_is_refused_with_a_sentence() {
        let mut scene = Collector::default();
        for action in ["step", "finish", "move", "fly"] {
            assert!(scene.act(action, "").is_err_and(|e| e.len() > 10), "{action}");
        }
        act(&mut scene, "begin", "");
        assert!(scene.act("begin", "").is_err() && scene.act("allocate", "").is_err());
    }
}
