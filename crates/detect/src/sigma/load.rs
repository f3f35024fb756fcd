//! From rule documents to a compiled [`RuleSet`], and the list of what cannot work here.

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::id::short_hash;
use rsigma_eval::{Engine, LogSourceExtractor};
use rsigma_parser::{
    CorrelationRule, FilterRule, FilterRuleTarget, Level, LogSource, SigmaCollection, SigmaRule,
    parse_sigma_yaml,
};

use super::view::PRODUCT;
use super::{Rejected, Rule, RuleSet, correlator};

/// Longest rule document that is read.
pub(super) const MAX_DOCUMENT_BYTES: usize = 1 << 20;

/// A rule's `logsource.product` and the `provider` whose events it is asked of; `m365`
/// means Entra's logs, too (see `view::product`), since the audit log has both.
const PROVIDERS: [(&str, &str); 7] = [
    ("m365", "m365"),
    ("azure", "m365"),
    ("aws", "aws"),
    ("gcp", "google"),
    ("google_workspace", "google"),
    ("okta", "okta"),
    ("onelogin", "onelogin"),
];

impl RuleSet {
    /// Reads and compiles rule documents, `(path, YAML text)`; a document may hold
    /// several rules. Never fails: what cannot work is in [`rejected`](Self::rejected).
    ///
    /// Where two rules carry one id the first stays.
    #[must_use]
    pub fn load<P: AsRef<str>, T: AsRef<str>>(documents: &[(P, T)]) -> Self {
        let mut engine = Engine::new();
        // Only the product is compared; the other two names are of no field.
        engine.set_logsource_extractor(Some(
            LogSourceExtractor::new().with_field_names(PRODUCT, "\u{0}", "\u{0}"),
        ));
        let mut set = Self {
            engine,
            rules: BTreeMap::new(),
            rejected: Vec::new(),
            correlations: Vec::new(),
            bases: Vec::new(),
            fingerprint: fingerprint(documents),
        };
        let mut singles = Vec::new();
        let mut filters = Vec::new();
        let mut correlations = Vec::new();
        for (path, text) in documents {
            let (path, text) = (path.as_ref(), text.as_ref());
            let collection = set.parse(path, text);
            singles.extend(collection.rules.into_iter().map(|rule| (path, text, rule)));
            filters.extend(collection.filters.into_iter().map(|filter| (path, filter)));
            correlations.extend(collection.correlations.into_iter().map(|rule| (path, text, rule)));
        }
        let mut loaded = Vec::new();
        for (path, text, rule) in singles {
            loaded.extend(set.add_single(path, text, rule));
        }
        for (path, filter) in filters {
            set.add_filter(path, filter, &loaded);
        }
        set.add_correlations(correlations, loaded);
        set.rejected.sort();
        set
    }

    fn reject(&mut self, path: &str, title: &str, reason: impl Into<String>) {
        let reason = reason.into();
        self.rejected.push(Rejected { path: path.into(), title: title.into(), reason });
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

    fn add_single(&mut self, path: &str, text: &str, mut rule: SigmaRule) -> Option<SigmaRule> {
        let id = rule_id(rule.id.as_deref(), &rule.title, text);
        let provider = match provider(&rule.logsource) {
            Ok(provider) => provider,
            Err(reason) => {
                self.reject(path, &rule.title, reason);
                return None;
            }
        };
        rule.id = Some(id.clone());
        rule.logsource = source_of(provider);
        if let Some(first) = self.rules.get(&id) {
            let reason = format!("its id {id} is taken by {}", first.path);
            self.reject(path, &rule.title, reason);
            return None;
        }
        if let Err(error) = self.engine.add_rule(&rule) {
            self.reject(path, &rule.title, error.to_string());
            return None;
        }
        let entry = entry(&id, path, &rule.title, provider, rule.level, &rule.tags, false);
        self.rules.insert(id, entry);
        Some(rule)
    }

    fn add_filter(&mut self, path: &str, mut filter: FilterRule, loaded: &[SigmaRule]) {
        if let Some(source) = &filter.logsource {
            match provider(source) {
                Ok(provider) => filter.logsource = Some(source_of(provider)),
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

fn answers_to(rule: &SigmaRule, name: &str) -> bool {
    rule.id.as_deref() == Some(name) || rule.name.as_deref() == Some(name)
}

fn rule_id(stated: Option<&str>, title: &str, text: &str) -> String {
    match stated.map(str::trim) {
        Some(id) if !id.is_empty() => id.to_owned(),
        _ => format!("unnamed:{}", short_hash(&[title.as_bytes(), text.as_bytes()])),
    }
}

fn source_of(provider: &str) -> LogSource {
    let product = (!provider.is_empty()).then(|| provider.to_owned());
    LogSource { product, ..LogSource::default() }
}

/// Whose events a log source means; empty for all.
fn provider(source: &LogSource) -> Result<&'static str, String> {
    match (&source.product, &source.category) {
        (Some(product), _) => PROVIDERS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(product))
            .map(|(_, provider)| *provider)
            .ok_or_else(|| format!("no events of product {product} are read")),
        (None, Some(category)) => {
            Err(format!("category {category} names no product whose audit events are read"))
        }
        (None, None) => Ok(""),
    }
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
