//! What people decide: recorded with their name, taken back by another row, and in the
//! custody log. Tables know of it after the next run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use demarche_core::{Act, Probability};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::case::approvals::Named;
use crate::case::decisions::{Decision, in_force};
use crate::case::judgements::{self, Judged};
use crate::case::statements::{self, OnClaim};
use crate::case::{links, notes, steering};
use crate::server::access::Identity;
use crate::server::app::{App, Work};
use crate::server::ask::{Body, Segment};
use crate::server::error::ApiError;

/// Decisions of one answer at most: the last ones.
const MOST: usize = 5_000;

/// One decision, as it is asked for.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Asked {
    /// Waves are one operator's work.
    WaveJoin {
        waves: Vec<String>,
        #[serde(default)]
        why: String,
    },
    /// A wave is not the work of whoever sent the others.
    WaveSplit {
        wave: String,
        from: Vec<String>,
        #[serde(default)]
        why: String,
    },
    /// A note on anything that has an id.
    Note { subject: String, text: String },
    /// Claims are read rightly.
    ClaimConfirm { claims: Vec<String> },
    /// Claims are not there.
    ClaimReject { claims: Vec<String> },
    /// A claim is to be read otherwise: the fields that differ.
    ClaimEdit { claims: Vec<String>, change: Change },
    /// How probable a hypothesis is held.
    Probability { campaign: String, tier: String, name: String, probability: f64, why: String },
    /// A hypothesis of one's own.
    Hypothesis {
        campaign: String,
        tier: String,
        name: String,
        probability: Option<f64>,
        why: String,
    },
    /// Evidence that no table holds.
    Evidence {
        campaign: String,
        tier: String,
        what: String,
        grade: String,
        #[serde(default)]
        marks: BTreeMap<String, String>,
    },
    /// A mark beside the computed one.
    Mark {
        campaign: String,
        tier: String,
        item: String,
        hypothesis: String,
        mark: String,
        #[serde(default)]
        why: String,
    },
    /// That a name may leave the house; without a set, the state tier.
    Approval { set: Option<String> },
}

/// What of a claim is read otherwise.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Change {
    speaker: Option<String>,
    authority: Option<String>,
    act: Option<String>,
    about: Option<Vec<String>>,
    hedge: Option<String>,
    said_on: Option<String>,
    replies_to: Option<String>,
}

impl Change {
    fn fields(self) -> Result<Map<String, Value>, ApiError> {
        if self.act.as_deref().is_some_and(|act| Act::of_name(act).is_none()) {
            return Err(ApiError::Bad("there is no such act".to_owned()));
        }
        if self.said_on.as_deref().is_some_and(|day| day.parse::<jiff::civil::Date>().is_err()) {
            return Err(ApiError::Bad("a day is written as 2024-03-26".to_owned()));
        }
        let fields = [
            ("speaker", self.speaker.map(Value::from)),
            ("authority", self.authority.map(Value::from)),
            ("act", self.act.map(Value::from)),
            ("about", self.about.map(Value::from)),
            ("hedge", self.hedge.map(Value::from)),
            ("said_on", self.said_on.map(Value::from)),
            ("replies_to", self.replies_to.map(Value::from)),
        ];
        let fields: Map<String, Value> =
            fields.into_iter().filter_map(|(name, v)| Some((name.to_owned(), v?))).collect();
        match fields.is_empty() {
            true => Err(ApiError::Bad("an edit changes at least one field".to_owned())),
            false => Ok(fields),
        }
    }
}

pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    app.with(|work| Ok(super::json(told(work)?.to_string()))).await
}

pub(super) async fn decide(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    Body(asked): Body<Asked>,
) -> Result<Response, ApiError> {
    app.with(move |work| {
        record(work, &who.name, asked)?;
        Ok(super::json(told(work)?.to_string()))
    })
    .await
}

pub(super) async fn undo(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    Segment(number): Segment<u64>,
) -> Result<Response, ApiError> {
    app.with(move |work| {
        judgements::undo(work.case(), &who.name, number)?;
        Ok(super::json(told(work)?.to_string()))
    })
    .await
}

fn record(work: &Work, by: &str, asked: Asked) -> Result<(), ApiError> {
    let case = work.case();
    let judged = match asked {
        Asked::WaveJoin { waves, why } => return done(links::join(case, by, &waves, &why)?),
        Asked::WaveSplit { wave, from, why } => {
            return done(links::split(case, by, &wave, &from, &why)?);
        }
        Asked::Note { subject, text } => return done(notes::note(case, by, &subject, &text)?),
        Asked::ClaimConfirm { claims } => return on_claims(work, by, &claims, &OnClaim::Confirm),
        Asked::ClaimReject { claims } => return on_claims(work, by, &claims, &OnClaim::Reject),
        Asked::ClaimEdit { claims, change } => {
            return on_claims(work, by, &claims, &OnClaim::Edit(change.fields()?));
        }
        Asked::Probability { campaign, tier, name, probability, why } => {
            hypothesis(campaign, tier, name, false, Some(probability), why)?
        }
        Asked::Hypothesis { campaign, tier, name, probability, why } => {
            hypothesis(campaign, tier, name, true, probability, why)?
        }
        Asked::Evidence { campaign, tier, what, grade, marks } => {
            Judged::Evidence { campaign, tier, what, grade, marks }
        }
        Asked::Mark { campaign, tier, item, hypothesis, mark, why } => {
            Judged::Mark { campaign, tier, item, hypothesis, mark, why }
        }
        Asked::Approval { set } => Judged::Approval(set.map_or(Named::StateTier, Named::Set)),
    };
    done(judgements::judge(case, by, &judged)?)
}

#[allow(clippy::needless_pass_by_value, clippy::unnecessary_wraps)] // one form for every kind
fn done(_: Decision) -> Result<(), ApiError> {
    Ok(())
}

fn on_claims(work: &Work, by: &str, ids: &[String], what: &OnClaim) -> Result<(), ApiError> {
    if ids.is_empty() || ids.len() > MOST {
        return Err(ApiError::Bad(format!("a decision is about 1 to {MOST} claims")));
    }
    Ok(statements::decide_claims(work.case(), ids, by, what)?)
}

fn hypothesis(
    campaign: String,
    tier: String,
    name: String,
    adds: bool,
    probability: Option<f64>,
    why: String,
) -> Result<Judged, ApiError> {
    if probability.is_some_and(|p| !(0.0..=1.0).contains(&p)) {
        return Err(ApiError::Bad("a probability lies between 0 and 1".to_owned()));
    }
    if name.trim().is_empty() {
        return Err(ApiError::Bad("a hypothesis has a name".to_owned()));
    }
    let probability = probability.map(Probability::new);
    Ok(Judged::Hypothesis { campaign, tier, name, adds, probability, why })
}

/// Every decision, which hold, and what the tables do not know yet.
fn told(work: &Work) -> Result<Value, ApiError> {
    let (all, pending) = steering::decided(work.case())?;
    let hold: BTreeSet<u64> = in_force(all.clone()).iter().map(|row| row.number).collect();
    let shown = &all[all.len().saturating_sub(MOST)..];
    let rows: Vec<Value> = shown
        .iter()
        .map(|row| {
            json!({ "number": row.number, "decided_at": row.decided_at,
                "decided_by": row.decided_by, "kind": row.kind, "subject": row.subject,
                "detail": row.detail, "holds": hold.contains(&row.number) })
        })
        .collect();
    Ok(json!({ "decisions": rows, "pending": pending }))
}
