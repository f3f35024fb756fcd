//! Sigma rules (<https://sigmahq.io/docs/basics/rules.html>) over normalised events.
//!
//! Matching is `rsigma-eval`; what is ours is the normalised view of an event
//! (public rules match nothing on raw exports), the honest list of rules that cannot
//! work here, and correlation in event time over sorted input: by arrival order and
//! wall clock the library's counts would depend on the order of the evidence.

mod fields;
mod load;
mod needs;
pub mod records;
mod shipped;
mod sources;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::{Event, Finding, id::short_hash};
use rayon::prelude::*;
use rsigma_eval::{
    CorrelationConfig, CorrelationEngine, Engine, EvaluationResult, ResultBody, TimestampFallback,
};
use rsigma_parser::{CorrelationRule, SigmaRule};

use needs::{Needs, operation_key};
pub use shipped::DOCUMENTS as SHIPPED_DOCUMENTS;
use sources::Class;
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
    /// What it is asked of: `m365`, `aws`, `webserver`, `message trace`...; `any` for all,
    /// empty for a correlation.
    pub provider: String,
    /// `informational`, `low`, `medium`, `high`, `critical`; `informational` when the
    /// rule states none.
    pub severity: String,
    /// ATT&CK technique ids from `attack.tNNNN` tags, sorted.
    pub techniques: Vec<String>,
    /// Whether it counts or orders other rules' matches.
    pub correlation: bool,
    /// Whether its own matches are no findings: it is there for correlations to count
    /// (`custom_attributes`, `demarche.silent: true`).
    pub silent: bool,
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
    asked: BTreeMap<String, Asked>,
    fingerprint: String,
}

/// What a single rule is asked of, and what it cannot match without.
struct Asked {
    class: &'static Class,
    needs: Needs,
}

/// Which events of a provider can matter to a set of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Those of these operations, in lower case and without a full stop at the end; none
    /// when empty.
    Operations(BTreeSet<String>),
    /// All.
    All,
}

/// Events looked at for a field that a rule needs.
const FIELD_SAMPLE: usize = 200;

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
    pub fn findings<'e>(&self, events: impl IntoIterator<Item = &'e Event>) -> Vec<Finding> {
        let mut findings = self.matches(events);
        findings.retain(|finding| !self.rules.get(&finding.rule).is_some_and(|rule| rule.silent));
        findings
    }

    /// [`findings`](Self::findings) with those of silent rules.
    fn matches<'e>(&self, events: impl IntoIterator<Item = &'e Event>) -> Vec<Finding> {
        let mut order: Vec<&Event> = events.into_iter().collect();
        if !self.correlations.is_empty() {
            order.sort_by(|a, b| (a.time, &a.event_uid).cmp(&(b.time, &b.event_uid)));
            // A second copy of an event must not be counted.
            order.dedup_by(|a, b| a.time == b.time && a.event_uid == b.event_uid);
        }
        let mut correlation = self.correlation_engine();
        let mut findings = Vec::new();
        let matched: Vec<(&Event, Vec<EvaluationResult>)> = order
            .into_par_iter()
            .map(|event| (event, self.engine.evaluate(&EventView::new(event))))
            .filter(|(_, results)| !results.is_empty())
            .collect();
        for (event, mut results) in matched {
            if let Some(engine) = &mut correlation
                && let Some(time) = event.time
            {
                let view = EventView::new(event);
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

    /// Which events of `provider` have to be handed to [`findings`](Self::findings): all
    /// others cannot match. A superset: what is wanted need not match either.
    #[must_use]
    pub fn wanted(&self, provider: &str) -> Wanted {
        let mut operations = BTreeSet::new();
        for asked in self.asked.values().filter(|asked| asked.class.takes(provider)) {
            match &asked.needs.operations {
                Some(these) => operations.extend(these.iter().cloned()),
                None => return Wanted::All,
            }
        }
        Wanted::Operations(operations)
    }

    /// Rules that cannot work on this evidence: of whose log source nothing is in
    /// `providers`, and those that need a field which none of the `events` they ask for
    /// has (200 of them are looked at). Rules with a match in `findings` are left out.
    /// Sorted.
    #[must_use]
    pub fn idle(
        &self,
        providers: &BTreeSet<String>,
        events: &[Event],
        findings: &[Finding],
    ) -> Vec<Rejected> {
        let matched: BTreeSet<&str> = findings.iter().map(|f| f.rule.as_str()).collect();
        let mut by_operation: BTreeMap<(&str, String), Vec<&Event>> = BTreeMap::new();
        for event in events {
            let key = (event.provider.as_str(), operation_key(&event.operation));
            by_operation.entry(key).or_default().push(event);
        }
        let mut idle = Vec::new();
        for (id, asked) in &self.asked {
            let Some(rule) = self.rules.get(id) else { continue };
            if matched.contains(id.as_str()) || asked.class.is_any() {
                continue;
            }
            let mut say = |reason: String| {
                let (path, title) = (rule.path.clone(), rule.title.clone());
                idle.push(Rejected { path, title, reason });
            };
            if !providers.iter().any(|provider| asked.class.takes(provider)) {
                say(format!("nothing of {} is in this case", asked.class.name));
                continue;
            }
            let asked_for = by_operation.iter().filter(|((provider, operation), _)| {
                let of = |these: &BTreeSet<String>| these.contains(operation);
                asked.class.takes(provider) && asked.needs.operations.as_ref().is_none_or(of)
            });
            let all: Vec<&Event> = asked_for.flat_map(|(_, events)| events).copied().collect();
            let step = all.len().div_ceil(FIELD_SAMPLE).max(1);
            let views: Vec<EventView<'_>> =
                all.iter().step_by(step).map(|event| EventView::new(event)).collect();
            let missing = asked.needs.fields.iter().find(|field| {
                use rsigma_eval::Event as _;
                !views.is_empty() && views.iter().all(|view| view.get_field(field).is_none())
            });
            if let Some(field) = missing {
                let n = views.len();
                say(format!("field `{field}` is in none of the events it asks for ({n} seen)"));
            }
        }
        idle.sort();
        idle
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
