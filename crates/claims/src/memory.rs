//! What a reader has in mind from the sentences before.

use std::collections::BTreeMap;

use demarche_core::{Act, Period};
use jiff::civil::Date;

/// Who speaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Speaker {
    /// State or organisation.
    pub(crate) name: String,
    /// Office and person.
    pub(crate) authority: String,
    /// Whether `name` is certain, and not only the office's own words.
    pub(crate) resolved: bool,
}

/// A blaming claim made before.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) speaker: String,
    pub(crate) act: Act,
    pub(crate) about: Vec<String>,
}

/// Carried from sentence to sentence.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// By last name.
    pub(crate) persons: BTreeMap<String, Speaker>,
    /// Offices named with their state, in order.
    pub(crate) offices: Vec<Speaker>,
    /// "He".
    pub(crate) person: Option<Speaker>,
    /// "It", "the ministry".
    pub(crate) institution: Option<Speaker>,
    /// Who spoke last in the same or the last paragraph, and in which.
    pub(crate) last: Option<(Speaker, usize)>,
    /// Who issued the document, where it speaks for itself.
    pub(crate) issuers: Vec<Speaker>,
    /// Whose turn it is in a transcript.
    pub(crate) turn: Option<Speaker>,
    /// In order.
    pub(crate) said: Vec<Said>,
    /// The last period stated.
    pub(crate) period: Option<Period>,
    /// Published.
    pub(crate) day: Option<Date>,
}

impl Memory {
    /// A speaker heard: what pronouns mean from now on.
    pub(crate) fn hear(&mut self, speaker: &Speaker, is_person: bool, paragraph: usize) {
        if is_person {
            self.person = Some(speaker.clone());
        } else {
            self.institution = Some(speaker.clone());
        }
        self.last = Some((speaker.clone(), paragraph));
    }

    /// Whom an answer without a stated speaker comes from: the state last blamed.
    pub(crate) fn last_blamed(&self, is_state: impl Fn(&str) -> bool) -> Option<&str> {
        let blaming = self.said.iter().rev().filter(|said| said.act.blames());
        let mut names = blaming.flat_map(|said| &said.about).map(String::as_str);
        names.find(|name| is_state(name))
    }

    /// What "the campaign" is about when `speaker` goes on about it.
    pub(crate) fn topic(&self, speaker: &str) -> Vec<String> {
        let blames =
            || self.said.iter().rev().filter(|said| said.act.blames() && !said.about.is_empty());
        let own = blames().find(|said| said.speaker == speaker);
        own.or_else(|| blames().next()).map(|said| said.about.clone()).unwrap_or_default()
    }

    /// Whether an accusation by `name` answers one: somebody laid something at its door
    /// before it did so to anybody.
    pub(crate) fn was_blamed_first(&self, name: &str) -> bool {
        let blames = |said: &&Said| said.act.blames();
        let by_others =
            self.said.iter().filter(blames).position(|said| said.about.iter().any(|a| a == name));
        let own = self
            .said
            .iter()
            .filter(blames)
            .position(|said| said.speaker == name && said.act != Act::CounterAccuse);
        by_others.is_some_and(|theirs| own.is_none_or(|own| theirs < own))
    }
}
