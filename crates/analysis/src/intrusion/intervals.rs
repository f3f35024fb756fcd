//! From suspect accesses to an interval with bounds, censoring and status.
//!
//! Accesses of one intruder are taken as a renewal process: the pause before the first
//! and after the last one seen is distributed as the pauses between. So the true start
//! lies with 90% between the first access less that pause's upper quantile and the
//! first access itself, cut at the coverage's edge; where the edge cuts, the interval
//! is censored. Lasting changes (a rule, a consent, a permission not taken back) move
//! the upper end to the end of coverage.

use demarche_core::{IntrusionStatus, UtcMicros};

use super::coverage::Covered;

/// What is known of an interval's ends, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) first_bounds: (i64, i64),
    pub(crate) last_bounds: (i64, i64),
    pub(crate) start_censored: bool,
    pub(crate) end_censored: bool,
    pub(crate) status: IntrusionStatus,
}

/// What is taken for the pause when there are too few accesses to tell.
const UNKNOWN_PAUSE: i64 = 7 * UtcMicros::DAY;
/// Nobody comes every day.
const SHORTEST_REACH: i64 = 4 * UtcMicros::DAY;
/// Censoring looks no further than this from the edge of coverage.
const LONGEST_PAUSE: i64 = 30 * UtcMicros::DAY;

/// `times` of suspect accesses (not empty, sorted), coverage, whether a change is still
/// in place, the earliest the intrusion can have begun, if something says so (the click that
/// let it in), and the first and last time that are hardly the owner's, if known.
pub(crate) fn interval(
    times: &[i64],
    covered: &Covered,
    lasting: bool,
    not_before: Option<i64>,
    sure: Option<(i64, i64)>,
) -> Option<Interval> {
    let (&first, &last) = (times.first()?, times.last()?);
    let pauses = pauses(times);
    let pause = quantile(&pauses, 0.9).unwrap_or(UNKNOWN_PAUSE);
    // One pause in ten is longer; three tenths more leave few.
    let reach = (pause.saturating_mul(13) / 10).clamp(SHORTEST_REACH, LONGEST_PAUSE);
    let (from, to) = (covered.around(first).0.min(first), covered.around(last).1.max(last));
    let start_censored = first - from < reach && not_before.is_none();
    // A door left open keeps an intrusion active. Whether it was gone through, the log tells
    // where it tells enough; a rule needs no further access.
    let unseen = lasting && pauses.len() < 2;
    let end_censored = to - last < reach || unseen;
    let low = (first - pause).max(from).max(not_before.unwrap_or(i64::MIN)).min(first);
    let high = if unseen { to } else { (last + pause).min(to) };
    // What is doubtful at the ends may be the owner's.
    let (first_sure, last_sure) = sure.unwrap_or((first, last));
    let status = if end_censored || lasting {
        IntrusionStatus::Active
    } else if covered.stated || to - last >= reach {
        IntrusionStatus::Ended
    } else {
        IntrusionStatus::Unknown
    };
    Some(Interval {
        first,
        last,
        first_bounds: (low, first_sure.max(first)),
        last_bounds: (last_sure.min(last), high),
        start_censored,
        end_censored,
        status,
    })
}

/// Pauses of six hours or more between accesses, sorted: within one visit there is
/// nothing to learn about the next.
fn pauses(times: &[i64]) -> Vec<i64> {
    let mut pauses: Vec<i64> = times
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .filter(|pause| *pause >= 6 * UtcMicros::HOUR)
        .collect();
    pauses.sort_unstable();
    pauses
}

/// Quantile of sorted pauses; `None` when there are fewer than two.
fn quantile(pauses: &[i64], at: f64) -> Option<i64> {
    if pauses.len() < 2 {
        return None;
    }
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let index = (at * (pauses.len() - 1) as f64).round() as usize;
    pauses.get(index).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = UtcMicros::DAY;

    fn covered(from: i64, to: i64) -> Covered {
        Covered { windows: vec![(from, to)], exact: vec![(from, to)], stated: true }
    }

    #[test]
    fn well_inside_coverage_it_is_ended_and_bounded() {
        let times = [100 * DAY, 103 * DAY, 105 * DAY, 109 * DAY];
        let found = interval(&times, &covered(0, 300 * DAY), false, None, None).unwrap();
        assert_eq!(found.status, IntrusionStatus::Ended);
        assert!(!found.start_censored && !found.end_censored);
        assert_eq!(found.first_bounds, (96 * DAY, 100 * DAY));
        assert_eq!(found.last_bounds, (109 * DAY, 113 * DAY));
    }

    #[test]
    fn edges_of_coverage_censor() {
        let times = [2 * DAY, 5 * DAY, 7 * DAY, 11 * DAY];
        let found = interval(&times, &covered(0, 12 * DAY), false, None, None).unwrap();
        assert!(found.start_censored && found.end_censored);
        assert_eq!(found.status, IntrusionStatus::Active);
        assert_eq!(found.first_bounds.0, 0);
    }

    #[test]
    fn a_rule_left_behind_keeps_it_active() {
        let found =
            interval(&[100 * DAY], &covered(0, 300 * DAY), true, Some(99 * DAY), None).unwrap();
        assert_eq!(found.status, IntrusionStatus::Active);
        assert_eq!(found.last_bounds.1, 300 * DAY);
        assert_eq!(found.first_bounds.0, 99 * DAY);
    }
}
