//! The times at the head of daemons' log lines, and what they leave open.
//!
//! * syslog's old form (RFC 3164) `Mar 26 10:00:00`: no year, no zone. A year is never
//!   guessed: neither the file's name nor its place tells it for certain, and the clock of
//!   whoever reads it later does not at all.
//! * RFC 3339, as rsyslog writes by default since Debian 12, and RFC 5424: exact.
//! * `26-Mar-2024 10:00:00.123` (BIND): no zone, taken as UTC and said so.
//! * `[1711447200]` (unbound): seconds since the epoch.

use demarche_core::{EvidenceRef, UtcMicros};

use crate::registry::Sink;

/// A time as a line gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stamp {
    /// With its zone.
    Utc(UtcMicros),
    /// Without a zone.
    Local(UtcMicros),
    /// Without a year.
    NoYear,
    /// None at all.
    Absent,
}

/// Counts what the times of a member leave open.
#[derive(Debug, Default)]
pub(crate) struct Times {
    no_year: Option<(EvidenceRef, u64)>,
    local: Option<(EvidenceRef, u64)>,
    absent: Option<(EvidenceRef, u64)>,
}

impl Times {
    /// The time of a record, as far as it is known.
    pub(crate) fn take(&mut self, stamp: Stamp, evidence: &EvidenceRef) -> Option<UtcMicros> {
        let (time, count) = match stamp {
            Stamp::Utc(time) => return Some(time),
            Stamp::Local(time) => (Some(time), &mut self.local),
            Stamp::NoYear => (None, &mut self.no_year),
            Stamp::Absent => (None, &mut self.absent),
        };
        count.get_or_insert_with(|| (evidence.clone(), 0)).1 += 1;
        time
    }

    /// Writes an anomaly for each thing left open, citing the first line concerned.
    pub(crate) fn say(self, sink: &mut Sink<'_>) {
        if let Some((first, count)) = self.no_year {
            let reason = format!(
                "{count} records from here on bear no year: kept without time (export with \
                 RFC 3339 times to have them dated)"
            );
            sink.anomaly(first, reason);
        }
        if let Some((first, count)) = self.local {
            let reason = format!("{count} times from here on bear no zone: taken as UTC");
            sink.anomaly(first, reason);
        }
        if let Some((first, count)) = self.absent {
            sink.anomaly(first, format!("{count} records from here on bear no time"));
        }
    }
}

/// Takes the time, and a syslog priority before it, off a line.
pub(crate) fn take(line: &str) -> Option<(Stamp, &str)> {
    let line = match line.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        Some((priority, rest)) if priority.len() <= 3 && digits(priority) => {
            rest.strip_prefix("1 ").unwrap_or(rest)
        }
        _ => line,
    };
    if let Some((epoch, rest)) = line.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        return Some((Stamp::Utc(seconds(epoch)?), rest));
    }
    if line.get(..3).and_then(month).is_some() {
        // `Mar  6 10:00:00 `: fixed columns.
        let (day, clock) = (line.get(4..6)?.trim_start(), line.get(7..15)?);
        let rest = line.get(15..)?.strip_prefix(' ')?;
        let day_fits = digits(day) && (1..=31).contains(&day.parse::<u8>().ok()?);
        return (day_fits && is_clock(clock)).then_some((Stamp::NoYear, rest));
    }
    let (first, rest) = line.split_once(' ')?;
    if first.len() >= 19 && first.as_bytes().get(10) == Some(&b'T') {
        let time = UtcMicros::parse(first).ok()?;
        let zoned = first.ends_with(['Z', 'z']) || first[11..].contains(['+', '-']);
        return Some((if zoned { Stamp::Utc(time) } else { Stamp::Local(time) }, rest));
    }
    let (clock, rest) = rest.split_once(' ')?;
    let mut parts = first.split('-');
    let (day, name, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || day.len() != 2 || year.len() != 4 {
        return None;
    }
    let time = UtcMicros::parse(&format!("{year}-{:02}-{day}T{clock}Z", month(name)?)).ok()?;
    Some((Stamp::Local(time), rest))
}

/// The number of an English month's first three letters.
pub(crate) fn month(name: &str) -> Option<u8> {
    const NAMES: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let at = NAMES.iter().position(|known| *known == name)?;
    u8::try_from(at + 1).ok()
}

/// Seconds since the epoch, with up to six decimals.
fn seconds(text: &str) -> Option<UtcMicros> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !digits(whole) || whole.len() > 12 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let micros: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let whole = whole.parse::<i64>().ok()?.checked_mul(UtcMicros::SECOND)?;
    UtcMicros::from_micros(whole.checked_add(micros.parse().ok()?)?)
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_clock(text: &str) -> bool {
    text.len() == 8
        && text.bytes().enumerate().all(|(at, byte)| match at {
            2 | 5 => byte == b':',
            _ => byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> UtcMicros {
        UtcMicros::parse(text).unwrap()
    }

    #[test]
    fn every_form() {
        assert_eq!(take("Mar  6 10:00:00 rest of it"), Some((Stamp::NoYear, "rest of it")));
        assert_eq!(take("<30>Mar 26 10:00:00 a"), Some((Stamp::NoYear, "a")));
        let time = utc("2024-03-26T10:00:00.25Z");
        assert_eq!(take("2024-03-26T11:00:00.25+01:00 a"), Some((Stamp::Utc(time), "a")));
        assert_eq!(take("<30>1 2024-03-26T10:00:00.25Z a"), Some((Stamp::Utc(time), "a")));
        assert_eq!(take("26-Mar-2024 10:00:00.250 a"), Some((Stamp::Local(time), "a")));
        assert_eq!(take("2024-03-26T10:00:00.25 a"), Some((Stamp::Local(time), "a")));
        assert_eq!(take("[1711447200.25] a"), Some((Stamp::Utc(time), "a")));
        for text in ["", "Mar 99 10:00:00 a", "Mar 26 10.00.00 a", "[x] a", "26-Foo-2024 1:2:3 a"] {
            assert_eq!(take(text), None, "{text}");
        }
    }
}
