//! The week of a log: how lively each of its 168 hours is.
//!
//! Events come in bursts, so an hour counts for being used or not, and for how many events
//! it bears only on the scale of their logarithm. All of it is in UTC: what a change to
//! summer time moves by an hour is taken up by the hours beside.

use demarche_core::UtcMicros;

/// Hours of a week.
const WEEK: i64 = 168;
/// No single hour weighs more: what it was like before is known from a few weeks only.
const MOST_NATS: f64 = 12.0;
/// An hour of the week is known from so many of its kind at least, its neighbours counted.
const KNOWN: f64 = 12.0;

/// Events by hour: whole hours since 1970 with their number, sorted, none empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series(Vec<(i64, u64)>);

impl Series {
    /// Of hours and the events in them, in any order.
    #[must_use]
    pub fn new(hours: impl IntoIterator<Item = (i64, u64)>) -> Self {
        let mut all: Vec<(i64, u64)> = hours.into_iter().filter(|(_, n)| *n > 0).collect();
        all.sort_unstable();
        all.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 = kept.1.saturating_add(next.1);
            }
            same
        });
        Self(all)
    }

    /// Of the times of events.
    #[must_use]
    pub fn of_times(times: impl IntoIterator<Item = UtcMicros>) -> Self {
        Self::new(times.into_iter().map(|time| (time.micros().div_euclid(UtcMicros::HOUR), 1)))
    }

    /// Hours that bear an event.
    #[must_use]
    pub fn used(&self) -> usize {
        self.0.len()
    }

    /// Hours and the events in them.
    #[cfg(test)]
    pub(super) fn hours(&self) -> impl Iterator<Item = (i64, u64)> + '_ {
        self.0.iter().copied()
    }

    /// First and last hour.
    pub(super) fn span(&self) -> Option<(i64, i64)> {
        Some((self.0.first()?.0, self.0.last()?.0))
    }

    /// Runs of hours without an event between its first and last, as half-open spans.
    pub(super) fn quiet(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.0.windows(2).map(|pair| (pair[0].0 + 1, pair[1].0)).filter(|(from, to)| from < to)
    }

    /// Used hours and events from hour `from` to before `to`.
    pub(super) fn within(&self, from: i64, to: i64) -> (f64, f64) {
        let start = self.0.partition_point(|(hour, _)| *hour < from);
        let end = self.0.partition_point(|(hour, _)| *hour < to);
        let inside = self.0.get(start..end).unwrap_or_default();
        let events = inside.iter().fold(0_u64, |sum, (_, n)| sum.saturating_add(*n));
        #[allow(clippy::cast_precision_loss)] // counts of hours and events
        (inside.len() as f64, events as f64)
    }
}

/// What one hour of the week is like.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    /// Hours of this kind, and how many of them were used.
    seen: f64,
    used: f64,
    /// Sums of the logarithm of one more than the events, and of its square.
    sum: f64,
    squares: f64,
}

impl Slot {
    fn add(&mut self, other: &Self) {
        self.seen += other.seen;
        self.used += other.used;
        self.sum += other.sum;
        self.squares += other.squares;
    }

    /// How much an hour without an event says, in nats.
    fn surprise(&self) -> f64 {
        if self.seen < KNOWN {
            return 0.0;
        }
        let unused = -(1.0 - self.used / (self.seen + 1.0)).ln();
        let mean = self.sum / self.seen;
        let deviation = (self.squares / self.seen - mean * mean).max(0.0).sqrt().max(0.25);
        let tail = mean / deviation;
        let far = if tail > 3.0 { tail * tail / 2.0 } else { 0.0 };
        unused.max(far).min(MOST_NATS)
    }
}

/// The week of a series.
pub(super) struct Rhythm {
    slots: Vec<Slot>,
    /// By hour of the week: what silence in it says.
    own: Vec<f64>,
    /// By hour of the day: the same on the quietest day of the week.
    quietest: Vec<f64>,
}

impl Rhythm {
    /// Of a series, without the spans in `left_out`.
    pub(super) fn new(series: &Series, left_out: &[(i64, i64)]) -> Self {
        let mut slots = vec![Slot::default(); 168];
        let out = |hour: i64| left_out.iter().any(|(from, to)| *from <= hour && hour < *to);
        if let Some((first, last)) = series.span() {
            // Whole weeks first, then hours one by one.
            let length = last - first + 1;
            let weeks = length.div_euclid(WEEK);
            for slot in &mut slots {
                #[allow(clippy::cast_precision_loss)] // weeks
                let weeks = weeks as f64;
                slot.seen = weeks;
            }
            for hour in (first + weeks * WEEK)..=last {
                slots[index(hour)].seen += 1.0;
            }
            for (from, to) in left_out {
                let weeks = (to - from).div_euclid(WEEK);
                for slot in &mut slots {
                    #[allow(clippy::cast_precision_loss)] // weeks
                    let weeks = weeks as f64;
                    slot.seen -= weeks;
                }
                for hour in (from + weeks * WEEK)..*to {
                    slots[index(hour)].seen -= 1.0;
                }
            }
        }
        for (hour, events) in series.0.iter().filter(|(hour, _)| !out(*hour)) {
            let slot = &mut slots[index(*hour)];
            #[allow(clippy::cast_precision_loss)] // events of an hour
            let log = (*events as f64).ln_1p();
            slot.used += 1.0;
            slot.sum += log;
            slot.squares += log * log;
        }
        let own: Vec<f64> = (0..168).map(|at| around(&slots, at).surprise()).collect();
        let quietest = (0..24)
            .map(|hour| (0..7).map(|day| own[day * 24 + hour]).fold(f64::INFINITY, f64::min))
            .collect();
        Self { slots, own, quietest }
    }

    /// What silence from hour `from` to before `to` says, hour by hour: by the week, and
    /// as if every day were the quietest of the week.
    pub(super) fn silence(&self, from: i64, to: i64) -> (f64, f64) {
        let mut sums = (0.0, 0.0);
        // A hundred weeks of silence say no more than a thousand.
        for hour in from..to.min(from.saturating_add(100 * WEEK)) {
            let at = index(hour);
            sums.0 += self.own[at];
            sums.1 += self.quietest[at % 24];
        }
        sums
    }

    /// Used hours, and events, to be expected from hour `from` to before `to`.
    pub(super) fn expected(&self, from: i64, to: i64) -> (f64, f64) {
        let mut sums = (0.0, 0.0);
        for hour in from..to.min(from.saturating_add(100 * WEEK)) {
            let slot = &self.slots[index(hour)];
            if slot.seen > 0.0 {
                sums.0 += slot.used / slot.seen;
                sums.1 += (slot.sum / slot.seen).exp_m1();
            }
        }
        sums
    }
}

/// A slot together with the hours beside it.
fn around(slots: &[Slot], at: usize) -> Slot {
    let mut all = Slot::default();
    for beside in [at + 167, at, at + 1] {
        all.add(&slots[beside % 168]);
    }
    all
}

fn index(hour: i64) -> usize {
    usize::try_from(hour.rem_euclid(WEEK)).unwrap_or_default()
}
