//! The scene of channels and select: what the visitor can do with two channels (`machine`, whose seam is `world`), and what plays by itself.
//! `view` draws it.

mod machine;
mod view;
mod world;

use crate::scene::{Part, Scene};
use machine::{Deed, ROOM};

pub use machine::Channels;

/// Goroutines that wait before what plays serves some.
const CROWD: usize = 6;

/// The channel of that name.
fn channel(name: &str) -> Result<usize, String> {
    ["a", "b"].iter().position(|n| *n == name).ok_or_else(|| format!("there is no channel {name:?}"))
}

/// A value to be sent.
fn value(text: &str) -> Result<u32, String> {
    text.trim().parse().map_err(|_| format!("{:?} is no whole number from 0 to {}", text.trim(), u32::MAX))
}

impl Scene for Channels {
    fn act(&mut self, action: &str, argument: &str) -> Result<(), String> {
        match action.split_once('-').unwrap_or((action, "")) {
            ("send", name) => self.go(Deed::Send(channel(name)?, value(argument)?)),
            ("receive", name) => self.go(Deed::Receive(channel(name)?)),
            ("select", "receive") => self.go(Deed::SelectReceive),
            ("select", "both") => self.go(Deed::SelectBoth(value(argument)?)),
            ("close", name) => self.close(channel(name)?),
            ("anew", _) => {
                self.renew();
                Ok(())
            }
            _ => Err(format!("channels have no button {action:?}")),
        }
    }

    fn tick(&mut self) {
        let value = self.random.below(90) as u32 + 10;
        let deed = match self.waiting.first() {
            // Too many: the one that waits longest is served.
            Some(first) if self.waiting.len() >= CROWD => match first.deed {
                Deed::Send(channel, _) => Deed::Receive(channel),
                Deed::Receive(channel) => Deed::Send(channel, value),
                Deed::SelectReceive => Deed::Send(self.random.below(2), value),
                Deed::SelectBoth(_) => Deed::Receive(0),
            },
            _ => match self.random.below(16) {
                0..4 => Deed::Send(0, value),
                4..9 => Deed::Send(1, value),
                9..11 => Deed::Receive(0),
                11..13 => Deed::Receive(1),
                13 | 14 => Deed::SelectReceive,
                _ => Deed::SelectBoth(value),
            },
        };
        if self.random.below(60) == 0 {
            // Closed channels end the round; what was closed is seen for a moment.
            let _ = self.close(self.random.clone().below(2));
            return;
        }
        let closed = self.channels.iter().any(|c| c.chan.is_closed());
        if closed && self.random.below(ROOM * 2) == 0 || self.go(deed).is_err() {
            self.renew();
        }
    }

    fn show(&self) -> Vec<Part> {
        view::show(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(scene: &mut Channels, action: &str, argument: &str) {
        scene.act(action, argument).unwrap_or_else(|e| panic!("{action} {argument}: {e}"));
    }

    fn html(scene: &Channels, id: &str) -> String {
        scene.show().into_iter().find(|part| part.id == id).expect(id).html
    }

    #[test]
    fn a_receiver_that_waits_is_handed_the_value() {
        let mut scene = Channels::default();
        act(&mut scene, "receive-a", "");
        assert!(html(&scene, "channels-a").contains("G1"), "{}", html(&scene, "channels-a"));
        act(&mut scene, "send-a", "42");
        assert_eq!(scene.said, "G2 did not have to wait: sent 42. G1 was woken: received 42.");
        assert!(scene.waiting.is_empty() && !html(&scene, "channels-a").contains("G1"));
    }

    #[test]
    fn the_buffer_fills_and_then_senders_wait_in_order() {
        let mut scene = Channels::default();
        for v in 1..=6 {
            act(&mut scene, "send-b", &v.to_string());
        }
        assert_eq!(scene.waiting.iter().map(|g| g.id).collect::<Vec<_>>(), [5, 6]);
        for v in 1..=6 {
            act(&mut scene, "receive-b", "");
            assert!(scene.ended[usize::from(v <= 2)].1.ends_with(&format!("received {v}")), "{:?}", scene.ended);
        }
        assert!(scene.waiting.is_empty());
    }

    #[test]
    fn a_select_waits_at_both_and_leaves_both() {
        let mut scene = Channels::default();
        act(&mut scene, "select-receive", "");
        assert!(["channels-a", "channels-b"].iter().all(|id| html(&scene, id).contains("G1")));
        act(&mut scene, "send-b", "7");
        assert!(scene.said.ends_with("G1 was woken: chose b and received 7."), "{}", scene.said);
        assert!(["channels-a", "channels-b"].iter().all(|id| !html(&scene, id).contains("G1")));
        act(&mut scene, "select-both", "9");
        act(&mut scene, "receive-a", "");
        assert!(scene.said.contains("received 9") && scene.said.contains("chose a and sent 9"), "{}", scene.said);
    }

    #[test]
    fn closing_wakes_all_and_a_second_close_is_refused() {
        let mut scene = Channels::default();
        act(&mut scene, "receive-a", "");
        act(&mut scene, "receive-a", "");
        act(&mut scene, "select-both", "3");
        act(&mut scene, "close-a", "");
        assert!(scene.waiting.is_empty(), "{:?}", scene.waiting);
        assert!(scene.act("close-a", "").is_err_and(|e| e.contains("close of closed channel")));
        act(&mut scene, "send-a", "1");
        assert!(scene.said.contains("send on closed channel"), "{}", scene.said);
    }

    #[test]
    fn what_plays_by_itself_goes_on() {
        let mut scene = Channels::default();
        let mut seen = [0; 3];
        for _ in 0..3000 {
            scene.tick();
            let selects = scene.waiting.iter().any(|g| g.deed == Deed::SelectReceive);
            let closed = scene.channels.iter().any(|c| c.chan.is_closed());
            for (n, now) in seen.iter_mut().zip([!scene.waiting.is_empty(), selects, closed]) {
                *n += usize::from(now);
            }
            assert!(scene.waiting.len() <= CROWD + 1, "{:?}", scene.waiting);
        }
        assert!(seen.iter().all(|&n| n > 20), "{seen:?}");
    }

    #[test]
    fn nonsense_is_refused_with_a_sentence() {
        let mut scene = Channels::default();
        for (action, argument) in [("send-c", "1"), ("send-a", "x"), ("send-a", "-1"), ("close-", ""), ("fly", "")] {
            assert!(scene.act(action, argument).is_err_and(|e| e.len() > 10), "{action} {argument}");
        }
    }
}
