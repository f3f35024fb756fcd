//! What one world adds to the table of intrusions: recall by the intruder's
//! way of working, false alarms on clean accounts, the ends of intervals,
//! censoring, kinds, joins and candidates.

use std::collections::BTreeSet;

use super::LIKELY;
use super::burst::{MOSTLY, campaign_messages, operators, owner};
use super::figures::{Share, bound, interval, micros, overlap};
use super::stats::one_to_one;
use super::tables::{Found, Intrusion};
use crate::truth;

const DAY: f64 = 86_400.0 * 1e6;
/// What the bounds leave out, on both sides together.
const ALPHA: f64 = 0.1;

/// An intrusion of the truth and whether it was found.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// How the intruder works.
    pub method: String,
    /// Fewer than eight sittings, or usually ten days and more between two.
    pub sparse: bool,
    /// Whether a likely row matches it.
    pub found: bool,
}

/// One end of a matched intrusion that lies within the log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct End {
    /// Days between what was said and what was.
    pub error: f64,
    /// Whether the 90% bounds hold it.
    pub within: bool,
    /// Interval score of the bounds, days.
    pub score: f64,
    /// Interval score of seven days before to seven days after what was said.
    pub fixed: f64,
}

/// Figures of one world.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// Years of accounts that nobody broke into.
    pub user_years: f64,
    /// Main intrusions of the truth.
    pub cases: Vec<Case>,
    /// Likely rows on clean accounts.
    pub false_on_clean: f64,
    /// Likely rows on numbers whose records nobody stole.
    pub false_on_numbers: f64,
    /// Begins and ends.
    pub ends: Vec<End>,
    /// Right flags where the truth is: begin censored, begin seen, end
    /// censored, end seen.
    pub censoring: [Share; 4],
    /// Matched ones with the right kinds, all and no more.
    pub kinds: Share,
    /// Matched ones that a wave began, joined to a campaign that is at least
    /// [`MOSTLY`] that operator's.
    pub joined: Share,
    /// Each row: probability, and whether it is an intrusion of the truth.
    pub said: Vec<(f64, bool)>,
}

/// Interval score (T. Gneiting, A. Raftery 2007, "Strictly Proper Scoring
/// Rules", eq. 43) of 90% bounds: the width, and for each day outside of it
/// twenty more.
#[must_use]
pub fn interval_score(low: f64, high: f64, value: f64) -> f64 {
    let beyond = (low - value).max(0.0) + (value - high).max(0.0);
    (high - low).max(0.0) + 2.0 / ALPHA * beyond
}

fn end(value: &str, said: Option<&str>, bounds: &[Option<String>]) -> Option<End> {
    let value = micros(value)? / DAY;
    let point = said.and_then(micros).map(|p| p / DAY);
    let limit = |at| bound(bounds, at).map(|b| b / DAY);
    let (low, high) = (limit(0).or(point)?, limit(1).or(point)?);
    let point = point.unwrap_or(f64::midpoint(low, high));
    // A microsecond's tolerance for what was rounded.
    let slack = 2.0 / DAY;
    Some(End {
        error: (point - value).abs(),
        within: bounds.len() == 2 && low - slack <= value && value <= high + slack,
        score: interval_score(low, high, value),
        fixed: interval_score(point - 7.0, point + 7.0, value),
    })
}

fn matches(own: &truth::Intrusion, row: &Intrusion, last: f64) -> Option<f64> {
    let same = own.account.to_lowercase() == row.account.to_lowercase()
        && own.kinds.iter().any(|k| row.kinds.contains(k));
    let theirs = interval(row, last).filter(|_| same)?;
    let value = overlap((micros(&own.first_access)?, micros(&own.last_access)?), theirs);
    (value >= 0.5).then_some(value)
}

/// Draws the figures of one world.
#[must_use]
pub fn of(
    world: &truth::World,
    waves: &[&truth::Wave],
    truth: &[&truth::Intrusion],
    found: &Found,
) -> Access {
    let last = micros(&world.to).unwrap_or(f64::MAX);
    let likely: Vec<&Intrusion> =
        found.intrusions.iter().filter(|i| i.probability >= LIKELY).collect();
    let mut values = vec![];
    for (t, own) in truth.iter().enumerate() {
        for (f, row) in likely.iter().enumerate() {
            values.extend(matches(own, row, last).map(|value| (value, t, f)));
        }
    }
    let pairs = one_to_one(values);
    let broken: BTreeSet<String> = truth.iter().map(|i| i.account.to_lowercase()).collect();
    let mut out = Access {
        user_years: world.user_years,
        said: found
            .intrusions
            .iter()
            .map(|row| (row.probability, truth.iter().any(|own| matches(own, row, last).is_some())))
            .collect(),
        ..Access::default()
    };
    for (t, own) in truth.iter().enumerate().filter(|(_, i)| !i.secondary) {
        out.cases.push(Case {
            method: own.method.clone(),
            sparse: own.sessions < 8 || own.usual_gap_days >= 10.0,
            found: pairs.iter().any(|p| p.0 == t),
        });
    }
    for (f, row) in likely.iter().enumerate() {
        let account = row.account.to_lowercase();
        if !pairs.iter().any(|p| p.1 == f) && !broken.contains(&account) {
            if account.contains('@') {
                out.false_on_clean += 1.0;
            } else {
                out.false_on_numbers += 1.0;
            }
        }
    }
    let operators = operators(waves);
    let flag = |yes: bool| f64::from(u8::from(yes));
    for &(t, f) in &pairs {
        let (own, row) = (truth[t], likely[f]);
        if !own.start_censored {
            let said = row.first_access.as_deref();
            out.ends.extend(end(&own.first_access, said, &row.first_access_bounds));
        }
        if !own.end_censored {
            let said = row.last_access.as_deref();
            out.ends.extend(end(&own.last_access, said, &row.last_access_bounds));
        }
        for (at, is, said) in
            [(0, own.start_censored, row.start_censored), (2, own.end_censored, row.end_censored)]
        {
            let share = &mut out.censoring[at + usize::from(!is)];
            share.n += 1.0;
            share.k += flag(is == said);
        }
        let sorted = |kinds: &[String]| kinds.iter().cloned().collect::<BTreeSet<_>>();
        out.kinds.n += 1.0;
        out.kinds.k += flag(sorted(&own.kinds) == sorted(&row.kinds));
        if own.joined_wave.is_some() {
            let theirs = row.campaign_id.as_deref().and_then(|campaign| {
                owner(&operators, &campaign_messages(found, campaign), MOSTLY)
            });
            out.joined.n += 1.0;
            out.joined.k += flag(theirs == Some(own.operator.as_str()));
        }
    }
    out
}
