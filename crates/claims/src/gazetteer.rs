//! Names that are known: states, offices, organisations, intrusion sets, outlets.

use std::collections::{BTreeMap, BTreeSet};

use demarche_analysis::attribution::Knowledge;

use crate::lexicon::lines;

/// What a name is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A state or union of states, by its own name or its seat of government.
    State { name: String },
    /// "Chinese".
    Adjective { state: String },
    /// An office or firm; `state` empty where it speaks for itself.
    Organisation { name: String, state: String },
    /// An intrusion set; `id` empty where several bear the name or none of ATT&CK's does.
    Set { name: String, id: String, weak: bool },
    /// Who passes statements on.
    Outlet { name: String },
}

/// All names, looked up by their words.
#[derive(Clone, Debug)]
pub struct Gazetteer {
    /// As written: abbreviations.
    exact: BTreeMap<String, Entry>,
    /// By lower case; only for words that begin as the file has them.
    folded: BTreeMap<String, Entry>,
    /// Adjectives that are written small wherever they stand.
    small: BTreeMap<String, Entry>,
    /// Adjectives with any ending, lower case.
    stems: Vec<(String, String)>,
    /// Words of the longest name.
    longest: usize,
}

impl Gazetteer {
    /// The shipped names with the intrusion sets of `knowledge`.
    #[must_use]
    pub fn new(knowledge: &Knowledge) -> Self {
        let mut names = Self {
            exact: BTreeMap::new(),
            folded: BTreeMap::new(),
            small: BTreeMap::new(),
            stems: Vec::new(),
            longest: 1,
        };
        names.states(include_str!("../data/states.txt"));
        // What the file of states leaves out, by its English name: a wrong capital would
        // make a town's name a speaker, so only names are taken.
        for country in &knowledge.countries {
            let name = title_case(&country.name);
            names.add(&name, &Entry::State { name: name.clone() });
        }
        for (_, line) in lines(include_str!("../data/organisations.txt")) {
            let (name, state) = line.split_once('=').unwrap_or((line, ""));
            let entry = Entry::Organisation {
                name: name.trim().to_owned(),
                state: state.trim().to_owned(),
            };
            names.add(name.trim(), &entry);
        }
        for (_, line) in lines(include_str!("../data/outlets.txt")) {
            names.add(line, &Entry::Outlet { name: line.to_owned() });
        }
        names.sets(knowledge);
        names
    }

    fn states(&mut self, text: &str) {
        for (_, line) in lines(text) {
            let Some((state, rest)) = line.split_once(':') else { continue };
            for group in rest.split(';') {
                let group = group.trim();
                let adjectives = group.starts_with('~');
                for name in group.trim_start_matches(['~', '^']).split(',').map(str::trim) {
                    match name.strip_suffix('*') {
                        Some(stem) => self.stems.push((stem.to_lowercase(), state.to_owned())),
                        None if adjectives && name.starts_with(char::is_lowercase) => {
                            let entry = Entry::Adjective { state: state.to_owned() };
                            self.small.insert(name.to_owned(), entry);
                        }
                        None if adjectives => {
                            self.add(name, &Entry::Adjective { state: state.to_owned() });
                        }
                        None => self.add(name, &Entry::State { name: state.to_owned() }),
                    }
                }
            }
        }
        self.stems.sort();
    }

    fn sets(&mut self, knowledge: &Knowledge) {
        let mut bearers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for set in &knowledge.sets {
            bearers.entry(&set.name).or_default().insert(&set.id);
            for alias in &set.aliases {
                bearers.entry(&alias.name).or_default().insert(&set.id);
            }
        }
        for actor in &knowledge.actors {
            bearers.entry(&actor.name).or_default().insert("");
            for alias in &actor.aliases {
                bearers.entry(&alias.name).or_default().insert("");
            }
        }
        for (name, ids) in bearers {
            if name.chars().count() < 3 {
                continue;
            }
            let id = match ids.iter().collect::<Vec<_>>().as_slice() {
                [id] => (**id).to_owned(),
                _ => String::new(),
            };
            let weak = name.chars().skip(1).all(char::is_lowercase);
            self.add(name, &Entry::Set { name: name.to_owned(), id, weak });
        }
    }

    /// The first entry of a name holds: states before organisations before sets.
    fn add(&mut self, name: &str, entry: &Entry) {
        let key = normal(name);
        self.longest = self.longest.max(key.split(' ').count() + key.matches(['-', '\'']).count());
        let abbreviation = name.chars().count() <= 5
            && !name.chars().any(char::is_lowercase)
            && name.chars().any(char::is_uppercase);
        if abbreviation {
            self.exact.entry(key).or_insert_with(|| entry.clone());
        } else {
            self.folded.entry(key.to_lowercase()).or_insert_with(|| entry.clone());
        }
    }

    /// The state that words name, are the adjective of, or whose office they name.
    pub(crate) fn state_of(&self, word: &str) -> Option<String> {
        match self.get(word)? {
            Entry::State { name } | Entry::Adjective { state: name } => Some(name),
            Entry::Organisation { state, .. } if !state.is_empty() => Some(state),
            _ => None,
        }
    }

    /// Words of the longest name, to bound a search.
    pub(crate) fn longest(&self) -> usize {
        self.longest.min(12)
    }

    /// What `words` name.
    pub(crate) fn get(&self, words: &str) -> Option<Entry> {
        let key = normal(words);
        if let Some(entry) = self.exact.get(&key) {
            return Some(entry.clone());
        }
        let lower = key.to_lowercase();
        let capital = key.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
        if capital && let Some(entry) = self.folded.get(&lower) {
            return Some(entry.clone());
        }
        if let Some(entry) = numbered(&key) {
            return Some(entry);
        }
        if let Some(entry) = self.small.get(&lower) {
            return Some(entry.clone());
        }
        let stem = self.stems.iter().find(|(stem, _)| {
            lower.strip_prefix(stem.as_str()).is_some_and(|rest| {
                rest.chars().count() <= 3 && rest.chars().all(char::is_alphabetic)
            })
        });
        stem.map(|(_, state)| Entry::Adjective { state: state.clone() })
    }
}

/// Numbered names of the vendors' schemes (APT31, UNC1151, TA423, Storm-0558, UAC-0063),
/// known or not.
fn numbered(key: &str) -> Option<Entry> {
    let compact: String = key.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let split = compact.find(|c: char| c.is_ascii_digit())?;
    let (letters, digits) = compact.split_at(split);
    let scheme =
        matches!(letters, "APT" | "UNC" | "TA" | "Storm" | "UAC" | "FIN" | "DEV" | "CERTUA");
    (scheme && digits.len() <= 5 && digits.chars().all(|c| c.is_ascii_digit())).then(|| {
        let name = match letters {
            "Storm" | "UAC" | "DEV" => format!("{letters}-{digits}"),
            _ => compact.clone(),
        };
        Entry::Set { name, id: String::new(), weak: false }
    })
}

/// White space as single spaces, typographic apostrophes and hyphens as plain ones.
pub(crate) fn normal(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for word in words.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().map(|c| match c {
            '\u{2019}' => '\'',
            '\u{2010}' | '\u{2011}' => '-',
            c => c,
        }));
    }
    out
}

fn title_case(name: &str) -> String {
    name.split(' ')
        .map(|word| {
            let mut chars = word.chars();
            match chars.next() {
                Some(first) if word.len() > 3 || name.split(' ').count() == 1 => {
                    first.to_uppercase().chain(chars).collect::<String>()
                }
                _ => word.to_owned(),
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
pub(crate) fn shipped() -> &'static Gazetteer {
    static NAMES: std::sync::LazyLock<Gazetteer> =
        std::sync::LazyLock::new(|| Gazetteer::new(&Knowledge::shipped().unwrap()));
    &NAMES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart() {
        let names = shipped();
        let state = |words: &str| match names.get(words) {
            Some(Entry::State { name }) => name,
            Some(Entry::Adjective { state }) => format!("~{state}"),
            other => format!("{other:?}"),
        };
        assert_eq!(state("Washington"), "United States");
        assert_eq!(state("US"), "United States");
        assert_eq!(state("us"), "None");
        assert_eq!(state("Peking"), "China");
        assert_eq!(state("russischen"), "~Russia");
        assert_eq!(state("chinoises"), "~China");
        assert_eq!(state("russe"), "~Russia");
        assert_eq!(state("polish"), "None");
        let set = |words: &str| match names.get(words) {
            Some(Entry::Set { name, id, .. }) => format!("{name} {id}"),
            other => format!("{other:?}"),
        };
        assert_eq!(set("APT 31").split(' ').next(), Some("APT31"));
        assert_ne!(set("APT31"), set("APT40"));
        assert!(set("Volt Typhoon").starts_with("Volt Typhoon G"));
    }
}
