//! Sigma rules (<https://sigmahq.io/docs/basics/rules.html>) over normalised events.
//!
//! Matching is `rsigma-eval`; what is ours is the normalised view of an event
//! (public rules match nothing on raw exports), the honest list of rules that cannot
//! work here, and correlation in event time over sorted input: by arrival order and
//! wall clock the library's counts would depend on the order of the evidence.

mod fields;
mod load;
mod shipped;
mod view;

use std::collections::BTreeMap;

use demarche_core::{Event, Finding, id::short_hash};
use rsigma_eval::{
    CorrelationConfig, CorrelationEngine, Engine, EvaluationResult, ResultBody, TimestampFallback,
};
use rsigma_parser::{CorrelationRule, SigmaRule};

pub use shipped::DOCUMENTS as SHIPPED_DOCUMENTS;
use view::EventView;

/// A rule that is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The rule's own id, or `unnamed:` + hash of its document.
    pub id: String,
    /// Title.
    pub title: String,
    /// Path of its document.
    pub path: String,
    /// Provider whose events it is asked of; empty means all.
    pub provider: String,
    /// `informational`, `low`, `medium`, `high`, `critical`; `informational` when the
    /// rule states none.
    pub severity: String,
    /// ATT&CK technique ids from `attack.tNNNN` tags, sorted.
    pub techniques: Vec<String>,
    /// Whether it counts or orders other rules' matches.
    pub correlation: bool,
}

/// A rule that cannot work here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rejected {
    /// Path of its document.
    pub path: String,
    /// Title; empty when the document could not be read as a rule.
    pub title: String,
    /// Why, lower case.
    pub reason: String,
}

/// Rules, compiled once.
pub struct RuleSet {
    engine: Engine,
    rules: BTreeMap<String, Rule>,
    rejected: Vec<Rejected>,
    correlations: Vec<CorrelationRule>,
    bases: Vec<SigmaRule>,
    fingerprint: String,
}

impl RuleSet {
    /// The rules that ship with the program.
    #[must_use]
    pub fn shipped() -> Self {
        Self::load(SHIPPED_DOCUMENTS)
    }

    /// Rules that are loaded, by id.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
    }

    /// Rules and documents that cannot work here, and why; sorted.
    #[must_use]
    pub fn rejected(&self) -> &[Rejected] {
        &self.rejected
    }

    /// 32 hex digits over all documents, whatever their order: the rules' part of a
    /// run's id.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// What matched, ordered by time, rule and record; the same for any order of
    /// `events`. A correlation's finding stands at the event that completed it and
    /// cites that event. Events without a time take no part in correlations.
    #[must_use]
    pub fn findings(&self, events: &[Event]) -> Vec<Finding> {
        let mut order: Vec<&Event> = events.iter().collect();
        if !self.correlations.is_empty() {
            order.sort_by(|a, b| (a.time, &a.event_uid).cmp(&(b.time, &b.event_uid)));
            // A second copy of an event must not be counted.
            order.dedup_by(|a, b| a.time == b.time && a.event_uid == b.event_uid);
        }
        let mut correlation = self.correlation_engine();
        let mut findings = Vec::new();
        for event in order {
            let view = EventView::new(event);
            let mut results = self.engine.evaluate(&view);
            if let Some(engine) = &mut correlation
                && !results.is_empty()
                && let Some(time) = event.time
            {
                results = engine.process_with_detections(&view, results, time.seconds());
            }
            findings.extend(results.iter().filter_map(|result| self.finding(result, event)));
        }
        findings.sort_by(|a, b| {
            (a.time, &a.rule, &a.record_uid, &a.subject).cmp(&(
                b.time,
                &b.rule,
                &b.record_uid,
                &b.subject,
            ))
        });
        findings.dedup_by(|a, b| a.finding_uid == b.finding_uid);
        findings
    }

    fn finding(&self, result: &EvaluationResult, event: &Event) -> Option<Finding> {
        let rule = self.rules.get(result.header.rule_id.as_deref()?)?;
        let account = if event.account.is_empty() { &event.actor } else { &event.account };
        let (subject, uid) = match &result.body {
            ResultBody::Detection(_) => {
                let parts = [rule.id.as_bytes(), event.event_uid.as_bytes()];
                (account.clone(), short_hash(&parts))
            }
            ResultBody::Correlation(body) => {
                let group: Vec<&str> = body.group_key.iter().map(|(_, v)| v.as_str()).collect();
                let group = group.join(" ");
                let parts = [rule.id.as_bytes(), event.event_uid.as_bytes(), group.as_bytes()];
                let uid = short_hash(&parts);
                (if group.is_empty() { account.clone() } else { group }, uid)
            }
        };
        Some(Finding {
            finding_uid: format!("n1:{uid}"),
            rule: rule.id.clone(),
            title: rule.title.clone(),
            severity: rule.severity.clone(),
            time: event.time,
            subject,
            techniques: rule.techniques.clone(),
            record_uid: event.event_uid.clone(),
            evidence: event.evidence.clone(),
        })
    }

    /// A correlation engine without state; none when no rule needs it.
    fn correlation_engine(&self) -> Option<CorrelationEngine> {
        if self.correlations.is_empty() {
            return None;
        }
        let mut engine = correlator();
        // `load` added the same rules to such an engine before it kept them.
        for rule in &self.bases {
            engine.add_rule(rule).ok()?;
        }
        for rule in &self.correlations {
            engine.add_correlation(rule).ok()?;
        }
        Some(engine)
    }
}

/// A correlation engine whose state is bounded by its input alone: with a smaller
/// bound it would drop groups and count too low.
fn correlator() -> CorrelationEngine {
    CorrelationEngine::new(CorrelationConfig {
        timestamp_fields: Vec::new(),
        timestamp_fallback: TimestampFallback::Skip,
        max_state_entries: usize::MAX,
        ..CorrelationConfig::default()
    })
}

#[cfg(test)]
mod tests;
