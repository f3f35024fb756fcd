//! Dates as citations give them: often a month or only a year.
//!
//! An ATT&CK external reference reads `Smith, J. (2021, March 4). Title. Retrieved May 1,
//! 2021.`: the first parentheses hold the publication date. Where they do not (`(n.d.)`,
//! no description), the citation's own name often ends in one (`Cisco Talos July 2022`).
//! The *retrieved* date says when ATT&CK's analysts read it, not when it was known, and is
//! not used.

use std::fmt;
use std::str::FromStr;

/// A year, with month and day where known (0 where not). Ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartialDate {
    year: u16,
    month: u8,
    day: u8,
}

/// A text that is no date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a date (YYYY, YYYY-MM or YYYY-MM-DD)")]
pub struct DateError(pub String);

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl PartialDate {
    /// From numbers; month and day 0 for unknown, a day only with a month. `None` outside
    /// the years 1900 to 2099 or the calendar.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let known = Self { year, month, day };
        ((1900..2100).contains(&year)
            && month <= 12
            && (day == 0 || month > 0)
            && day <= known.days_in_month())
        .then_some(known)
    }

    fn days_in_month(self) -> u8 {
        match self.month {
            4 | 6 | 9 | 11 => 30,
            2 if self.is_leap() => 29,
            2 => 28,
            _ => 31,
        }
    }

    fn is_leap(self) -> bool {
        self.year.is_multiple_of(if self.year.is_multiple_of(100) { 400 } else { 4 })
    }

    /// The latest day it may mean: what is only known as "2021" is certainly known before
    /// 2022, and not certainly before.
    #[must_use]
    pub fn latest(self) -> Self {
        let month = if self.month == 0 { 12 } else { self.month };
        let whole = Self { month, ..self };
        Self { day: if self.day == 0 { whole.days_in_month() } else { self.day }, ..whole }
    }

    /// The first day it may mean.
    #[must_use]
    pub fn earliest(self) -> Self {
        Self { month: self.month.max(1), day: self.day.max(1), ..self }
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> u16 {
        self.year
    }

    /// As one number `yyyymmdd`, zeros for what is unknown.
    #[must_use]
    pub fn number(self) -> u32 {
        u32::from(self.year) * 10_000 + u32::from(self.month) * 100 + u32::from(self.day)
    }

    /// From [`Self::number`]; `None` where it is none.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        let year = u16::try_from(number / 10_000).ok()?;
        let month = u8::try_from(number / 100 % 100).ok()?;
        let day = u8::try_from(number % 100).ok()?;
        Self::new(year, month, day)
    }

    /// The publication date of a citation: the first parentheses of its reference's
    /// description that hold a year, else a year (and the month before it) in its name.
    #[must_use]
    pub fn of_citation(name: &str, description: &str) -> Option<Self> {
        let bracketed = description.split_once('(').and_then(|(_, rest)| {
            let (inside, _) = rest.split_once(')')?;
            Self::in_words(inside)
        });
        bracketed.or_else(|| Self::in_words(name))
    }

    /// The first year in a text, with the month and day named beside it.
    fn in_words(text: &str) -> Option<Self> {
        let words: Vec<&str> = text
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .take(64)
            .collect();
        let (at, year) = words.iter().enumerate().find_map(|(at, word)| {
            let year: u16 = (word.len() == 4).then(|| word.parse().ok()).flatten()?;
            (1900..2100).contains(&year).then_some((at, year))
        })?;
        let month_at = |index: usize| words.get(index).and_then(|word| month(word));
        let day_at = |index: usize| words.get(index).and_then(|word| day(word));
        // "2021, March 4", then "March 4, 2021" and "4 March 2021", then "March 2021".
        let (month, day) = match (month_at(at + 1), at) {
            (Some(month), _) => (month, day_at(at + 2).unwrap_or(0)),
            (None, 2..) if day_at(at - 1).is_some() && month_at(at - 2).is_some() => {
                (month_at(at - 2)?, day_at(at - 1)?)
            }
            (None, 1..) => match month_at(at - 1) {
                Some(month) => (month, at.checked_sub(2).and_then(day_at).unwrap_or(0)),
                None => (0, 0),
            },
            (None, 0) => (0, 0),
        };
        Self::new(year, month, day).or_else(|| Self::new(year, month, 0))
    }
}

fn month(word: &str) -> Option<u8> {
    let word = word.to_ascii_lowercase();
    if word.len() < 3 {
        return None;
    }
    let at = MONTHS
        .iter()
        .position(|name| name.starts_with(&word) || word == "sept" && *name == "september")?;
    u8::try_from(at + 1).ok()
}

fn day(word: &str) -> Option<u8> {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    if digits.len() > 2 {
        return None;
    }
    digits.parse().ok().filter(|day| (1..=31).contains(day))
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.month, self.day) {
            (0, _) => write!(f, "{:04}", self.year),
            (month, 0) => write!(f, "{:04}-{month:02}", self.year),
            (month, day) => write!(f, "{:04}-{month:02}-{day:02}", self.year),
        }
    }
}

impl FromStr for PartialDate {
    type Err = DateError;

    /// `YYYY`, `YYYY-MM`, `YYYY-MM-DD`; of an RFC 3339 time the day.
    fn from_str(text: &str) -> Result<Self, DateError> {
        let error = || DateError(text.chars().take(40).collect());
        let day = text.split(['T', ' ']).next().unwrap_or(text);
        let mut parts = day.split('-');
        let mut number = |width: usize| match parts.next() {
            None => Ok(0),
            Some(part) if part.len() == width && part.bytes().all(|b| b.is_ascii_digit()) => {
                part.parse::<u16>().ok().filter(|value| *value > 0).ok_or_else(error)
            }
            Some(_) => Err(error()),
        };
        let (year, month, day) = (number(4)?, number(2)?, number(2)?);
        if parts.next().is_some() {
            return Err(error());
        }
        let small = |value: u16| u8::try_from(value).map_err(|_| error());
        Self::new(year, small(month)?, small(day)?).ok_or_else(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cited(name: &str, description: &str) -> String {
        PartialDate::of_citation(name, description).map(|d| d.to_string()).unwrap_or_default()
    }

    #[test]
    fn citations_give_their_date_in_many_shapes() {
        let name = "Check Point APT31 February 2021";
        assert_eq!(
            cited(name, "Itkin, E. (2021, February 22). Jian. Retrieved March 24, 2021."),
            "2021-02-22"
        );
        assert_eq!(cited(name, "Itkin, E. (2020, September). Jian."), "2020-09");
        assert_eq!(cited(name, "Itkin, E. (n.d.). Jian. Retrieved March 24, 2019."), "2021-02");
        assert_eq!(cited("Sept 3, 2020 report", ""), "2020-09-03");
        assert_eq!(cited("Report 4 March 2020", ""), "2020-03-04");
        assert_eq!(cited("FireEye APT29", "Retrieved March 24, 2019."), "");
        assert_eq!(cited("X 2019", "(2016, February 31)."), "2016-02");
        assert_eq!(cited("Unit 42 2018", "(9999999999999999999999)"), "2018");
    }

    #[test]
    fn only_certain_order_counts_as_earlier() {
        let year: PartialDate = "2021".parse().unwrap();
        let first: PartialDate = "2022-01-01T00:00:00Z".parse().unwrap();
        assert!(year.latest() < first.earliest());
        assert!(year.latest() > "2021-06-01".parse::<PartialDate>().unwrap());
        assert_eq!("2020-02".parse::<PartialDate>().unwrap().latest().to_string(), "2020-02-29");
        for bad in ["", "21", "2021-2", "2021-13", "2021-02-30", "2021-01-01-01", "x", "2021--"] {
            assert!(bad.parse::<PartialDate>().is_err(), "{bad}");
        }
    }
}
