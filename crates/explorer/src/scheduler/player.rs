//! A scheduler with the pictures that were taken of it, of which one is shown: so one can go back and forth.

use super::machine::Machine;
use super::picture::Picture;
use super::program::Op;
use std::rc::Rc;

/// Pictures that are kept.
const KEPT: usize = 600;
/// Processors at first.
const PROCS: u32 = 3;

/// A scheduler at work.
#[derive(Debug)]
pub struct Scheduler {
    pub(super) machine: Machine,
    pub(super) pictures: Vec<Picture>,
    /// The picture that is shown.
    pub(super) at: usize,
    /// What is played next.
    pub(super) next: usize,
}

impl Default for Scheduler {
    fn default() -> Self {
        let machine = Machine::new(PROCS);
        Scheduler { pictures: vec![Picture::of(&machine)], machine, at: 0, next: 0 }
    }
}

impl Scheduler {
    pub(super) fn picture(&self) -> &Picture {
        &self.pictures[self.at]
    }

    fn take_picture(&mut self) {
        if self.pictures.len() == KEPT {
            self.pictures.remove(0);
        }
        self.pictures.push(Picture::of(&self.machine));
        self.at = self.pictures.len() - 1;
    }

    /// Another scheduler, of so many processors.
    pub(super) fn renew(&mut self, procs: u32) {
        self.machine = Machine::new(procs);
        self.pictures.clear();
        self.take_picture();
    }

    /// Starts a goroutine with a program.
    pub(super) fn start(&mut self, ops: Rc<[Op]>) -> Result<(), String> {
        self.machine.start(ops)?;
        self.take_picture();
        Ok(())
    }

    /// The next picture: one that was taken before, or of a new step. False if nothing can happen.
    pub(super) fn forward(&mut self) -> bool {
        if self.at + 1 < self.pictures.len() {
            self.at += 1;
            return true;
        }
        let moved = self.machine.step();
        if moved {
            self.take_picture();
        }
        moved
    }
}
