//! Numbers and times in half bytes.

use demarche_core::UtcMicros;

use crate::timestamp::Stamp;

/// TAP's `BCDString`: a digit a half byte, the first one high, filled up with ones.
pub(super) fn digits(bytes: &[u8]) -> String {
    halves(bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]))
}

/// A directory number (3GPP TS 24.008, section 10.5.4.7, and TS 29.002): a byte for its
/// kind, then a digit a half byte, the first one low. International ones get their `+`.
pub(super) fn number(bytes: &[u8]) -> String {
    let Some((kind, bytes)) = bytes.split_first() else { return String::new() };
    // Bit 8 clear: another byte of kind (presentation) follows.
    let bytes = if kind & 0x80 == 0 { bytes.get(1..).unwrap_or_default() } else { bytes };
    let digits = halves(bytes.iter().flat_map(|byte| [byte & 0xf, byte >> 4]));
    if kind & 0x70 == 0x10 && !digits.is_empty() { format!("+{digits}") } else { digits }
}

fn halves(halves: impl Iterator<Item = u8>) -> String {
    const DIGITS: [char; 15] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'a', 'b', 'c'];
    halves.map_while(|half| DIGITS.get(usize::from(half))).take(40).collect()
}

/// `TimeStamp` of TS 32.298: `YYMMDDhhmmss` in half bytes, a sign, `hhmm`.
pub(super) fn timestamp(bytes: &[u8]) -> Stamp {
    let &[year, month, day, hour, minute, second, sign, zone_hour, zone_minute] = bytes else {
        return Stamp::Absent;
    };
    let two = |byte: u8| {
        let text = digits(&[byte]);
        (text.len() == 2).then_some(text)
    };
    let sign = match sign {
        b'+' => '+',
        b'-' => '-',
        _ => return Stamp::Absent,
    };
    let parts = [year, month, day, hour, minute, second, zone_hour, zone_minute].map(two);
    let [Some(y), Some(mo), Some(d), Some(h), Some(mi), Some(s), Some(zh), Some(zm)] = parts else {
        return Stamp::Absent;
    };
    // Two digits of year: these records began in 1999.
    let century = if y.as_str() >= "90" { "19" } else { "20" };
    match UtcMicros::parse(&format!("{century}{y}-{mo}-{d}T{h}:{mi}:{s}{sign}{zh}:{zm}")) {
        Ok(time) => Stamp::Utc(time),
        Err(_) => Stamp::Absent,
    }
}

/// TAP's local time `YYYYMMDDhhmmss` and offset `+hhmm`, where it is known.
pub(super) fn local(time: &[u8], offset: Option<&[u8]>) -> Stamp {
    let text = String::from_utf8_lossy(time);
    let part = |from: usize, to: usize| text.get(from..to);
    let parts = [part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 12), part(12, 14)];
    let [Some(y), Some(mo), Some(d), Some(h), Some(mi), Some(s)] = parts else {
        return Stamp::Absent;
    };
    let local = format!("{y}-{mo}-{d}T{h}:{mi}:{s}");
    let offset = offset.map(String::from_utf8_lossy);
    let zoned = offset
        .as_deref()
        .filter(|text| text.len() == 5 && text.is_ascii())
        .and_then(|text| UtcMicros::parse(&format!("{local}{}:{}", &text[..3], &text[3..])).ok());
    match (zoned, UtcMicros::parse(&format!("{local}Z"))) {
        (Some(time), _) => Stamp::Utc(time),
        (None, Ok(time)) => Stamp::Local(time),
        (None, Err(_)) => Stamp::Absent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(number(&[0x91, 0x23, 0x74, 0x00, 0x00, 0xf1]), "+324700001");
        assert_eq!(number(&[0x01, 0x80, 0x01, 0xf1]), "101");
        assert_eq!(digits(&[0x32, 0x47, 0x1f]), "32471");
        assert_eq!(number(&[]), "");
    }

    #[test]
    fn times() {
        let stamp = timestamp(&[0x24, 0x03, 0x01, 0x09, 0, 0, b'+', 0x01, 0]);
        assert_eq!(stamp, Stamp::Utc(UtcMicros::parse("2024-03-01T08:00:00Z").unwrap()));
        assert_eq!(timestamp(&[0xff; 9]), Stamp::Absent);
        let time = UtcMicros::parse("2024-03-01T08:00:00Z").unwrap();
        assert_eq!(local(b"20240301090000", Some(b"+0100")), Stamp::Utc(time));
        assert_eq!(local(b"20240301080000", None), Stamp::Local(time));
        assert_eq!(local(b"2024", None), Stamp::Absent);
    }
}
