//! A document's claims: triggers with their speakers, objects, hedges, days and quantities.

use std::ops::Range;

use demarche_core::id::{sha256_hex, short_hash};
use demarche_core::{Act, Claim, EvidenceRef, Span};
use jiff::civil::Date;

use crate::document::{Document, TextKind};
use crate::gazetteer::Gazetteer;
use crate::lexicon::{Lexicon, Voice, lexicon};
use crate::memory::{Memory, Said, Speaker};
use crate::mention::{Finder, Kind, Mention};
use crate::sentence::{Sentence, sentences};
use crate::span::spans;
use crate::subject::{Found, Scene};
use crate::trigger::{Frame, Trigger, frames, quoted, triggers};
use crate::{dates, doubles, issuer, join, quantity};

/// What a verb of saying tells begins within so many bytes.
const TOLD_WITHIN: usize = 140;
/// Words of the topic that make a text worth reading.
const TOPICAL: usize = 2;
/// An office without a state is taken for that of who spoke so many paragraphs before.
const NEAR_PARAGRAPHS: usize = 1;
/// A hedge counts within so many bytes of what it hedges.
const HEDGED_WITHIN: usize = 70;

/// Claims that a document makes, in the order of the text, all `proposed`.
#[must_use]
pub fn propose(document: &Document, names: &Gazetteer) -> Vec<Claim> {
    let lexicon = lexicon(document.language);
    let text = document.text.as_str();
    let topical = lexicon
        .topic
        .as_ref()
        .is_some_and(|topic| topic.find_iter(text).take(TOPICAL).count() >= TOPICAL);
    if !topical {
        return Vec::new();
    }
    let mut reader = Reader {
        document,
        lexicon,
        names,
        memory: Memory { day: document.said_on, ..Memory::default() },
        drafts: Vec::new(),
        quarrel: None,
    };
    let header = dates::header(text);
    let mut all = sentences(text, lexicon);
    if let Some(first) = all.first_mut() {
        let start = first.range.start.max(header);
        first.range.start = start + (text[start..].len() - text[start..].trim_start().len());
    }
    all.retain(|sentence| sentence.range.start < sentence.range.end);
    reader.memory.issuers = issuer::issuers(&reader.finder(), &all);
    for sentence in &all {
        reader.read(sentence);
    }
    reader.finish()
}

/// A claim before its ids and characters.
pub(crate) struct Draft {
    pub(crate) claim: Claim,
    pub(crate) span: Range<usize>,
    pub(crate) day: Option<Date>,
    /// Which paragraph it stands in.
    pub(crate) paragraph: usize,
    /// Whether that is a heading.
    pub(crate) heading: bool,
    /// Whether reported words amount to it, and no verb of its own.
    pub(crate) content: bool,
}

struct Reader<'a> {
    document: &'a Document,
    lexicon: &'static Lexicon,
    names: &'a Gazetteer,
    memory: Memory,
    drafts: Vec<Draft>,
    /// The paragraph of the last accusation that was about something else.
    quarrel: Option<usize>,
}

/// An act with its speaker, before its span is known.
pub(crate) struct Act0 {
    pub(crate) trigger: Trigger,
    speakers: Vec<Speaker>,
    /// Where its subject begins, if it has its own.
    pub(crate) subject: Option<usize>,
    reported_by: String,
    /// What a hedge may stand close to, beside the trigger.
    frame: Option<Range<usize>>,
}

impl Reader<'_> {
    fn finder(&self) -> Finder<'_> {
        Finder { text: &self.document.text, lexicon: self.lexicon, names: self.names }
    }

    fn read(&mut self, sentence: &Sentence) {
        let finder = Finder { text: &self.document.text, lexicon: self.lexicon, names: self.names };
        let mut memory = std::mem::take(&mut self.memory);
        let mentions = finder.find(sentence, &mut memory);
        issuer::turn(&finder, sentence, &mentions, &mut memory);
        self.memory = memory;
        let frames = frames(&self.document.text, sentence, &mentions, self.lexicon);
        let text = self.document.text.as_str();
        let scene = Scene {
            text,
            sentence,
            mentions: &mentions,
            frames: &frames,
            lexicon: self.lexicon,
            language: self.document.language,
        };
        let triggers = triggers(text, sentence, self.lexicon);
        let mut acts: Vec<Act0> = Vec::new();
        for trigger in triggers.iter().filter(|t| t.voice != Voice::Content) {
            if let Some(act) = self.direct(&scene, trigger, &acts) {
                acts.push(act);
            }
        }
        for trigger in triggers.iter().filter(|t| t.voice == Voice::Content) {
            if let Some(act) = self.content(&scene, trigger, &acts) {
                acts.push(act);
            }
        }
        let accuses =
            |trigger: &&Trigger| trigger.act == Act::Accuse && trigger.voice == Voice::Active;
        let by_nobody = triggers
            .iter()
            .filter(accuses)
            .any(|trigger| !acts.iter().any(|act| act.trigger.range.start == trigger.range.start));
        if by_nobody {
            self.quarrel = Some(sentence.paragraph);
        }
        acts.sort_by_key(|act| act.trigger.range.start);
        self.merge(&mut acts);
        self.hear(&scene, &acts);
        let spans = spans(&scene, &acts);
        let said = dates::said_on(text, &sentence.range, self.lexicon, self.memory.day);
        for (act, span) in acts.into_iter().zip(spans) {
            self.draft(&scene, act, span, said);
        }
    }

    /// Speakers heard become what pronouns mean.
    fn hear(&mut self, scene: &Scene<'_>, acts: &[Act0]) {
        for frame in scene.frames {
            let mention = &scene.mentions[frame.speaker];
            if let Some(speaker) = mention.speaker(&self.memory) {
                let person = matches!(mention.kind, Kind::Person | Kind::PersonPronoun);
                let speaker = self.with_state(scene, speaker, None);
                self.memory.hear(&speaker, person, scene.sentence.paragraph);
            }
        }
        for act in acts {
            if let Some(speaker) = act.speakers.first() {
                let person =
                    speaker.authority.split(' ').count() > 2 && !speaker.authority.is_empty();
                self.memory.hear(speaker, person, scene.sentence.paragraph);
                if person {
                    let institution = Speaker { authority: String::new(), ..speaker.clone() };
                    self.memory.institution = Some(institution);
                }
            }
        }
    }

    /// An act by its own verb or noun.
    fn direct(&self, scene: &Scene<'_>, trigger: &Trigger, acts: &[Act0]) -> Option<Act0> {
        if trigger.act == Act::Confirm && trigger.voice == Voice::Passive {
            // What is confirmed must be an incident.
            let words = scene.words(&scene.sentence.range);
            let regexes = [&self.lexicon.topic, &self.lexicon.anaphors];
            if !regexes.into_iter().flatten().any(|regex| regex.is_match(words)) {
                return None;
            }
        }
        let previous = acts.last().map(|act| act.trigger.range.end);
        let found = scene.speakers(trigger, previous);
        let frame = scene.frame_of(&trigger.range);
        let mut subject = None;
        let mut speakers = match found {
            Found::Mentions(at) => {
                subject = at.first().map(|at| scene.mentions[*at].range.start);
                let adjective = |m: &Mention| Speaker {
                    name: m.state.clone(),
                    authority: String::new(),
                    resolved: true,
                };
                at.iter()
                    .flat_map(|at| {
                        let mention = &scene.mentions[*at];
                        match mention.kind {
                            Kind::Adjective => vec![adjective(mention)],
                            Kind::We => self.we(scene, frame, mention),
                            _ => mention.speaker(&self.memory).into_iter().collect(),
                        }
                    })
                    .collect()
            }
            Found::Previous => acts.last().map(|act| act.speakers.clone()).unwrap_or_default(),
            Found::Nobody => Vec::new(),
        };
        let nobody = speakers.is_empty();
        if nobody {
            // A quotation without a subject of its own, or a passive in reported speech.
            let quote = quoted(scene.sentence, &trigger.range).is_some();
            let passive = trigger.voice == Voice::Passive
                && matches!(trigger.act, Act::Sanction | Act::Charge | Act::Summon);
            if quote || passive {
                let framed = frame.and_then(|f| scene.mentions[f.speaker].speaker(&self.memory));
                speakers.extend(framed.or_else(|| {
                    let recent = self.memory.last.as_ref().filter(|(_, paragraph)| {
                        scene.sentence.paragraph.saturating_sub(*paragraph) <= 1
                    });
                    let issuer = self.memory.issuers.first().cloned();
                    if passive { issuer.or_else(|| recent.map(|(s, _)| s.clone())) } else { issuer }
                }));
            }
        }
        let mut reported_by = String::new();
        if let Some(frame) = frame
            && let Some(framed) = scene.mentions[frame.speaker].speaker(&self.memory)
        {
            for speaker in &mut speakers {
                let same = framed.name == speaker.name || !framed.resolved;
                if same && speaker.authority.is_empty() && !framed.authority.is_empty() {
                    speaker.authority.clone_from(&framed.authority);
                } else if !same {
                    reported_by.clone_from(&framed.name);
                }
            }
        }
        let speakers: Vec<Speaker> = speakers
            .into_iter()
            .map(|speaker| self.with_state(scene, speaker, Some(trigger.act)))
            .filter(|speaker| !speaker.name.is_empty())
            .collect();
        (!speakers.is_empty()).then(|| Act0 {
            trigger: trigger.clone(),
            speakers,
            subject,
            reported_by,
            frame: None,
        })
    }

    /// "We" within a quotation is whoever is quoted, else whose turn it is, else who issued
    /// the document. "I" outside quotation marks is only whose turn it is.
    fn we(&self, scene: &Scene<'_>, frame: Option<&Frame>, mention: &Mention) -> Vec<Speaker> {
        let framed = frame.and_then(|f| {
            let mention = &scene.mentions[f.speaker];
            (mention.kind != Kind::We).then(|| mention.speaker(&self.memory)).flatten()
        });
        let outside = quoted(scene.sentence, &mention.range).is_none();
        if let Some(speaker) = framed.or_else(|| self.memory.turn.clone()) {
            return vec![speaker];
        }
        let singular = scene.words(&mention.range).to_lowercase();
        if outside && self.lexicon.singular.contains(&singular) {
            return Vec::new();
        }
        if outside && !self.memory.issuers.is_empty() {
            return self.memory.issuers.clone();
        }
        let recent = self.memory.last.as_ref().filter(|recent| {
            scene.sentence.paragraph == recent.1 || !scene.sentence.quotes.is_empty()
        });
        let quoted = recent.map(|(speaker, _)| vec![speaker.clone()]);
        quoted.unwrap_or_else(|| self.memory.issuers.clone())
    }

    /// Gives an office or person without a state the state it must speak for.
    fn with_state(&self, scene: &Scene<'_>, speaker: Speaker, act: Option<Act>) -> Speaker {
        if speaker.resolved {
            return speaker;
        }
        // A state that is the subject of the words quoted.
        let own = scene.mentions.iter().find(|m| {
            m.kind == Kind::State && m.speaks() && quoted(scene.sentence, &m.range).is_some()
        });
        let is_state = |name: &str| self.names.state_of(name).is_some();
        let blamed =
            || act.is_some_and(Act::answers).then(|| self.memory.last_blamed(is_state)).flatten();
        // "Estonia recalls that its Ministry ...".
        let owner = scene.mentions.iter().find(|m| {
            m.kind == Kind::State && m.speaks() && quoted(scene.sentence, &m.range).is_none()
        });
        let state = own
            .map(|m| m.name.clone())
            .or_else(|| owner.map(|m| m.name.clone()))
            .or_else(|| blamed().map(str::to_owned))
            .or_else(|| {
                let near =
                    |at: usize| scene.sentence.paragraph.saturating_sub(at) <= NEAR_PARAGRAPHS;
                let last = self.memory.last.as_ref();
                last.filter(|(s, at)| s.resolved && near(*at) && is_state(&s.name))
                    .map(|(s, _)| s.name.clone())
            })
            .or_else(|| self.memory.issuers.first().map(|s| s.name.clone()));
        match state {
            Some(name) => {
                let authority =
                    if speaker.authority.is_empty() { speaker.name } else { speaker.authority };
                Speaker { name, authority, resolved: true }
            }
            None => speaker,
        }
    }

    /// An act that reported speech amounts to.
    fn content(&self, scene: &Scene<'_>, trigger: &Trigger, acts: &[Act0]) -> Option<Act0> {
        let frame = scene.frame_of(&trigger.range).filter(|frame| {
            trigger.range.start >= frame.verb.end || trigger.range.end <= frame.range.start
        });
        let told = acts.iter().rev().find(|act| {
            // "Warned that it would respond": what a verb of saying tells.
            let near = trigger.range.start.saturating_sub(act.trigger.range.end) <= TOLD_WITHIN;
            act.trigger.range.end <= trigger.range.start
                && act.trigger.voice == Voice::Active
                && near
        });
        let (speakers, framed) = match (frame, told) {
            (Some(frame), _) => {
                let mention = &scene.mentions[frame.speaker];
                if mention.kind == Kind::Outlet {
                    return None;
                }
                let speakers = match mention.kind {
                    Kind::We => self.we(scene, None, mention),
                    _ => mention.speaker(&self.memory).into_iter().collect(),
                };
                (speakers, Some(frame.range.clone()))
            }
            (None, Some(act)) => (act.speakers.clone(), Some(act.trigger.range.clone())),
            (None, None) => (self.unframed(scene, trigger), None),
        };
        let mut speaker = speakers.first()?.clone();
        if frame.is_none()
            && told.is_none()
            && matches!(trigger.act, Act::Accuse | Act::Warn | Act::Confirm | Act::Attribute)
            && !self.is_strong(scene, trigger)
            && !self.answers_back(scene, trigger, &speaker)
            && !(trigger.act == Act::Attribute && self.same_actor(scene))
        {
            return None;
        }
        // "She was never hacked": nobody answers for itself.
        let own = |m: &Mention| m.state == speaker.name || m.kind == Kind::We;
        let other = scene.mentions.iter().any(|m| m.kind == Kind::PersonPronoun);
        let unsaid = frame.is_none() && told.is_none() && trigger.act == Act::Deny;
        if unsaid && other && !scene.mentions.iter().any(own) {
            return None;
        }
        if trigger.act != Act::Threaten && is_conditional(scene, &trigger.range) {
            return None;
        }
        speaker = self.with_state(scene, speaker, Some(trigger.act));
        let already = acts.iter().any(|act| {
            let same = act.speakers.iter().any(|s| s.name == speaker.name);
            let covers = act.trigger.act == trigger.act
                || (act.trigger.act.blames()
                    && matches!(trigger.act, Act::Accuse | Act::Attribute | Act::Confirm))
                || matches!(
                    (act.trigger.act, trigger.act),
                    (Act::Attribute, Act::Confirm | Act::Accuse)
                        | (Act::Confirm, Act::Attribute | Act::Accuse)
                        | (Act::Warn, Act::Attribute | Act::Accuse | Act::Confirm)
                        | (Act::Deny, Act::Attribute | Act::Accuse | Act::Confirm | Act::Protest)
                        | (Act::Protest, Act::Attribute | Act::Accuse | Act::Confirm)
                );
            same && covers
        });
        if already {
            return None;
        }
        let mut trigger = trigger.clone();
        match trigger.act {
            Act::Attribute => {
                let same =
                    || self.same_actor(scene) && !self.memory.topic(&speaker.name).is_empty();
                if self.agent(scene, &trigger, &speaker).is_none() && !same() {
                    return None;
                }
            }
            Act::Accuse => {
                let before = self
                    .memory
                    .said
                    .iter()
                    .any(|said| said.act.blames() && said.speaker == speaker.name);
                if !before {
                    return None;
                }
            }
            // Hostile acts with a known agent are attributions.
            Act::Confirm if self.agent(scene, &trigger, &speaker).is_some() => {
                trigger.act = Act::Attribute;
            }
            _ => {}
        }
        let others = speakers.into_iter().skip(1);
        let speakers = std::iter::once(speaker).chain(others).collect();
        Some(Act0 {
            trigger,
            speakers,
            subject: frame.map(|frame| frame.range.start),
            reported_by: String::new(),
            frame: framed,
        })
    }

    /// Whose words a sentence without a frame is: a quotation goes on, or the document
    /// speaks for itself.
    fn unframed(&self, scene: &Scene<'_>, trigger: &Trigger) -> Vec<Speaker> {
        let recent = |within: usize| {
            let (speaker, paragraph) = self.memory.last.as_ref()?;
            let goes_on = scene.sentence.paragraph.saturating_sub(*paragraph) <= within;
            goes_on.then(|| vec![speaker.clone()])
        };
        if quoted(scene.sentence, &trigger.range).is_some() {
            return recent(1).unwrap_or_default();
        }
        if let Some(turn) = &self.memory.turn {
            return vec![turn.clone()];
        }
        if self.memory.issuers.is_empty() && self.is_reported_speech(scene) {
            return recent(0).unwrap_or_default();
        }
        self.memory.issuers.clone()
    }

    /// German marks words of others by the verb's mood: a sentence in it without a verb of
    /// saying goes on with who spoke last.
    fn is_reported_speech(&self, scene: &Scene<'_>) -> bool {
        let words = self.lexicon.reported.as_ref();
        words.is_some_and(|words| words.is_match(scene.words(&scene.sentence.range)))
    }

    /// Whether one that was blamed before lays something at another's door.
    fn answers_back(&self, scene: &Scene<'_>, trigger: &Trigger, speaker: &Speaker) -> bool {
        trigger.act == Act::Attribute
            && self.memory.was_blamed_first(&speaker.name)
            && self.agent(scene, trigger, speaker).is_some()
    }

    /// "The same group": the actor of an earlier claim.
    fn same_actor(&self, scene: &Scene<'_>) -> bool {
        let words = self.lexicon.same_actors.as_ref();
        words.is_some_and(|words| words.is_match(scene.words(&scene.sentence.range)))
    }

    /// "Was behind", "carried out by": the words of an attribution by themselves.
    fn is_strong(&self, scene: &Scene<'_>, trigger: &Trigger) -> bool {
        trigger.act == Act::Attribute && {
            let words = scene.words(&trigger.range).trim_end();
            let last = words.rsplit(char::is_whitespace).next().unwrap_or("").to_lowercase();
            ["by", "behind", "for", "von", "par", "hinter", "de"].contains(&last.as_str())
        }
    }

    /// The intrusion set or foreign actor that reported words blame.
    fn agent<'m>(
        &self,
        scene: &'m Scene<'_>,
        trigger: &Trigger,
        speaker: &Speaker,
    ) -> Option<&'m Mention> {
        let by = scene.words(&trigger.range).to_lowercase();
        let passive = self.lexicon.passive_by.iter().any(|word| by.ends_with(&format!(" {word}")));
        scene.mentions.iter().find(|mention| {
            let foreign = mention.state != speaker.name;
            let before = mention.range.end <= trigger.range.start + 1;
            let gap = if before {
                trigger.range.start.saturating_sub(mention.range.end)
            } else {
                mention.range.start.saturating_sub(trigger.range.end)
            };
            match mention.kind {
                Kind::Set | Kind::Actor => foreign && (before != passive || gap < 60),
                Kind::State | Kind::Office => {
                    foreign
                        && !mention.state.is_empty()
                        && !mention.possessive
                        && before != passive
                        && gap <= 30
                        && (passive || !mention.governed)
                }
                _ => false,
            }
        })
    }

    /// One act of a kind by a speaker in a clause is one claim.
    fn merge(&self, acts: &mut Vec<Act0>) {
        // A warning that announces measures threatens.
        let threat = acts.iter().position(|act| act.trigger.act == Act::Threaten);
        if let Some(threat) = threat {
            let name = acts[threat].speakers.first().map(|s| s.name.clone());
            acts.retain(|act| {
                act.trigger.act != Act::Warn || act.speakers.first().map(|s| s.name.clone()) != name
            });
        }
        let mut kept: Vec<Act0> = Vec::new();
        for act in acts.drain(..) {
            // An answer in kind is an accusation with more in it.
            let plain = |act: Act| if act == Act::CounterAccuse { Act::Accuse } else { act };
            let again = kept.iter().any(|other| {
                plain(other.trigger.act) == plain(act.trigger.act)
                    && other.speakers.first() == act.speakers.first()
            });
            if !again {
                kept.push(act);
            }
        }
        *acts = kept;
    }

    fn draft(&mut self, scene: &Scene<'_>, act: Act0, span: Range<usize>, said: Option<Date>) {
        let text = self.document.text.as_str();
        let hedge = self.hedge(&act, &span);
        let quantities = quantity::quantities(text, &span, self.lexicon);
        for speaker in &act.speakers {
            let mut kind = act.trigger.act;
            if kind == Act::Accuse && self.memory.was_blamed_first(&speaker.name) {
                kind = Act::CounterAccuse;
            }
            let mut about = self.about(scene, kind, &act, &span, speaker);
            let names_actor = self.names_actor(scene, &span, speaker);
            if kind == Act::Accuse && names_actor {
                kind = Act::Attribute;
            } else if kind == Act::Attribute
                && act.trigger.voice == Voice::Content
                && !scene
                    .mentions
                    .iter()
                    .any(|m| matches!(m.kind, Kind::Set | Kind::Actor) && within(&span, &m.range))
                && !self.same_actor(scene)
            {
                kind = self.told_of_a_state(scene, &act, speaker);
            }
            let anaphoric = || {
                self.lexicon
                    .anaphors
                    .as_ref()
                    .is_some_and(|words| words.is_match(&text[span.clone()]))
            };
            if about.is_empty() && matches!(kind, Act::Accuse | Act::Attribute) && anaphoric() {
                about = self.memory.topic(&speaker.name);
            }
            let state = |name: &str| self.names.state_of(name).is_some();
            let group = kind == Act::Accuse && anaphoric() && !about.iter().any(|name| state(name));
            if group && self.blames_actors(&text[span.clone()]) && !about.is_empty() {
                // "Kyiv blames the group": one that was named before.
                kind = Act::Attribute;
            }
            if kind == Act::Accuse && about.is_empty() && !self.blames_actors(&text[span.clone()]) {
                // A quarrel about something else.
                self.quarrel = Some(scene.sentence.paragraph);
                continue;
            }
            if kind == Act::Deny
                && !state(&speaker.name)
                && self.quarrel == Some(scene.sentence.paragraph)
            {
                continue;
            }
            if about.is_empty() && matches!(kind, Act::Charge | Act::Sanction) {
                about.extend(quantities.first().map(|quantity| quantity.text.clone()));
            }
            let day = said.or(self.memory.day);
            let period = dates::period(text, &span, self.lexicon, day, self.memory.period.as_ref());
            if !period.from.is_empty() {
                self.memory.period = Some(period.clone());
            }
            self.memory.said.push(Said {
                speaker: speaker.name.clone(),
                act: kind,
                about: about.clone(),
            });
            let outlet = scene.mentions.iter().find(|m| m.kind == Kind::Outlet);
            let reported_by = if act.reported_by.is_empty() {
                outlet.map_or_else(|| self.document.name.clone(), |m| m.name.clone())
            } else {
                act.reported_by.clone()
            };
            let quoted = scene
                .sentence
                .quotes
                .iter()
                .filter(|quote| span.start <= quote.start && quote.end <= span.end)
                .map(|quote| text[quote.clone()].trim().to_owned())
                .collect();
            self.drafts.push(Draft {
                claim: Claim {
                    speaker: speaker.name.clone(),
                    authority: speaker.authority.clone(),
                    act: kind,
                    about,
                    hedge: hedge.clone(),
                    quantities: quantities.clone(),
                    period,
                    reported_by,
                    quoted,
                    ..Claim::default()
                },
                span: span.clone(),
                day: said,
                paragraph: scene.sentence.paragraph,
                heading: scene.sentence.heading,
                content: act.trigger.voice == Voice::Content,
            });
        }
    }

    /// What it is to say that a state has done something: of one that was blamed first an
    /// answer in kind; in a person's quoted words a reproach; else a finding.
    fn told_of_a_state(&self, scene: &Scene<'_>, act: &Act0, speaker: &Speaker) -> Act {
        let person = speaker.authority.split(' ').count() > 2;
        if self.memory.was_blamed_first(&speaker.name) {
            Act::CounterAccuse
        } else if person && quoted(scene.sentence, &act.trigger.range).is_some() {
            Act::Accuse
        } else {
            Act::Attribute
        }
    }

    /// Whether words name hackers, groups and the like.
    fn blames_actors(&self, words: &str) -> bool {
        words
            .split(|c: char| !c.is_alphanumeric() && c != '-')
            .any(|word| self.lexicon.actors.contains(&word.to_lowercase()))
    }

    /// Whether an accusation names an intrusion set or actor and not a state at large.
    fn names_actor(&self, scene: &Scene<'_>, span: &Range<usize>, speaker: &Speaker) -> bool {
        scene
            .mentions
            .iter()
            .any(|m| m.kind == Kind::Set && within(span, &m.range) && m.state != speaker.name)
    }

    /// The word of doubt or confidence close to what is said.
    fn hedge(&self, act: &Act0, span: &Range<usize>) -> String {
        let Some(hedges) = &self.lexicon.hedges else { return String::new() };
        let text = &self.document.text[span.clone()];
        let near = |range: &Range<usize>, found: &Range<usize>| {
            found.start <= range.end + HEDGED_WITHIN && range.start <= found.end + HEDGED_WITHIN
        };
        hedges
            .find_iter(text)
            .filter(|found| {
                let found = span.start + found.start()..span.start + found.end();
                near(&act.trigger.range, &found)
                    || act.frame.as_ref().is_some_and(|frame| near(frame, &found))
            })
            .map(|found| found.as_str().to_lowercase())
            .next()
            .unwrap_or_default()
    }

    /// Whom an act is about.
    fn about(
        &self,
        scene: &Scene<'_>,
        kind: Act,
        act: &Act0,
        span: &Range<usize>,
        speaker: &Speaker,
    ) -> Vec<String> {
        let mut about: Vec<String> = Vec::new();
        let mut add = |name: &str| {
            if !name.is_empty() && name != speaker.name && !about.iter().any(|known| known == name)
            {
                about.push(name.to_owned());
            }
        };
        let inside = || scene.mentions.iter().filter(|m| within(span, &m.range));
        let blaming = kind.blames() || matches!(kind, Act::Warn | Act::Confirm);
        if blaming {
            inside().filter(|m| m.kind == Kind::Set).for_each(|m| add(&m.name));
            inside().filter(|m| m.kind == Kind::Actor).for_each(|m| add(&m.state));
        }
        if matches!(kind, Act::Attribute) {
            // "Run by China's Ministry of State Security".
            inside().filter(|m| m.kind == Kind::Office && m.governed).for_each(|m| add(&m.state));
        }
        if matches!(kind, Act::Charge | Act::Sanction) {
            let named = inside()
                .filter(|m| m.kind == Kind::Person && m.range.start > act.trigger.range.start);
            named.for_each(|m| add(&m.name));
        }
        let objects = |m: &&Mention| {
            matches!(
                m.kind,
                Kind::State | Kind::Adjective | Kind::Office | Kind::Title | Kind::Actor
            ) && !m.state.is_empty()
                && m.state != speaker.name
        };
        if about.is_empty() && kind != Act::Warn && kind != Act::Confirm {
            let trigger = &act.trigger;
            let passive = trigger.voice == Voice::Passive;
            let behind = inside().filter(objects).find(|m| m.range.end > trigger.range.start);
            let before = inside().filter(objects).find(|m| m.range.end <= trigger.range.start);
            let pick = if passive { before.or(behind) } else { behind.or(before) };
            if let Some(mention) = pick {
                about.push(mention.state.clone());
            }
        }
        about
    }

    /// Characters, ids, days and replies.
    fn finish(self) -> Vec<Claim> {
        let text = self.document.text.as_str();
        let mut drafts = doubles::without_doubles(self.drafts);
        // A speaker who is dated once in the document spoke then.
        for at in 0..drafts.len() {
            if drafts[at].day.is_none() {
                let mut days: Vec<Date> = drafts
                    .iter()
                    .filter(|other| other.claim.speaker == drafts[at].claim.speaker)
                    .filter_map(|other| other.day)
                    .collect();
                days.dedup();
                let last = drafts[..at]
                    .iter()
                    .rev()
                    .filter(|other| other.claim.speaker == drafts[at].claim.speaker)
                    .find_map(|other| other.day);
                let only = days.first().copied().filter(|_| days.len() == 1);
                drafts[at].day = last.or(only).or(self.document.said_on);
            }
        }
        let mut claims: Vec<Claim> = drafts
            .into_iter()
            .map(|draft| {
                let words = &text[draft.span.clone()];
                let start = text[..draft.span.start].chars().count() as u64;
                let span = Span {
                    start,
                    end: start + words.chars().count() as u64,
                    sha256: sha256_hex(words.as_bytes()),
                };
                let source = self.document.source.as_str();
                let id = short_hash(&[
                    source.as_bytes(),
                    &span.start.to_le_bytes(),
                    &span.end.to_le_bytes(),
                    draft.claim.act.name().as_bytes(),
                    draft.claim.speaker.as_bytes(),
                ]);
                Claim {
                    claim_id: format!("s1:{id}"),
                    said_on: draft.day.map(|day| day.to_string()).unwrap_or_default(),
                    source: source.to_owned(),
                    path: self.document.name.clone(),
                    language: self.document.language.code().to_owned(),
                    text: words.to_owned(),
                    evidence: cite(self.document, &draft.span, &span.sha256),
                    status: "proposed".to_owned(),
                    span,
                    ..draft.claim
                }
            })
            .collect();
        join::join(&mut claims);
        claims
    }
}

/// Whether a place stands in the "if" that opens a sentence.
fn is_conditional(scene: &Scene<'_>, range: &Range<usize>) -> bool {
    let before = &scene.text[scene.sentence.range.start..range.start];
    let opens = scene.lexicon.conditional.as_ref().and_then(|words| words.find(before));
    opens.is_some_and(|found| found.start() <= 2) && !before.contains(',')
}

/// The bytes that hold a span: of plain text exactly these, else the whole file.
fn cite(document: &Document, span: &Range<usize>, sha256: &str) -> EvidenceRef {
    let whole = document.source.as_str().trim_start_matches("sha256:").to_owned();
    let plain = document.kind == TextKind::Plain;
    EvidenceRef {
        source: document.source.clone(),
        path: document.name.clone(),
        offset: if plain { document.offset + span.start as u64 } else { 0 },
        length: if plain { span.len() as u64 } else { document.bytes },
        locator: None,
        sha256: if plain { sha256.to_owned() } else { whole },
    }
}

fn within(span: &Range<usize>, range: &Range<usize>) -> bool {
    span.start <= range.start && range.end <= span.end
}

#[cfg(test)]
mod tests;
