//! The languages' data files, read once: see `data/README.md` for their form.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use demarche_core::Act;
use regex::Regex;

use crate::Language;

/// How an act is worded, which tells where its speaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Voice {
    /// The subject speaks.
    Active,
    /// The object comes first.
    Passive,
    /// A noun names the act.
    Noun,
    /// Reported speech.
    Content,
}

/// A pattern that shows an act.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) act: Act,
    pub(crate) voice: Voice,
    pub(crate) regex: Regex,
}

/// One language's words.
#[derive(Debug, Default)]
pub(crate) struct Lexicon {
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) frame_before: Option<Regex>,
    pub(crate) frame_after: Option<Regex>,
    pub(crate) frame_according: Option<Regex>,
    pub(crate) block: Option<Regex>,
    pub(crate) breaks: Option<Regex>,
    pub(crate) anaphors: Option<Regex>,
    pub(crate) topic: Option<Regex>,
    pub(crate) hedges: Option<Regex>,
    pub(crate) same_actors: Option<Regex>,
    pub(crate) reported: Option<Regex>,
    pub(crate) conditional: Option<Regex>,
    pub(crate) singular: BTreeSet<String>,
    pub(crate) prepositions: BTreeSet<String>,
    pub(crate) passive_by: BTreeSet<String>,
    pub(crate) titles: BTreeSet<String>,
    pub(crate) offices: BTreeMap<String, String>,
    pub(crate) actors: BTreeSet<String>,
    pub(crate) person: BTreeSet<String>,
    pub(crate) institution: BTreeSet<String>,
    pub(crate) we: BTreeSet<String>,
    pub(crate) numbers: BTreeMap<String, u64>,
    pub(crate) bounds: BTreeMap<String, String>,
    pub(crate) months: BTreeMap<String, i8>,
    pub(crate) weekdays: BTreeMap<String, i8>,
    pub(crate) days: BTreeMap<String, i64>,
    pub(crate) periods: BTreeMap<String, String>,
    pub(crate) abbreviations: BTreeSet<String>,
    pub(crate) private_titles: BTreeSet<String>,
    pub(crate) firms: BTreeSet<String>,
    pub(crate) reports: BTreeSet<String>,
}

static EN: LazyLock<Lexicon> = LazyLock::new(|| shipped(include_str!("../data/en.txt")));
static DE: LazyLock<Lexicon> = LazyLock::new(|| shipped(include_str!("../data/de.txt")));
static FR: LazyLock<Lexicon> = LazyLock::new(|| shipped(include_str!("../data/fr.txt")));

fn shipped(text: &str) -> Lexicon {
    Lexicon::parse(text).expect("invariant: tests read every shipped file")
}

/// The words of a language.
pub(crate) fn lexicon(language: Language) -> &'static Lexicon {
    match language {
        Language::English => &EN,
        Language::German => &DE,
        Language::French => &FR,
    }
}

/// Lines of a data file without comments and blanks, numbered from 1.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(at, line)| (at + 1, line.trim())).filter(|(_, line)| {
        // A `#` within a line belongs to it.
        !line.is_empty() && !line.starts_with('#')
    })
}

/// A pattern of a data file as a regular expression on whole words.
fn compile(pattern: &str) -> Result<Regex, String> {
    const GAP: &str = r"(?:[^\s;]+\s+){0,12}?";
    const SHORT: &str = r"(?:[^\s;]+\s+){0,3}?";
    let body = pattern
        .replace("{gap} ", GAP)
        .replace("{gap}", GAP)
        .replace("{short} ", SHORT)
        .replace("{short}", SHORT)
        .replace('\'', "['\u{2019}]")
        .replace(' ', r"\s+");
    Regex::new(&format!(r"(?i)\b(?:{body})\b")).map_err(|error| error.to_string())
}

/// Any of the phrases, the longest first.
fn any_of<'a>(phrases: impl Iterator<Item = &'a str>) -> Result<Option<Regex>, String> {
    let mut phrases: Vec<&str> = phrases.collect();
    if phrases.is_empty() {
        return Ok(None);
    }
    phrases.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
    compile(&phrases.join("|").replace("|n't", r"|\w+n't")).map(Some)
}

impl Lexicon {
    /// Reads a data file.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut sections: BTreeMap<String, Vec<(usize, &str)>> = BTreeMap::new();
        let mut section = String::new();
        for (number, line) in lines(text) {
            match line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                Some(name) if !name.contains('[') => section = name.to_owned(),
                _ => sections.entry(section.clone()).or_default().push((number, line)),
            }
        }
        let mut lexicon = Self::default();
        for (name, lines) in &sections {
            lexicon.section(name, lines).map_err(|reason| format!("[{name}]: {reason}"))?;
        }
        Ok(lexicon)
    }

    fn section(&mut self, name: &str, lines: &[(usize, &str)]) -> Result<(), String> {
        let words = || lines.iter().map(|(_, line)| *line);
        let set = || words().map(str::to_lowercase).collect::<BTreeSet<_>>();
        let pairs = || -> Result<BTreeMap<String, String>, String> {
            lines
                .iter()
                .map(|(number, line)| {
                    let (key, value) =
                        line.split_once('=').ok_or(format!("line {number}: no `=`"))?;
                    Ok((key.trim().to_lowercase(), value.trim().to_owned()))
                })
                .collect()
        };
        let parts: Vec<&str> = name.split(' ').collect();
        match parts.as_slice() {
            ["act", act, voice] => {
                let voice = match *voice {
                    "active" => Voice::Active,
                    "passive" => Voice::Passive,
                    "noun" => Voice::Noun,
                    other => return Err(format!("no voice `{other}`")),
                };
                self.add(act, voice, lines)?;
            }
            ["content", act] => self.add(act, Voice::Content, lines)?,
            ["frame", "before"] => self.frame_before = any_of(words())?,
            ["frame", "after"] => self.frame_after = any_of(words())?,
            ["frame", "according"] => self.frame_according = any_of(words())?,
            ["block"] => self.block = any_of(words())?,
            ["breaks"] => self.breaks = any_of(words())?,
            ["anaphors"] => self.anaphors = any_of(words())?,
            ["topic"] => self.topic = any_of(words())?,
            ["hedges"] => self.hedges = any_of(words())?,
            ["same", "actors"] => self.same_actors = any_of(words())?,
            ["reported", "speech"] => self.reported = any_of(words())?,
            ["conditional"] => self.conditional = any_of(words())?,
            ["pronouns", "singular"] => self.singular = set(),
            ["prepositions"] => self.prepositions = set(),
            ["passive", "by"] => self.passive_by = set(),
            ["titles"] => self.titles = set(),
            ["offices"] => {
                self.offices = words()
                    .map(|line| {
                        let (name, state) = line.split_once('=').unwrap_or((line, ""));
                        (name.trim().to_lowercase(), state.trim().to_owned())
                    })
                    .collect();
            }
            ["actors"] => self.actors = set(),
            ["pronouns", "person"] => self.person = set(),
            ["pronouns", "institution"] => self.institution = set(),
            ["pronouns", "we"] => self.we = set(),
            ["numbers"] => self.numbers = numbers(pairs()?)?,
            ["bounds"] => self.bounds = pairs()?,
            ["months"] => self.months = numbers(pairs()?)?,
            ["weekdays"] => self.weekdays = numbers(pairs()?)?,
            ["days"] => self.days = numbers(pairs()?)?,
            ["periods"] => self.periods = pairs()?,
            ["private", "titles"] => self.private_titles = set(),
            ["firms"] => self.firms = set(),
            ["reports"] => self.reports = set(),
            ["abbreviations"] => self.abbreviations = set(),
            _ => return Err("no such section".to_owned()),
        }
        Ok(())
    }

    fn add(&mut self, act: &str, voice: Voice, lines: &[(usize, &str)]) -> Result<(), String> {
        let act = Act::of_name(act).ok_or(format!("no act `{act}`"))?;
        for (number, line) in lines {
            let regex = compile(line).map_err(|error| format!("line {number}: {error}"))?;
            self.patterns.push(Pattern { act, voice, regex });
        }
        Ok(())
    }
}

fn numbers<N: std::str::FromStr>(
    pairs: BTreeMap<String, String>,
) -> Result<BTreeMap<String, N>, String> {
    pairs
        .into_iter()
        .map(|(key, value)| {
            let number = value.parse().map_err(|_| format!("`{key}`: no number `{value}`"))?;
            Ok((key, number))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_file_is_read() {
        for (name, text) in [
            ("en", include_str!("../data/en.txt")),
            ("de", include_str!("../data/de.txt")),
            ("fr", include_str!("../data/fr.txt")),
        ] {
            let lexicon = Lexicon::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            for act in Act::ALL {
                assert!(
                    lexicon.patterns.iter().any(|pattern| pattern.act == act),
                    "{name}: nothing shows {}",
                    act.name()
                );
            }
            assert!(lexicon.months.len() >= 12 && lexicon.weekdays.len() >= 7, "{name}");
            assert!(lexicon.frame_before.is_some() && lexicon.block.is_some(), "{name}");
        }
    }

    #[test]
    fn a_wrong_line_is_named() {
        assert!(Lexicon::parse("[act accuse active]\nacc(use").unwrap_err().contains("line 2"));
        assert!(Lexicon::parse("[months]\njanuary").unwrap_err().contains("line 2"));
        assert!(Lexicon::parse("[act shout active]\nshouts").unwrap_err().contains("shout"));
        assert!(Lexicon::parse("[nonsense]\nx").is_err());
    }
}
