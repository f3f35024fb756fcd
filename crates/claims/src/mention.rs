//! Who is mentioned in a sentence: states, offices, persons, intrusion sets, pronouns.
//!
//! Neighbouring names are put together: adjective, office, title and person ("UK Deputy
//! Prime Minister Oliver Dowden") are one mention that speaks for its state.

use std::ops::Range;

use crate::gazetteer::{Entry, Gazetteer, normal};
use crate::lexicon::Lexicon;
use crate::memory::{Memory, Speaker};
use crate::sentence::{Sentence, Token, tokens};

/// Offices of one document that are remembered.
const MOST_OFFICES: usize = 200;

/// What is mentioned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A state by name or seat.
    State,
    /// "Chinese", on its own.
    Adjective,
    /// An institution or firm.
    Office,
    /// Holders of an office, unnamed: "UK officials".
    Title,
    /// A named person.
    Person,
    /// Capitalised words that no list knows: a speaker only right before a verb of saying.
    Name,
    /// An intrusion set.
    Set,
    /// "Chinese state-sponsored hackers": never a speaker.
    Actor,
    /// "He".
    PersonPronoun,
    /// "It", "the ministry".
    InstitutionPronoun,
    /// "We".
    We,
    /// An outlet.
    Outlet,
}

/// One mention.
#[derive(Clone, Debug)]
pub(crate) struct Mention {
    pub(crate) range: Range<usize>,
    pub(crate) kind: Kind,
    /// Of a state, set, office or person.
    pub(crate) name: String,
    /// Whose; empty when not known.
    pub(crate) state: String,
    /// "China's", with nothing of an office after it.
    pub(crate) possessive: bool,
    /// Behind a preposition: no subject.
    pub(crate) governed: bool,
}

impl Mention {
    /// Whether it can be a subject that speaks.
    pub(crate) fn speaks(&self) -> bool {
        let kind = match self.kind {
            Kind::State
            | Kind::Office
            | Kind::Person
            | Kind::Name
            | Kind::PersonPronoun
            | Kind::InstitutionPronoun
            | Kind::We => true,
            // "Officials" of nobody are nobody.
            Kind::Title => !self.state.is_empty(),
            Kind::Adjective | Kind::Set | Kind::Actor | Kind::Outlet => false,
        };
        kind && !self.possessive && !self.governed
    }

    /// As a speaker; `None` where a pronoun has nobody to stand for.
    pub(crate) fn speaker(&self, memory: &Memory) -> Option<Speaker> {
        let named = |authority: &str| Speaker {
            name: if self.state.is_empty() { self.name.clone() } else { self.state.clone() },
            authority: authority.to_owned(),
            resolved: !self.state.is_empty(),
        };
        match self.kind {
            Kind::State => Some(named("")),
            Kind::Name => Some(Speaker { resolved: true, ..named("") }),
            // "The office", after it was named in full.
            Kind::Office if self.state.is_empty() => {
                let lower = self.name.to_lowercase();
                let full = memory
                    .offices
                    .iter()
                    .rev()
                    .find(|office| office.authority.to_lowercase().contains(&lower));
                Some(full.cloned().unwrap_or_else(|| Speaker { resolved: true, ..named("") }))
            }
            Kind::Office | Kind::Title | Kind::Person => Some(named(&self.name)),
            Kind::PersonPronoun => memory.person.clone(),
            // "The ministry", before any was named, is at least itself.
            Kind::InstitutionPronoun if self.name.contains(' ') => {
                Some(memory.institution.clone().unwrap_or_else(|| named(&self.name)))
            }
            Kind::InstitutionPronoun => memory.institution.clone(),
            Kind::We => memory.turn.clone().or_else(|| memory.issuers.first().cloned()),
            Kind::Adjective | Kind::Set | Kind::Actor | Kind::Outlet => None,
        }
    }
}

/// Finds mentions; what is learned of persons stays in `memory`.
pub(crate) struct Finder<'a> {
    pub(crate) text: &'a str,
    pub(crate) lexicon: &'a Lexicon,
    pub(crate) names: &'a Gazetteer,
}

/// A name as it stands, before neighbours are put together.
#[derive(Clone, Debug)]
struct Hit {
    range: Range<usize>,
    kind: Kind,
    name: String,
    state: String,
    /// Of an intrusion set whose name is a common word.
    weak: bool,
}

impl Finder<'_> {
    /// Mentions of a sentence in order.
    pub(crate) fn find(&self, sentence: &Sentence, memory: &mut Memory) -> Vec<Mention> {
        let tokens = tokens(self.text, &sentence.range);
        let hits = self.hits(&tokens, memory);
        let hits = self.compose(hits, &tokens, memory);
        self.abbreviations(&hits, memory);
        for hit in hits.iter().filter(|hit| hit.kind == Kind::Office && !hit.state.is_empty()) {
            if memory.offices.len() < MOST_OFFICES {
                memory.offices.push(Speaker {
                    name: hit.state.clone(),
                    authority: hit.name.clone(),
                    resolved: true,
                });
            }
        }
        let hits = self.actors(hits, &tokens);
        let hits = self.names(hits, &tokens);
        let mut mentions: Vec<Mention> =
            hits.into_iter().map(|hit| self.mention(hit, &tokens)).collect();
        mentions.sort_by_key(|mention| (mention.range.start, mention.range.end));
        mentions
    }

    fn words(&self, range: &Range<usize>) -> &str {
        &self.text[range.clone()]
    }

    /// "National Cyber Security Centre Finland (NCSC-FI)": what stands for an office from
    /// then on.
    fn abbreviations(&self, hits: &[Hit], memory: &mut Memory) {
        for hit in hits.iter().filter(|hit| hit.kind == Kind::Office && !hit.state.is_empty()) {
            let behind = self.text[hit.range.end..].trim_start();
            let Some((short, _)) = behind.strip_prefix('(').and_then(|rest| rest.split_once(')'))
            else {
                continue;
            };
            let capitals = short.chars().filter(|c| c.is_uppercase()).count();
            if (2..=10).contains(&short.chars().count())
                && capitals * 2 > short.chars().count()
                && !short.contains(char::is_whitespace)
            {
                let speaker = Speaker {
                    name: hit.state.clone(),
                    authority: hit.name.clone(),
                    resolved: true,
                };
                memory.persons.insert(short.to_owned(), speaker);
            }
        }
    }

    /// The longest names, left to right.
    fn hits(&self, tokens: &[Token], memory: &Memory) -> Vec<Hit> {
        let longest = self.names.longest();
        let mut hits = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            let hit = (tokens[at].is_word)
                .then(|| {
                    (at..tokens.len().min(at + longest))
                        .rev()
                        .filter(|end| tokens[*end].is_word)
                        .find_map(|end| {
                            let range = tokens[at].range.start..tokens[end].range.end;
                            self.hit(range, memory).map(|hit| (hit, end))
                        })
                })
                .flatten();
            match hit {
                // "The Department of Justice" is no "department" of before.
                Some((hit, end))
                    if hit.kind == Kind::InstitutionPronoun
                        && self.is_longer_behind(tokens, at, end, memory) =>
                {
                    at += 1;
                }
                Some((hit, end)) => {
                    // "The embassy, for its part": French sets a pronoun apart.
                    let mark = |at: Option<usize>| {
                        at.and_then(|at| tokens.get(at))
                            .is_some_and(|t| self.words(&t.range) == ",")
                    };
                    let apart = hit.kind == Kind::PersonPronoun
                        && mark(at.checked_sub(1))
                        && mark(Some(end + 1));
                    let weak = apart || hit.weak && !self.has_actor_beside(tokens, at, end);
                    if !weak {
                        hits.push(hit);
                    }
                    at = end + 1;
                }
                None => at += 1,
            }
        }
        hits
    }

    /// Whether a name begins within a pronoun's words and ends behind them.
    fn is_longer_behind(&self, tokens: &[Token], at: usize, end: usize, memory: &Memory) -> bool {
        let last = tokens.len().min(at + self.names.longest());
        (at + 1..=end).filter(|from| tokens[*from].is_word).any(|from| {
            (end + 1..last).filter(|to| tokens[*to].is_word).any(|to| {
                self.hit(tokens[from].range.start..tokens[to].range.end, memory).is_some()
            })
        })
    }

    /// A set whose name is a common word counts only beside "group", "hackers" and the like.
    fn has_actor_beside(&self, tokens: &[Token], first: usize, last: usize) -> bool {
        tokens[first.saturating_sub(3)..tokens.len().min(last + 3)].iter().any(|token| {
            let word = self.words(&token.range).to_lowercase();
            self.lexicon.actors.contains(&word) || word == "dubbed" || word == "known"
        })
    }

    fn hit(&self, range: Range<usize>, memory: &Memory) -> Option<Hit> {
        let words = self.words(&range);
        if words.contains('\n') && words.contains("\n\n") {
            return None;
        }
        let make = |kind, name: &str, state: &str, weak| {
            Some(Hit {
                range: range.clone(),
                kind,
                name: name.to_owned(),
                state: state.to_owned(),
                weak,
            })
        };
        if words.contains('-')
            && let Some(known) = memory.persons.get(words)
        {
            return make(Kind::Office, &known.authority, &known.name, false);
        }
        match self.names.get(words) {
            Some(Entry::State { name }) => return make(Kind::State, &name, &name, false),
            Some(Entry::Adjective { state }) => return make(Kind::Adjective, words, &state, false),
            Some(Entry::Organisation { name, state }) => {
                return make(Kind::Office, &name, &state, false);
            }
            Some(Entry::Set { name, weak, .. }) => return make(Kind::Set, &name, "", weak),
            Some(Entry::Outlet { name }) => return make(Kind::Outlet, &name, "", false),
            None => {}
        }
        let lower = normal(words).to_lowercase();
        if self.lexicon.titles.contains(&lower) {
            return make(Kind::Title, words, "", false);
        }
        if let Some(state) = self.lexicon.offices.get(&lower) {
            return make(Kind::Office, words, state, false);
        }
        if self.lexicon.person.contains(&lower) {
            return make(Kind::PersonPronoun, words, "", false);
        }
        if self.lexicon.institution.contains(&lower) {
            return make(Kind::InstitutionPronoun, words, "", false);
        }
        if self.lexicon.we.contains(&lower) {
            return make(Kind::We, words, "", false);
        }
        let known = memory.persons.get(words)?;
        let state = if known.resolved { known.name.as_str() } else { "" };
        make(Kind::Person, &known.authority, state, false)
    }

    /// Puts neighbours together: state, office, title, person.
    fn compose(&self, hits: Vec<Hit>, tokens: &[Token], memory: &mut Memory) -> Vec<Hit> {
        let mut composed: Vec<Hit> = Vec::new();
        for hit in hits {
            // "L'ambassade de Russie" is no embassy of before.
            if let Some(last) = composed.last_mut()
                && last.kind == Kind::InstitutionPronoun
                && last.name.contains([' ', '\'', '\u{2019}'])
                && matches!(hit.kind, Kind::State | Kind::Adjective)
            {
                let office = Hit { kind: Kind::Office, ..last.clone() };
                if self.joins(&office, &hit) {
                    *last = office;
                }
            }
            match composed.last_mut() {
                Some(last) if self.joins(last, &hit) => {
                    let between = self.text[last.range.end..hit.range.start].trim();
                    let named =
                        hit.kind == Kind::State && last.kind == Kind::Office && between.is_empty();
                    last.range.end = hit.range.end;
                    last.kind = match (last.kind, hit.kind) {
                        (Kind::Title, _) | (_, Kind::Title) => Kind::Title,
                        _ => Kind::Office,
                    };
                    if last.state.is_empty() || named {
                        last.state = hit.state;
                    }
                    last.name = normal(self.words(&last.range));
                }
                _ => composed.push(hit),
            }
        }
        // "The Chinese side" speaks; a side of nobody is no office.
        composed.retain(|hit| {
            let name = hit.name.to_lowercase();
            !(hit.kind == Kind::Office
                && hit.state.is_empty()
                && matches!(name.as_str(), "side" | "seite" | "partie"))
        });
        self.free_surnames(&mut composed, tokens);
        for at in 0..composed.len() {
            if composed[at].kind == Kind::Title {
                let next = composed.get(at + 1).map_or(usize::MAX, |hit| hit.range.start);
                self.name_person(&mut composed[at], tokens, next, memory);
            }
        }
        composed
    }

    /// "Deputy Attorney General Lisa Monaco" names no state: one that stands behind a title
    /// and a capitalised word is a family name.
    fn free_surnames(&self, composed: &mut Vec<Hit>, tokens: &[Token]) {
        let mut at = 0;
        while at + 1 < composed.len() {
            let (title, next) = (&composed[at], &composed[at + 1]);
            let between = title.range.end..next.range.start;
            let words: Vec<&Token> = tokens
                .iter()
                .filter(|t| t.range.start >= between.start && t.range.end <= between.end)
                .collect();
            let named = (1..=2).contains(&words.len())
                && words
                    .iter()
                    .all(|t| t.is_word && self.words(&t.range).starts_with(char::is_uppercase));
            let state = matches!(next.kind, Kind::State | Kind::Adjective);
            if title.kind == Kind::Title && state && named {
                composed.remove(at + 1);
            } else {
                at += 1;
            }
        }
    }

    /// Whether `next` belongs to the same mention as `last`.
    fn joins(&self, last: &Hit, next: &Hit) -> bool {
        let between = &self.text[last.range.end..next.range.start];
        let gap = between.trim().to_lowercase().replace('\u{2019}', "'");
        let whose = matches!(last.kind, Kind::State | Kind::Adjective);
        let role = |kind| matches!(kind, Kind::Office | Kind::Title);
        // "National Cyber Security Centre Finland", "Affaires mondiales Canada".
        if last.kind == Kind::Office && next.kind == Kind::State && gap.is_empty() {
            return true;
        }
        // "Le ministre belge", "l'ambassade chinoise".
        if role(last.kind) && next.kind == Kind::Adjective && gap.is_empty() {
            return last.state.is_empty();
        }
        let of_state = role(last.kind) && matches!(next.kind, Kind::State | Kind::Adjective);
        if !(role(next.kind) || of_state) {
            return false;
        }
        if !role(last.kind) && !whose {
            return false;
        }
        if role(next.kind) && (gap.is_empty() || gap == "'s" || gap == "'") {
            return true;
        }
        // "China's powerful Ministry of State Security", "der chinesische Botschafter".
        if whose && role(next.kind) {
            let rest = gap.strip_prefix("'s").unwrap_or(&gap).trim();
            return !rest.contains([' ', ',', '"', '-']) && gap.starts_with("'s");
        }
        let of = matches!(
            gap.as_str(),
            "of" | "of the"
                | "for"
                | "for the"
                | "at the"
                | "at"
                | "der"
                | "des"
                | "im"
                | "vom"
                | "von"
                | "de"
                | "de la"
                | "du"
                | "des affaires"
                | "de l'"
                | "d'"
                | "pour les"
                | "to the"
                | "to"
                | "in"
                | "in der"
                | "en"
                | "à"
                | "au"
                | "the"
                | "with the"
                | "beim"
                | "bei der"
        );
        role(last.kind) && of
    }

    /// A title's person: capitalised words behind it, or before it and a comma.
    fn name_person(&self, hit: &mut Hit, tokens: &[Token], before: usize, memory: &mut Memory) {
        let capital = |token: &Token| {
            token.is_word && self.words(&token.range).starts_with(char::is_uppercase)
        };
        let first = tokens.iter().position(|token| token.range.start >= hit.range.end);
        let mut start = first.unwrap_or(tokens.len());
        if tokens.get(start).is_some_and(|token| self.words(&token.range) == ",") {
            start += 1;
        }
        let mut end = start;
        let mut last_name = None;
        while let Some(token) = tokens.get(end) {
            let word = self.words(&token.range);
            let particle = matches!(
                word,
                "von" | "van" | "de" | "der" | "al" | "bin" | "le" | "du" | "-" | "."
            );
            let inside = token.range.end <= before;
            if !inside || end - start > 5 || !(capital(token) || (particle && end > start)) {
                break;
            }
            if capital(token) {
                last_name = Some(end);
            }
            end += 1;
        }
        // A sentence may end in a full stop that is no initial's.
        let named = last_name.filter(|last| *last > start || !self.all_upper(&tokens[*last]));
        if let Some(last) = named
            && !self.is_plural_title(hit)
        {
            let name = normal(self.words(&(tokens[start].range.start..tokens[last].range.end)));
            hit.range.end = tokens[last].range.end;
            self.become_person(hit, &name, memory);
            return;
        }
        // "Lin Jian, a spokesperson for the ministry".
        let Some(at) = tokens.iter().position(|token| token.range.start >= hit.range.start) else {
            return;
        };
        let mut back = at;
        let article = |word: &str| {
            matches!(
                word,
                "a" | "an"
                    | "the"
                    | "der"
                    | "die"
                    | "ein"
                    | "eine"
                    | "le"
                    | "la"
                    | "un"
                    | "une"
                    | "'"
                    | "l"
            )
        };
        while back > 0 && article(self.words(&tokens[back - 1].range).to_lowercase().as_str()) {
            back -= 1;
        }
        if back < 3 || self.words(&tokens[back - 1].range) != "," {
            return;
        }
        let comma = back - 1;
        let mut from = comma;
        let no_name = |token: &Token| {
            let lower = self.words(&token.range).to_lowercase();
            self.lexicon.months.contains_key(&lower)
                || self.lexicon.weekdays.contains_key(&lower)
                || self.lexicon.prepositions.contains(&lower)
        };
        while from > 0
            && comma - from < 3
            && capital(&tokens[from - 1])
            && !no_name(&tokens[from - 1])
        {
            from -= 1;
        }
        if comma - from >= 2 {
            let name = normal(self.words(&(tokens[from].range.start..tokens[comma - 1].range.end)));
            if self.names.get(&name).is_none() {
                hit.range.start = tokens[from].range.start;
                self.become_person(hit, &name, memory);
            }
        }
    }

    fn all_upper(&self, token: &Token) -> bool {
        self.words(&token.range).chars().all(char::is_uppercase)
    }

    fn is_plural_title(&self, hit: &Hit) -> bool {
        let last = hit.name.rsplit(' ').next().unwrap_or("").to_lowercase();
        matches!(
            last.as_str(),
            "officials"
                | "prosecutors"
                | "authorities"
                | "officers"
                | "ministers"
                | "leaders"
                | "lawmakers"
                | "diplomats"
                | "behörden"
                | "autorités"
                | "responsables"
        )
    }

    fn become_person(&self, hit: &mut Hit, name: &str, memory: &mut Memory) {
        let title = normal(&hit.name).replace(name, "");
        let title = title.trim_matches([' ', ',']);
        hit.kind = Kind::Person;
        hit.name = format!("{title} {name}").trim().to_owned();
        // A firm's director or a researcher speaks for no state.
        let private = self.lexicon.private_titles.contains(&title.to_lowercase());
        if private {
            hit.state = hit.name.clone();
        }
        let speaker = Speaker {
            name: if hit.state.is_empty() { hit.name.clone() } else { hit.state.clone() },
            authority: hit.name.clone(),
            resolved: !hit.state.is_empty(),
        };
        if let Some(last) = name.rsplit(' ').next()
            && last.chars().count() > 2
        {
            memory.persons.insert(last.to_owned(), speaker.clone());
            memory.persons.insert(name.to_owned(), speaker);
        }
    }

    /// "The Chinese 'state-sponsored group'": an adjective or a state with an actor's noun
    /// close behind it is an actor.
    fn actors(&self, mut hits: Vec<Hit>, tokens: &[Token]) -> Vec<Hit> {
        const NEAR: usize = 6;
        let starts: Vec<usize> = hits.iter().map(|hit| hit.range.start).collect();
        for (at, hit) in hits.iter_mut().enumerate() {
            let possible = matches!(hit.kind, Kind::Adjective | Kind::State | Kind::Office)
                && !hit.state.is_empty();
            if !possible {
                continue;
            }
            let next = starts.get(at + 1).copied().unwrap_or(usize::MAX);
            let Some(first) = tokens.iter().position(|t| t.range.start >= hit.range.end) else {
                continue;
            };
            let close = matches!(hit.kind, Kind::State | Kind::Office);
            let mut end = None;
            for token in tokens.iter().skip(first).take(NEAR) {
                let word = self.words(&token.range);
                let mark =
                    matches!(word, "-" | "\"" | "“" | "„" | "«" | "\u{2019}" | "'" | "s" | "‑");
                let lower = word.to_lowercase();
                if token.range.start >= next || (!token.is_word && !mark) {
                    break;
                }
                if self.lexicon.actors.contains(&lower) {
                    end = Some(token.range.end);
                } else if close && !mark {
                    // "China-linked hackers", "GRU hackers", but not "Russia said hackers".
                    break;
                } else if end.is_some() {
                    break;
                }
            }
            if let Some(end) = end {
                hit.kind = Kind::Actor;
                hit.range.end = end;
            }
        }
        hits
    }

    /// Capitalised words that nothing else holds: two to four of them, or one behind "the
    /// firm". In German, where every noun is capital, only behind such a word.
    fn names(&self, mut hits: Vec<Hit>, tokens: &[Token]) -> Vec<Hit> {
        const MOST: usize = 4;
        let held: Vec<Range<usize>> = hits.iter().map(|hit| hit.range.clone()).collect();
        let free = |token: &Token| {
            !held.iter().any(|range| token.range.start < range.end && range.start < token.range.end)
        };
        let lower = |at: usize| self.words(&tokens[at].range).to_lowercase();
        let capital = |at: usize| {
            let token = &tokens[at];
            let word = self.words(&token.range);
            token.is_word
                && free(token)
                && word.starts_with(char::is_uppercase)
                && !self.lexicon.months.contains_key(&lower(at))
                && !self.lexicon.weekdays.contains_key(&lower(at))
                && !self.lexicon.firms.contains(&lower(at))
        };
        let mut at = 0;
        while at < tokens.len() {
            let firm = at > 0 && self.lexicon.firms.contains(&lower(at - 1));
            let mut end = at;
            while end < tokens.len() && end - at < MOST && capital(end) {
                end += 1;
            }
            // The first word of a sentence is capital anyway: an article, an adverb.
            let opens = at == 0 && tokens.len() > 1;
            let starts =
                if opens && end - at > 1 && self.is_function_word(&lower(0)) { 1 } else { 0 };
            let count = end - at - starts.min(end - at);
            let enough =
                if self.german() { firm && count >= 1 } else { count >= 2 || (firm && count == 1) };
            // "Torben K.": how the German press and courts name a suspect.
            let initial = self.german()
                && end - at == 2
                && self.words(&tokens[end - 1].range).trim_end_matches('.').chars().count() == 1;
            if enough || initial {
                let range = tokens[at + starts].range.start..tokens[end - 1].range.end;
                let name = normal(self.words(&range));
                hits.push(Hit { range, kind: Kind::Name, name, state: String::new(), weak: false });
            }
            at = end.max(at + 1);
        }
        hits
    }

    fn german(&self) -> bool {
        self.lexicon.months.contains_key("januar")
    }

    /// Words that are no part of a name though a sentence begins with them.
    fn is_function_word(&self, word: &str) -> bool {
        self.lexicon.prepositions.contains(word)
            || self.lexicon.institution.contains(word)
            || self.lexicon.person.contains(word)
            || matches!(
                word,
                "the"
                    | "a"
                    | "an"
                    | "but"
                    | "and"
                    | "when"
                    | "then"
                    | "today"
                    | "le"
                    | "la"
                    | "les"
                    | "un"
                    | "une"
                    | "mais"
                    | "et"
                    | "des"
                    | "ce"
                    | "cette"
                    | "that"
                    | "this"
                    | "these"
                    | "last"
                    | "former"
                    | "as"
                    | "if"
            )
    }

    fn mention(&self, hit: Hit, tokens: &[Token]) -> Mention {
        let first = tokens.iter().position(|t| t.range.start >= hit.range.start).unwrap_or(0);
        let word = |at: usize| self.words(&tokens[at].range).to_lowercase();
        let article = |word: &str| {
            matches!(
                word,
                "the"
                    | "a"
                    | "an"
                    | "der"
                    | "die"
                    | "das"
                    | "den"
                    | "dem"
                    | "des"
                    | "le"
                    | "la"
                    | "les"
                    | "l"
                    | "'"
                    | "\u{2019}"
                    | "\""
            )
        };
        let mut back = first;
        while back > 0
            && article(&word(back - 1))
            && !self.lexicon.prepositions.contains(&word(back - 1))
        {
            back -= 1;
        }
        let before = |words: &[&str]| back > 0 && words.contains(&word(back - 1).as_str());
        let governed = back > 0 && self.lexicon.prepositions.contains(&word(back - 1))
            || hit.kind == Kind::Name && before(&["as", "als", "comme"]);
        // "A report by X", "le rapport de la société X": X's word.
        let mut before = back.saturating_sub(1);
        while before > 0 && self.lexicon.firms.contains(&word(before - 1)) {
            before -= 1;
        }
        let governed =
            governed && !(before > 0 && self.lexicon.reports.contains(&word(before - 1)));
        let after = self.text[hit.range.end..].trim_start_matches(['\u{2019}', '\'']);
        let apostrophe = self.text[hit.range.end..].starts_with(['\u{2019}', '\'']);
        let possessive = apostrophe && (after.starts_with("s ") || after.starts_with(' '));
        let hyphen = self.text[hit.range.end..].starts_with('-') && hit.kind == Kind::State;
        Mention {
            kind: if hyphen { Kind::Adjective } else { hit.kind },
            range: hit.range,
            name: hit.name,
            state: hit.state,
            possessive,
            governed,
        }
    }
}
