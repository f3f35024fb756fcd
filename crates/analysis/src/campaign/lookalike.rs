//! Domains that imitate known ones, and names that claim them.
//!
//! Compared are the labels that a registrant chose (the registrable domain without its
//! public suffix), hyphens removed, confusable characters folded (Unicode UTS 39) and
//! the usual digit swaps undone.

use std::collections::{BTreeMap, BTreeSet};

use super::counts::registrable;

/// Shorter labels are too often alike by chance.
const MIN_LABEL: usize = 5;

/// The weakest kind of imitation.
const ONE_LETTER: &str = "one letter's difference";

/// How a domain imitates a known one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Imitation {
    /// The known domain.
    pub(super) known: String,
    /// In plain words.
    pub(super) how: &'static str,
    /// How far it is more than chance, 0..=1: a single letter may differ by chance.
    pub(super) degree: f64,
}

/// Labels of known domains, ready to be compared with.
#[derive(Debug, Default)]
pub(super) struct KnownLabels {
    labels: BTreeMap<String, BTreeSet<String>>,
    near: BTreeMap<String, BTreeSet<String>>,
}

impl KnownLabels {
    /// Indexes known registrable domains, with each label's forms one deletion away, so
    /// that a look-up needs no walk over all of them.
    pub(super) fn new<'d>(domains: impl IntoIterator<Item = &'d str>) -> Self {
        let mut known = Self::default();
        for domain in domains {
            let label = label(domain);
            if label.chars().count() < MIN_LABEL || label.len() > 63 {
                continue;
            }
            for form in deletions(&label) {
                known.near.entry(form).or_default().insert(label.clone());
            }
            known.labels.entry(label).or_default().insert(domain.to_owned());
        }
        known
    }

    /// Known domains with exactly this label.
    pub(super) fn with_label(&self, label: &str) -> impl Iterator<Item = &str> {
        self.labels.get(label).into_iter().flatten().map(String::as_str)
    }

    /// Known labels that begin with `start` and go on for at most `more` characters.
    pub(super) fn starting(&self, start: &str, more: usize) -> Option<&str> {
        let (label, _) = self.labels.range(start.to_owned()..).next()?;
        (label.starts_with(start) && label.len() <= start.len() + more).then_some(label)
    }

    /// Whether other known names are made with this one too (`europe`, `policy`).
    fn is_generic(&self, word: &str) -> bool {
        self.labels.keys().filter(|label| label.contains(word)).count() > GENERIC_FROM
    }

    /// What `domain` imitates: the same label elsewhere, confusable characters, one
    /// letter's difference, or a known label with words added.
    pub(super) fn imitated_by(&self, domain: &str) -> Option<Imitation> {
        let plain = plain_label(domain);
        let folded = label(domain);
        let other = |found: &str| found != domain;
        let pick = |label: &str, how| {
            let known = self.with_label(label).find(|d| other(d))?;
            let degree = if how == ONE_LETTER { 0.6 } else { 1.0 };
            Some(Imitation { known: known.to_owned(), how, degree })
        };
        if folded != plain
            && let Some(found) = pick(&folded, "confusable characters")
        {
            return Some(found);
        }
        if folded.chars().count() >= 8
            && let Some(found) = pick(&folded, "same name under another ending")
        {
            return Some(found);
        }
        if folded.chars().count() >= 8 {
            for form in deletions(&folded) {
                let near = self.near.get(&form).into_iter().flatten();
                for label in near.filter(|l| **l != folded && one_edit(l, &folded)) {
                    if let Some(found) = pick(label, ONE_LETTER) {
                        return Some(found);
                    }
                }
            }
        }
        // A known label of some length inside a longer one.
        let chars: Vec<char> = folded.chars().take(63).collect();
        let shortest = WORDS_ADDED_TO.max(chars.len().div_ceil(2));
        for length in (shortest..chars.len()).rev() {
            for window in chars.windows(length) {
                let inside: String = window.iter().collect();
                if let Some(found) = pick(&inside, "a known name with words added")
                    && !self.is_generic(&inside)
                {
                    return Some(found);
                }
            }
        }
        None
    }
}

/// Words added to a shorter name meet by chance.
const WORDS_ADDED_TO: usize = 8;
/// Known labels that may hold a word before it counts as anybody's.
const GENERIC_FROM: usize = 3;

/// The registrant's label as written: without suffix and hyphens, IDN decoded.
fn plain_label(domain: &str) -> String {
    let domain = registrable(domain);
    let label = domain.split('.').next().unwrap_or(domain);
    let shown = if label.starts_with("xn--") {
        url::quirks::domain_to_unicode(label)
    } else {
        label.to_owned()
    };
    shown.to_lowercase().chars().filter(|c| *c != '-').collect()
}

/// The registrant's label, confusables and digit swaps folded.
pub(super) fn label(domain: &str) -> String {
    fold(&plain_label(domain))
}

/// Folds confusable characters to their prototype and digits to the letters they stand
/// in for.
fn fold(text: &str) -> String {
    let text = if text.is_ascii() {
        text.to_owned()
    } else {
        unicode_security::confusable_detection::skeleton(text).collect::<String>().to_lowercase()
    };
    text.replace("rn", "m")
        .replace("vv", "w")
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' => 'l',
            '3' => 'e',
            '5' => 's',
            c => c,
        })
        .collect()
}

/// A word of a name, folded as labels are.
pub(super) fn fold_word(word: &str) -> String {
    let word: String = word.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    fold(&word)
}

/// The text and its forms with one character left out.
fn deletions(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut forms = vec![text.to_owned()];
    for left_out in 0..chars.len() {
        let form = chars.iter().enumerate().filter(|(i, _)| *i != left_out).map(|(_, c)| c);
        forms.push(form.collect());
    }
    forms
}

/// Whether one insertion, deletion, substitution or swap of neighbours turns `a` into `b`.
fn one_edit(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail =
        a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(x, y)| x == y).count();
    let (left, right) = (a.len() - head - tail, b.len() - head - tail);
    match (left, right) {
        (0 | 1, 0 | 1) => left + right > 0,
        (2, 2) => a[head] == b[head + 1] && a[head + 1] == b[head],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> KnownLabels {
        KnownLabels::new(["harbourpost.example", "parliament.example", "ab.example"])
    }

    #[test]
    fn kinds_of_imitation() {
        let how = |domain: &str| known().imitated_by(domain).map(|i| i.how);
        assert_eq!(how("harbourpost.test"), Some("same name under another ending"));
        assert_eq!(how("harb0urpost.test"), Some("confusable characters"));
        assert_eq!(how("harborpost.example"), Some("one letter's difference"));
        assert_eq!(how("harbuorpost.example"), Some("one letter's difference"));
        assert_eq!(how("harbourpost-news.example"), Some("a known name with words added"));
        assert_eq!(how("harbourpost.example"), None);
        assert_eq!(how("gardening.example"), None);
        assert_eq!(how("xx.example"), None);
    }

    #[test]
    fn homoglyphs_are_folded() {
        // Cyrillic "а" in "pаrliament", as registries see it.
        let domain = url::quirks::domain_to_ascii("p\u{430}rliament.example");
        assert!(domain.starts_with("xn--"), "{domain}");
        assert_eq!(known().imitated_by(&domain).map(|i| i.how), Some("confusable characters"));
    }

    #[test]
    fn edits() {
        assert!(one_edit("abcd", "abd"));
        assert!(one_edit("abcd", "abxd"));
        assert!(!one_edit("abcd", "abcd"));
        assert!(!one_edit("abcd", "axyd"));
    }
}
