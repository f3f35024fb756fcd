//! Names that read alike, across scripts.
//!
//! Both sides are transliterated to ASCII, lower-cased, stripped of forms of companies, and
//! compared as a set of words, or run together: Chinese names are written in one word or
//! two, family name first or last. One word alone is no name.

use std::collections::{BTreeMap, BTreeSet};

use any_ascii::any_ascii;
use demarche_analysis::attribution::Knowledge;
use demarche_core::{Claim, NameMatch, NamedDesignation};

use super::Designation;

/// Words that say what kind of company it is.
const FORMS: [&str; 22] = [
    "ltd",
    "limited",
    "llc",
    "inc",
    "incorporated",
    "co",
    "company",
    "corp",
    "corporation",
    "gmbh",
    "ag",
    "sa",
    "sarl",
    "plc",
    "pjsc",
    "jsc",
    "ooo",
    "oao",
    "zao",
    "the",
    "of",
    "and",
];
/// The longest run of words in a claim's text that is compared with a name.
const LONGEST: usize = 10;

/// Words of a name in ASCII, lower case, without forms of companies.
fn words(name: &str) -> Vec<String> {
    any_ascii(name)
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .filter(|word| !FORMS.contains(&word.as_str()))
        .collect()
}

/// What two spellings of a name share: their words sorted and run together letter by
/// letter would join too much, so words are sorted and joined by spaces.
#[must_use]
pub fn key(name: &str) -> String {
    let mut words = words(name);
    words.sort();
    words.join(" ")
}

/// The name run together, in the order it is written.
fn run_together(words: &[String]) -> String {
    words.concat()
}

/// Every spelling of the entries, to the entries that bear it.
struct Index<'a> {
    by_key: BTreeMap<String, BTreeSet<(usize, &'a str)>>,
}

impl<'a> Index<'a> {
    fn new(entries: &'a [Designation]) -> Self {
        let mut by_key: BTreeMap<String, BTreeSet<(usize, &'a str)>> = BTreeMap::new();
        for (at, entry) in entries.iter().enumerate() {
            for name in &entry.names {
                let words = words(name);
                let together = run_together(&words);
                // A single short word stands for too many.
                let script = !name.is_ascii();
                if words.len() < 2 && !(script && together.len() >= 8) {
                    continue;
                }
                let mut keys = BTreeSet::from([key(name), together]);
                if words.len() == 2 || words.len() == 3 {
                    // "Guangzong Zhao" run together as "Zhao Guangzong" is written.
                    let turned: Vec<String> =
                        words[1..].iter().chain(&words[..1]).cloned().collect();
                    keys.insert(run_together(&turned));
                    let last = words.len() - 1;
                    let back: Vec<String> =
                        words[last..].iter().chain(&words[..last]).cloned().collect();
                    keys.insert(run_together(&back));
                }
                for key in keys {
                    by_key.entry(key).or_default().insert((at, name));
                }
            }
        }
        Self { by_key }
    }

    /// Entries with a name that reads like `words`.
    fn find(&self, words: &[String]) -> impl Iterator<Item = (usize, &'a str)> {
        let mut sorted = words.to_vec();
        sorted.sort();
        let keys = BTreeSet::from([sorted.join(" "), run_together(words)]);
        let found: BTreeSet<(usize, &'a str)> =
            keys.iter().filter_map(|key| self.by_key.get(key)).flatten().copied().collect();
        found.into_iter()
    }
}

/// Entries that a claim or an actor of `knowledge` names, with where; the rest is left out.
#[must_use]
pub fn matches(
    entries: &[Designation],
    claims: &[Claim],
    knowledge: &Knowledge,
) -> Vec<NamedDesignation> {
    let index = Index::new(entries);
    let mut found: BTreeMap<usize, BTreeSet<NameMatch>> = BTreeMap::new();
    let mut note = |at: usize, listed: &str, kind: &str, id: &str, name: &str| {
        found.entry(at).or_default().insert(NameMatch {
            kind: kind.to_owned(),
            id: id.to_owned(),
            name: name.to_owned(),
            listed_as: listed.to_owned(),
        });
    };
    for claim in claims {
        let spoken = [claim.text.as_str(), claim.authority.as_str(), claim.speaker.as_str()];
        for text in spoken.into_iter().chain(claim.about.iter().map(String::as_str)) {
            // Forms of companies fall away from the text as from the names.
            let words = words(text);
            for first in 0..words.len() {
                for end in first + 1..=words.len().min(first + LONGEST) {
                    let run = &words[first..end];
                    for (at, listed) in index.find(run) {
                        note(at, listed, "claim", &claim.claim_id, &run.join(" "));
                    }
                }
            }
        }
    }
    let aliases = |aliases: &[demarche_analysis::attribution::knowledge::Alias]| {
        aliases.iter().map(|alias| alias.name.clone()).collect::<Vec<_>>()
    };
    for set in &knowledge.sets {
        for name in std::iter::once(set.name.clone()).chain(aliases(&set.aliases)) {
            for (at, listed) in index.find(&words(&name)) {
                note(at, listed, "intrusion set", &set.id, &name);
            }
        }
    }
    for actor in &knowledge.actors {
        for name in std::iter::once(actor.name.clone()).chain(aliases(&actor.aliases)) {
            for (at, listed) in index.find(&words(&name)) {
                note(at, listed, "actor", &actor.name, &name);
            }
        }
    }
    found
        .into_iter()
        .map(|(at, matched)| {
            let entry = &entries[at];
            NamedDesignation {
                list: entry.list.clone(),
                reference: entry.reference.clone(),
                kind: entry.kind.clone(),
                name: entry.names.first().cloned().unwrap_or_default(),
                other_names: entry.names.iter().skip(1).cloned().collect(),
                programme: entry.programme.clone(),
                legal_act: entry.legal_act.clone(),
                matched: matched.into_iter().collect(),
                note: NamedDesignation::NOTE.to_owned(),
            }
        })
        .collect()
}
