//! Who speaks in a trigger's clause.

use std::ops::Range;

use crate::Language;
use crate::lexicon::{Lexicon, Voice};
use crate::mention::{Kind, Mention};
use crate::sentence::Sentence;
use crate::trigger::{Frame, Trigger, clause_start, quoted};

/// How far a subject may stand behind an inverted verb, or an agent behind a passive.
const NEAR: usize = 70;

/// A sentence with all that was found in it.
pub(crate) struct Scene<'a> {
    pub(crate) text: &'a str,
    pub(crate) sentence: &'a Sentence,
    pub(crate) mentions: &'a [Mention],
    pub(crate) frames: &'a [Frame],
    pub(crate) lexicon: &'a Lexicon,
    pub(crate) language: Language,
}

/// Where a speaker comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// These mentions, in order: "the United States, Britain and New Zealand".
    Mentions(Vec<usize>),
    /// The same as of the trigger before.
    Previous,
    /// Nobody in the sentence.
    Nobody,
}

impl Scene<'_> {
    /// The speakers of a trigger; `previous` is the end of the trigger before it, if any.
    pub(crate) fn speakers(&self, trigger: &Trigger, previous: Option<usize>) -> Found {
        match trigger.voice {
            Voice::Active => self.active(trigger, previous),
            Voice::Passive => self.passive(trigger),
            Voice::Noun => self.noun(trigger, previous),
            Voice::Content => Found::Nobody,
        }
    }

    fn active(&self, trigger: &Trigger, previous: Option<usize>) -> Found {
        let clause = clause_start(self.text, self.sentence, trigger.range.start, self.lexicon);
        let quote = quoted(self.sentence, &trigger.range);
        let left: Vec<usize> = self
            .indexes()
            .filter(|at| {
                let mention = &self.mentions[*at];
                mention.range.start >= clause
                    && mention.range.end <= trigger.range.start
                    && mention.speaks()
                    && quoted(self.sentence, &mention.range) == quote
            })
            .collect();
        // Between a frame's verb and the trigger: "X said Y accused Z" has Y as subject; in
        // German the subject is the first behind the act before.
        let fresh =
            previous.and_then(|end| left.iter().find(|at| self.mentions[**at].range.start >= end));
        let chosen = match self.language {
            Language::German => fresh.or(left.first()),
            _ => left.last(),
        }
        .map(|at| self.antecedent(*at));
        if let Some(previous) = previous {
            let between = self.text.get(previous..trigger.range.start).unwrap_or("");
            let after_previous = chosen.is_none_or(|at| self.mentions[at].range.start < previous);
            let closes = self
                .sentence
                .quotes
                .iter()
                .any(|q| q.end >= previous && q.end <= trigger.range.start);
            if after_previous && previous >= clause && (closes || !between.contains(';')) {
                return Found::Previous;
            }
        }
        if let Some(at) = chosen {
            return Found::Mentions(self.group(at));
        }
        // Inverted: "On Friday the ministry ..." in German, "said X" elsewhere.
        let inverted = self.indexes().find(|at| {
            let mention = &self.mentions[*at];
            mention.range.start >= trigger.range.start && mention.speaks()
        });
        if let Some(at) = inverted {
            let mention = &self.mentions[at];
            let inside = mention.range.end <= trigger.range.end;
            let gap = self.text.get(trigger.range.end..mention.range.start).unwrap_or("");
            let close = gap.split_whitespace().count() <= 2 && !gap.contains([',', '.']);
            if self.language == Language::German && (inside || close) {
                return Found::Mentions(self.group(at));
            }
        }
        Found::Nobody
    }

    /// "China insisted it ...": a pronoun whose sentence has a speaker before it means that
    /// one, else what was said before. "Elle" may mean an office as well as a person.
    fn antecedent(&self, at: usize) -> usize {
        let pronoun = self.mentions[at].kind;
        let person = pronoun == Kind::PersonPronoun;
        if !person && pronoun != Kind::InstitutionPronoun {
            return at;
        }
        let before = (0..at).rev().find(|before| {
            let mention = &self.mentions[*before];
            let named = match mention.kind {
                Kind::State | Kind::Office => !person || self.language == Language::French,
                Kind::Person => person || !mention.state.is_empty(),
                _ => false,
            };
            named && mention.speaks() && quoted(self.sentence, &mention.range).is_none()
        });
        before.unwrap_or(at)
    }

    fn passive(&self, trigger: &Trigger) -> Found {
        if self.language == Language::German && self.is_perfect(trigger) {
            return self.active(trigger, None);
        }
        let inside = self.indexes().find(|at| {
            let mention = &self.mentions[*at];
            let range = &mention.range;
            trigger.range.start <= range.start
                && range.end <= trigger.range.end
                && matches!(mention.kind, Kind::State | Kind::Adjective | Kind::Office)
        });
        if let Some(at) = inside {
            return Found::Mentions(vec![at]);
        }
        // "by X", close behind.
        for (at, mention) in self.mentions.iter().enumerate() {
            let near = mention.range.start >= trigger.range.end
                && mention.range.start - trigger.range.end <= NEAR;
            if near && self.is_agent(mention) {
                return Found::Mentions(self.group(at));
            }
        }
        // "von X" may stand between the auxiliary and the participle, which the pattern
        // holds, or before both.
        for (at, mention) in self.mentions.iter().enumerate() {
            if mention.range.end <= trigger.range.end && self.is_agent(mention) {
                return Found::Mentions(self.group(at));
            }
        }
        Found::Nobody
    }

    /// "Hatte die Europäische Union ... mit Sanktionen belegt": a participle behind "hat" is
    /// no passive.
    fn is_perfect(&self, trigger: &Trigger) -> bool {
        let clause = clause_start(self.text, self.sentence, trigger.range.start, self.lexicon);
        let words = self.text[clause..trigger.range.end].to_lowercase();
        let has = |list: &[&str]| words.split_whitespace().any(|word| list.contains(&word));
        has(&["hat", "haben", "hatte", "hatten"])
            && !has(&["wird", "werden", "wurde", "wurden", "worden"])
    }

    /// Whether a mention stands behind "by".
    fn is_agent(&self, mention: &Mention) -> bool {
        let kind = matches!(mention.kind, Kind::State | Kind::Office | Kind::Title | Kind::Person);
        let before = &self.text[self.sentence.range.start..mention.range.start];
        let mut words = before.split_whitespace().rev();
        let article = |word: &str| {
            matches!(
                word,
                "the"
                    | "der"
                    | "dem"
                    | "den"
                    | "la"
                    | "le"
                    | "les"
                    | "l'"
                    | "a"
                    | "an"
                    | "einer"
                    | "einem"
            )
        };
        let mut word = words.next().unwrap_or("").to_lowercase();
        if article(&word) {
            word = words.next().unwrap_or("").to_lowercase();
        }
        kind && self.lexicon.passive_by.contains(word.trim_matches(['"', ',']))
    }

    fn noun(&self, trigger: &Trigger, previous: Option<usize>) -> Found {
        // "Washington's accusation", "the British sanctions".
        let owner = self.indexes().rev().find(|at| {
            let mention = &self.mentions[*at];
            let gap = self.text.get(mention.range.end..trigger.range.start);
            let words = gap.map_or(9, |gap| gap.split_whitespace().count());
            let fits = mention.possessive || mention.kind == Kind::Adjective;
            words <= 2 + usize::from(mention.possessive)
                && fits
                && !gap.unwrap_or("").contains([',', ';'])
        });
        // An act named as the object of another verb is not done here.
        if previous.is_some() {
            return Found::Nobody;
        }
        if let Some(at) = owner {
            return Found::Mentions(vec![at]);
        }
        for (at, mention) in self.mentions.iter().enumerate() {
            let near = mention.range.start >= trigger.range.start
                && mention.range.start.saturating_sub(trigger.range.end) <= NEAR;
            if near && self.is_agent(mention) {
                return Found::Mentions(self.group(at));
            }
        }
        // "In public accusations against Y, X described ...": the subject of the main clause.
        let fronted = &self.text[self.sentence.range.start..trigger.range.start];
        let first = fronted.split_whitespace().next().unwrap_or("").to_lowercase();
        let leads =
            self.lexicon.prepositions.contains(&first) && fronted.split_whitespace().count() <= 4;
        let subject = self.indexes().find(|at| {
            let mention = &self.mentions[*at];
            mention.range.start >= trigger.range.end && mention.speaks()
        });
        match subject {
            Some(at) if leads => Found::Mentions(self.group(at)),
            _ => Found::Nobody,
        }
    }

    fn indexes(&self) -> std::ops::Range<usize> {
        0..self.mentions.len()
    }

    /// All that are coordinated with a mention: "X, Y and Z".
    fn group(&self, at: usize) -> Vec<usize> {
        let joined = |a: &Mention, b: &Mention| {
            let gap = self.text.get(a.range.end..b.range.start).unwrap_or("?");
            let kinds = |m: &Mention| matches!(m.kind, Kind::State | Kind::Office);
            kinds(a) && kinds(b) && coordinates(gap)
        };
        let mut first = at;
        while first > 0 && joined(&self.mentions[first - 1], &self.mentions[first]) {
            first -= 1;
        }
        let mut last = at;
        while last + 1 < self.mentions.len()
            && joined(&self.mentions[last], &self.mentions[last + 1])
        {
            last += 1;
        }
        // One behind a preposition governs the whole group.
        if first != at && self.mentions[first].governed {
            first = at;
        }
        (first..=last).collect()
    }

    /// The frame that a place is said in: the last one before it, else the first behind.
    pub(crate) fn frame_of(&self, range: &Range<usize>) -> Option<&Frame> {
        let outside =
            |frame: &&Frame| range.end <= frame.range.start || range.start >= frame.verb.start;
        let before = self.frames.iter().rev().filter(outside).find(|f| f.verb.start <= range.start);
        before.or_else(|| self.frames.iter().filter(outside).find(|f| f.verb.start >= range.start))
    }

    /// Whether the place follows an accepted frame in the same sentence or is in its reach.
    pub(crate) fn words(&self, range: &Range<usize>) -> &str {
        &self.text[range.clone()]
    }
}

/// Whether what stands between two names makes them a group: ", ", " and the ".
pub(crate) fn coordinates(gap: &str) -> bool {
    let gap = gap.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let rest = gap.strip_prefix(',').unwrap_or(&gap).trim();
    let joiner = ["as well as", "together with", "ainsi que", "sowie", "and", "und", "et"];
    let after = joiner.iter().find_map(|word| rest.strip_prefix(word)).unwrap_or(rest).trim();
    let opened = gap.starts_with(',') || rest.len() != after.len() || gap == "and";
    let article = ["", "the", "die", "das", "der", "des", "la", "le", "les", "l'", "l\u{2019}"];
    opened && article.contains(&after)
}
