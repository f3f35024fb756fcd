//! Who is named, by every form of the name that is known, and what stands instead.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, MatchKind};
use demarche_core::id::hex;
use serde_json::Value;

use crate::key::hmac;
use crate::model::Report;

/// Parts of a name or mailbox that are too short to tell anyone apart.
const SHORT: usize = 4;

/// Every string that names a person the policy does not let pass.
pub(crate) struct Names {
    needles: Vec<Needle>,
    matcher: Option<AhoCorasick>,
    /// Domains of the house's own mailboxes: an address there is a person's.
    domains: BTreeSet<String>,
    allowed: BTreeSet<String>,
    secret: [u8; 32],
}

struct Needle {
    text: String,
    pseudonym: String,
    /// A part of a name, which counts as a whole word only.
    part: bool,
}

impl Names {
    /// Of all people in `report` but those in `allowed`.
    pub(crate) fn of(report: &Report, allowed: &BTreeSet<String>, secret: &[u8; 32]) -> Self {
        let allowed: BTreeSet<String> = allowed.iter().map(|name| name.to_lowercase()).collect();
        let mut found: BTreeMap<String, (String, bool)> = BTreeMap::new();
        let mut domains = BTreeSet::new();
        let mut add = |text: &str, pseudonym: &str, part: bool| {
            let text = text.trim();
            if text.chars().count() >= if part { SHORT } else { 2 } {
                // Case is folded for ASCII by the matcher; other letters as both cases.
                for form in [text.to_owned(), text.to_lowercase(), text.to_uppercase()] {
                    found.entry(form).or_insert_with(|| (pseudonym.to_owned(), part));
                }
            }
        };
        let is_allowed =
            |names: &[&str]| names.iter().any(|name| allowed.contains(&name.to_lowercase()));
        for person in &report.people {
            if let Some((_, domain)) = person.mailbox.rsplit_once('@') {
                domains.insert(domain.to_lowercase());
            }
            if is_allowed(&[&person.mailbox, &person.person_id]) {
                continue;
            }
            let pseudonym = pseudonym(secret, &person.mailbox);
            add(&person.mailbox, &pseudonym, false);
            add(person.mailbox.trim_start_matches('+'), &pseudonym, false);
            add(&person.name, &pseudonym, false);
            add(&person.person_id, &pseudonym, true);
            let local = person.mailbox.split('@').next().unwrap_or_default();
            add(local, &pseudonym, true);
            for word in person.name.split(|c: char| c.is_whitespace() || c == ',') {
                add(word, &pseudonym, true);
            }
        }
        let waves = report.waves.iter().flat_map(|row| &row.recipients);
        let campaigns = report.campaigns.iter().flat_map(|row| &row.recipients);
        let exposures = report.exposures.iter().map(|row| &row.recipient);
        let intrusions = report.intrusions.iter().map(|row| &row.account);
        let coverage = report.coverage.iter().map(|row| &row.account);
        for mailbox in waves.chain(campaigns).chain(exposures).chain(intrusions).chain(coverage) {
            if mailbox.is_empty() {
                continue;
            }
            if let Some((_, domain)) = mailbox.rsplit_once('@') {
                domains.insert(domain.to_lowercase());
            }
            if !is_allowed(&[mailbox]) {
                let pseudonym = pseudonym(secret, mailbox);
                add(mailbox, &pseudonym, false);
                let local = mailbox.split('@').next().unwrap_or_default();
                add(local, &pseudonym, true);
            }
        }
        let needles: Vec<Needle> = found
            .into_iter()
            .map(|(text, (pseudonym, part))| Needle { text, pseudonym, part })
            .collect();
        let matcher = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .build(needles.iter().map(|needle| &needle.text))
            .ok()
            .filter(|_| !needles.is_empty());
        Self { needles, matcher, domains, allowed, secret: *secret }
    }

    /// `text` with pseudonyms in the place of names.
    pub(crate) fn replace(&self, text: &str) -> String {
        let known = self.replace_known(text);
        self.replace_addresses(&known)
    }

    fn replace_known(&self, text: &str) -> String {
        let Some(matcher) = &self.matcher else { return text.to_owned() };
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for found in matcher.find_iter(text) {
            let needle = &self.needles[found.pattern().as_usize()];
            if needle.part && !whole_word(text, found.start(), found.end()) {
                continue;
            }
            out.push_str(&text[at..found.start()]);
            out.push_str(&needle.pseudonym);
            at = found.end();
        }
        out.push_str(&text[at..]);
        out
    }

    /// Addresses in the house's domains that nobody listed.
    fn replace_addresses(&self, text: &str) -> String {
        if !text.contains('@') {
            return text.to_owned();
        }
        let inside = |c: char| c.is_alphanumeric() || "._%+-@".contains(c);
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(inside) {
            out.push_str(&rest[..start]);
            let word = &rest[start..];
            let end = word.find(|c: char| !inside(c)).unwrap_or(word.len());
            let (word, after) = word.split_at(end);
            let trimmed = word.trim_end_matches(['.', '-']);
            let lower = trimmed.to_lowercase();
            let ours = lower.rsplit_once('@').is_some_and(|(_, d)| self.domains.contains(d));
            if ours && !self.allowed.contains(&lower) {
                out.push_str(&pseudonym(&self.secret, &lower));
                out.push_str(&word[trimmed.len()..]);
            } else {
                out.push_str(word);
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// Every string of a value, keys left as they are.
    pub(crate) fn rewrite(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.replace(&text)),
            Value::Array(items) => {
                Value::Array(items.into_iter().map(|item| self.rewrite(item)).collect())
            }
            Value::Object(map) => Value::Object(
                map.into_iter().map(|(key, item)| (key, self.rewrite(item))).collect(),
            ),
            other => other,
        }
    }

    /// A name that stands in `text` after all; not parts of names, which may be words.
    pub(crate) fn leaks(&self, text: &str) -> Option<&str> {
        let matcher = self.matcher.as_ref()?;
        matcher
            .find_iter(text)
            .map(|found| (&self.needles[found.pattern().as_usize()], found))
            .find(|(needle, found)| !needle.part && whole_word(text, found.start(), found.end()))
            .map(|(needle, _)| needle.text.as_str())
    }
}

fn pseudonym(secret: &[u8; 32], mailbox: &str) -> String {
    let hash = hmac(secret, &[b"pseudonym\n", mailbox.to_lowercase().as_bytes()]);
    format!("person-{}", &hex(&hash)[..10])
}

fn whole_word(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].chars().next_back();
    let after = text[end..].chars().next();
    ![before, after].into_iter().flatten().any(char::is_alphanumeric)
}
