//! Sentences, words and what stands in quotation marks.

use std::ops::Range;

use crate::lexicon::Lexicon;

/// The most sentences of a document that are looked at.
const MOST_SENTENCES: usize = 20_000;
/// Headings stand among the first so many paragraphs, and are shorter than so many characters.
const HEADINGS: usize = 8;
const LONGEST_HEADING: usize = 130;
/// A longer one is cut: it is a table or no text.
const LONGEST: usize = 4_000;

/// A sentence; ranges are bytes of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sentence {
    pub(crate) range: Range<usize>,
    /// Between quotation marks, without them.
    pub(crate) quotes: Vec<Range<usize>>,
    /// Which paragraph of the document.
    pub(crate) paragraph: usize,
    /// Whether it is a heading or another line that no mark ends, near the document's head.
    pub(crate) heading: bool,
    /// Whether it opens its paragraph.
    pub(crate) opens: bool,
}

/// A word, or a mark on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) range: Range<usize>,
    pub(crate) is_word: bool,
}

/// Sentences of a text in order.
pub(crate) fn sentences(text: &str, lexicon: &Lexicon) -> Vec<Sentence> {
    let mut found = Vec::new();
    for (number, paragraph) in paragraphs(text).into_iter().enumerate() {
        let quotes = quotes(text, &paragraph);
        let whole = text[paragraph.clone()].trim_end();
        let ends = whole.ends_with(['.', '!', '?', ':', '"', '”', '»', '“', ';', ',', '…']);
        let heading = number < HEADINGS && !ends && whole.chars().count() < LONGEST_HEADING;
        for (place, range) in split(text, &paragraph, lexicon).into_iter().enumerate() {
            let quotes = quotes
                .iter()
                .map(|quote| quote.start.max(range.start)..quote.end.min(range.end))
                .filter(|quote| quote.start < quote.end)
                .collect();
            found.push(Sentence { range, quotes, paragraph: number, heading, opens: place == 0 });
            if found.len() == MOST_SENTENCES {
                return found;
            }
        }
    }
    found
}

/// Paragraphs: between blank lines; a line without a full stop before a line that begins
/// with a capital is a heading.
fn paragraphs(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut current: Option<Range<usize>> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let range = start..start + line.trim_end().len();
        start += line.len();
        if line.trim().is_empty() {
            found.extend(current.take());
            continue;
        }
        let is_item = line.trim_start().starts_with(['-', '*', '•', '–', '—']);
        match &mut current {
            Some(open) if !is_item && runs_on(&text[open.clone()], line) => open.end = range.end,
            _ => {
                found.extend(current.take());
                current = Some(range);
            }
        }
    }
    found.extend(current);
    found
}

/// Whether `line` goes on with what stands before it.
fn runs_on(before: &str, line: &str) -> bool {
    let last = before.rsplit('\n').next().unwrap_or(before).trim_end();
    let ended = last.ends_with(['.', '!', '?', ':', '"', '”', '»', '“', ';', ',']);
    let lower = line.trim_start().starts_with(char::is_lowercase);
    lower || ended || last.chars().count() > 60
}

/// What stands in quotation marks; one left open ends with its paragraph.
fn quotes(text: &str, paragraph: &Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Option<(usize, char)> = None;
    for (at, c) in text[paragraph.clone()].char_indices() {
        let at = paragraph.start + at;
        let closes = |by: char| match by {
            '„' => c == '“' || c == '”' || c == '"',
            '“' => c == '”' || c == '"',
            '«' => c == '»',
            '»' => c == '«',
            mark => c == mark,
        };
        match open {
            Some((start, by)) if closes(by) => {
                found.push(start..at);
                open = None;
            }
            None if matches!(c, '"' | '“' | '„' | '«' | '»') => {
                open = Some((at + c.len_utf8(), c));
            }
            _ => {}
        }
    }
    found.extend(open.map(|(start, _)| start..paragraph.end));
    found
}

fn split(text: &str, paragraph: &Range<usize>, lexicon: &Lexicon) -> Vec<Range<usize>> {
    let slice = &text[paragraph.clone()];
    let chars: Vec<(usize, char)> = slice.char_indices().collect();
    let mut found = Vec::new();
    let mut start = 0;
    for (at, (offset, c)) in chars.iter().enumerate() {
        if *offset < start {
            continue;
        }
        let long = offset - start > LONGEST && c.is_whitespace();
        let ends = matches!(c, '.' | '!' | '?' | '…')
            && !(*c == '.' && is_abbreviation(&slice[start..*offset], lexicon));
        if !long && !ends {
            continue;
        }
        let mut next = at + 1;
        while chars
            .get(next)
            .is_some_and(|(_, c)| matches!(c, '"' | '”' | '“' | '»' | ')' | ']' | '’'))
        {
            next += 1;
        }
        // In French a space stands before the closing mark.
        if chars.get(next + 1).is_some_and(|(_, c)| *c == '»') {
            next += 2;
        }
        let spaced = chars.get(next).is_none_or(|(_, c)| c.is_whitespace());
        let first = chars[next.min(chars.len())..].iter().find(|(_, c)| !c.is_whitespace());
        let begins = first.is_none_or(|(_, c)| {
            c.is_uppercase()
                || c.is_ascii_digit()
                || matches!(c, '"' | '“' | '„' | '«' | '(' | '—' | '-')
        });
        if long || (spaced && begins) {
            let end = chars.get(next).map_or(slice.len(), |(offset, _)| *offset);
            push(&mut found, slice, start..end, paragraph.start);
            start = end;
        }
    }
    push(&mut found, slice, start..slice.len(), paragraph.start);
    found
}

fn push(found: &mut Vec<Range<usize>>, slice: &str, range: Range<usize>, base: usize) {
    if range.start >= range.end {
        return;
    }
    let words = &slice[range.clone()];
    let start = range.start + (words.len() - words.trim_start().len());
    let end = start + words.trim().len();
    if start < end {
        found.push(base + start..base + end);
    }
}

/// Whether the full stop after `before` belongs to its last word.
fn is_abbreviation(before: &str, lexicon: &Lexicon) -> bool {
    let word = before
        .rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '"' | '“' | '„' | '«'))
        .next()
        .unwrap_or("");
    let lower = word.to_lowercase();
    let single = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    // "25. März": an ordinal, where the language has a month after it; the caller sees a
    // capital, so it is decided here by the number alone.
    let ordinal = (1..=2).contains(&word.len())
        && word.chars().all(|c| c.is_ascii_digit())
        && lexicon.abbreviations.contains("1.");
    single || ordinal || lexicon.abbreviations.contains(&lower)
}

/// Words and marks of a range. Hyphens and apostrophes part words: a name's own are found
/// again by its text.
pub(crate) fn tokens(text: &str, range: &Range<usize>) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::new();
    let slice = &text[range.clone()];
    let mut word: Option<usize> = None;
    for (offset, c) in slice.char_indices() {
        let at = range.start + offset;
        if c.is_alphanumeric() {
            word.get_or_insert(at);
            continue;
        }
        // "U.S.": full stops within initials, and commas or stops within numbers.
        let next = slice[offset + c.len_utf8()..].chars().next();
        let inner = |start: usize| {
            let so_far = &text[start..at];
            let last = so_far.chars().next_back();
            let digits = last.is_some_and(|c| c.is_ascii_digit())
                && next.is_some_and(|c| c.is_ascii_digit());
            let initials = c == '.'
                && so_far.rsplit('.').next().is_some_and(|part| part.chars().count() == 1)
                && so_far.chars().next().is_some_and(char::is_uppercase);
            (matches!(c, '.' | ',' | '\u{a0}' | '\u{202f}') && digits) || initials
        };
        if let Some(start) = word {
            if inner(start) {
                continue;
            }
            found.push(Token { range: start..at, is_word: true });
            word = None;
        }
        if !c.is_whitespace() {
            found.push(Token { range: at..at + c.len_utf8(), is_word: false });
        }
    }
    if let Some(start) = word {
        found.push(Token { range: start..range.end, is_word: true });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Language, lexicon::lexicon};

    fn cut(text: &str, language: Language) -> Vec<&str> {
        let found = sentences(text, lexicon(language));
        found.iter().map(|sentence| &text[sentence.range.clone()]).collect()
    }

    #[test]
    fn sentences_end_where_they_end() {
        let text = "The U.S. said so. \"No,\" Mr. Lin said. \"Never.\" He left\nearly.\n\nNext";
        assert_eq!(
            cut(text, Language::English),
            ["The U.S. said so.", "\"No,\" Mr. Lin said.", "\"Never.\"", "He left\nearly.", "Next"]
        );
        let text = "Am 25. März geschah z. B. nichts. Dann „schon“.";
        assert_eq!(cut(text, Language::German).len(), 2);
        let text = "« Nous rejetons. » Paris a répondu.";
        assert_eq!(cut(text, Language::French), ["« Nous rejetons. »", "Paris a répondu."]);
    }

    #[test]
    fn quotes_are_found_in_three_styles() {
        let text = "Er sagte „nie“ und \"no\" et « non » “yes”.";
        let found = sentences(text, lexicon(Language::German));
        let quoted: Vec<&str> = found[0].quotes.iter().map(|q| text[q.clone()].trim()).collect();
        assert_eq!(quoted, ["nie", "no", "non", "yes"]);
    }

    #[test]
    fn numbers_and_initials_are_one_word() {
        let text = "U.S. sent 10,000 e-mails, China's 1.5";
        let words: Vec<&str> =
            tokens(text, &(0..text.len())).iter().map(|t| &text[t.range.clone()]).collect();
        assert_eq!(
            words,
            ["U.S.", "sent", "10,000", "e", "-", "mails", ",", "China", "'", "s", "1.5"]
        );
    }
}
