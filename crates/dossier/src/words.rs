//! Words for numbers: probabilities, times, counts, labels. The words of a probability
//! are [`demarche_core::terms`].

pub(crate) use demarche_core::terms::is_likely;
pub use demarche_core::terms::term;
use demarche_core::{Probability, UtcMicros};

use crate::catalogue::{Language, current, plural, say, tr};

/// The label of the Traffic Light Protocol 2.0 (FIRST, 2022) without its prefix; one that
/// is not known is taken for the strictest.
#[must_use]
pub(crate) fn tlp(label: &str) -> &'static str {
    match label.to_uppercase().as_str() {
        "CLEAR" => "CLEAR",
        "GREEN" => "GREEN",
        "AMBER" => "AMBER",
        "AMBER+STRICT" => "AMBER+STRICT",
        _ => "RED",
    }
}

/// `87 %`; never 0 or 100, which nothing here is.
#[must_use]
pub fn percent(probability: Probability) -> String {
    match probability.get() * 100.0 {
        p if p < 1.0 => tr("under 1\u{a0}%").into_owned(),
        p if p > 99.0 => tr("over 99\u{a0}%").into_owned(),
        p => format!("{p:.0}\u{a0}%"),
    }
}

/// The word of ICD 203 for a probability, in the language of the scope.
#[must_use]
pub(crate) fn word(probability: Probability) -> String {
    tr(term(probability)).into_owned()
}

/// `very likely (87 %)`.
#[must_use]
pub fn likelihood(probability: Probability) -> String {
    format!("{} ({})", word(probability), percent(probability))
}

/// `2024-03-26`, or `unknown`.
#[must_use]
pub(crate) fn day(time: Option<UtcMicros>) -> String {
    time.map_or_else(|| tr("unknown").into_owned(), UtcMicros::date)
}

/// `2024-03-26 10:11 UTC`, or `unknown`.
#[must_use]
pub(crate) fn minute(time: Option<UtcMicros>) -> String {
    time.map_or_else(
        || tr("unknown").into_owned(),
        |time| format!("{} UTC", time.to_string().replace('T', " ").get(..16).unwrap_or("invalid")),
    )
}

/// `on 2024-03-26`, or `from 2024-03-26 to 2024-04-02`.
#[must_use]
pub(crate) fn span(from: Option<UtcMicros>, to: Option<UtcMicros>) -> String {
    let (from, to) = (day(from), day(to));
    if from == to {
        say!("on {day}", day = from)
    } else {
        say!("from {from} to {to}", from = from, to = to)
    }
}

/// `1,234,567`, grouped as the language does.
#[must_use]
pub(crate) fn thousands(number: u64) -> String {
    let separator = match current() {
        Language::En => ',',
        Language::De => '.',
        Language::Fr => '\u{202f}',
    };
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

/// `1 wave`, `1,200 waves`; both forms are handed in, see [`plural`].
#[must_use]
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number as u64), plural(number, one, many))
}

/// `a`, `a and b`, `a, b and c`, `a, b, c and 4 more`.
#[must_use]
pub(crate) fn list(items: &[String], most: usize) -> String {
    let shown = items.len().min(most);
    let rest = items.len() - shown;
    let mut words: Vec<String> = items[..shown].to_vec();
    if rest > 0 {
        words.push(say!("{count} more", count = thousands(rest as u64)));
    }
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, first)) => format!("{} {} {last}", first.join(", "), tr("and")),
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
    let point = if current() == Language::En { '.' } else { ',' };
    if unit == 0 { format!("{scaled} {name}") } else { format!("{scaled}{point}{tenths} {name}") }
}

/// What an evidence kind is called in a sentence.
#[must_use]
pub(crate) fn source_kind(kind: &str) -> String {
    match kind {
        "mail" => tr("mail"),
        "identity" => tr("sign-in logs"),
        "cloud" => tr("mailbox and cloud audit logs"),
        "web" => tr("web and proxy logs"),
        "calls" => tr("call records"),
        "record_lookups" => tr("look-ups of call records"),
        other => return crate::inert::inert(other, 40),
    }
    .into_owned()
}

/// What an intrusion's kind is called in a sentence.
#[must_use]
pub(crate) fn intrusion_kind(kind: &str) -> String {
    match kind {
        "mailbox" => tr("mailbox"),
        "cloud_storage" => tr("cloud storage"),
        "call_records" => tr("call records"),
        "identity" => tr("sign-in identity"),
        "mail_server" => tr("mail server"),
        other => return crate::inert::inert(other, 40),
    }
    .into_owned()
}

/// A class of evidence of a link in words.
#[must_use]
pub(crate) fn link_class(class: &str) -> String {
    match class {
        "url_grammar" => tr("URL grammar"),
        "skeleton" => tr("HTML skeleton"),
        "hours" => tr("working hours"),
        "headers" => tr("headers"),
        "infrastructure" => tr("infrastructure"),
        "lure" => tr("lure"),
        "recipients" => tr("recipients"),
        other => return name(other),
    }
    .into_owned()
}

/// What was read, `messages 412` as `412 messages`.
#[must_use]
pub(crate) fn amounts(read: &[String]) -> Vec<String> {
    read.iter()
        .map(|item| match item.rsplit_once(' ') {
            Some((what, number)) if number.starts_with(|c: char| c.is_ascii_digit()) => {
                let what = match what {
                    "messages" => tr("messages"),
                    "folders" => tr("folders"),
                    "files" => tr("files"),
                    "rows" => tr("rows"),
                    other => other.into(),
                };
                format!("{number} {what}")
            }
            _ => item.clone(),
        })
        .collect()
}

/// A tier of attribution in words.
#[must_use]
pub(crate) fn tier(tier: &str) -> String {
    match tier {
        "cluster" => tr("cluster"),
        "campaign" => tr("campaign"),
        "operator" => tr("operator"),
        "organisation" => tr("organisation"),
        "state" => tr("state"),
        other => return crate::inert::inert(other, 40),
    }
    .into_owned()
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
