//! Telling made-up pieces of a URL (tokens, ids, numbers) from words.
//!
//! A piece is judged by its letters alone: hexadecimal, digits, an address or its
//! encoding, the mixing of cases and digits, and for plain letters whether vowels stand
//! where words have them. A class carries the length where the length is fixed by what
//! made the piece (hex digests, short ids) and leaves it out where it varies with what is
//! encoded (Base64, numbers, addresses).

/// Shortest piece of Base64 alphabet that `{b64}` stands for; shorter ones are `{idN}`.
const B64: usize = 12;

/// Class of a piece, or `None` when it is fixed text.
///
/// `{email}`, `{emailb64}`, `{emailhex}`, `{uuid}`, `{date}`, `{num}`, `{hexN}`, `{b64}`,
/// `{idN}`.
pub(crate) fn classify(piece: &str) -> Option<String> {
    if piece.is_empty() {
        return None;
    }
    if is_email(piece) {
        return Some("{email}".to_owned());
    }
    if !piece.is_ascii() {
        return None;
    }
    let bytes = piece.as_bytes();
    if is_uuid(bytes) {
        return Some("{uuid}".to_owned());
    }
    if bytes.iter().all(u8::is_ascii_digit) {
        return Some(if is_compact_date(bytes) { "{date}" } else { "{num}" }.to_owned());
    }
    if is_date(piece) {
        return Some("{date}".to_owned());
    }
    if let Some(class) = hexadecimal(bytes) {
        return Some(class);
    }
    let trimmed = piece.trim_end_matches('=');
    let alphabet = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'+' | b'/');
    if trimmed.is_empty() || !trimmed.bytes().all(|b| alphabet(&b)) {
        return None;
    }
    if trimmed.len() >= 8 && base64(trimmed).is_some_and(|decoded| is_email(&decoded)) {
        return Some("{emailb64}".to_owned());
    }
    let padded = trimmed.len() < piece.len();
    if !padded && reads_as_words(trimmed) {
        return None;
    }
    match trimmed.len() {
        0..5 => padded.then(|| "{b64}".to_owned()),
        B64.. => Some("{b64}".to_owned()),
        _ if padded => Some("{b64}".to_owned()),
        length => Some(format!("{{id{length}}}")),
    }
}

/// Whether a class is one that differs from recipient to recipient by its nature.
pub(crate) fn is_token(class: &str) -> bool {
    class != "{date}"
}

/// One address, nothing else.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    !local.is_empty()
        && local.len() <= 64
        && local.chars().all(|c| c.is_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(c))
        && crate::domain::is_host(host)
}

fn is_uuid(bytes: &[u8]) -> bool {
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => *b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

/// `20240326`
fn is_compact_date(bytes: &[u8]) -> bool {
    let number = |range: std::ops::Range<usize>| {
        bytes[range].iter().fold(0_u32, |n, b| n * 10 + u32::from(b - b'0'))
    };
    bytes.len() == 8
        && (1990..=2069).contains(&number(0..4))
        && (1..=12).contains(&number(4..6))
        && (1..=31).contains(&number(6..8))
}

/// `2024-03-26`, `26.03.2024`, `2024_03`.
fn is_date(piece: &str) -> bool {
    let parts: Vec<&str> = piece.split(['-', '.', '_']).collect();
    let number = |text: &str, most: usize| {
        (!text.is_empty() && text.len() <= most && text.bytes().all(|b| b.is_ascii_digit()))
            .then(|| text.parse::<u32>().unwrap_or(0))
    };
    let day = |text: &str| number(text, 2).is_some_and(|n| (1..=31).contains(&n));
    match parts[..] {
        [a, b, c] => (is_year(a) && day(b) && day(c)) || (day(a) && day(b) && is_year(c)),
        [a, b] => is_year(a) && number(b, 2).is_some_and(|n| (1..=12).contains(&n)),
        _ => false,
    }
}

/// A year in which mail was written.
pub(crate) fn is_year(text: &str) -> bool {
    text.len() == 4
        && text.bytes().all(|b| b.is_ascii_digit())
        && (1990..=2069).contains(&text.parse::<u32>().unwrap_or(0))
}

fn hexadecimal(bytes: &[u8]) -> Option<String> {
    if bytes.len() < 8 || !bytes.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let digits = bytes.iter().any(u8::is_ascii_digit);
    let one_case =
        !(bytes.iter().any(u8::is_ascii_lowercase) && bytes.iter().any(u8::is_ascii_uppercase));
    if !one_case || !(digits || bytes.len() >= 16) {
        return None;
    }
    let decoded: Option<Vec<u8>> = (bytes.len().is_multiple_of(2) && bytes.len() <= 200)
        .then(|| {
            bytes
                .chunks(2)
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
                .collect()
        })
        .flatten();
    if decoded.is_some_and(|d| std::str::from_utf8(&d).is_ok_and(is_email)) {
        return Some("{emailhex}".to_owned());
    }
    Some(format!("{{hex{}}}", bytes.len()))
}

/// Text that a piece of Base64 (either alphabet) encodes, if it encodes text.
fn base64(text: &str) -> Option<String> {
    if text.len() > 400 || text.len() % 4 == 1 {
        return None;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bits = 0_u32;
    let mut count = 0;
    for byte in text.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(six)) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xff) as u8);
        }
    }
    String::from_utf8(out).ok()
}

/// Whether every piece between `-`, `_` and `+` is a word, a short number, or both.
fn reads_as_words(text: &str) -> bool {
    // A plain word among the pieces, or nothing but letters and numbers: a slug, whose
    // other pieces are judged alone.
    let split = || text.split(['-', '_', '+', '/']);
    let plain = |piece: &str| {
        piece.len() >= 4 && piece.bytes().all(|b| b.is_ascii_lowercase()) && has_word_shape(piece)
    };
    let simple = |piece: &str| {
        let all = |good: fn(&u8) -> bool| piece.as_bytes().iter().all(good);
        all(u8::is_ascii_digit) || all(u8::is_ascii_lowercase) || all(u8::is_ascii_uppercase)
    };
    if text.contains(['-', '_']) && (split().any(plain) || split().all(simple)) {
        return true;
    }
    let mut short = 0;
    let mut pieces = 0;
    for piece in split() {
        if !is_word(piece) {
            return false;
        }
        pieces += 1;
        short += usize::from(piece.len() <= 1);
    }
    // `a-B-c-d` is no text either.
    pieces < 4 || short * 2 < pieces
}

/// A word, possibly several joined in CamelCase, possibly with a short number before or
/// behind: `results`, `OpenTracking`, `covid19`, `v2`, `2nd`, `PDF`.
fn is_word(piece: &str) -> bool {
    let inner = piece.trim_end_matches(|c: char| c.is_ascii_digit());
    let after = piece.len() - inner.len();
    let letters = inner.trim_start_matches(|c: char| c.is_ascii_digit());
    let before = inner.len() - letters.len();
    if letters.is_empty() {
        return piece.len() <= 4;
    }
    if !letters.bytes().all(|b| b.is_ascii_alphabetic()) || after > 4 || before > 2 {
        return false;
    }
    let mut words = 0;
    for word in camel(letters) {
        words += 1;
        if !has_word_shape(word) {
            return false;
        }
    }
    // A digit in the middle of short mixed letters was refused above; what is left to
    // refuse are single letters in changing case.
    let numbered = after > 0 || before > 0;
    if words == 1 { !numbered || letters.len() <= 12 } else { letters.len() >= words * 3 }
}

/// Pieces of CamelCase; a run of capitals belongs together with what follows it.
fn camel(letters: &str) -> impl Iterator<Item = &str> {
    let mut rest = letters;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let bytes = rest.as_bytes();
        let capitals = bytes.iter().take_while(|b| b.is_ascii_uppercase()).count();
        let small = bytes[capitals..].iter().take_while(|b| b.is_ascii_lowercase()).count();
        let word;
        (word, rest) = rest.split_at(capitals + small);
        Some(word)
    })
}

/// Vowels where a word of most languages in Latin letters has them.
fn has_word_shape(word: &str) -> bool {
    let length = word.len();
    let capitals = word.bytes().filter(u8::is_ascii_uppercase).count();
    if length <= 4 {
        // Abbreviations, file endings, short names; not `ABc`, `XYz`.
        return capitals <= 1 || capitals == length;
    }
    if capitals > 1 && capitals < length {
        return false;
    }
    let vowel = |b: u8| matches!(b.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
    let mut vowels = 0;
    let mut run = 0;
    let mut longest = 0;
    for byte in word.bytes() {
        if vowel(byte) {
            vowels += 1;
            run = 0;
        } else {
            run += 1;
            longest = longest.max(run);
        }
    }
    // German `Angstschweiß` has a run of seven with `sch`; English `lengths` of five.
    let rare = word.bytes().filter(|b| b"qxzjQXZJ".contains(b)).count();
    vowels * 6 >= length && longest <= 6 && rare * 4 <= length && length <= 40
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn table() {
        for (piece, want) in [
            ("", ""),
            ("news", ""),
            ("election-results", ""),
            ("Wahlergebnisse", ""),
            ("OpenTracking", ""),
            ("iPhone", ""),
            ("covid19", ""),
            ("v2", ""),
            ("index", ""),
            ("unsubscribe", ""),
            ("the-2024-vote", ""),
            ("story-68123456", ""),
            ("wp-content", ""),
            ("новости", ""),
            ("facade", ""),
            ("deadbeef", ""),
            ("12345", "{num}"),
            ("7", "{num}"),
            ("20240326", "{date}"),
            ("2024-03-26", "{date}"),
            ("d41d8cd98f00b204e9800998ecf8427e", "{hex32}"),
            ("D41D8CD98F00B204", "{hex16}"),
            ("3f2a9c01", "{hex8}"),
            ("123e4567-e89b-12d3-a456-426614174000", "{uuid}"),
            ("aB3xZ9", "{id6}"),
            ("kJhGfDsA", "{id8}"),
            ("x7k2m9q4", "{id8}"),
            ("dQw4w9WgXcQ", "{id11}"),
            ("Zk9x-Qp3_LmT8vRw", "{b64}"),
            ("qzxwvkjt", "{id8}"),
            ("ann.lee@house.example", "{email}"),
            ("YW5uQGhvdXNlLmV4YW1wbGU=", "{emailb64}"),
            ("YW5uQGhvdXNlLmV4YW1wbGU", "{emailb64}"),
            ("616e6e40686f7573652e6578616d706c65", "{emailhex}"),
            ("eyJhbGciOiJIUzI1NiJ9", "{b64}"),
        ] {
            assert_eq!(classify(piece).unwrap_or_default(), want, "{piece}");
        }
    }

    proptest! {
        #[test]
        fn hex_keeps_its_length(piece in "[0-9a-f]{31}[0-9]") {
            prop_assert_eq!(classify(&format!("{piece}a")).unwrap(), "{hex33}");
        }

        #[test]
        fn long_mixed_pieces_are_base64(piece in "[a-z][0-9][A-Z][A-Za-z0-9]{13}[0-9][a-z][A-Z]") {
            prop_assert_eq!(classify(&piece).unwrap(), "{b64}");
        }

        #[test]
        fn never_panics(piece in "\\PC{0,60}") {
            let _ = classify(&piece);
        }
    }
}
