//! Which characters of a sentence an act covers.

use std::ops::Range;

use crate::Language;
use crate::extract::Act0;
use crate::subject::Scene;
use crate::trigger::clause_start;

/// Spans of a sentence's acts: the sentence, or where it carries several, the clause of each
/// without the joining word.
pub(crate) fn spans(scene: &Scene<'_>, acts: &[Act0]) -> Vec<Range<usize>> {
    let sentence = &scene.sentence.range;
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    for pair in acts.windows(2) {
        let (last, next) = (&pair[0], &pair[1]);
        let begin = next
            .subject
            .filter(|start| *start > last.trigger.range.end && *start < next.trigger.range.start)
            .unwrap_or(next.trigger.range.start);
        let from = last.trigger.range.end.min(begin);
        let between = &scene.text[from..begin];
        let clause = clause_start(scene.text, scene.sentence, begin, scene.lexicon);
        let cut = if clause > from && clause <= begin {
            // Before the word that begins the clause.
            let word = scene.text[from..clause].trim_end();
            let words = scene.lexicon.breaks.as_ref();
            let start =
                words.and_then(|w| w.find_iter(word).last()).map_or(word.len(), |f| f.start());
            Some((from + start, clause))
        } else {
            joiner(between, scene.language).map(|(start, end)| (from + start, from + end))
        };
        cuts.push(cut.unwrap_or((sentence.end, sentence.start)));
    }
    let mut spans = Vec::new();
    let mut start = sentence.start;
    for at in 0..acts.len() {
        let (end, next) = cuts.get(at).copied().unwrap_or((sentence.end, sentence.end));
        let whole = end == sentence.end && at + 1 < acts.len();
        let range = trim(scene.text, start..end);
        spans.push(if range.is_empty() { sentence.clone() } else { range });
        if !whole {
            start = next;
        }
    }
    spans
}

/// The last word that joins two clauses: its beginning and end in `between`.
fn joiner(between: &str, language: Language) -> Option<(usize, usize)> {
    let words: &[&str] = match language {
        Language::English => &[" and ", ", and ", " but ", ", "],
        Language::German => &[" und ", ", und ", " sowie ", ", "],
        Language::French => &[" et ", ", et ", " mais ", ", "],
    };
    words
        .iter()
        .filter_map(|word| between.rfind(word).map(|at| (at, at + word.len())))
        .max_by_key(|(_, end)| *end)
}

fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    if range.start >= range.end {
        return range.start..range.start;
    }
    let words = &text[range.clone()];
    let start = range.start + (words.len() - words.trim_start().len());
    let end = start + words.trim().trim_end_matches([',', ';', '—', '–', ' ']).len();
    start..end
}
