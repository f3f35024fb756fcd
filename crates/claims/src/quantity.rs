//! Numbers that are stated: seven hackers, more than 10,000 emails, a 14-year operation.

use std::ops::Range;

use demarche_core::Quantity;

use crate::lexicon::Lexicon;
use crate::sentence::{Token, tokens};

/// The most of one claim.
const MOST: usize = 20;

/// Quantities of a range, in order.
pub(crate) fn quantities(text: &str, range: &Range<usize>, lexicon: &Lexicon) -> Vec<Quantity> {
    let tokens = tokens(text, range);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() && found.len() < MOST {
        match quantity(text, &tokens, at, lexicon) {
            Some((quantity, next)) => {
                found.push(quantity);
                at = next;
            }
            None => at += 1,
        }
    }
    found
}

fn quantity(
    text: &str,
    tokens: &[Token],
    at: usize,
    lexicon: &Lexicon,
) -> Option<(Quantity, usize)> {
    let word = |at: usize| tokens.get(at).map(|token| &text[token.range.clone()]).unwrap_or("");
    let lower = |at: usize| word(at).to_lowercase();
    let digits = word(at).starts_with(|c: char| c.is_ascii_digit());
    // A digit behind a hyphen or letters belongs to a name.
    if digits && at > 0 && tokens[at - 1].range.end == tokens[at].range.start {
        return None;
    }
    let (mut value, mut next) = if digits {
        (in_digits(word(at))?, at + 1)
    } else {
        (*lexicon.numbers.get(&lower(at))?, at + 1)
    };
    if matches!(word(next), "%" | "€" | "$")
        || matches!(at.checked_sub(1).map(word), Some("$" | "€" | "£"))
    {
        return None;
    }
    // "10 000", "two hundred", "twenty-one".
    loop {
        let joined = word(next) == "-";
        let ahead = if joined { next + 1 } else { next };
        match lexicon.numbers.get(&lower(ahead)) {
            Some(factor) if *factor >= 100 && value < *factor => {
                value = value.checked_mul(*factor)?;
                next = ahead + 1;
            }
            Some(ones) if joined && *ones < 10 && value % 10 == 0 => {
                value = value.checked_add(*ones)?;
                next = ahead + 1;
            }
            _ => break,
        }
    }
    let year = digits && (1970..2100).contains(&value) && word(at).len() == 4;
    let of_date = lexicon.months.contains_key(&lower(next))
        || lexicon.months.contains_key(&at.checked_sub(1).map(lower).unwrap_or_default())
        || (word(next) == "." && lexicon.months.contains_key(&lower(next + 1)));
    if year || of_date {
        return None;
    }
    // "14-year operation".
    if word(next) == "-" {
        next += 1;
    }
    let unit_at = unit(text, tokens, next)?;
    let unit = word(unit_at).to_lowercase();
    if lexicon.months.contains_key(&unit)
        || lexicon.prepositions.contains(&unit)
        || (value == 1 && unit == "of")
    {
        return None;
    }
    let (bound, first) = bound(text, tokens, at, lexicon);
    let words = text[tokens[first].range.start..tokens[unit_at].range.end]
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    Some((Quantity { text: words, value, bound, unit }, unit_at + 1))
}

/// `10,000`, `10.000`, `10 000`; a decimal fraction is none.
fn in_digits(word: &str) -> Option<u64> {
    let parts: Vec<&str> = word.split([',', '.', '\u{a0}', '\u{202f}']).collect();
    let grouped = parts.iter().skip(1).all(|part| part.len() == 3);
    let plain = parts.iter().all(|part| part.chars().all(|c| c.is_ascii_digit()));
    (grouped && plain).then(|| parts.concat().parse().ok()).flatten()
}

/// The noun that is counted: the last of up to three words behind the number before a mark
/// or a word of one or two letters.
fn unit(text: &str, tokens: &[Token], from: usize) -> Option<usize> {
    let mut found = None;
    let mut at = from;
    while let Some(token) = tokens.get(at).filter(|_| at < from + 5) {
        let word = &text[token.range.clone()];
        // "E-Mails" is one noun.
        let compound = tokens.get(at + 1).is_some_and(|mark| {
            &text[mark.range.clone()] == "-" && mark.range.start == token.range.end
        });
        if token.is_word && compound && tokens.get(at + 2).is_some_and(|next| next.is_word) {
            at += 2;
            continue;
        }
        let stops = !token.is_word
            || word.chars().count() < 3
            || matches!(
                word,
                "and"
                    | "und"
                    | "for"
                    | "have"
                    | "has"
                    | "had"
                    | "were"
                    | "was"
                    | "are"
                    | "being"
                    | "from"
                    | "with"
                    | "that"
                    | "who"
                    | "which"
                    | "over"
                    | "after"
                    | "les"
                    | "des"
                    | "der"
                    | "die"
                    | "den"
                    | "von"
                    | "aus"
                    | "ont"
                    | "sur"
                    | "par"
                    | "dans"
                    | "pour"
                    | "qui"
                    | "wurden"
                    | "sind"
                    | "haben"
                    | "the"
                    | "in"
            );
        if stops {
            break;
        }
        found = Some(at);
        // A plural noun ends the search in all three languages more often than not.
        if word.ends_with('s') || word.ends_with("en") || word.ends_with("er") {
            break;
        }
        if word.starts_with(char::is_uppercase) {
            break;
        }
        at += 1;
    }
    found
}

/// The words of a bound before a number, and where they begin.
fn bound(text: &str, tokens: &[Token], at: usize, lexicon: &Lexicon) -> (String, usize) {
    for length in (1..=4).rev() {
        let Some(first) = at.checked_sub(length) else { continue };
        let words = text[tokens[first].range.start..tokens[at - 1].range.end]
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .to_lowercase();
        if let Some(bound) = lexicon.bounds.get(&words) {
            return (bound.clone(), first);
        }
    }
    ("exactly".to_owned(), at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Language, lexicon::lexicon};

    fn read(text: &str, language: Language) -> Vec<(u64, String, String)> {
        quantities(text, &(0..text.len()), lexicon(language))
            .into_iter()
            .map(|q| (q.value, q.bound, q.unit))
            .collect()
    }

    #[test]
    fn numbers_with_bounds_and_units() {
        let one = |value, bound: &str, unit: &str| (value, bound.to_owned(), unit.to_owned());
        assert_eq!(
            read("involved more than 10,000 emails being sent", Language::English),
            [one(10_000, "more_than", "emails")]
        );
        assert_eq!(read("a 14-year operation since 2010", Language::English)[0].0, 14);
        assert_eq!(read("Two individuals and one company", Language::English).len(), 2);
        assert_eq!(read("on 25 March APT31 hit 3% of", Language::English), []);
        assert_eq!(
            read("mehr als 10.000 E-Mails und zwei Personen", Language::German)
                .iter()
                .map(|q| (q.0, q.1.as_str()))
                .collect::<Vec<_>>(),
            [(10_000, "more_than"), (2, "exactly")]
        );
        assert_eq!(
            read("plus de 10\u{a0}000 courriels", Language::French),
            [one(10_000, "more_than", "courriels")]
        );
    }
}
