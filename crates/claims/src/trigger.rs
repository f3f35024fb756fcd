//! Where a sentence shows an act, and its frames of reported speech.

use std::ops::Range;

use demarche_core::Act;

use crate::lexicon::{Lexicon, Voice};
use crate::mention::{Kind, Mention};
use crate::sentence::Sentence;

/// A place that shows an act.
#[derive(Clone, Debug)]
pub(crate) struct Trigger {
    pub(crate) range: Range<usize>,
    pub(crate) act: Act,
    pub(crate) voice: Voice,
}

/// "X said": who reports, and where that stands.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// From the speaker to the verb.
    pub(crate) range: Range<usize>,
    pub(crate) verb: Range<usize>,
    /// Index of the mention that speaks.
    pub(crate) speaker: usize,
}

/// Whether a range is within quotation marks.
pub(crate) fn quoted(sentence: &Sentence, range: &Range<usize>) -> Option<usize> {
    sentence.quotes.iter().position(|quote| quote.start <= range.start && range.end <= quote.end)
}

/// Triggers of a sentence in order; of those that overlap, the first and longest.
pub(crate) fn triggers(text: &str, sentence: &Sentence, lexicon: &Lexicon) -> Vec<Trigger> {
    let slice = &text[sentence.range.clone()];
    let base = sentence.range.start;
    let mut found: Vec<Trigger> = lexicon
        .patterns
        .iter()
        .flat_map(|pattern| {
            pattern.regex.find_iter(slice).map(move |found| Trigger {
                range: base + found.start()..base + found.end(),
                act: pattern.act,
                voice: pattern.voice,
            })
        })
        .filter(|trigger| !is_blocked(text, sentence, trigger, lexicon))
        .collect();
    // Counter-accusations are accusations with more in them; reported speech is looked at
    // only where nothing else is.
    found.sort_by_key(|t| {
        (
            t.voice == Voice::Content,
            t.range.start,
            t.act != Act::CounterAccuse,
            usize::MAX - t.range.len(),
        )
    });
    let mut kept: Vec<Trigger> = Vec::new();
    for trigger in found {
        let overlaps = |other: &Trigger| {
            other.range.start < trigger.range.end && trigger.range.start < other.range.end
        };
        let same_kind =
            |other: &Trigger| (other.voice == Voice::Content) == (trigger.voice == Voice::Content);
        if !kept
            .iter()
            .any(|other| overlaps(other) && (same_kind(other) || other.act == trigger.act))
        {
            kept.push(trigger);
        }
    }
    kept.sort_by_key(|trigger| (trigger.range.start, trigger.voice));
    kept
}

/// Where the clause of a place begins: after the last word before it that begins one.
pub(crate) fn clause_start(text: &str, sentence: &Sentence, at: usize, lexicon: &Lexicon) -> usize {
    let before = &text[sentence.range.start..at];
    let last_break = lexicon.breaks.as_ref().and_then(|regex| {
        regex
            .find_iter(before)
            .filter(|found| {
                let range =
                    sentence.range.start + found.start()..sentence.range.start + found.end();
                // A word that opens the sentence begins no second clause.
                found.start() > 0 && quoted(sentence, &range) == quoted(sentence, &(at..at))
            })
            .last()
            .map(|found| sentence.range.start + found.end())
    });
    let mark = before.rfind([';', '—']).map(|found| {
        sentence.range.start + found + before[found..].chars().next().map_or(1, char::len_utf8)
    });
    last_break.max(mark).unwrap_or(sentence.range.start)
}

/// Whether a word before the trigger unsays it: "refused to accuse".
fn is_blocked(text: &str, sentence: &Sentence, trigger: &Trigger, lexicon: &Lexicon) -> bool {
    if text[sentence.range.clone()].trim_end_matches(['"', '”', '»']).ends_with('?') {
        return true;
    }
    let Some(block) = &lexicon.block else { return false };
    let clause = clause_start(text, sentence, trigger.range.start, lexicon);
    let before = &text[clause..trigger.range.start];
    // Only what stands close: up to five words, and no comma between.
    let mut start = before.len();
    for _ in 0..5 {
        match before[..start].trim_end().rfind(char::is_whitespace) {
            Some(at) => start = at,
            None => {
                start = 0;
                break;
            }
        }
    }
    let near = &before[start..];
    let near = near.rsplit([',', ';', '"', '“', '„', '«']).next().unwrap_or(near);
    let limit = if trigger.voice == Voice::Noun || trigger.voice == Voice::Content { 2 } else { 5 };
    // The month is no "may".
    let words: Vec<&str> = near.split_whitespace().filter(|word| *word != "May").collect();
    let near = words[words.len().saturating_sub(limit)..].join(" ");
    block.is_match(&near)
}

/// Frames of a sentence in order.
pub(crate) fn frames(
    text: &str,
    sentence: &Sentence,
    mentions: &[Mention],
    lexicon: &Lexicon,
) -> Vec<Frame> {
    let slice = &text[sentence.range.clone()];
    let base = sentence.range.start;
    let outside = |range: &Range<usize>| quoted(sentence, range).is_none();
    let mut found: Vec<Frame> = Vec::new();
    let verbs = [&lexicon.frame_before, &lexicon.frame_after];
    for (after, regex) in verbs.into_iter().enumerate() {
        let Some(regex) = regex else { continue };
        for verb in regex.find_iter(slice) {
            let verb = base + verb.start()..base + verb.end();
            if !outside(&verb) || found.iter().any(|frame| frame.verb.start == verb.start) {
                continue;
            }
            let speaker = if after == 0 {
                left_of(text, sentence, mentions, &verb)
                    .or_else(|| right_of(text, mentions, &verb, true))
            } else {
                right_of(text, mentions, &verb, false)
            };
            if let Some(speaker) = speaker {
                let who = &mentions[speaker].range;
                let range = who.start.min(verb.start)..who.end.max(verb.end);
                found.push(Frame { range, verb, speaker });
            }
        }
    }
    if let Some(regex) = &lexicon.frame_according {
        for verb in regex.find_iter(slice) {
            let verb = base + verb.start()..base + verb.end();
            let near = mentions.iter().position(|mention| {
                mention.range.start >= verb.end
                    && mention.range.start - verb.end <= 24
                    && matches!(
                        mention.kind,
                        Kind::State
                            | Kind::Office
                            | Kind::Title
                            | Kind::Person
                            | Kind::Name
                            | Kind::Outlet
                    )
            });
            if let Some(speaker) = near {
                let range = verb.start..mentions[speaker].range.end;
                found.push(Frame { range, verb, speaker });
            }
        }
    }
    found.sort_by_key(|frame| frame.verb.start);
    found
}

/// The speaker before a verb of saying: close, outside quotation marks.
fn left_of(
    text: &str,
    sentence: &Sentence,
    mentions: &[Mention],
    verb: &Range<usize>,
) -> Option<usize> {
    let (at, mention) = mentions.iter().enumerate().rev().find(|(_, m)| {
        m.range.end <= verb.start && m.speaks() && quoted(sentence, &m.range).is_none()
    })?;
    let gap = &text[mention.range.end..verb.start];
    let pronoun = matches!(mention.kind, Kind::PersonPronoun | Kind::InstitutionPronoun | Kind::We);
    let most = match mention.kind {
        // Unknown words are a subject only beside their verb.
        Kind::Name => 14,
        _ if pronoun => 24,
        _ => 110,
    };
    (gap.len() <= most).then_some(at)
}

/// The speaker behind a verb of saying: "said Lin Jian", "sagte die Ministerin"; `strict`
/// where the verb may as well have its subject before it.
fn right_of(text: &str, mentions: &[Mention], verb: &Range<usize>, strict: bool) -> Option<usize> {
    let at = mentions.iter().position(|m| m.range.start >= verb.end && m.speaks())?;
    let gap = text[verb.end..mentions[at].range.start].trim();
    let words = gap.split_whitespace().count();
    let clean = !gap.contains([',', '.', ':', '"', '„', '“', '«']);
    (clean && words <= if strict { 1 } else { 3 }).then_some(at)
}
