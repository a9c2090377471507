//! Text for the page: what visitors typed is escaped, numbers are grouped, shares are percentages.

use std::fmt::{self, Write};

/// Text in which nothing is markup.
pub struct Text<'a>(pub &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            c => f.write_char(c),
        })
    }
}

/// A number in groups of three digits: 8,396,800.
pub struct Number(pub usize);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                f.write_char(',')?;
            }
            f.write_char(digit)?;
        }
        Ok(())
    }
}

/// A count and its noun, in the plural (with `s`) unless it is 1.
pub struct Count<'a>(pub usize, pub &'a str);

impl fmt::Display for Count<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", Number(self.0), self.1, if self.0 == 1 { "" } else { "s" })
    }
}

/// `part` of `whole` in percent, with a digit behind the point. Of nothing it is 0.
pub struct Percent(pub usize, pub usize);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = if self.1 == 0 { 0.0 } else { self.0 as f64 * 100.0 / self.1 as f64 };
        write!(f, "{share:.1} %")
    }
}

/// A row of facts: names and values, in a description list.
pub fn facts(rows: &[(&str, String)]) -> String {
    let mut html = String::from("<dl class=\"facts\">");
    for (name, value) in rows {
        html += &format!("<div><dt>{name}</dt><dd>{value}</dd></div>");
    }
    html + "</dl>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_not_markup() {
        assert_eq!(Text("<b a=\"1\">&").to_string(), "&lt;b a=&quot;1&quot;&gt;&amp;");
    }

    #[test]
    fn numbers_come_in_groups() {
        let shown = [0, 7, 999, 1000, 9472, 8_396_800].map(|n| Number(n).to_string());
        assert_eq!(shown, ["0", "7", "999", "1,000", "9,472", "8,396,800"]);
        assert_eq!([Count(1, "page").to_string(), Count(1025, "page").to_string()], ["1 page", "1,025 pages"]);
        assert_eq!([Percent(1, 8).to_string(), Percent(1, 0).to_string()], ["12.5 %", "0.0 %"]);
    }
}
