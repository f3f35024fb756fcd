//! How well claims are found in texts that somebody else annotated.
//!
//! A proposed claim is right when an annotated one has the same act and their spans overlap
//! by at least half of the shorter; each counts once, pairs with one speaker first. What
//! several speakers say together is one claim, proposed or annotated. Rows that the annotator
//! lists as doubtful count neither way. Bounds
//! are of 2,000 bootstrap resamples of whole texts: claims of one text succeed and fail
//! together.

use std::collections::BTreeMap;

use demarche_core::{Act, Claim};
use serde::{Deserialize, Serialize};

use crate::gazetteer::Gazetteer;
use crate::{ReadError, propose, read};

/// One annotated text.
#[derive(Clone, Debug, Deserialize)]
pub struct Annotation {
    /// `en`, `de` or `fr`.
    pub language: String,
    /// The day it was published.
    #[serde(default)]
    pub said_on: String,
    /// What kind of text: `press release`.
    #[serde(default)]
    pub kind: String,
    /// What it claims.
    pub claims: Vec<Annotated>,
}

/// One annotated claim.
#[derive(Clone, Debug, Deserialize)]
pub struct Annotated {
    /// What is done.
    pub act: Act,
    /// Who does it.
    #[serde(default)]
    pub speaker: String,
    /// First character, and one past the last.
    pub span: [u64; 2],
    /// The claim it answers, by its place in the list.
    #[serde(default)]
    pub replies_to: Option<usize>,
    /// Whether a different reading is no error.
    #[serde(default)]
    pub doubtful: bool,
}

/// What was found in one text, against what is there.
#[derive(Clone, Debug, Default)]
pub struct Scored {
    /// The text.
    pub name: String,
    /// By act: right, proposed, annotated.
    pub acts: BTreeMap<&'static str, [u32; 3]>,
    /// Of the right ones: whose speaker is right too.
    pub speakers: u32,
    /// Answers annotated with what they answer, and those joined to it.
    pub replies: [u32; 2],
    /// What was proposed and is not there, and what is there and was not proposed.
    pub wrong: Vec<String>,
}

/// The figures.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Figures {
    /// Texts.
    pub texts: usize,
    /// Claims annotated.
    pub claims: u32,
    /// Share of proposed claims that are right.
    pub precision: f64,
    /// Its 95% bounds.
    pub precision_lo: f64,
    /// Its 95% bounds.
    pub precision_hi: f64,
    /// Share of annotated claims that were found.
    pub recall: f64,
    /// Its 95% bounds.
    pub recall_lo: f64,
    /// Its 95% bounds.
    pub recall_hi: f64,
    /// Share of the right ones with the right speaker.
    pub speaker_accuracy: f64,
    /// Share of annotated answers that were joined to what they answer.
    pub replies_joined: f64,
    /// By act.
    pub by_act: BTreeMap<&'static str, ActFigures>,
}

/// An act's figures.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ActFigures {
    /// Annotated.
    pub n: u32,
    /// Proposed.
    pub proposed: u32,
    /// Share of proposed that are right.
    pub precision: f64,
    /// Share of annotated that were found.
    pub recall: f64,
}

/// Reads and scores one text.
///
/// # Errors
/// As [`read`].
pub fn score(
    name: &str,
    text: &[u8],
    truth: &Annotation,
    names: &Gazetteer,
) -> Result<Scored, ReadError> {
    let document = read(name, text, truth.said_on.parse().ok())?;
    let proposed = together(propose(&document, names));
    let pairs = matched(&proposed, &truth.claims, names);
    let mut scored = Scored { name: name.to_owned(), ..Scored::default() };
    let excused = |at: usize| {
        let over = truth.claims.iter().filter(|row| row.doubtful);
        over.into_iter().any(|row| overlap(&proposed[at], row))
    };
    let counts = |at: usize| match pairs.iter().find(|(ours, _)| *ours == at) {
        Some((_, theirs)) => !truth.claims[*theirs].doubtful,
        None => !excused(at),
    };
    for (_, claim) in proposed.iter().enumerate().filter(|(at, _)| counts(*at)) {
        scored.acts.entry(claim.act.name()).or_default()[1] += 1;
    }
    for claim in truth.claims.iter().filter(|claim| !claim.doubtful) {
        scored.acts.entry(claim.act.name()).or_default()[2] += 1;
    }
    for (ours, theirs) in pairs.iter().filter(|(_, theirs)| !truth.claims[*theirs].doubtful) {
        scored.acts.entry(proposed[*ours].act.name()).or_default()[0] += 1;
        let (claim, row) = (&proposed[*ours], &truth.claims[*theirs]);
        let right = same_speaker(claim, row, names);
        scored.speakers += u32::from(right);
        if !right {
            scored.wrong.push(format!(
                "speaker of {}: {} ({}), annotated {}",
                claim.act.name(),
                claim.speaker,
                claim.authority,
                row.speaker
            ));
        }
    }
    for (at, claim) in truth.claims.iter().enumerate() {
        let Some(to) = claim.replies_to else { continue };
        scored.replies[1] += 1;
        let ours = pairs.iter().find(|(_, theirs)| *theirs == at).map(|(ours, _)| *ours);
        let joined = ours.and_then(|ours| proposed[ours].replies_to.as_ref()).is_some_and(|id| {
            let target = proposed.iter().position(|claim| claim.claim_id == *id);
            target.is_some_and(|target| pairs.contains(&(target, to)))
        });
        scored.replies[0] += u32::from(joined);
        if !joined {
            let answer = ours.map(|ours| &proposed[ours]);
            let id = answer.and_then(|answer| answer.replies_to.as_ref());
            let target = proposed.iter().position(|one| id.is_some_and(|id| one.claim_id == *id));
            let their = pairs.iter().find(|(_, theirs)| *theirs == to).map(|(ours, _)| *ours);
            scored.wrong.push(format!(
                "answer not joined: {} by {}, found {}, joined to {target:?} in place of {their:?}",
                claim.act.name(),
                claim.speaker,
                answer.is_some(),
            ));
        }
    }
    for (at, claim) in proposed.iter().enumerate() {
        if !pairs.iter().any(|(ours, _)| *ours == at) && counts(at) {
            let words: String = claim.text.chars().take(110).collect();
            scored.wrong.push(format!(
                "proposed, not there: {} by {} [{}, {}] {words}",
                claim.act.name(),
                claim.speaker,
                claim.span.start,
                claim.span.end
            ));
        }
    }
    for (at, claim) in truth.claims.iter().enumerate() {
        if !pairs.iter().any(|(_, theirs)| *theirs == at) && !claim.doubtful {
            let [start, end] = claim.span;
            let length = usize::try_from(end.saturating_sub(start).min(110)).unwrap_or(0);
            let skip = usize::try_from(start).unwrap_or(usize::MAX);
            let words: String = document.text.chars().skip(skip).take(length).collect();
            scored.wrong.push(format!(
                "there, not proposed: {} by {} [{start}, {end}] {words}",
                claim.act.name(),
                claim.speaker
            ));
        }
    }
    Ok(scored)
}

/// What several say together as one claim, its speakers joined by "; ".
fn together(claims: Vec<Claim>) -> Vec<Claim> {
    let mut joined: Vec<Claim> = Vec::new();
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    for claim in claims {
        match joined.iter_mut().find(|one| one.act == claim.act && one.span == claim.span) {
            Some(one) => {
                one.speaker = format!("{}; {}", one.speaker, claim.speaker);
                ids.insert(claim.claim_id, one.claim_id.clone());
            }
            None => joined.push(claim),
        }
    }
    for claim in &mut joined {
        if let Some(id) = claim.replies_to.as_ref().and_then(|id| ids.get(id)) {
            claim.replies_to = Some(id.clone());
        }
    }
    joined
}

/// Characters that both spans hold.
fn common(claim: &Claim, annotated: &Annotated) -> u64 {
    let [start, end] = annotated.span;
    claim.span.end.min(end).saturating_sub(claim.span.start.max(start))
}

fn overlap(claim: &Claim, annotated: &Annotated) -> bool {
    let [start, end] = annotated.span;
    let shorter = (claim.span.end - claim.span.start).min(end.saturating_sub(start));
    let both = common(claim, annotated);
    both > 0 && both * 2 >= shorter
}

/// Pairs of proposed and annotated claims, each once.
fn matched(proposed: &[Claim], truth: &[Annotated], names: &Gazetteer) -> Vec<(usize, usize)> {
    let mut candidates: Vec<(bool, u64, usize, usize)> = Vec::new();
    for (ours, claim) in proposed.iter().enumerate() {
        for (theirs, annotated) in truth.iter().enumerate() {
            let both = common(claim, annotated);
            if claim.act == annotated.act && overlap(claim, annotated) {
                let other = !same_speaker(claim, annotated, names);
                candidates.push((other, u64::MAX - both, ours, theirs));
            }
        }
    }
    candidates.sort_unstable();
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (_, _, ours, theirs) in candidates {
        if !pairs.iter().any(|(a, b)| *a == ours || *b == theirs) {
            pairs.push((ours, theirs));
        }
    }
    pairs
}

/// Whether the speaker, or the person or office that speaks for it, is the annotated one.
/// An office annotated in another language than the text's ("German Federal Public
/// Prosecutor") is right where the state it speaks for is.
fn same_speaker(claim: &Claim, annotated: &Annotated, names: &Gazetteer) -> bool {
    // "Name, office" as the annotator writes it.
    let theirs: Vec<String> = annotated
        .speaker
        .to_lowercase()
        .split("; ")
        .map(|name| name.split(", ").next().unwrap_or(name).to_owned())
        .collect();
    let ours = claim.speaker.to_lowercase();
    let ours = ours.split("; ").chain([claim.authority.as_str()]).map(str::to_lowercase);
    let words = annotated.speaker.split(|c: char| !c.is_alphanumeric());
    let state = names
        .state_of(&annotated.speaker)
        .or_else(|| words.filter_map(|w| names.state_of(w)).next());
    ours.filter(|name| !name.is_empty()).any(|name| {
        state.as_ref().is_some_and(|state| state.to_lowercase() == name)
            || theirs
                .iter()
                .filter(|theirs| !theirs.is_empty())
                .any(|theirs| name.contains(theirs.as_str()) || theirs.contains(name.as_str()))
    })
}

/// All texts together.
#[must_use]
pub fn figures(all: &[Scored]) -> Figures {
    let total = |texts: &[&Scored]| {
        texts.iter().flat_map(|text| text.acts.values()).fold([0; 3], |sum, counts| {
            [sum[0] + counts[0], sum[1] + counts[1], sum[2] + counts[2]]
        })
    };
    let [right, proposed, annotated] = total(&all.iter().collect::<Vec<_>>());
    let (mut precisions, mut recalls) = (Vec::new(), Vec::new());
    let mut draw = Draw(0x9E37_79B9_7F4A_7C15);
    for _ in 0..2_000 {
        let sample: Vec<&Scored> = all.iter().map(|_| &all[draw.below(all.len())]).collect();
        let [right, proposed, annotated] = total(&sample);
        precisions.push(share(right, proposed));
        recalls.push(share(right, annotated));
    }
    precisions.sort_by(f64::total_cmp);
    recalls.sort_by(f64::total_cmp);
    let bound = |values: &[f64], at: usize| values.get(at).copied().unwrap_or(0.0);
    let mut by_act: BTreeMap<&'static str, ActFigures> = BTreeMap::new();
    for act in Act::ALL {
        let counts = all.iter().filter_map(|text| text.acts.get(act.name()));
        let [right, proposed, n] =
            counts.fold([0; 3], |s, c| [s[0] + c[0], s[1] + c[1], s[2] + c[2]]);
        if proposed + n > 0 {
            let figures = ActFigures {
                n,
                proposed,
                precision: share(right, proposed),
                recall: share(right, n),
            };
            by_act.insert(act.name(), figures);
        }
    }
    Figures {
        texts: all.len(),
        claims: annotated,
        precision: share(right, proposed),
        precision_lo: bound(&precisions, 50),
        precision_hi: bound(&precisions, 1_949),
        recall: share(right, annotated),
        recall_lo: bound(&recalls, 50),
        recall_hi: bound(&recalls, 1_949),
        speaker_accuracy: share(all.iter().map(|text| text.speakers).sum(), right),
        replies_joined: share(
            all.iter().map(|text| text.replies[0]).sum(),
            all.iter().map(|text| text.replies[1]).sum(),
        ),
        by_act,
    }
}

/// A share; of nothing it is nothing.
fn share(part: u32, whole: u32) -> f64 {
    if whole == 0 { 0.0 } else { f64::from(part) / f64::from(whole) }
}

/// SplitMix64: the draws are the same every time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        // The remainder is below the length, so it fits.
        usize::try_from(z % count.max(1) as u64).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gazetteer::shipped;

    #[test]
    fn a_text_is_scored() {
        let text = "On Monday Washington accused Beijing of hacking its networks in a cyber \
            campaign.\n\nBeijing denied the accusations.\n";
        let truth: Annotation = serde_json::from_str(
            r#"{"language":"en","said_on":"2024-03-26","kind":"news","claims":[
            {"act":"accuse","speaker":"United States","span":[0,80]},
            {"act":"deny","speaker":"China","span":[82,113],"replies_to":0},
            {"act":"warn","speaker":"United States","span":[0,80]}]}"#,
        )
        .unwrap();
        let scored = score("t", text.as_bytes(), &truth, shipped()).unwrap();
        let figures = figures(&[scored]);
        assert_eq!((figures.precision, figures.replies_joined), (1.0, 1.0));
        assert!((figures.recall - 2.0 / 3.0).abs() < 1e-9);
        assert_eq!(figures.by_act["warn"].recall, 0.0);
    }
}
