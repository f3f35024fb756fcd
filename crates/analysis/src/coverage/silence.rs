//! Silences that the log's own week makes unlikely.
//!
//! Three ways of telling one from a holiday, each of them slow to speak:
//!
//! * the log is one that never sleeps: the silence would be unlikely if every day in it
//!   were the quietest day of the week;
//! * people are at work: by its own week the log should speak, and another log of the same
//!   house, one that people fill, does;
//! * the silence is longer than any holiday: two weeks, from a log that speaks every
//!   working day.
//!
//! What an hour says is halved, since quiet hours come together, and taken down further
//! where the log was quiet in the weeks before or after. An account is held to the first
//! way alone and to more of it: people go on leave, machines do not.

use super::rhythm::{Rhythm, Series};

/// A silence that is suspected to be a gap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Silence {
    /// First hour without an event, since 1970.
    pub from: i64,
    /// The hour of the next event.
    pub to: i64,
    /// Events that the week lets expect within.
    pub expected: f64,
    /// By which of the ways it was told, in words.
    pub why: &'static str,
}

/// Nats from which on a silence is told: one in a million hours.
const ENOUGH: f64 = 14.0;
/// Nats of an hour, on the mean, in a log that never sleeps: one that bears a record now and
/// then on a Sunday may bear none on holidays.
const NEVER_SLEEPS: f64 = 0.3;
/// For an account: there are thousands of them, and they are on leave.
const ENOUGH_OF_ACCOUNT: f64 = 28.0;
/// For a silence that only its length tells from a holiday.
const ENOUGH_ALONE: f64 = 40.0;
/// A series shorter than this has no week that could be known.
const SHORTEST_HISTORY: i64 = 28 * 24;
/// The weeks before and after that tell how lively the log was at the time.
const BESIDE: i64 = 14 * 24;
/// A holiday is not longer.
const HOLIDAY: i64 = 14 * 24;
/// An account's silence is at least so long.
const ACCOUNT: i64 = 72;
/// Another log is lively where it bears this share of what is usual.
const LIVELY: f64 = 0.6;
/// Gaps of one series that are told at most.
const TOLD: usize = 200;

/// Suspect silences of a whole log; `others` are logs that people of the same house fill.
#[must_use]
pub fn of_house(series: &Series, others: &[&Series]) -> Vec<Silence> {
    let Some((first, last)) = series.span() else { return Vec::new() };
    if last - first < SHORTEST_HISTORY {
        return Vec::new();
    }
    let rhythm = settled(series, ENOUGH);
    let others: Vec<(&Series, Rhythm)> =
        others.iter().map(|other| (*other, Rhythm::new(other, &[]))).collect();
    let mut found = Vec::new();
    for (from, to) in series.quiet() {
        let level = level(series, &rhythm, from, to);
        let (own, quietest) = rhythm.silence(from, to);
        let (own, quietest) = (own * level / 2.0, quietest * level / 2.0);
        #[allow(clippy::cast_precision_loss)] // hours
        let length = (to - from) as f64;
        let why = if quietest >= ENOUGH && quietest >= NEVER_SLEEPS * length {
            "it is not silent so long even on its quietest days"
        } else if own >= ENOUGH
            && others.iter().any(|(other, rhythm)| lively(other, rhythm, from, to))
        {
            "others of the house's logs went on"
        } else if own >= ENOUGH_ALONE && to - from >= HOLIDAY {
            "it is longer than a holiday"
        } else {
            continue;
        };
        found.push(Silence { from, to, expected: rhythm.expected(from, to).1 * level, why });
        if found.len() >= TOLD {
            break;
        }
    }
    found
}

/// Suspect silences of one account.
#[must_use]
pub fn of_account(series: &Series) -> Vec<Silence> {
    let Some((first, last)) = series.span() else { return Vec::new() };
    if last - first < SHORTEST_HISTORY {
        return Vec::new();
    }
    let rhythm = settled(series, ENOUGH_OF_ACCOUNT);
    let long: Vec<(i64, i64)> = series.quiet().filter(|(from, to)| to - from >= ACCOUNT).collect();
    let longest_other = |span: &(i64, i64)| {
        let others = series.quiet().filter(|other| other != span && !long.contains(other));
        others.map(|(from, to)| to - from).max().unwrap_or(0)
    };
    // One who is away often is away again.
    if long.len() > 3 {
        return Vec::new();
    }
    let unlikely = long.iter().filter(|span| {
        let (from, to) = **span;
        let level = level(series, &rhythm, from, to);
        rhythm.silence(from, to).1 * level / 2.0 >= ENOUGH_OF_ACCOUNT
            && longest_other(span) * 3 <= to - from
    });
    unlikely
        .map(|&(from, to)| Silence {
            from,
            to,
            expected: rhythm.expected(from, to).1 * level(series, &rhythm, from, to),
            why: "the account is not silent so long even on its quietest days",
        })
        .collect()
}

/// The week of a series without the silences that it makes unlikely itself: a gap of weeks
/// would make every hour look quiet.
fn settled(series: &Series, enough: f64) -> Rhythm {
    let first = Rhythm::new(series, &[]);
    let suspects: Vec<(i64, i64)> = series
        .quiet()
        .filter(|(from, to)| to - from >= 3 && first.silence(*from, *to).0 / 2.0 >= enough)
        .take(TOLD)
        .collect();
    if suspects.is_empty() { first } else { Rhythm::new(series, &suspects) }
}

/// How lively the log was in the weeks beside a silence, against its usual week; at most 1.
fn level(series: &Series, rhythm: &Rhythm, from: i64, to: i64) -> f64 {
    let Some((first, last)) = series.span() else { return 0.0 };
    let share = |start: i64, end: i64| {
        let expected = rhythm.expected(start, end).0;
        let used = series.within(start, end).0;
        // Of what lies at the very edge too little is known to speak.
        if expected < 3.0 { 0.0 } else { (used / expected).min(1.0) }
    };
    share((from - BESIDE).max(first), from).min(share(to, (to + BESIDE).min(last + 1)))
}

fn lively(other: &Series, rhythm: &Rhythm, from: i64, to: i64) -> bool {
    let (hours, events) = rhythm.expected(from, to);
    let (used, seen) = other.within(from, to);
    events >= 20.0 && used >= LIVELY * hours && seen >= LIVELY * events
}
