//! Pictures of what happened over time: as wide as their place, whatever the time.

use super::trace::{Stretch, Turn};

/// Boxes across a picture.
const ACROSS: usize = 500;
/// Colours of goroutines.
const COLOURS: u64 = 8;

/// A picture of boxes, `high` units high and `ACROSS` wide, stretched to its place. `label` says it in words.
pub fn picture(class: &str, high: u64, label: &str, inside: &str) -> String {
    format!(
        "<svg class=\"{class}\" role=\"img\" aria-label=\"{label}\" viewBox=\"0 0 {ACROSS} {high}\" preserveAspectRatio=\"none\">{inside}</svg>"
    )
}

/// Where a moment lies in a picture of `seen`.
fn place(at: u64, seen: Stretch) -> f64 {
    let at = at.clamp(seen.from, seen.to) - seen.from;
    at as f64 * ACROSS as f64 / seen.length().max(1) as f64
}

/// The class of a goroutine's colour.
pub fn colour(goroutine: u64) -> String {
    format!("g{}", goroutine % COLOURS)
}

/// A line across the picture at a moment.
pub fn cursor(at: u64, seen: Stretch, high: u64) -> String {
    let x = place(at, seen).min(ACROSS as f64 - 1.0);
    format!("<rect class=\"cursor\" x=\"{x:.2}\" y=\"0\" width=\"1\" height=\"{high}\"/>")
}

/// Stretches of time as boxes of a class; short ones are as wide as can be seen.
pub fn stretches(all: &[Stretch], seen: Stretch, class: &str, y: u64, high: u64) -> String {
    let mut html = String::new();
    let mut reached = -1.0;
    for stretch in all.iter().filter(|s| s.to >= seen.from && s.from <= seen.to) {
        let (from, to) = (place(stretch.from, seen), place(stretch.to, seen));
        let to = to.max(from + 0.6);
        // Where they are dense one box stands for many.
        if to - reached > 0.3 {
            html += &format!(
                "<rect class=\"{class}\" x=\"{from:.2}\" y=\"{y}\" width=\"{:.2}\" height=\"{high}\"/>",
                to - from
            );
            reached = to;
        }
    }
    html
}

/// A processor's turns. Where they are too short to be seen, a box is the goroutine that ran most, as high as the share of time in which any ran.
pub fn turns(all: &[Turn], seen: Stretch, high: u64) -> String {
    let mut boxes: Vec<(u64, f64)> = Vec::with_capacity(ACROSS);
    let mut next = all.partition_point(|turn| turn.when.to < seen.from);
    for i in 0..ACROSS as u128 {
        let edge = |i: u128| seen.from + (u128::from(seen.length()) * i / ACROSS as u128) as u64;
        let slot = Stretch { from: edge(i), to: edge(i + 1) };
        let (mut most, mut busy) = ((0, 0), 0);
        let mut same: Option<(u64, u64)> = None;
        while let Some(turn) = all.get(next).filter(|turn| turn.when.from < slot.to) {
            let part = turn.when.within(slot).length();
            busy += part;
            let sum = same.filter(|s| s.0 == turn.goroutine).map_or(part, |s| s.1 + part);
            same = Some((turn.goroutine, sum));
            if sum >= most.1 {
                most = (turn.goroutine, sum);
            }
            if turn.when.to > slot.to {
                break;
            }
            next += 1;
        }
        boxes.push((most.0, busy as f64 / slot.length().max(1) as f64));
    }
    let mut html = String::new();
    let mut at = 0;
    while at < boxes.len() {
        let (goroutine, share) = boxes[at];
        let run = boxes[at..].iter().take_while(|b| b.0 == goroutine && (b.1 - share).abs() < 0.05).count();
        if share > 0.0 {
            let tall = (share.min(1.0) * high as f64).max(1.0);
            let y = high as f64 - tall;
            let class = colour(goroutine);
            html += &format!("<rect class=\"{class}\" x=\"{at}\" y=\"{y:.1}\" width=\"{run}\" height=\"{tall:.1}\"/>");
        }
        at += run;
    }
    html
}

/// Values over time as a line of steps, or filled below it. `most` is at the top.
pub fn steps(values: &[(u64, u64)], seen: Stretch, most: u64, high: u64, class: &str) -> String {
    let first = values.partition_point(|v| v.0 < seen.from).saturating_sub(1);
    let y = |value: u64| high as f64 * (1.0 - value as f64 / most.max(1) as f64);
    let mut path = String::new();
    let mut last: Option<(f64, f64)> = None;
    for &(at, value) in values[first..].iter().take_while(|v| v.0 <= seen.to) {
        let (x, y) = (place(at, seen), y(value));
        match last {
            None => path += &format!("M{x:.2} {y:.1}"),
            Some((before, level)) if x - before > 0.2 || (y - level).abs() > high as f64 / 50.0 => {
                path += &format!("H{x:.2}V{y:.1}")
            }
            Some(_) => continue,
        }
        last = Some((x, y));
    }
    if last.is_none() {
        return String::new();
    }
    format!("<path class=\"{class}\" d=\"{path}H{ACROSS}\" vector-effect=\"non-scaling-stroke\"/>")
}

/// A bar for each value, the tallest as high as the picture.
pub fn bars(values: &[f64], class: &str, high: u64) -> String {
    let most = values.iter().copied().fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    // No more bars than can be told apart: each is the highest of its neighbours then.
    let per = values.len().div_ceil(ACROSS / 2).max(1);
    let shown: Vec<f64> = values.chunks(per).map(|chunk| chunk.iter().copied().fold(0.0, f64::max)).collect();
    let wide = (ACROSS as f64 / shown.len().max(1) as f64).min(20.0);
    let bar = |(i, value): (usize, &f64)| {
        let tall = (value / most * high as f64).max(1.0);
        format!(
            "<rect class=\"{class}\" x=\"{:.2}\" y=\"{:.1}\" width=\"{:.2}\" height=\"{tall:.1}\"/>",
            i as f64 * wide,
            high as f64 - tall,
            wide * 0.8
        )
    };
    shown.iter().enumerate().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_turns_share_a_box_and_long_ones_are_one() {
        let turn = |from, to, goroutine| Turn { when: Stretch { from, to }, goroutine };
        let seen = Stretch { from: 0, to: 500_000 };
        // A long turn is one box.
        let html = turns(&[turn(100_000, 400_000, 3)], seen, 20);
        assert_eq!(html, "<rect class=\"g3\" x=\"100\" y=\"0.0\" width=\"300\" height=\"20.0\"/>");
        // A thousand turns of half of the time each are boxes of half the height.
        let many: Vec<Turn> = (0..5000).map(|i| turn(i * 100, i * 100 + 50, 4)).collect();
        let html = turns(&many, seen, 20);
        assert_eq!(html, "<rect class=\"g4\" x=\"0\" y=\"10.0\" width=\"500\" height=\"10.0\"/>");
        assert_eq!(turns(&[], seen, 20), "");
    }

    #[test]
    fn lines_have_a_step_a_change_and_begin_with_what_was() {
        let values = [(0, 10), (200, 20), (400, 5), (900, 1)];
        let html = steps(&values, Stretch { from: 250, to: 750 }, 20, 100, "heap");
        assert!(html.contains("d=\"M0.00 0.0H150.00V75.0H500\""), "{html}");
        assert_eq!(steps(&[], Stretch { from: 0, to: 1 }, 1, 1, "heap"), "");
    }

    #[test]
    fn the_highest_bar_is_as_high_as_the_picture() {
        let html = bars(&[1.0, 4.0], "p1", 40);
        assert!(html.contains("height=\"10.0\"") && html.contains("height=\"40.0\""), "{html}");
        assert_eq!(bars(&vec![1.0; 10_000], "p1", 40).matches("<rect").count(), 250);
    }
}
