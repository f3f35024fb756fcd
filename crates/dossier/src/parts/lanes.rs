//! The time axis and what lies under every lane: scale, ticks, stretches not covered.

use demarche_core::UtcMicros;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::model::Report;
use crate::narrative::Cover;

/// Units of the picture.
pub(crate) const LEFT: f64 = 192.0;
pub(crate) const RIGHT: f64 = 984.0;

/// Where the axis begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scale {
    pub(crate) from: i64,
    pub(crate) to: i64,
}

impl Scale {
    /// From the first to the last wave or access, widened by what was covered, but at
    /// most by the larger of a year and that span on each side: one forged date in a log
    /// must not press all the rest into a line. `None` when nothing has a time.
    pub(crate) fn of(report: &Report) -> Option<Self> {
        let waves = report.waves.iter().flat_map(|row| [row.first_seen, row.last_seen]);
        let access = report.intrusions.iter().flat_map(|row| [row.first_access, row.last_access]);
        let bounds = report
            .intrusions
            .iter()
            .flat_map(|row| row.first_access_bounds.iter().chain(&row.last_access_bounds))
            .map(|time| Some(*time));
        let covered = report.coverage.iter().flat_map(|row| [row.from, row.to]);
        let range = |times: &mut dyn Iterator<Item = Option<UtcMicros>>| {
            times.flatten().map(UtcMicros::micros).fold(None, |range: Option<(i64, i64)>, at| {
                Some(range.map_or((at, at), |(low, high)| (low.min(at), high.max(at))))
            })
        };
        let events = range(&mut waves.chain(access));
        let all = range(&mut covered.chain(bounds));
        let (from, to) = match (events, all) {
            (Some((from, to)), Some((low, high))) => {
                let room = to.saturating_sub(from).max(366 * UtcMicros::DAY);
                (
                    from.min(low.max(from.saturating_sub(room))),
                    to.max(high.min(to.saturating_add(room))),
                )
            }
            (Some(range), None) | (None, Some(range)) => range,
            (None, None) => return None,
        };
        let pad = (to.saturating_sub(from) / 50).max(UtcMicros::DAY);
        Some(Self { from: from.saturating_sub(pad), to: to.saturating_add(pad) })
    }

    /// Where a time stands, held inside the picture.
    #[allow(clippy::cast_precision_loss)] // a picture's precision
    pub(crate) fn x(self, time: UtcMicros) -> f64 {
        let span = self.to.saturating_sub(self.from).max(1) as f64;
        let at = time.micros().saturating_sub(self.from) as f64 / span;
        LEFT + at.clamp(0.0, 1.0) * (RIGHT - LEFT)
    }

    /// Ticks: years, quarters, months or days, at most about sixteen, with labels.
    pub(crate) fn ticks(self) -> Vec<(f64, String)> {
        let days = self.to.saturating_sub(self.from) / UtcMicros::DAY;
        let (months, step_days) = match days {
            d if d > 366 * 16 => (12 * (1 + d / (366 * 16)), 0),
            d if d > 366 * 4 => (12, 0),
            d if d > 366 * 2 => (6, 0),
            d if d > 300 => (3, 0),
            d if d > 45 => (1, 0),
            d if d > 14 => (0, 7),
            _ => (0, 1),
        };
        let Some(start) = date(self.from) else { return Vec::new() };
        let Ok(mut at) = Date::new(start.year(), if months > 0 { 1 } else { start.month() }, 1)
        else {
            return Vec::new();
        };
        let mut ticks = Vec::new();
        for _ in 0..400 {
            let Some(time) = micros(at) else { break };
            if time.micros() > self.to {
                break;
            }
            if time.micros() >= self.from {
                let text = at.to_string();
                let label = match (months, at.month()) {
                    (0, _) => text.get(5..).unwrap_or_default().to_owned(),
                    (_, 1) => format!("{:04}", at.year()),
                    _ => text.get(..7).unwrap_or_default().to_owned(),
                };
                ticks.push((self.x(time), label));
            }
            let step = if months > 0 { months.months() } else { step_days.days() };
            match at.checked_add(step) {
                Ok(next) => at = next,
                Err(_) => break,
            }
        }
        ticks
    }
}

fn date(micros: i64) -> Option<Date> {
    let time = jiff::Timestamp::from_microsecond(micros).ok()?;
    Some(TimeZone::UTC.to_datetime(time).date())
}

fn micros(date: Date) -> Option<UtcMicros> {
    let time = TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?;
    UtcMicros::from_micros(time.as_microsecond())
}

/// Stretches of the picture, from and to, that none of `covers` covers.
pub(crate) fn uncovered(scale: Scale, covers: &[&Cover]) -> Vec<(f64, f64)> {
    let mut covered: Vec<(f64, f64)> = covers
        .iter()
        .flat_map(|cover| &cover.intervals)
        .map(|(from, to)| {
            (from.map_or(LEFT, |time| scale.x(time)), to.map_or(RIGHT, |time| scale.x(time)))
        })
        .collect();
    covered.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut open = Vec::new();
    let mut at = LEFT;
    for (from, to) in covered {
        if from > at + 0.5 {
            open.push((at, from));
        }
        at = at.max(to);
    }
    if RIGHT > at + 0.5 {
        open.push((at, RIGHT));
    }
    open
}

#[cfg(test)]
mod tests {
    use demarche_core::{CoverageEntry, Wave};

    use super::*;

    fn time(text: &str) -> Option<UtcMicros> {
        UtcMicros::parse(text).ok()
    }

    fn report() -> Report {
        Report {
            waves: vec![Wave {
                first_seen: time("2021-03-01T00:00:00Z"),
                last_seen: time("2023-03-01T00:00:00Z"),
                ..Wave::default()
            }],
            coverage: vec![CoverageEntry {
                source: "mail".to_owned(),
                from: time("1970-01-01T00:00:00Z"),
                to: time("2022-01-01T00:00:00Z"),
                ..CoverageEntry::default()
            }],
            ..Report::default()
        }
    }

    #[test]
    fn a_forged_date_does_not_rule_the_axis() {
        let scale = Scale::of(&report()).unwrap();
        assert_eq!(date(scale.from).unwrap().year(), 2019);
        assert!(Scale::of(&Report::default()).is_none());
    }

    #[test]
    fn ticks_are_few_and_inside() {
        let scale = Scale::of(&report()).unwrap();
        let ticks = scale.ticks();
        assert!((3..=16).contains(&ticks.len()), "{ticks:?}");
        assert!(ticks.iter().all(|(x, _)| (LEFT..=RIGHT).contains(x)));
        for days in [1, 10, 40, 200, 700, 4_000, 100_000] {
            let from = time("2020-02-02T00:00:00Z").unwrap().micros();
            let ticks = Scale { from, to: from + days * UtcMicros::DAY }.ticks();
            assert!(ticks.len() <= 20, "{days} days: {}", ticks.len());
        }
    }

    #[test]
    fn what_is_not_covered_is_a_stretch() {
        let report = report();
        let scale = Scale::of(&report).unwrap();
        let covers = crate::narrative::covers(&report, None);
        let mail: Vec<&Cover> = covers.iter().filter(|cover| cover.kind == "mail").collect();
        let open = uncovered(scale, &mail);
        assert_eq!(open.len(), 1, "{open:?}");
        assert!((open[0].1 - RIGHT).abs() < 0.1);
        assert_eq!(uncovered(scale, &[]), [(LEFT, RIGHT)]);
    }
}
