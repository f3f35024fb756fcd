//! Joins to the waves: was the account lured shortly before its intruder came?

use std::collections::BTreeMap;

use demarche_core::{Exposure, ExposureState, UtcMicros, Wave};

use super::evidence::{Class, Weighed};
use super::weights;

/// A click leads to a sign-in within weeks, if it does at all.
const REACH: i64 = 45 * UtcMicros::DAY;

/// Exposures by recipient, with the campaign of their wave.
#[derive(Debug, Default)]
pub(crate) struct Lures<'a> {
    by_recipient: BTreeMap<String, Vec<(i64, &'a Exposure, &'a Wave)>>,
}

/// A lure that reached the account in the weeks before.
pub(crate) struct Lure {
    pub(crate) campaign_id: String,
    /// Microseconds.
    pub(crate) time: i64,
    pub(crate) clicked: bool,
    pub(crate) item: Weighed,
}

impl<'a> Lures<'a> {
    /// Indexes exposures whose wave is at hand.
    pub(crate) fn new(waves: &'a [Wave], exposures: &'a [Exposure]) -> Self {
        let waves: BTreeMap<&str, &Wave> = waves.iter().map(|w| (w.wave_id.as_str(), w)).collect();
        let mut lures = Self::default();
        for exposure in exposures {
            let Some(wave) = waves.get(exposure.wave_id.as_str()) else { continue };
            let Some(time) = exposure.time.or(wave.first_seen) else { continue };
            lures.by_recipient.entry(exposure.recipient.to_lowercase()).or_default().push((
                time.micros(),
                exposure,
                wave,
            ));
        }
        for list in lures.by_recipient.values_mut() {
            list.sort_by(|a, b| (a.0, &a.1.wave_id).cmp(&(b.0, &b.1.wave_id)));
        }
        lures
    }

    /// The strongest, then latest lure of `account` before `start`.
    pub(crate) fn before(&self, account: &str, start: i64) -> Option<Lure> {
        let rank = |state: ExposureState| match state {
            ExposureState::Clicked => (weights::CLICK_BEFORE, "clicked_a_lure_before"),
            ExposureState::Fetched => (weights::FETCH_BEFORE, "opened_a_lure_before"),
            _ => (weights::TARGETED_BEFORE, "targeted_by_a_wave_before"),
        };
        // Few days have a lure; that an intruder's first one follows one is no chance.
        let close = |time: i64| match (start - time) / UtcMicros::DAY {
            0 => weights::LURE_SAME_DAY,
            1 | 2 => weights::LURE_SAME_DAY / 2.0,
            _ => 0.0,
        };
        // A doubtful wave is a doubtful lure.
        let nats = |lure: &&(i64, &Exposure, &Wave)| {
            (rank(lure.1.state).0 + close(lure.0)) * lure.2.probability.get()
        };
        let lure = self
            .by_recipient
            .get(account)?
            .iter()
            .filter(|(time, _, _)| *time <= start && start - *time <= REACH)
            .max_by(|a, b| nats(a).total_cmp(&nats(b)).then(a.0.cmp(&b.0)))?;
        let (nats, (time, exposure, wave)) = (nats(&lure), lure);
        let (_, name) = rank(exposure.state);
        let days = (start - time) / UtcMicros::DAY;
        Some(Lure {
            campaign_id: wave.campaign_id.clone(),
            time: *time,
            clicked: exposure.state == ExposureState::Clicked,
            item: Weighed {
                class: Class::Wave,
                name,
                nats,
                detail: format!("wave {} {days} days before the first access", wave.wave_id),
                accesses: Vec::new(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lures_shortly_before_count() {
        let wave = Wave {
            wave_id: "w1:a".into(),
            campaign_id: "k1:a".into(),
            probability: 1.0.into(),
            ..Wave::default()
        };
        let exposure = Exposure {
            recipient: "Ann@house.example".into(),
            wave_id: "w1:a".into(),
            state: ExposureState::Clicked,
            time: UtcMicros::from_seconds(100 * 86_400),
            ..Exposure::default()
        };
        let (waves, exposures) = ([wave], [exposure]);
        let lures = Lures::new(&waves, &exposures);
        let lure = lures.before("ann@house.example", 103 * UtcMicros::DAY).unwrap();
        assert_eq!(lure.campaign_id, "k1:a");
        assert!(lure.item.nats > 2.0);
        assert!(lures.before("ann@house.example", 99 * UtcMicros::DAY).is_none());
        assert!(lures.before("ann@house.example", 200 * UtcMicros::DAY).is_none());
    }
}
