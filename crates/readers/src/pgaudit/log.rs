//! A PostgreSQL log entry and the audit record in its message.

use std::borrow::Cow;

use demarche_core::UtcMicros;

/// What is used of a log entry.
#[derive(Debug)]
pub(super) struct Entry<'e> {
    pub(super) time: Cow<'e, str>,
    pub(super) user: Cow<'e, str>,
    /// Address, with port in `csvlog`.
    pub(super) client: Cow<'e, str>,
    pub(super) session: Cow<'e, str>,
    /// Its number among the session's lines.
    pub(super) line: Option<u64>,
    pub(super) message: Cow<'e, str>,
}

/// An audit record: `AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.cdr,"SELECT ...",<none>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Audit {
    /// Statement and sub-statement.
    pub(super) id: String,
    pub(super) class: String,
    pub(super) statement: String,
    pub(super) parameters: Vec<String>,
    /// Rows returned, where logged; else 0.
    pub(super) rows: i64,
}

/// The audit record of a message; `None` when it is none or lacks its fields.
pub(super) fn audit(message: &str) -> Option<Audit> {
    let mut fields = cut(message.strip_prefix("AUDIT: ")?)?.into_iter();
    let (kind, statement, sub) = (fields.next()?, fields.next()?, fields.next()?);
    if kind != "SESSION" && kind != "OBJECT" {
        return None;
    }
    let (class, _command) = (fields.next()?, fields.next()?);
    let (_object_type, _object) = (fields.next()?, fields.next()?);
    let text = fields.next()?;
    let parameters = fields.next().unwrap_or_default();
    let listed =
        !matches!(parameters.as_str(), "" | "<none>" | "<not logged>" | "<previously logged>");
    let parameters = if listed { cut(&parameters).unwrap_or_default() } else { Vec::new() };
    let rows = fields.next().and_then(|rows| rows.parse().ok()).unwrap_or(0);
    Some(Audit { id: format!("{statement}.{sub}"), class, statement: text, parameters, rows })
}

/// The fields of one CSV row that is `text`.
fn cut(text: &str) -> Option<Vec<String>> {
    let mut reader = csv_core::Reader::new();
    let (mut out, mut ends) = (vec![0; text.len() + 1], vec![0; 4096]);
    let (_, nin, mut written, mut ended) = reader.read_record(text.as_bytes(), &mut out, &mut ends);
    if nin < text.len() {
        // A row ends at a line break outside quotes, which a record does not have.
        return None;
    }
    let (result, _, more, last) = reader.read_record(&[], &mut out[written..], &mut ends[ended..]);
    if !matches!(result, csv_core::ReadRecordResult::Record) {
        return None;
    }
    written += more;
    ended += last;
    let mut start = 0;
    let mut fields = Vec::with_capacity(ended);
    for end in &ends[..ended] {
        let bytes = out[..written].get(start..*end)?;
        fields.push(String::from_utf8_lossy(bytes).into_owned());
        start = *end;
    }
    Some(fields)
}

/// `2024-03-01 08:00:00.123 CET`: the time, or `Some(None)` where the zone's name is not
/// one with a single meaning. `None` for what is no log time.
pub(super) fn time(text: &str) -> Option<Option<UtcMicros>> {
    let mut words = text.split(' ');
    let (date, clock, zone) = (words.next()?, words.next()?, words.next()?);
    let local = UtcMicros::parse(&format!("{date}T{clock}Z")).ok()?;
    if words.next().is_some() || zone.is_empty() || date.len() != 10 {
        return None;
    }
    // Minutes east of UTC; RFC 2822 names and the European ones of the zone database.
    let minutes = match zone.to_ascii_uppercase().as_str() {
        "UTC" | "GMT" | "UCT" | "Z" | "WET" => Some(0),
        "CET" | "WEST" => Some(60),
        "CEST" | "EET" => Some(120),
        "EEST" | "MSK" => Some(180),
        "EDT" => Some(-240),
        "EST" | "CDT" => Some(-300),
        "CST" | "MDT" => Some(-360),
        "MST" | "PDT" => Some(-420),
        "PST" => Some(-480),
        other => offset(other),
    };
    Some(minutes.map(|minutes| local.saturating_add(-minutes * 60 * UtcMicros::SECOND)))
}

/// `+01`, `-0330`, `+05:30`.
fn offset(zone: &str) -> Option<i64> {
    let sign = match zone.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let digits: String = zone[1..].chars().filter(|c| *c != ':').collect();
    if !matches!(digits.len(), 2 | 4) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let hours: i64 = digits[..2].parse().ok()?;
    let minutes: i64 =
        digits.get(2..).filter(|text| !text.is_empty()).unwrap_or("0").parse().ok()?;
    Some(sign * (hours * 60 + minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let is = |text: &str| time(text).flatten().map(|t| t.to_string());
        assert_eq!(is("2024-03-01 08:00:00.5 UTC").as_deref(), Some("2024-03-01T08:00:00.500000Z"));
        assert_eq!(is("2024-03-01 09:00:00 CET").as_deref(), Some("2024-03-01T08:00:00.000000Z"));
        assert_eq!(is("2024-03-01 11:30:00 +0330").as_deref(), Some("2024-03-01T08:00:00.000000Z"));
        assert_eq!(time("2024-03-01 08:00:00 IST"), Some(None));
        assert_eq!(time("2024-03-01 08:00:00"), None);
    }

    #[test]
    fn records() {
        let audit = audit(
            "AUDIT: SESSION,7,1,READ,SELECT,,,\"SELECT a\nFROM b WHERE c = $1\",\"+32,\"\"x\"\"\",3",
        );
        let audit = audit.unwrap();
        assert_eq!((audit.id.as_str(), audit.class.as_str(), audit.rows), ("7.1", "READ", 3));
        assert_eq!(audit.parameters, ["+32", "x"]);
        assert!(super::audit("AUDIT: SESSION,7").is_none());
        assert!(super::audit("AUDIT: SESSION,7,1,READ,SELECT,,,\"open").is_some());
    }
}
