//! Words of the world: phrase grammars in three languages.
//!
//! A text is a list of paragraphs of sentences; a sentence is a template
//! whose slots (`{t}` topic, `{t2}` another topic, `{a}` actor, `{p}` place,
//! `{n}` number, `{d}` day, `{m}` month, `{x}` clause) are filled by seeded
//! draws. Everything can be made again from its key, so that replies quote
//! what they answer and newsletters and lures carry the same article without
//! anything being kept in memory.

mod de;
mod en;
mod fr;

use crate::dice::Dice;

/// A language of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lang {
    /// English.
    En,
    /// German.
    De,
    /// French.
    Fr,
}

/// Number of topics; the same index means the same topic in each language.
pub const TOPICS: usize = 20;

/// The phrases of one language.
pub struct Lexicon {
    pub(crate) topics: &'static [&'static str],
    pub(crate) actors: &'static [&'static str],
    pub(crate) places: &'static [&'static str],
    pub(crate) days: &'static [&'static str],
    pub(crate) months: &'static [&'static str],
    pub(crate) tails: &'static [&'static str],
    pub(crate) office: &'static [&'static str],
    pub(crate) news: &'static [&'static str],
    pub(crate) quotes: &'static [&'static str],
    pub(crate) headlines: &'static [&'static str],
    pub(crate) subjects: &'static [&'static str],
    pub(crate) invites: &'static [&'static str],
    pub(crate) invite_subjects: &'static [&'static str],
    pub(crate) queries: &'static [&'static str],
    pub(crate) query_subjects: &'static [&'static str],
    pub(crate) sales: &'static [&'static str],
    pub(crate) sales_subjects: &'static [&'static str],
    pub(crate) notices: &'static [&'static str],
    pub(crate) notice_subjects: &'static [&'static str],
    pub(crate) phish: &'static [&'static str],
    pub(crate) phish_subjects: &'static [&'static str],
    pub(crate) greetings: &'static [&'static str],
    pub(crate) closings: &'static [&'static str],
    pub(crate) wrote: &'static str,
    pub(crate) unsubscribe: &'static str,
    pub(crate) more: &'static [&'static str],
    pub(crate) confidential: &'static str,
}

/// What a text is about: sets its sentences and subjects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Register {
    /// Office mail.
    Office,
    /// Articles.
    News,
    /// Invitations to events.
    Invite,
    /// Journalists' questions.
    Query,
    /// Sales.
    Sales,
    /// Automatic notices.
    Notice,
    /// Bulk fraud.
    Phish,
}

impl Lang {
    /// The phrases.
    #[must_use]
    pub fn lexicon(self) -> &'static Lexicon {
        match self {
            Self::En => &en::EN,
            Self::De => &de::DE,
            Self::Fr => &fr::FR,
        }
    }

    /// ISO 639-1 code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
        }
    }

    /// The home country, ISO 3166.
    #[must_use]
    pub fn country(self) -> &'static str {
        match self {
            Self::En => "GB",
            Self::De => "DE",
            Self::Fr => "FR",
        }
    }

    /// Base offset of the home zone in minutes.
    #[must_use]
    pub fn zone(self) -> i64 {
        if self == Self::En { 0 } else { 60 }
    }
}

fn upper_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Fills the slots of `template`. `name` fills `{name}`.
pub fn fill(dice: &mut Dice, lang: Lang, topic: usize, template: &str, name: &str) -> String {
    let mut out = String::with_capacity(template.len() * 2);
    expand(dice, lang, topic, template, name, 0, &mut out);
    out
}

fn expand(
    dice: &mut Dice,
    lang: Lang,
    topic: usize,
    template: &str,
    name: &str,
    depth: u8,
    out: &mut String,
) {
    let lex = lang.lexicon();
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        let Some(close) = rest[open..].find('}') else {
            break;
        };
        let slot = &rest[open + 1..open + close];
        rest = &rest[open + close + 1..];
        match slot {
            "t" => out.push_str(lex.topics[topic % TOPICS]),
            "T" => out.push_str(&upper_first(lex.topics[topic % TOPICS])),
            "t2" => out.push_str(dice.pick(lex.topics)),
            "a" => out.push_str(dice.pick(lex.actors)),
            "A" => out.push_str(&upper_first(dice.pick(lex.actors))),
            "p" => out.push_str(dice.pick(lex.places)),
            "P" => out.push_str(&dice.pick(lex.places).to_uppercase()),
            "d" => out.push_str(dice.pick(lex.days)),
            "m" => out.push_str(dice.pick(lex.months)),
            "n" => {
                let top = *dice.of(&[12, 60, 400]);
                out.push_str(&dice.range(3, top).to_string());
            }
            "name" => out.push_str(name),
            "x" if depth < 2 => {
                let tail = dice.pick(lex.tails);
                expand(dice, lang, topic, tail, name, depth + 1, out);
            }
            _ => {}
        }
    }
    out.push_str(rest);
}

fn sentences(lang: Lang, register: Register) -> &'static [&'static str] {
    let lex = lang.lexicon();
    match register {
        Register::Office => lex.office,
        Register::News => lex.news,
        Register::Invite => lex.invites,
        Register::Query => lex.queries,
        Register::Sales => lex.sales,
        Register::Notice => lex.notices,
        Register::Phish => lex.phish,
    }
}

/// A subject line of the register.
pub fn subject(dice: &mut Dice, lang: Lang, register: Register, topic: usize) -> String {
    let lex = lang.lexicon();
    let pool = match register {
        Register::Office => lex.subjects,
        Register::News => lex.headlines,
        Register::Invite => lex.invite_subjects,
        Register::Query => lex.query_subjects,
        Register::Sales => lex.sales_subjects,
        Register::Notice => lex.notice_subjects,
        Register::Phish => lex.phish_subjects,
    };
    let template = dice.pick(pool);
    fill(dice, lang, topic, template, "")
}

/// Paragraphs of about `bytes` bytes in the register; a template comes again
/// only after the others.
pub fn paragraphs(
    dice: &mut Dice,
    lang: Lang,
    register: Register,
    topic: usize,
    bytes: usize,
) -> Vec<String> {
    let pool = sentences(lang, register);
    let mut order: Vec<usize> = (0..pool.len()).collect();
    dice.shuffle(&mut order);
    let mut out = vec![];
    let mut paragraph = String::new();
    let mut total = 0;
    let mut next = 0;
    let mut left = 2 + dice.below(4);
    while total < bytes {
        let at = next % order.len();
        next += 1;
        let start = paragraph.len();
        if register == Register::News && dice.chance(0.14) {
            let template = dice.pick(lang.lexicon().quotes);
            expand(dice, lang, topic, template, "", 0, &mut paragraph);
        } else {
            expand(dice, lang, topic, pool[order[at]], "", 0, &mut paragraph);
        }
        total += paragraph.len() - start;
        left -= 1;
        if left == 0 {
            out.push(std::mem::take(&mut paragraph));
            left = 2 + dice.below(4);
        } else {
            paragraph.push(' ');
        }
    }
    if !paragraph.is_empty() {
        out.push(paragraph.trim_end().to_owned());
    }
    out
}

/// An article of the day, made again from its key.
pub struct Article {
    /// The headline.
    pub headline: String,
    /// Its paragraphs.
    pub body: Vec<String>,
}

/// The `number`-th article of day `day` in `lang`: the same wherever it is
/// printed, in a newsletter, in a colleague's forward or in a lure.
#[must_use]
pub fn article(seed: u64, lang: Lang, day: i64, number: usize, topic: usize) -> Article {
    let parts = [lang as u64, day as u64, number as u64];
    let mut dice = Dice::keyed(crate::dice::key(seed, "article", &parts));
    let headline = subject(&mut dice, lang, Register::News, topic);
    let bytes = 900 + dice.below(2200);
    let body = paragraphs(&mut dice, lang, Register::News, topic, bytes);
    Article { headline, body }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_fills_without_leftovers() {
        for lang in [Lang::En, Lang::De, Lang::Fr] {
            assert_eq!(lang.lexicon().topics.len(), TOPICS);
            for register in [
                Register::Office,
                Register::News,
                Register::Invite,
                Register::Query,
                Register::Sales,
                Register::Notice,
                Register::Phish,
            ] {
                let mut dice = Dice::new(3, "text");
                for _ in 0..40 {
                    let text = paragraphs(&mut dice, lang, register, 4, 900).join("\n");
                    assert!(!text.contains('{') && text.len() >= 900, "{text}");
                    let line = subject(&mut dice, lang, register, 4);
                    assert!(!line.contains('{'), "{line}");
                }
            }
        }
    }

    #[test]
    fn articles_come_again() {
        let one = article(5, Lang::Fr, 19_000, 2, 3);
        let two = article(5, Lang::Fr, 19_000, 2, 3);
        assert_eq!(one.headline, two.headline);
        assert_eq!(one.body, two.body);
        assert_ne!(one.body, article(5, Lang::Fr, 19_000, 3, 3).body);
    }
}
