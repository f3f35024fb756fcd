//! Words for numbers: probabilities, times, counts, labels. The words of a probability
//! are [`demarche_core::terms`].

pub(crate) use demarche_core::terms::is_likely;
pub use demarche_core::terms::term;
use demarche_core::{Probability, UtcMicros};

/// `87 %`; never 0 or 100, which nothing here is.
#[must_use]
pub fn percent(probability: Probability) -> String {
    match probability.get() * 100.0 {
        p if p < 1.0 => "under 1\u{a0}%".to_owned(),
        p if p > 99.0 => "over 99\u{a0}%".to_owned(),
        p => format!("{p:.0}\u{a0}%"),
    }
}

/// `very likely (87 %)`.
#[must_use]
pub fn likelihood(probability: Probability) -> String {
    format!("{} ({})", term(probability), percent(probability))
}

/// `2024-03-26`, or `unknown`.
#[must_use]
pub(crate) fn day(time: Option<UtcMicros>) -> String {
    time.map_or_else(|| "unknown".to_owned(), UtcMicros::date)
}

/// `2024-03-26 10:11 UTC`, or `unknown`.
#[must_use]
pub(crate) fn minute(time: Option<UtcMicros>) -> String {
    time.map_or_else(
        || "unknown".to_owned(),
        |time| format!("{} UTC", time.to_string().replace('T', " ").get(..16).unwrap_or("invalid")),
    )
}

/// `on 2024-03-26`, or `from 2024-03-26 to 2024-04-02`.
#[must_use]
pub(crate) fn span(from: Option<UtcMicros>, to: Option<UtcMicros>) -> String {
    let (from, to) = (day(from), day(to));
    if from == to { format!("on {from}") } else { format!("from {from} to {to}") }
}

/// `1,234,567`.
#[must_use]
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 wave`, `1,200 waves`; irregular plurals are handed in.
#[must_use]
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{} {many}", thousands(number as u64)) }
}

/// `a`, `a and b`, `a, b and c`, `a, b, c and 4 more`.
#[must_use]
pub(crate) fn list(items: &[String], most: usize) -> String {
    let shown = items.len().min(most);
    let rest = items.len() - shown;
    let mut words: Vec<String> = items[..shown].to_vec();
    if rest > 0 {
        words.push(format!("{rest} more"));
    }
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
    }
}

/// Bytes with a binary unit.
#[must_use]
pub(crate) fn bytes(number: u64) -> String {
    let mut unit = 0;
    let mut scaled = number;
    let mut tenths = 0;
    while scaled >= 1024 && unit < 4 {
        tenths = (scaled % 1024) * 10 / 1024;
        scaled /= 1024;
        unit += 1;
    }
    let name = ["B", "KiB", "MiB", "GiB", "TiB"][unit];
    if unit == 0 { format!("{scaled} {name}") } else { format!("{scaled}.{tenths} {name}") }
}

/// What an evidence kind is called in a sentence.
#[must_use]
pub(crate) fn source_kind(kind: &str) -> String {
    match kind {
        "mail" => "mail",
        "identity" => "sign-in logs",
        "cloud" => "mailbox and cloud audit logs",
        "web" => "web and proxy logs",
        "calls" => "call records",
        "record_lookups" => "look-ups of call records",
        other => return crate::inert::inert(other, 40),
    }
    .to_owned()
}

/// What an intrusion's kind is called in a sentence.
#[must_use]
pub(crate) fn intrusion_kind(kind: &str) -> String {
    match kind {
        "mailbox" => "mailbox",
        "cloud_storage" => "cloud storage",
        "call_records" => "call records",
        "identity" => "sign-in identity",
        "mail_server" => "mail server",
        other => return crate::inert::inert(other, 40),
    }
    .to_owned()
}

/// A class of evidence of a link in words.
#[must_use]
pub(crate) fn link_class(class: &str) -> String {
    match class {
        "url_grammar" => "URL grammar".to_owned(),
        "skeleton" => "HTML skeleton".to_owned(),
        "hours" => "working hours".to_owned(),
        other => name(other),
    }
}

/// What was read, `messages 412` as `412 messages`.
#[must_use]
pub(crate) fn amounts(read: &[String]) -> Vec<String> {
    read.iter()
        .map(|item| match item.rsplit_once(' ') {
            Some((what, number)) if number.starts_with(|c: char| c.is_ascii_digit()) => {
                format!("{number} {what}")
            }
            _ => item.clone(),
        })
        .collect()
}

/// `recipient_unique_token` as `recipient unique token`.
#[must_use]
pub(crate) fn name(identifier: &str) -> String {
    crate::inert::inert(&identifier.replace('_', " "), 80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_never_0_or_100() {
        assert_eq!(percent(Probability::new(1.0)), "over 99\u{a0}%");
        assert_eq!(percent(Probability::new(0.0)), "under 1\u{a0}%");
    }

    #[test]
    fn counts_and_lists() {
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(count(1, "wave", "waves"), "1 wave");
        let items: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        assert_eq!(list(&items, 2), "a, b and 2 more");
        assert_eq!(list(&items[..2], 5), "a and b");
        assert_eq!(list(&[], 5), "");
        assert_eq!(bytes(1536), "1.5 KiB");
    }
}
