//! Putting a sentence together so that hostile strings in it are inert and people in it
//! are known.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::{say, tr};
use crate::inert::inert;
use crate::model::Person;

/// Longest detail that analysis may put into one sentence.
const MAX_DETAIL: usize = 400;

/// A sentence in the making.
pub(crate) struct Sentence<'a> {
    text: String,
    people: BTreeSet<String>,
    known: &'a BTreeMap<&'a str, &'a Person>,
    personal: &'a BTreeSet<&'a str>,
}

impl<'a> Sentence<'a> {
    pub(super) fn new(
        known: &'a BTreeMap<&'a str, &'a Person>,
        personal: &'a BTreeSet<&'a str>,
    ) -> Self {
        Self { text: String::new(), people: BTreeSet::new(), known, personal }
    }

    /// Our own words.
    pub(super) fn say(mut self, words: &str) -> Self {
        self.text.push_str(words);
        self
    }

    /// A mailbox, account or number, with the person's name where the roster has one.
    pub(super) fn person(mut self, mailbox: &str) -> Self {
        let shown = inert(mailbox, 120);
        match self.known.get(mailbox).filter(|person| !person.name.is_empty()) {
            Some(person) => {
                let name = inert(&person.name, 80);
                self.text.push_str(&format!("{name} ({shown})"));
                self.people.insert(name);
            }
            None => self.text.push_str(&shown),
        }
        self.people.insert(shown);
        self
    }

    /// Several of them: `a, b and 3 more`.
    pub(super) fn people(mut self, mailboxes: &[String], most: usize) -> Self {
        let shown = mailboxes.len().min(most);
        for (at, mailbox) in mailboxes[..shown].iter().enumerate() {
            let last = at + 1 == shown && shown == mailboxes.len();
            let joint = match at {
                0 => "",
                _ if last => " & ",
                _ => ", ",
            };
            self = match joint {
                " & " => self.say(" ").say(&tr("and")).say(" "),
                other => self.say(other),
            };
            self = self.person(mailbox);
        }
        if shown < mailboxes.len() {
            let more = say!("{count} more", count = mailboxes.len() - shown);
            self = self.say(" ").say(&tr("and")).say(" ").say(&more);
        }
        self
    }

    /// A string from the evidence, between quotation marks.
    pub(super) fn quote(mut self, text: &str) -> Self {
        self.text.push('\u{201c}');
        let text = inert(text, 120);
        self.mark(&text);
        self.text.push_str(&text);
        self.text.push('\u{201d}');
        self
    }

    /// Words of an analysis step, which may quote evidence and name people.
    pub(super) fn detail(mut self, text: &str) -> Self {
        let text = inert(text, MAX_DETAIL);
        self.mark(&text);
        self.text.push_str(&text);
        self
    }

    fn mark(&mut self, text: &str) {
        let edge = |c: char| !(c.is_alphanumeric() || c == '+');
        for word in text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>')) {
            let word = word.trim_matches(edge);
            if self.personal.contains(word) || self.personal.contains(word.to_lowercase().as_str())
            {
                self.people.insert(word.to_owned());
            }
        }
    }

    /// Text, first letter as it is, and the people in it.
    pub(super) fn done(self) -> (String, Vec<String>) {
        (self.text, self.people.into_iter().collect())
    }
}
