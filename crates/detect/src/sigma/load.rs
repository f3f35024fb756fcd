//! From rule documents to a compiled [`RuleSet`], and the list of what cannot work here.

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::id::short_hash;
use rsigma_eval::{
    Engine, LogSourceExtractor, Pipeline, apply_pipelines, parse_pipeline,
    pipeline::apply_pipelines_to_correlation,
};
use rsigma_parser::{
    ConditionOperator, CorrelationCondition, CorrelationRule, CorrelationType, FilterRule,
    FilterRuleTarget, Level, SigmaCollection, SigmaRule, parse_sigma_yaml,
};

use super::needs::Needs;
use super::sources::{self, Class, DNS, PROXY};
use super::view::{CATEGORY, PRODUCT};
use super::{Asked, Rejected, Rule, RuleSet, correlator, records};

/// Longest rule document that is read.
pub(super) const MAX_DOCUMENT_BYTES: usize = 1 << 20;

impl RuleSet {
    /// Reads and compiles rule documents, `(path, YAML text)`; a document may hold
    /// several rules. Never fails: what cannot work is in [`rejected`](Self::rejected).
    /// Processing pipelines among the documents are applied, in the order of their
    /// priority, to every rule.
    ///
    /// Where two rules carry one id the first stays.
    #[must_use]
    pub fn load<P: AsRef<str>, T: AsRef<str>>(documents: &[(P, T)]) -> Self {
        let mut engine = Engine::new();
        // A service is never compared: its name is of no field.
        engine.set_logsource_extractor(Some(
            LogSourceExtractor::new().with_field_names(PRODUCT, "\u{0}", CATEGORY),
        ));
        let mut set = Self {
            engine,
            rules: BTreeMap::new(),
            rejected: Vec::new(),
            correlations: Vec::new(),
            bases: Vec::new(),
            asked: BTreeMap::new(),
            fingerprint: fingerprint(documents),
        };
        let mut singles = Vec::new();
        let mut filters = Vec::new();
        let mut correlations = Vec::new();
        let mut pipelines = Vec::new();
        for (path, text) in documents {
            let (path, text) = (path.as_ref(), text.as_ref());
            if is_pipeline(text) {
                pipelines.extend(set.pipeline(path, text));
                continue;
            }
            let collection = set.parse(path, text);
            singles.extend(collection.rules.into_iter().map(|rule| (path, text, rule)));
            filters.extend(collection.filters.into_iter().map(|filter| (path, filter)));
            correlations.extend(collection.correlations.into_iter().map(|rule| (path, text, rule)));
        }
        pipelines.sort_by_key(|pipeline: &Pipeline| pipeline.priority);
        let mut loaded = Vec::new();
        for (path, text, rule) in singles {
            loaded.extend(set.add_single(path, text, rule, &pipelines));
        }
        for (path, filter) in filters {
            set.add_filter(path, filter, &loaded);
        }
        set.add_correlations(correlations, loaded, &pipelines);
        set.rejected.sort();
        set
    }

    fn reject(&mut self, path: &str, title: &str, reason: impl Into<String>) {
        let reason = reason.into();
        self.rejected.push(Rejected { path: path.into(), title: title.into(), reason });
    }

    /// A processing pipeline. One that would fetch values from elsewhere is turned away:
    /// nothing here reads the network or runs commands.
    fn pipeline(&mut self, path: &str, text: &str) -> Option<Pipeline> {
        match parse_pipeline(text) {
            Ok(pipeline) if pipeline.source_refs.is_empty() => Some(pipeline),
            Ok(pipeline) => {
                self.reject(path, &pipeline.name, "a pipeline that takes values from sources");
                None
            }
            Err(error) => {
                self.reject(path, "", error.to_string());
                None
            }
        }
    }

    fn parse(&mut self, path: &str, text: &str) -> SigmaCollection {
        if text.len() > MAX_DOCUMENT_BYTES {
            self.reject(path, "", format!("longer than {MAX_DOCUMENT_BYTES} bytes"));
            return SigmaCollection::default();
        }
        match parse_sigma_yaml(text) {
            Ok(collection) => {
                for error in &collection.errors {
                    self.reject(path, "", error.clone());
                }
                if collection.is_empty() && collection.errors.is_empty() {
                    self.reject(path, "", "holds no rule");
                }
                collection
            }
            Err(error) => {
                self.reject(path, "", error.to_string());
                SigmaCollection::default()
            }
        }
    }

    fn add_single(
        &mut self,
        path: &str,
        text: &str,
        mut rule: SigmaRule,
        pipelines: &[Pipeline],
    ) -> Option<SigmaRule> {
        let id = rule_id(rule.id.as_deref(), &rule.title, text);
        let reason = match apply_pipelines(pipelines, &mut rule) {
            Ok(()) => sources::class(&rule.logsource),
            Err(error) => Err(error.to_string()),
        };
        let class = match reason {
            Ok(class) => class,
            Err(reason) => {
                self.reject(path, &rule.title, reason);
                return None;
            }
        };
        let needs = Needs::of_rule(&rule, class.providers);
        if let Some(field) = never_logged(class, &needs) {
            let reason = format!("field `{field}` is in no record of its log source");
            self.reject(path, &rule.title, reason);
            return None;
        }
        rule.id = Some(id.clone());
        rule.logsource = class.source();
        if let Some(first) = self.rules.get(&id) {
            let reason = format!("its id {id} is taken by {}", first.path);
            self.reject(path, &rule.title, reason);
            return None;
        }
        if let Err(error) = self.engine.add_rule(&rule) {
            self.reject(path, &rule.title, error.to_string());
            return None;
        }
        let mut entry = entry(&id, path, &rule.title, class.name, rule.level, &rule.tags, false);
        entry.silent =
            rule.custom_attributes.get("demarche.silent").and_then(|v| v.as_bool()) == Some(true);
        self.asked.insert(id.clone(), Asked { class, needs });
        self.rules.insert(id, entry);
        Some(rule)
    }

    fn add_filter(&mut self, path: &str, mut filter: FilterRule, loaded: &[SigmaRule]) {
        if let Some(source) = &filter.logsource {
            match sources::class(source) {
                Ok(class) => filter.logsource = Some(class.source()),
                Err(reason) => return self.reject(path, &filter.title, reason),
            }
        }
        if let FilterRuleTarget::Specific(names) = &mut filter.rules {
            for name in names.iter_mut() {
                if let Some(rule) = loaded.iter().find(|rule| answers_to(rule, name)) {
                    *name = rule.id.clone().unwrap_or_default();
                }
            }
            let missing: Vec<&str> = names
                .iter()
                .filter(|name| !self.rules.contains_key(name.as_str()))
                .map(String::as_str)
                .collect();
            if missing.len() == names.len() {
                let reason = format!("filters rules that are not loaded: {}", missing.join(", "));
                return self.reject(path, &filter.title, reason);
            }
        }
        if let Err(error) = self.engine.apply_filter(&filter) {
            self.reject(path, &filter.title, error.to_string());
        }
    }

    /// Correlations may build on one another: those whose rules are all there are
    /// added until nothing changes; the rest is missing a rule or goes in a circle.
    fn add_correlations(
        &mut self,
        mut pending: Vec<(&str, &str, CorrelationRule)>,
        loaded: Vec<SigmaRule>,
        pipelines: &[Pipeline],
    ) {
        if pending.is_empty() {
            return;
        }
        let mut known: BTreeSet<String> =
            loaded.iter().flat_map(|rule| [&rule.id, &rule.name]).flatten().cloned().collect();
        let mut trial = correlator();
        let mut used = BTreeSet::new();
        loop {
            let (ready, waiting): (Vec<_>, Vec<_>) = pending
                .into_iter()
                .partition(|(_, _, rule)| rule.rules.iter().all(|name| known.contains(name)));
            if ready.is_empty() {
                for (path, _, rule) in waiting {
                    let missing: Vec<&str> = rule
                        .rules
                        .iter()
                        .filter(|name| !known.contains(*name))
                        .map(String::as_str)
                        .collect();
                    let reason = format!(
                        "builds on rules that are not loaded, or on itself: {}",
                        missing.join(", ")
                    );
                    self.reject(path, &rule.title, reason);
                }
                break;
            }
            for (path, text, mut rule) in ready {
                let id = rule_id(rule.id.as_deref(), &rule.title, text);
                rule.id = Some(id.clone());
                all_of(&mut rule);
                if let Err(error) = apply_pipelines_to_correlation(pipelines, &mut rule) {
                    self.reject(path, &rule.title, error.to_string());
                    continue;
                }
                if let Some(first) = self.rules.get(&id) {
                    let reason = format!("its id {id} is taken by {}", first.path);
                    self.reject(path, &rule.title, reason);
                    continue;
                }
                if let Err(error) = trial.add_correlation(&rule) {
                    self.reject(path, &rule.title, error.to_string());
                    continue;
                }
                known.extend(rule.name.clone());
                known.insert(id.clone());
                used.extend(rule.rules.iter().cloned());
                let entry = entry(&id, path, &rule.title, "", rule.level, &rule.tags, true);
                self.rules.insert(id, entry);
                self.correlations.push(rule);
            }
            pending = waiting;
        }
        self.bases = loaded
            .into_iter()
            .filter(|rule| used.iter().any(|name| answers_to(rule, name)))
            .collect();
    }
}

/// A temporal correlation without a condition asks for all of its rules (Sigma's
/// correlation specification); the parser gives it `gte: 1`, by which any one fires it.
fn all_of(rule: &mut CorrelationRule) {
    if rule.correlation_type == CorrelationType::Temporal
        && let CorrelationCondition::Threshold { predicates, .. } = &mut rule.condition
        && *predicates == [(ConditionOperator::Gte, 1)]
    {
        *predicates = vec![(ConditionOperator::Gte, rule.rules.len() as u64)];
    }
}

fn answers_to(rule: &SigmaRule, name: &str) -> bool {
    rule.id.as_deref() == Some(name) || rule.name.as_deref() == Some(name)
}

fn rule_id(stated: Option<&str>, title: &str, text: &str) -> String {
    match stated.map(str::trim) {
        Some(id) if !id.is_empty() => id.to_owned(),
        _ => format!("unnamed:{}", short_hash(&[title.as_bytes(), text.as_bytes()])),
    }
}

/// Whether a document is a processing pipeline and no rule.
fn is_pipeline(text: &str) -> bool {
    let has = |key: &str| text.lines().any(|line| line.starts_with(key));
    has("transformations:") && !has("detection:") && !has("correlation:") && !has("filter:")
}

/// A field that a rule needs and that requests and look-ups of names never have. Of
/// audit events only a look at them can tell: providers log what they like.
fn never_logged<'n>(class: &Class, needs: &'n Needs) -> Option<&'n str> {
    let told = |provider: &&str| matches!(*provider, PROXY | DNS);
    let closed = !class.providers.is_empty() && class.providers.iter().all(told);
    let known = |field: &&String| {
        records::FETCH_FIELDS.iter().any(|known| known == field)
            || super::view::NORMALISED.contains(&field.as_str())
    };
    needs.fields.iter().find(|field| closed && !known(field)).map(String::as_str)
}

fn entry(
    id: &str,
    path: &str,
    title: &str,
    provider: &str,
    level: Option<Level>,
    tags: &[String],
    correlation: bool,
) -> Rule {
    let techniques: BTreeSet<String> = tags.iter().filter_map(|tag| technique(tag)).collect();
    Rule {
        id: id.into(),
        title: title.into(),
        path: path.into(),
        provider: provider.into(),
        severity: level.map_or("informational", |level| level.as_str()).to_owned(),
        techniques: techniques.into_iter().collect(),
        correlation,
        silent: false,
    }
}

/// `attack.t1114.003` as `T1114.003`; nothing for tactics, groups and other tags.
fn technique(tag: &str) -> Option<String> {
    let id = tag.to_ascii_uppercase();
    let id = id.strip_prefix("ATTACK.")?;
    let digits = id.strip_prefix('T')?;
    let (main, sub) =
        digits.split_once('.').map_or((digits, None), |(main, sub)| (main, Some(sub)));
    let all = |text: &str, n: usize| text.len() == n && text.bytes().all(|b| b.is_ascii_digit());
    (all(main, 4) && sub.is_none_or(|sub| all(sub, 3))).then(|| id.to_owned())
}

fn fingerprint<P: AsRef<str>, T: AsRef<str>>(documents: &[(P, T)]) -> String {
    let texts: BTreeSet<&[u8]> =
        documents.iter().map(|(_, text)| text.as_ref().as_bytes()).collect();
    short_hash(&texts.into_iter().collect::<Vec<_>>())
}
