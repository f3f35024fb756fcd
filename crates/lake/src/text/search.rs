//! Asking the index.

use std::collections::BTreeSet;
use std::path::Path;

use tantivy::collector::DocSetCollector;
use tantivy::directory::MmapDirectory;
use tantivy::query::{AllQuery, BooleanQuery, Occur, PhraseQuery, Query, RegexQuery, TermQuery};
use tantivy::schema::{IndexRecordOption, Value};
use tantivy::{Index, ReloadPolicy, TantivyDocument, Term};

use super::words::{asked, is_unspaced};
use super::{Fields, failed, folder, tokenizers};
use crate::{Lake, LakeError, Row};
use demarche_core::Message;

/// Words of one question.
const MAX_WORDS: usize = 100;

/// Uids of the messages that hold all of `words`.
///
/// `"..."` is a phrase, `-word` must not be there, `word*` begins a word. A word that the
/// tokenizer takes apart (an address, Chinese) is a phrase of its parts.
///
/// # Errors
/// [`LakeError::Words`] for a question without a word; [`LakeError::NoText`] when the index
/// of a unit is missing; what the files say.
pub(crate) fn search(lake: &Lake, words: &str) -> Result<BTreeSet<String>, LakeError> {
    let fields = Fields::new();
    let query = parse(words, &fields)?;
    let mut uids = BTreeSet::new();
    for (id, unit) in &lake.manifest().units {
        if unit.rows.get(Message::TABLE).is_none_or(|rows| *rows == 0) {
            continue;
        }
        let folder = folder(lake.dir(), id);
        if !folder.exists() {
            return Err(LakeError::NoText { unit: id.clone() });
        }
        for entry in std::fs::read_dir(&folder).map_err(LakeError::io(&folder))?.flatten() {
            let path = entry.path();
            one(&path, &fields, &*query, &mut uids).map_err(failed(&path))?;
        }
    }
    Ok(uids)
}

fn one(
    path: &Path,
    fields: &Fields,
    query: &dyn Query,
    uids: &mut BTreeSet<String>,
) -> tantivy::Result<()> {
    let mut index = Index::open(MmapDirectory::open(path)?)?;
    index.set_tokenizers(tokenizers());
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    let searcher = reader.searcher();
    let mut found: Vec<_> = searcher.search(query, &DocSetCollector)?.into_iter().collect();
    found.sort_unstable();
    for address in found {
        let document: TantivyDocument = searcher.doc(address)?;
        let uid = document.get_first(fields.uid).and_then(|value| value.as_str());
        uids.extend(uid.map(str::to_owned));
    }
    Ok(())
}

fn parse(words: &str, fields: &Fields) -> Result<Box<dyn Query>, LakeError> {
    let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
    let mut positive = false;
    for piece in pieces(words) {
        let Some(query) = clause(&piece, fields)? else { continue };
        positive |= !piece.without;
        let occur = if piece.without { Occur::MustNot } else { Occur::Must };
        clauses.push((occur, query));
    }
    if clauses.is_empty() {
        return Err(LakeError::Words { why: "no word in it".into() });
    }
    if clauses.len() > MAX_WORDS {
        return Err(LakeError::Words { why: format!("more than {MAX_WORDS} words") });
    }
    if !positive {
        clauses.push((Occur::Must, Box::new(AllQuery)));
    }
    Ok(Box::new(BooleanQuery::new(clauses)))
}

/// A part of the question between white space, or between quotes.
#[derive(Debug, PartialEq, Eq)]
struct Piece {
    text: String,
    without: bool,
    prefix: bool,
}

fn pieces(words: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut rest = words.trim_start();
    while !rest.is_empty() {
        let without = rest.starts_with('-');
        let body = if without { &rest[1..] } else { rest };
        let (text, prefix, after) = if let Some(quoted) = body.strip_prefix('"') {
            let end = quoted.find('"').unwrap_or(quoted.len());
            (&quoted[..end], false, quoted.get(end + 1..).unwrap_or_default())
        } else {
            let end = body.find(char::is_whitespace).unwrap_or(body.len());
            (&body[..end], body[..end].ends_with('*'), &body[end..])
        };
        out.push(Piece { text: text.to_owned(), without, prefix });
        rest = after.trim_start();
    }
    out
}

fn clause(piece: &Piece, fields: &Fields) -> Result<Option<Box<dyn Query>>, LakeError> {
    let tokens = asked(&piece.text);
    let term = |token: &str| Term::from_field_text(fields.words, token);
    let any = |token: &str| -> Box<dyn Query> {
        Box::new(TermQuery::new(term(token), IndexRecordOption::Basic))
    };
    Ok(match &tokens[..] {
        [] => None,
        // Each character of a script without spaces begins a token, if no other follows.
        [one] if piece.prefix || one.chars().count() == 1 && one.chars().all(is_unspaced) => {
            // Letters and digits only, so there is nothing to escape.
            let query = RegexQuery::from_pattern(&format!("{one}.*"), fields.words);
            Some(Box::new(query.map_err(|e| LakeError::Words { why: e.to_string() })?))
        }
        [one] => {
            let spellings = spellings(&piece.text, one);
            let one: Vec<Box<dyn Query>> = spellings.iter().map(|word| any(word)).collect();
            Some(Box::new(BooleanQuery::union(one)))
        }
        many if many.len() > MAX_WORDS => {
            return Err(LakeError::Words { why: format!("a phrase of over {MAX_WORDS} words") });
        }
        many => Some(Box::new(PhraseQuery::new(many.iter().map(|word| term(word)).collect()))),
    })
}

/// A word as it is stored, and as it is stored where German umlauts are written otherwise:
/// `Müller` is `muller`, but may have been written `Mueller`, and the other way round.
fn spellings(written: &str, word: &str) -> Vec<String> {
    let mut out = vec![word.to_owned()];
    let lower = written.to_lowercase();
    if lower.contains(['ä', 'ö', 'ü']) {
        let spelt = lower.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue");
        out.extend(asked(&spelt).into_iter().take(1));
    } else {
        out.extend(Some(without_digraphs(word)).filter(|folded| folded != word));
    }
    out
}

/// `ae`, `oe` and `ue` as one letter, but not behind a vowel or `q` (`neue`, `quer`), where
/// they are never umlauts.
fn without_digraphs(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for c in word.chars() {
        let mut before = out.chars().rev();
        let digraph = c == 'e'
            && matches!(before.next(), Some('a' | 'o' | 'u'))
            && !matches!(before.next(), Some('a' | 'e' | 'i' | 'o' | 'u' | 'q'));
        if !digraph {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_taken_apart() {
        let of = |text: &str| {
            let show = |p: Piece| {
                let sign = if p.without { "-" } else { "" };
                format!("{sign}{}{}", p.text, if p.prefix { "…" } else { "" })
            };
            pieces(text).into_iter().map(show).collect::<Vec<_>>().join("|")
        };
        assert_eq!(of(r#" a "b c"-d  -"e f" wahl* "#), "a|b c|-d|-e f|wahl*…");
        assert_eq!(of(r#""open"#), "open");
        assert_eq!(of("  "), "");
        assert_eq!(spellings("Müller", "muller"), ["muller", "mueller"]);
        assert_eq!(spellings("mueller", "mueller"), ["mueller", "muller"]);
        assert_eq!(spellings("neue", "neue"), ["neue"]);
        assert_eq!(spellings("vote", "vote"), ["vote"]);
    }
}
