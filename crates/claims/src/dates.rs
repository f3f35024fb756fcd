//! Days and periods, as stated or relative to the day of the document.

use std::ops::Range;

use demarche_core::Period;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use crate::Language;
use crate::lexicon::{Lexicon, lexicon};
use crate::sentence::{Token, tokens};

/// The day a document states in its first lines: `2024-03-26` before all, else the first
/// full date ("Berlin, 3. Mai 2024").
pub(crate) fn of_head(text: &str, language: Language) -> Option<Date> {
    let end = text.char_indices().nth(600).map_or(text.len(), |(at, _)| at);
    let head = &text[..end];
    let tokens = tokens(text, &(0..head.len()));
    (0..tokens.len())
        .find_map(|at| full(text, &tokens, at, lexicon(language)).map(|(date, _)| date))
}

/// Length of a `date 2024-03-26` header before the first sentence.
pub(crate) fn header(text: &str) -> usize {
    let trimmed = text.trim_start();
    let lead = text.len() - trimmed.len();
    let Some(rest) = trimmed.strip_prefix("date ") else { return 0 };
    match rest.get(..10).and_then(|day| day.parse::<Date>().ok()) {
        Some(_) => lead + 15,
        None => 0,
    }
}

fn word<'a>(text: &'a str, token: &Token) -> &'a str {
    &text[token.range.clone()]
}

fn number(text: &str) -> Option<i16> {
    let digits = text.trim_end_matches(|c: char| c.is_alphabetic()).trim_end_matches('.');
    (digits.len() <= 4).then(|| digits.parse().ok()).flatten()
}

fn year(text: &str) -> Option<i16> {
    number(text).filter(|year| text.len() == 4 && (1970..2100).contains(year))
}

/// A date with day and month, from `at`; the year, where it is not stated, is `None`.
/// Returns day, month, year and the token after it.
fn day_month(
    text: &str,
    tokens: &[Token],
    at: usize,
    lexicon: &Lexicon,
) -> Option<(i8, i8, Option<i16>, usize)> {
    let get = |at: usize| tokens.get(at).map(|token| word(text, token)).unwrap_or("");
    let month = |at: usize| lexicon.months.get(&get(at).to_lowercase()).copied();
    let day = |at: usize| {
        let text = get(at);
        let long = text.chars().take_while(char::is_ascii_digit).count();
        (1..=2).contains(&long).then(|| number(text)).flatten().and_then(|n| i8::try_from(n).ok())
    };
    // ISO: 2024 - 03 - 26.
    if let Some(year) = year(get(at))
        && get(at + 1) == "-"
        && get(at + 3) == "-"
    {
        let (month, day) = (get(at + 2).parse().ok()?, get(at + 4).parse().ok()?);
        return Some((day, month, Some(year), at + 5));
    }
    // 25 March 2024, 25. März, le 1er mai.
    if let Some(found) = day(at) {
        let mut next = at + 1;
        if matches!(get(next), "." | "er") {
            next += 1;
        }
        if get(next) == "of" {
            next += 1;
        }
        if let Some(month) = month(next) {
            next += 1;
            if get(next) == "," {
                next += usize::from(year(get(next + 1)).is_some());
            }
            let year = year(get(next));
            return Some((found, month, year, next + usize::from(year.is_some())));
        }
    }
    // March 25, 2024.
    if let (Some(month), Some(found)) = (month(at), day(at + 1)) {
        let mut next = at + 2;
        if get(next) == "," {
            next += usize::from(year(get(next + 1)).is_some());
        }
        let year = year(get(next));
        return Some((found, month, year, next + usize::from(year.is_some())));
    }
    None
}

fn full(text: &str, tokens: &[Token], at: usize, lexicon: &Lexicon) -> Option<(Date, usize)> {
    let (day, month, year, next) = day_month(text, tokens, at, lexicon)?;
    Some((Date::new(year?, month, day).ok()?, next))
}

/// The day on which a sentence's act was done, relative to the document's.
pub(crate) fn said_on(
    text: &str,
    range: &Range<usize>,
    lexicon: &Lexicon,
    day: Option<Date>,
) -> Option<Date> {
    let tokens = tokens(text, range);
    for at in 0..tokens.len() {
        let before = at.checked_sub(1).map_or("", |at| word(text, &tokens[at])).to_lowercase();
        let lower = word(text, &tokens[at]).to_lowercase();
        if let (Some(number), Some(day)) = (lexicon.weekdays.get(&lower), day) {
            return weekday_before(day, *number);
        }
        if let (Some(offset), Some(day)) = (lexicon.days.get(&lower), day)
            && word(text, &tokens[at]) != "Morgen"
        {
            return day.checked_add(offset.days()).ok();
        }
        // A date after "since" or "between" is of a period, not of the act.
        let of_period = lexicon.periods.contains_key(&before)
            && lexicon.periods.get(&before).is_some_and(|kind| kind != "in");
        if !of_period && let Some((number, month, year, _)) = day_month(text, &tokens, at, lexicon)
        {
            let stated = year.and_then(|year| Date::new(year, month, number).ok());
            let near = || {
                let day = day?;
                let this = Date::new(day.year(), month, number).ok()?;
                let late = this > day.checked_add(31.days()).ok()?;
                if late { Date::new(day.year() - 1, month, number).ok() } else { Some(this) }
            };
            let found = stated.or_else(near)?;
            // What lies long before the document is what it is about.
            let old = day.is_some_and(|day| found < day.checked_sub(120.days()).unwrap_or(day));
            if !old {
                return Some(found);
            }
        }
    }
    None
}

/// The last day of this weekday, the day itself included.
fn weekday_before(day: Date, number: i8) -> Option<Date> {
    let weekday = Weekday::from_monday_one_offset(number).ok()?;
    if day.weekday() == weekday { Some(day) } else { day.nth_weekday(-1, weekday).ok() }
}

/// The period that a sentence is about.
pub(crate) fn period(
    text: &str,
    range: &Range<usize>,
    lexicon: &Lexicon,
    said: Option<Date>,
    last: Option<&Period>,
) -> Period {
    let tokens = tokens(text, range);
    let get = |at: usize| tokens.get(at).map(|token| word(text, token)).unwrap_or("");
    let kind =
        |at: usize| lexicon.periods.get(&get(at).to_lowercase()).map(String::as_str).unwrap_or("");
    let make = |from: Option<Date>, to: Option<Date>, first: usize, end: usize| Period {
        from: from.map(|date| date.to_string()).unwrap_or_default(),
        to: to.map(|date| date.to_string()).unwrap_or_default(),
        text: tokens
            .get(first)
            .zip(tokens.get(end.saturating_sub(1)))
            .map(|(a, b)| text[a.range.start..b.range.end].to_owned())
            .unwrap_or_default(),
    };
    for at in 0..tokens.len() {
        // "the same period": two words of one entry.
        let pair = format!("{} {}", get(at), get(at + 1)).to_lowercase();
        if lexicon.periods.get(&pair).is_some_and(|kind| kind == "same")
            && let Some(last) = last
        {
            return last.clone();
        }
        if let Some((from, to, end)) = point(text, &tokens, at, lexicon) {
            let joiner = get(end) == "-" || get(end) == "–" || kind(end) == "joiner";
            let opened = at > 0 && kind(at - 1) == "range";
            if joiner
                && let Some((_, last, end)) = point(text, &tokens, end + 1, lexicon)
                && to < last
            {
                return make(Some(from), Some(last), at.saturating_sub(usize::from(opened)), end);
            }
            match at.checked_sub(1).map(kind) {
                Some("since") => return make(Some(from), None, at - 1, end),
                Some("in") if from != to => return make(Some(from), Some(to), at - 1, end),
                // "im Jahr 2023", "in the year 2023".
                Some(unit) if unit == "1" && from != to && at > 1 && kind(at - 2) == "in" => {
                    return make(Some(from), Some(to), at - 2, end);
                }
                _ => {}
            }
        }
        // "between August and October 2022", "from 2021": the year stands behind.
        if kind(at) == "last"
            && let Some(said) = said
        {
            for ahead in at + 1..(at + 4).min(tokens.len()) {
                let count = i64::from(number(get(ahead)).filter(|n| *n < 100).unwrap_or(0));
                let words = lexicon.numbers.get(&get(ahead).to_lowercase()).copied();
                let count =
                    if count > 0 { count } else { i64::try_from(words.unwrap_or(0)).unwrap_or(0) };
                let unit = |at: usize| kind(at).parse::<i64>().unwrap_or(0);
                let years = if count > 0 { count.min(100) * unit(ahead + 1) } else { unit(ahead) };
                if (1..=200).contains(&years) {
                    let end = ahead + 1 + usize::from(count > 0);
                    return make(said.checked_sub(years.years()).ok(), Some(said), at, end);
                }
            }
        }
    }
    Period::default()
}

/// A year, a month or a day from `at`: its first and last day, and the token after it.
fn point(
    text: &str,
    tokens: &[Token],
    at: usize,
    lexicon: &Lexicon,
) -> Option<(Date, Date, usize)> {
    let get = |at: usize| tokens.get(at).map(|token| word(text, token)).unwrap_or("");
    if let Some((date, end)) = full(text, tokens, at, lexicon) {
        return Some((date, date, end));
    }
    if let Some(month) = lexicon.months.get(&get(at).to_lowercase()) {
        // "between August and October 2022": the nearest year behind.
        let year = (at + 1..at + 4).find_map(|at| year(get(at)).map(|year| (year, at)));
        if let Some((year, place)) = year {
            let first = Date::new(year, *month, 1).ok()?;
            let end = if place == at + 1 { place + 1 } else { at + 1 };
            return Some((first, first.last_of_month(), end));
        }
        return None;
    }
    let year = year(get(at))?;
    Some((Date::new(year, 1, 1).ok()?, Date::new(year, 12, 31).ok()?, at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str, language: Language) -> String {
        let day = "2024-03-26".parse().ok();
        said_on(text, &(0..text.len()), lexicon(language), day)
            .map(|day: Date| day.to_string())
            .unwrap_or_default()
    }

    fn over(text: &str, language: Language) -> (String, String) {
        let day = "2024-03-26".parse().ok();
        let period = period(text, &(0..text.len()), lexicon(language), day, None);
        (period.from, period.to)
    }

    fn pair(a: &str, b: &str) -> (String, String) {
        (a.to_owned(), b.to_owned())
    }

    #[test]
    fn days_are_relative_to_the_document() {
        assert_eq!(on("said on Tuesday", Language::English), "2024-03-26");
        assert_eq!(on("on Monday said", Language::English), "2024-03-25");
        assert_eq!(on("on 20 March the ministry", Language::English), "2024-03-20");
        assert_eq!(on("am Freitag", Language::German), "2024-03-22");
        assert_eq!(on("am 3. Mai 2023", Language::German), "");
        assert_eq!(on("vendredi à Paris", Language::French), "2024-03-22");
        assert_eq!(on("in the end", Language::English), "");
    }

    #[test]
    fn periods_are_read() {
        assert_eq!(
            over("from 2021-2022 the group", Language::English),
            pair("2021-01-01", "2022-12-31")
        );
        assert_eq!(
            over("between August 2021 and October 2022", Language::English),
            pair("2021-08-01", "2022-10-31")
        );
        assert_eq!(
            over("over the last decade", Language::English),
            pair("2014-03-26", "2024-03-26")
        );
        assert_eq!(over("since 2010", Language::English), pair("2010-01-01", ""));
        assert_eq!(over("im Jahr 2023 wurde", Language::German), pair("2023-01-01", "2023-12-31"));
        assert_eq!(over("depuis 2021", Language::French), pair("2021-01-01", ""));
        assert_eq!(
            over("zwischen 2021 und 2022", Language::German),
            pair("2021-01-01", "2022-12-31")
        );
    }

    #[test]
    fn the_head_states_the_day() {
        let head = |text: &str, language| of_head(text, language).map(|day| day.to_string());
        assert_eq!(
            head(" date 2024-03-26 China", Language::English).as_deref(),
            Some("2024-03-26")
        );
        assert_eq!(
            head("Berlin, 3. Mai 2024. Die", Language::German).as_deref(),
            Some("2024-05-03")
        );
        assert_eq!(
            head("Paris, le 29 avril 2025", Language::French).as_deref(),
            Some("2025-04-29")
        );
        assert_eq!(header(" date 2024-03-26 China"), 16);
    }
}
