//! One candidate in its setting: what every kind of evidence looks at.

use std::collections::{BTreeMap, BTreeSet};

use super::baseline::{Habits, Life, Peers};
use super::candidates::Candidate;
use super::evidence::{Artefact, Class, Weighed};
use super::sessions::Sitting;
use super::view::View;
use crate::input::Roster;

/// A candidate, its account's life, and the house.
pub(crate) struct Scene<'a, 'v> {
    pub(crate) view: &'v View<'a>,
    pub(crate) life: &'v Life<'a>,
    pub(crate) peers: &'v Peers,
    pub(crate) roster: &'v Roster,
    pub(crate) candidate: &'v Candidate,
    /// Habits of everybody, by account.
    pub(crate) habits: &'v BTreeMap<u32, &'v Habits>,
    /// Lasting changes of the account, by access.
    pub(crate) artefacts: &'v BTreeMap<usize, Vec<Artefact>>,
}

impl<'a, 'v> Scene<'a, 'v> {
    /// The habits that a sitting is to be held against: its actor's own. A delegate
    /// works from where the delegate works.
    pub(crate) fn habits_of(&self, sitting: &Sitting<'_>) -> &'v Habits {
        let life = self.life;
        if sitting.own() {
            &life.habits
        } else {
            self.habits.get(&sitting.actor).copied().unwrap_or(&life.habits)
        }
    }

    /// The candidate's sittings.
    pub(crate) fn sittings(&self) -> impl Iterator<Item = &'v Sitting<'a>> + use<'a, 'v> {
        let life = self.life;
        self.candidate.sittings.iter().map(move |index| &life.sittings[*index])
    }

    /// The account's other sittings by its owner, refused ones left out.
    pub(crate) fn others(&self) -> Vec<&'v Sitting<'a>> {
        let inside: BTreeSet<usize> = self.candidate.sittings.iter().copied().collect();
        self.life
            .sittings
            .iter()
            .enumerate()
            .filter(|(index, s)| !inside.contains(index) && s.own() && !s.only_failures())
            .map(|(_, s)| s)
            .collect()
    }

    /// An item that rests on the beginnings of the candidate's sittings.
    pub(crate) fn weighed(
        &self,
        class: Class,
        name: &'static str,
        nats: f64,
        detail: String,
    ) -> Weighed {
        let accesses = if self.candidate.accesses.len() <= 20 {
            self.candidate.accesses.clone()
        } else {
            self.sittings().filter_map(|s| s.accesses.first().copied()).take(20).collect()
        };
        Weighed { class, name, nats, detail, accesses }
    }
}
