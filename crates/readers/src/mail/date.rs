//! Dates of mail (RFC 5322, 3.3 and 4.3) and of what passes for them.

use demarche_core::UtcMicros;
use mail_parser::DateTime;

/// A time and the zone it was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MailDate {
    pub(super) time: UtcMicros,
    /// Minutes east of UTC; absent when no zone was written and UTC is assumed.
    pub(super) offset_minutes: Option<i32>,
}

/// Reads a date; `None` when no reading of it is a time between 1900 and 3000.
pub(super) fn parse(text: &str) -> Option<MailDate> {
    let text: String = text.chars().take(200).collect();
    let text = with_seconds(text.trim());
    let text = text.as_str();
    if !text.contains(':') {
        return None;
    }
    let rfc = |text: &str, zoned: bool| {
        // The parser looks for the line's end.
        convert(DateTime::parse_rfc822(&format!("{text}\n"))?, zoned)
    };
    if let Some(date) = asctime(text).and_then(|text| rfc(&text, has_zone(&text))) {
        return Some(date);
    }
    let zoned = text.split_whitespace().last().is_some_and(|last| !last.contains(':'));
    rfc(text, true).filter(|_| zoned).or_else(|| rfc(&format!("{text} +0000"), false)).or_else(
        || {
            let time = UtcMicros::parse(text).ok()?;
            Some(MailDate { time, offset_minutes: None })
        },
    )
}

/// The date of a `Received` field: what follows its last `;`.
pub(super) fn of_received(value: &str) -> Option<UtcMicros> {
    let (_, date) = value.rsplit_once(';')?;
    parse(date).map(|date| date.time)
}

/// `10:11` becomes `10:11:00`: seconds may be left out (RFC 5322, 3.3), and the parser
/// would take an alphabetic zone for them.
fn with_seconds(text: &str) -> String {
    let words = text.split_whitespace().map(|word| match word.split_once(':') {
        Some((hour, minute))
            if !minute.is_empty()
                && hour.bytes().chain(minute.bytes()).all(|b| b.is_ascii_digit()) =>
        {
            format!("{word}:00")
        }
        _ => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// `Thu Aug 22 12:36:23 2002 +0100` in RFC 5322's order.
fn asctime(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (weekday, rest) = words.split_first()?;
    if weekday.ends_with(',') || !weekday.chars().all(|c| c.is_ascii_alphabetic()) {
        return None;
    }
    let [month, day, time, rest @ ..] = rest else { return None };
    if !time.contains(':') || month.len() != 3 {
        return None;
    }
    let is_year = |word: &&&str| word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit());
    let year = rest.iter().find(is_year)?;
    let zone = rest.iter().find(|word| !is_year(word));
    Some(format!("{day} {month} {year} {time} {}", zone.unwrap_or(&NO_ZONE)))
}

/// What RFC 5322, 4.3, has for a zone of which nothing is known.
const NO_ZONE: &str = "-0000";

fn has_zone(text: &str) -> bool {
    !text.ends_with(NO_ZONE)
}

fn convert(mut date: DateTime, zoned: bool) -> Option<MailDate> {
    date.second = date.second.min(59); // leap seconds
    if (100..1000).contains(&date.year) {
        date.year += 1900; // years counted from 1900 (RFC 5322, 4.3)
    }
    if !date.is_valid() {
        return None;
    }
    let time = UtcMicros::from_seconds(date.to_timestamp())?;
    let offset = i32::from(date.tz_hour) * 60 + i32::from(date.tz_minute);
    let offset = if date.tz_before_gmt { -offset } else { offset };
    Some(MailDate { time, offset_minutes: zoned.then_some(offset) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn table() {
        for (text, want, offset) in [
            ("Tue, 26 Mar 2024 10:11:12 +0200", "2024-03-26T08:11:12.000000Z", Some(120)),
            ("26 Mar 2024 10:11:12 -0530 (x)", "2024-03-26T15:41:12.000000Z", Some(-330)),
            ("Tue, 26 Mar 24 10:11:12 EST", "2024-03-26T15:11:12.000000Z", Some(-300)),
            ("Tue, 26 Mar 2024 10:11 GMT", "2024-03-26T10:11:00.000000Z", Some(0)),
            ("Tue, 26 Mar 2024 10:11:12", "2024-03-26T10:11:12.000000Z", None),
            ("Thu Aug 22 12:36:23 2002", "2002-08-22T12:36:23.000000Z", None),
            ("Thu Aug 22 12:36:23 2002 +0100", "2002-08-22T11:36:23.000000Z", Some(60)),
            ("Thu, 22 Aug 0102 12:00:00 +0800", "2002-08-22T04:00:00.000000Z", Some(480)),
            ("Tue, 31 Dec 2016 23:59:60 +0000", "2016-12-31T23:59:59.000000Z", Some(0)),
        ] {
            let date = parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(date.time.to_string(), want, "{text}");
            assert_eq!(date.offset_minutes, offset, "{text}");
        }
        for text in ["", "yesterday", "99 Foo 2024 10:00:00 +0000", "Tue, 26 Mar 2024"] {
            assert_eq!(parse(text), None, "{text}");
        }
        let received = "from a by b; Tue, 26 Mar 2024 10:11:12 +0000";
        assert_eq!(of_received(received).unwrap().to_string(), "2024-03-26T10:11:12.000000Z");
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,60}|[A-Za-z0-9:+, ();-]{0,60}") {
            let _ = parse(&text);
        }
    }
}
