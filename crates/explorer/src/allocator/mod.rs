//! The scene of the allocator: what the visitor can do with a heap (`machine`), and what plays by itself. `view` draws it.

mod machine;
mod view;

use crate::request::Request;
use crate::scene::{Part, Scene};
use goxide_alloc::size_class::MAX_SMALL;
use machine::{FILL, PROCESSORS};

pub use machine::Allocator;

impl Scene for Allocator {
    fn act(&mut self, action: &str, argument: &str) -> Result<(), String> {
        match action {
            "allocate" => self.allocate(Request::parse(argument)?)?,
            "hundred" => {
                let request = Request::parse(argument)?;
                if request.bytes > MAX_SMALL {
                    return Err("a hundred large objects would not fit the page: allocate them one by one".into());
                }
                for _ in 0..100 {
                    self.allocate(request.clone())?;
                }
            }
            "processor" => {
                let n = argument.parse().ok().filter(|n| *n < PROCESSORS);
                self.processor = n.ok_or_else(|| format!("there is no processor {argument:?}"))?;
            }
            "free" => {
                let last = self.objects().checked_sub(1).ok_or("nothing is allocated")?;
                self.free(last);
            }
            "free-all" => (0..self.objects()).rev().for_each(|i| self.free(i)),
            "flush" => self.flush(),
            _ => return Err(format!("the allocator has no button {action:?}")),
        }
        Ok(())
    }

    fn tick(&mut self) {
        self.step += 1;
        if self.step <= FILL {
            self.processor = self.random.below(PROCESSORS);
            for _ in 0..=self.random.below(6) {
                // Refused only if the visitor has filled the page before: then it is time to free.
                if self.some_request().and_then(|r| self.allocate(r)).is_err() {
                    self.step = FILL;
                    return;
                }
            }
            return;
        }
        if self.objects() == 0 {
            self.flush();
            self.step = 0;
            return;
        }
        for _ in 0..8.max(self.objects() / 12) {
            if self.objects() > 0 {
                let i = self.random.below(self.objects());
                self.free(i);
            }
        }
        if self.step.is_multiple_of(4) {
            self.flush();
        }
    }

    fn show(&self) -> Vec<Part> {
        view::show(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(scene: &Allocator, id: &str) -> String {
        scene.show().into_iter().find(|part| part.id == id).expect(id).html
    }

    fn act(scene: &mut Allocator, action: &str, argument: &str) {
        scene.act(action, argument).unwrap_or_else(|e| panic!("{action} {argument}: {e}"));
    }

    /// The two figures of the talk.
    #[test]
    fn one_int_too_many_costs_a_class_and_a_page() {
        let mut scene = Allocator::default();
        act(&mut scene, "allocate", "make([]int, 1025)");
        let said = html(&scene, "allocator-last");
        assert!(said.contains("9,472 B") && said.contains("8,200 B") && said.contains("1,272 B"), "{said}");
        act(&mut scene, "allocate", "make([]int, 1M+1)");
        let said = html(&scene, "allocator-last");
        assert!(said.contains("8,396,800 B") && said.contains("1,025 pages"), "{said}");
    }

    #[test]
    fn the_heap_fills_and_drains_to_nothing() {
        let mut scene = Allocator::default();
        for size in ["3", "7", "5", "make([]string, 9)", "64 KiB", "1025", "new(string)", "2"] {
            act(&mut scene, "hundred", if size == "64 KiB" { "1 KiB" } else { size });
            act(&mut scene, "processor", "1");
            act(&mut scene, "allocate", size);
            act(&mut scene, "processor", "0");
        }
        assert!(scene.heap.spans().count() > 5);
        act(&mut scene, "free", "");
        act(&mut scene, "free-all", "");
        act(&mut scene, "flush", "");
        assert_eq!(scene.heap.spans().count(), 0);
        assert!(scene.act("free", "").is_err());
        let said = html(&scene, "allocator-sums");
        assert!(said.contains("0 objects"), "{said}");
    }

    #[test]
    fn what_plays_by_itself_comes_round() {
        let mut scene = Allocator::default();
        let (mut most, mut rounds) = (0, 0);
        for _ in 0..2000 {
            scene.tick();
            most = most.max(scene.objects());
            if scene.step == 0 {
                rounds += 1;
                assert_eq!(scene.heap.spans().count(), 0, "after each round nothing is left");
            }
        }
        assert!(rounds > 10 && most > 50, "{rounds} rounds, {most} objects at the most");
    }

    #[test]
    fn a_heap_that_is_full_says_so_and_goes_on() {
        let mut scene = Allocator::default();
        let mut n = 0;
        let said = loop {
            match scene.act("allocate", "60 MiB") {
                Ok(()) => n += 1,
                Err(said) => break said,
            }
        };
        assert!(n >= 2 && said.contains("Free some objects"), "{n}: {said}");
        act(&mut scene, "free-all", "");
        act(&mut scene, "flush", "");
        act(&mut scene, "allocate", "60 MiB");
    }

    #[test]
    fn what_was_typed_cannot_become_markup() {
        let mut scene = Allocator::default();
        let said = scene.act("allocate", "<img src=x>").expect_err("no number");
        assert!(said.contains("<img"), "the page puts errors in as text: {said}");
    }
}
