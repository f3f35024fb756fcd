//! Who speaks where nobody is named: the issuers of a document, and whose turn it is.

use std::sync::LazyLock;

use regex::Regex;

use crate::memory::{Memory, Speaker};
use crate::mention::{Finder, Kind, Mention};
use crate::sentence::Sentence;
use crate::subject::coordinates;
use crate::trigger::quoted;

/// Sentences of a document's head.
const HEAD: usize = 12;
/// Sentences that are looked at for "we".
const LOOKED_AT: usize = 400;

/// Words by which a document says that it speaks for itself.
const OFFICIAL: &[&str] = &[
    "press release",
    "statement",
    "advisory",
    "pressemitteilung",
    "erklärung",
    "communiqué",
    "mitteilung",
    "déclaration",
    "joint",
    "news release",
    "bulletin",
    "alert",
    "sicherheitshinweis",
    "propos d",
    "remarks",
];

/// Who issued a document that speaks for itself ("we"): the offices or states of its head
/// that are named together, else its first office. An article that names an outlet speaks
/// for nobody.
pub(crate) fn issuers(finder: &Finder<'_>, all: &[Sentence]) -> Vec<Speaker> {
    let mut scratch = Memory::default();
    let mut first = None;
    let mut together: Vec<Speaker> = Vec::new();
    let mut first_person = false;
    let head: String = finder.text.chars().take(400).collect::<String>().to_lowercase();
    let says_so = OFFICIAL.iter().any(|word| head.contains(word));
    for (at, sentence) in all.iter().enumerate().take(LOOKED_AT) {
        let mentions = finder.find(sentence, &mut scratch);
        if at < HEAD {
            if says_so && together.is_empty() && sentence.quotes.is_empty() && sentence.heading {
                together = joint(finder.text, &mentions, &scratch);
            }
            let office = mentions.iter().find(|m| {
                matches!(m.kind, Kind::Office) && !m.state.is_empty()
                    || matches!(m.kind, Kind::Person) && !m.state.is_empty()
            });
            if first.is_none() {
                first = office.and_then(|m| m.speaker(&scratch)).map(|mut s| {
                    s.resolved = true;
                    s
                });
            }
        }
        let outlet = mentions.iter().any(|m| m.kind == Kind::Outlet);
        if outlet && at < 30 {
            return Vec::new();
        }
        first_person |=
            mentions.iter().any(|m| m.kind == Kind::We && quoted(sentence, &m.range).is_none());
    }
    if !together.is_empty() {
        return together;
    }
    first.filter(|_| first_person || says_so).into_iter().collect()
}

/// The longest run of states or offices that are named together: "the Governments of X, Y
/// and Z".
fn joint(text: &str, mentions: &[Mention], memory: &Memory) -> Vec<Speaker> {
    let kind = |m: &Mention| matches!(m.kind, Kind::State | Kind::Office) && !m.possessive;
    let mut best: &[Mention] = &[];
    let mut start = 0;
    for at in 0..mentions.len() {
        let goes_on = at > start
            && kind(&mentions[at - 1])
            && kind(&mentions[at])
            && coordinates(&text[mentions[at - 1].range.end..mentions[at].range.start]);
        if !goes_on {
            start = at;
        }
        if at + 1 - start > best.len() {
            best = &mentions[start..=at];
        }
    }
    let mut speakers: Vec<Speaker> = Vec::new();
    if best.len() > 1 {
        for mut speaker in best.iter().filter_map(|m| m.speaker(memory)) {
            speaker.resolved = true;
            if !speakers.contains(&speaker) {
                speakers.push(speaker);
            }
        }
    }
    speakers
}

/// How a transcript opens a turn: "M. Étienne Lacassagne, ministre.", "Mao Ning: ",
/// "Yvette Cooper (Minister): ".
static TURN: LazyLock<Regex> = LazyLock::new(|| {
    let name = r"\p{Lu}[\p{L}\x27’-]+(?:\s+\p{Lu}[\p{L}\x27’-]+){0,3}";
    let title = r"(?:\s*\((?P<in>[^)\n]{2,60})\)|,\s*(?P<after>[^.:\n]{3,80}))?";
    let honoured = format!(
        r"(?:MM?|Mmes?|Mr|Mrs|Ms|Dr|Herr|Frau|Abg|Sen|Rep)\.?\s+(?P<a>{name}){title}\s*[.:]"
    );
    let plain = format!(
        r"(?P<b>{name}\s+{name}){}\s*:",
        title.replace("<in>", "<in2>").replace("<after>", "<after2>")
    );
    Regex::new(&format!(r"^(?:{honoured}|{plain})(?:\s|$)"))
        .expect("invariant: a test reads turns with it")
});

/// Notes whose turn it is where a paragraph opens one.
pub(crate) fn turn(
    finder: &Finder<'_>,
    sentence: &Sentence,
    mentions: &[Mention],
    memory: &mut Memory,
) {
    if !sentence.opens {
        return;
    }
    let words = &finder.text[sentence.range.clone()];
    let Some(found) = TURN.captures(words) else {
        // A paragraph that is nobody's turn ends none: speeches have several.
        return;
    };
    let part = |names: [&str; 2]| names.iter().find_map(|name| found.name(name));
    let Some(name) = part(["a", "b"]) else { return };
    let title = part(["in", "in2"]).or_else(|| part(["after", "after2"]));
    let within = sentence.range.start + name.start()..sentence.range.start + name.end();
    let mention = mentions.iter().find(|m| {
        m.kind == Kind::Person && m.range.start < within.end && within.start < m.range.end
    });
    let known = memory.persons.get(name.as_str()).cloned();
    let speaker = mention.and_then(|m| m.speaker(memory)).or(known).unwrap_or_else(|| Speaker {
        name: match title {
            Some(title) => format!("{}, {}", name.as_str(), title.as_str().trim()),
            None => name.as_str().to_owned(),
        },
        authority: String::new(),
        resolved: true,
    });
    // A speaker of a transcript speaks for nobody but himself until a state is named.
    let speaker = if speaker.resolved {
        speaker
    } else {
        Speaker { name: speaker.authority.clone(), authority: speaker.authority, resolved: true }
    };
    let last = name.as_str().rsplit(' ').next().unwrap_or_default().to_owned();
    memory.persons.insert(last, speaker.clone());
    memory.person = Some(speaker.clone());
    memory.last = Some((speaker.clone(), sentence.paragraph));
    memory.turn = Some(speaker);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_told_by_their_opening() {
        for line in [
            "M. Étienne Lacassagne, ministre délégué.",
            "Mme Claire Vauquelin. Monsieur le ministre",
            "Mao Ning: China opposes it",
            "Yvette Cooper (Home Secretary): I warn",
        ] {
            assert!(TURN.is_match(line), "{line}");
        }
        for line in ["Beijing denied it.", "The UK said: no", "Update: China denied it"] {
            assert!(!TURN.is_match(line), "{line}");
        }
    }
}
