//! Telephone numbers of people who are on no roster: stored as keyed hashes.
//!
//! A case about call records holds thousands of numbers of people whom it is not about.
//! They are needed to join (the same number is the same hash) and to count, never to be
//! read. So every number is hashed under the case's own key before it is stored, and those
//! that the roster names are shown in E.164 by hashing the roster's numbers and looking
//! them up: a roster that comes late, or goes, needs nothing read again.
//!
//! What it keeps from whom: a reader of tables, exports and dossiers sees no number. Who
//! holds the key, which lies in the case folder, can try numbers until one fits: there are
//! only so many. The same holds of the SHA-256 of the cited bytes for one who can guess a
//! whole record.
//!
//! Two notations are one number where they can only be one: punctuation goes, `00` is `+`,
//! `sip:` and `tel:` addresses are their user part. A number without `+` may be national or
//! international, so off the roster it is another one than with `+`; of the roster's
//! numbers every notation is known (ITU-T E.164, E.123).

use std::collections::{BTreeMap, BTreeSet};

/// What a hidden number begins with.
pub const HIDDEN: &str = "number:";

/// What exchanges write in the place of a number; says nothing of anybody.
const WORDS: [&str; 11] = [
    "anonymous",
    "restricted",
    "unavailable",
    "unknown",
    "private",
    "withheld",
    "asserted",
    "s",
    "h",
    "i",
    "t",
];

/// Country codes of two digits; all others are of three, `1` and `7` of one (ITU-T E.164,
/// list of assigned country codes).
const TWO_DIGITS: [&str; 44] = [
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47",
    "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65",
    "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
];

/// The key of one case.
#[derive(Clone, PartialEq, Eq)]
pub struct NumberKey([u8; 32]);

impl std::fmt::Debug for NumberKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NumberKey")
    }
}

impl NumberKey {
    /// Of 32 secret bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// From 64 hex digits; `None` for anything else.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let text = text.trim().as_bytes();
        let mut bytes = [0; 32];
        if text.len() != 64 {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(text.chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// As 64 hex digits, for the key file.
    #[must_use]
    pub fn to_hex(&self) -> String {
        crate::id::hex(&self.0)
    }

    /// `number:` and 16 hex digits for a number in any notation. Nothing stays nothing, and
    /// a word like `anonymous` stays a word.
    #[must_use]
    pub fn hide(&self, number: &str) -> String {
        let normal = normal(number);
        if normal.is_empty() || WORDS.contains(&normal.as_str()) {
            return normal;
        }
        let hash = blake3::keyed_hash(&self.0, normal.as_bytes());
        format!("{HIDDEN}{}", crate::id::hex(&hash.as_bytes()[..8]))
    }
}

/// A number in the form that is hashed: `+` and digits for what begins with `+` or `00`,
/// else its digits, `*` and `#` as they stand; in lower case what is no number.
#[must_use]
pub fn normal(number: &str) -> String {
    let text = number.trim().to_lowercase();
    let text = ["sips:", "sip:", "tel:"].iter().find_map(|s| text.strip_prefix(s)).unwrap_or(&text);
    let text = text.split(['@', ';']).next().unwrap_or_default().trim();
    let dialled = |c: char| c.is_ascii_digit() || matches!(c, '*' | '#');
    let between = |c: char| matches!(c, ' ' | '-' | '.' | '/' | '(' | ')' | '+' | '\u{a0}');
    if !text.chars().any(dialled) || !text.chars().all(|c| dialled(c) || between(c)) {
        return text.to_owned();
    }
    // `+44 (0)20 ...`: the trunk prefix is for those who dial from within.
    let plus = text.trim_start_matches(['(', ' ']).starts_with('+');
    let text = if plus { text.replace("(0)", "") } else { text.to_owned() };
    let digits: String = text.chars().filter(|c| dialled(*c)).collect();
    match digits.strip_prefix("00") {
        _ if plus => format!("+{digits}"),
        Some(rest) if rest.len() >= 7 => format!("+{rest}"),
        _ => digits,
    }
}

/// Country code and national number of an E.164 number.
fn parts(number: &str) -> Option<(&str, &str)> {
    let digits = number.strip_prefix('+').filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?;
    let length = match digits.get(..2)? {
        two if two.starts_with(['1', '7']) => 1,
        two if TWO_DIGITS.contains(&two) => 2,
        _ => 3,
    };
    (digits.len() > length + 3).then(|| digits.split_at(length))
}

/// The roster's numbers by what they are stored as.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Readable {
    by_hidden: BTreeMap<String, String>,
}

impl Readable {
    /// Of the roster's phones, under the key of the case. National notations are known of
    /// the country that more than half of the phones are of. A notation that two of the
    /// phones share shows neither.
    #[must_use]
    pub fn new<'p>(key: &NumberKey, phones: impl IntoIterator<Item = &'p str>) -> Self {
        let phones: BTreeSet<String> =
            phones.into_iter().map(normal).filter(|phone| !phone.is_empty()).collect();
        let mut countries: BTreeMap<&str, usize> = BTreeMap::new();
        for (country, _) in phones.iter().filter_map(|phone| parts(phone)) {
            *countries.entry(country).or_default() += 1;
        }
        let home = countries.into_iter().find(|(_, n)| n * 2 > phones.len()).map(|(c, _)| c);
        let mut by_hidden: BTreeMap<String, String> = BTreeMap::new();
        let mut shared: BTreeSet<String> = BTreeSet::new();
        for phone in &phones {
            for notation in notations(phone, home).into_iter().filter(|n| !phones.contains(n)) {
                let hidden = key.hide(&notation);
                if by_hidden.insert(hidden.clone(), phone.clone()).is_some_and(|p| p != *phone) {
                    shared.insert(hidden);
                }
            }
        }
        by_hidden.retain(|hidden, _| !shared.contains(hidden));
        by_hidden.extend(phones.iter().map(|phone| (key.hide(phone), phone.clone())));
        Self { by_hidden }
    }

    /// What a stored value is shown as: the roster's number, or as it is stored.
    #[must_use]
    pub fn show<'v>(&'v self, stored: &'v str) -> &'v str {
        self.by_hidden.get(stored).map_or(stored, String::as_str)
    }
}

/// Other ways of writing a number.
fn notations(phone: &str, home: Option<&str>) -> Vec<String> {
    let Some((country, national)) = parts(phone) else { return Vec::new() };
    let mut all = vec![format!("{country}{national}")];
    if Some(country) == home {
        if country == "1" {
            all.push(national.to_owned());
        } else {
            // Italy's numbers keep their zero abroad; elsewhere it is dialled within only.
            all.push(if national.starts_with('0') {
                national.to_owned()
            } else {
                format!("0{national}")
            });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> NumberKey {
        NumberKey::new([7; 32])
    }

    #[test]
    fn one_number_in_several_notations_is_one_hash() {
        let key = key();
        let hidden = key.hide("+442079460000");
        assert_eq!(hidden.len(), HIDDEN.len() + 16);
        for same in ["+44 (0)20 7946-0000", "0044 20 7946 0000", "sip:+442079460000@x.example"] {
            assert_eq!(key.hide(same), hidden, "{same}");
        }
        assert_ne!(key.hide("+442079460001"), hidden);
        assert_ne!(NumberKey::new([8; 32]).hide("+442079460000"), hidden);
    }

    #[test]
    fn nothing_and_words_stay_and_names_do_not() {
        let key = key();
        assert_eq!(key.hide(""), "");
        assert_eq!(key.hide("Anonymous"), "anonymous");
        assert!(key.hide("alice").starts_with(HIDDEN));
        assert!(key.hide("101").starts_with(HIDDEN));
        assert!(key.hide("number:0123456789abcdef").starts_with(HIDDEN));
        assert_eq!(normal("*97"), "*97");
    }

    #[test]
    fn the_roster_shows_its_own_in_every_notation() {
        let key = key();
        let shown = Readable::new(&key, ["+44 20 7946 0000", "+442079460001", "+33142000000"]);
        for notation in ["+442079460000", "00442079460000", "442079460000", "020 7946 0000"] {
            assert_eq!(shown.show(&key.hide(notation)), "+442079460000", "{notation}");
        }
        // Not the house's country: a national notation may be anybody's.
        assert_eq!(shown.show(&key.hide("33142000000")), "+33142000000");
        assert!(shown.show(&key.hide("0142000000")).starts_with(HIDDEN));
        assert!(shown.show(&key.hide("+442079460009")).starts_with(HIDDEN));
    }

    #[test]
    fn a_notation_that_two_share_shows_neither() {
        let key = key();
        let shown = Readable::new(&key, ["+390612345678", "+39612345678", "+39333000000"]);
        assert!(shown.show(&key.hide("0612345678")).starts_with(HIDDEN));
        assert_eq!(shown.show(&key.hide("+390612345678")), "+390612345678");
    }

    #[test]
    fn keys_come_back_from_their_text() {
        assert_eq!(NumberKey::from_hex(&key().to_hex()), Some(key()));
        assert_eq!(NumberKey::from_hex("00"), None);
        assert!(!format!("{:?}", key()).contains("07"));
    }
}
