//! What a rule cannot match without: one of a few operations, and certain fields.
//!
//! Most rules ask for an operation by name. Events of all others need not even be read,
//! so a hunt asks the tables for those operations alone. Necessary fields tell why a rule
//! cannot work on this evidence: a field that stands in no event of its operations.
//! Both are *necessary* conditions, taken from the rule by what `and`, `or` and `not`
//! leave certain; where nothing is certain nothing is left out.

use std::collections::BTreeSet;

use rsigma_parser::{
    ConditionExpr, Detection, DetectionItem, Detections, Modifier, Quantifier, SigmaRule,
    SigmaValue,
};

use super::fields::{self, Place};

/// Necessary conditions of a rule or of a part of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// The event's operation, in the form of [`operation_key`], is one of these; `None`
    /// when it may be any.
    pub(super) operations: Option<BTreeSet<String>>,
    /// Fields, as the rule names them, that the event must have.
    pub(super) fields: BTreeSet<String>,
}

/// The form in which operations are compared: lower case, without the full stop that
/// Entra's names end in.
pub(super) fn operation_key(operation: &str) -> String {
    operation.trim_end_matches(['.', ' ']).to_lowercase()
}

impl Needs {
    /// Both hold.
    fn and(mut self, other: Self) -> Self {
        self.operations = match (self.operations, other.operations) {
            (Some(a), Some(b)) => Some(a.intersection(&b).cloned().collect()),
            (a, b) => a.or(b),
        };
        self.fields.extend(other.fields);
        self
    }

    /// At least one holds.
    fn or(self, other: Self) -> Self {
        let operations = match (self.operations, other.operations) {
            (Some(a), Some(b)) => Some(a.union(&b).cloned().collect()),
            _ => None,
        };
        Self { operations, fields: self.fields.intersection(&other.fields).cloned().collect() }
    }

    fn any_of(all: impl Iterator<Item = Self>) -> Self {
        all.reduce(Self::or).unwrap_or_default()
    }

    fn all_of(all: impl Iterator<Item = Self>) -> Self {
        all.reduce(Self::and).unwrap_or_default()
    }

    /// Of a rule that is asked of events of `providers`.
    pub(super) fn of_rule(rule: &SigmaRule, providers: &[&str]) -> Self {
        let detections = &rule.detection;
        let conditions = detections.conditions.iter();
        // Several conditions are alternatives.
        Self::any_of(conditions.map(|condition| of_condition(condition, detections, providers)))
    }
}

fn of_condition(condition: &ConditionExpr, all: &Detections, providers: &[&str]) -> Needs {
    let inner = |condition: &ConditionExpr| of_condition(condition, all, providers);
    match condition {
        ConditionExpr::And(parts) => Needs::all_of(parts.iter().map(inner)),
        ConditionExpr::Or(parts) => Needs::any_of(parts.iter().map(inner)),
        ConditionExpr::Not(_) => Needs::default(),
        ConditionExpr::Identifier(name) => all
            .named
            .get(name)
            .map(|detection| of_detection(detection, providers))
            .unwrap_or_default(),
        ConditionExpr::Selector { quantifier, pattern } => {
            // In the order of their names: a map gives another every time.
            let named: BTreeSet<&String> =
                all.named.keys().filter(|name| pattern.matches_detection_name(name)).collect();
            let needs = named.iter().filter_map(|name| all.named.get(*name));
            let needs = needs.map(|detection| of_detection(detection, providers));
            match quantifier {
                Quantifier::All => Needs::all_of(needs),
                Quantifier::Any => Needs::any_of(needs),
                // At least one of them.
                Quantifier::Count(1..) => Needs::any_of(needs),
                Quantifier::Count(0) => Needs::default(),
            }
        }
    }
}

fn of_detection(detection: &Detection, providers: &[&str]) -> Needs {
    match detection {
        Detection::AllOf(items) => Needs::all_of(items.iter().map(|item| of_item(item, providers))),
        Detection::AnyOf(parts) => {
            Needs::any_of(parts.iter().map(|part| of_detection(part, providers)))
        }
        Detection::And(parts) => {
            Needs::all_of(parts.iter().map(|part| of_detection(part, providers)))
        }
        Detection::Keywords(_) | Detection::ArrayMatch { .. } | Detection::Conditional { .. } => {
            Needs::default()
        }
    }
}

fn of_item(item: &DetectionItem, providers: &[&str]) -> Needs {
    let Some(name) = &item.field.name else { return Needs::default() };
    let mut needs = Needs::default();
    // What may match an absent field needs none.
    let absent = item.values.iter().any(|value| match value {
        SigmaValue::Null => true,
        SigmaValue::Bool(_) => item.field.has_modifier(Modifier::Exists),
        SigmaValue::String(text) => text.original.is_empty() || text.original == "*",
        _ => false,
    });
    let absent = absent || item.field.has_modifier(Modifier::Neq) || item.values.is_empty();
    if !absent && !name.contains('[') {
        needs.fields.insert(name.clone());
    }
    let plain: Option<BTreeSet<String>> = item
        .values
        .iter()
        .map(|value| match value {
            SigmaValue::String(text) => text.as_plain().map(|text| operation_key(&text)),
            SigmaValue::Integer(number) => Some(number.to_string()),
            _ => None,
        })
        .collect();
    let is_operation = |provider: &&str| {
        let named = |place: &Place| {
            matches!(place, Place::Normalised("operation" | "title" | "event_name"))
        };
        name == "operation"
            || fields::places(provider, name)
                .is_some_and(|(places, _)| places.len() == 1 && places.iter().all(named))
    };
    if item.field.modifiers.is_empty()
        && !providers.is_empty()
        && providers.iter().all(is_operation)
        && let Some(mut operations) = plain.filter(|operations| !operations.is_empty())
    {
        // `event_name` is also the name of the alert that an event raises.
        operations.insert("alerttriggered".to_owned());
        needs.operations = Some(operations);
    }
    needs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(detection: &str, providers: &[&str]) -> (Option<Vec<String>>, Vec<String>) {
        let text = format!("title: T\nlogsource: {{product: m365}}\ndetection:\n{detection}");
        let collection = rsigma_parser::parse_sigma_yaml(&text).expect("a rule");
        let needs = Needs::of_rule(&collection.rules[0], providers);
        let operations = needs.operations.map(|operations| {
            operations.into_iter().filter(|name| name != "alerttriggered").collect()
        });
        (operations, needs.fields.into_iter().collect())
    }

    #[test]
    fn what_is_certain_is_kept_and_nothing_else() {
        let both = ["m365", "entra"];
        let rule = "    a: {Operation: [New-InboxRule, 'Consent to application.'], X: y}
    b: {Operation: Set-Mailbox}
    f: {UserId: z}
    condition: (a or b) and not f\n";
        let (operations, fields) = needs(rule, &both);
        assert_eq!(
            operations.expect("some"),
            ["consent to application", "new-inboxrule", "set-mailbox"]
        );
        assert_eq!(fields, ["Operation"]);
        let open = "    a: {Operation: New-InboxRule}\n    b: {X: y}\n    condition: 1 of them\n";
        assert_eq!(needs(open, &both), (None, vec![]));
        let all = "    a: {Operation: New-InboxRule}\n    b: {X: y}\n    condition: all of them\n";
        assert_eq!(
            needs(all, &both),
            (Some(vec!["new-inboxrule".into()]), vec!["Operation".into(), "X".into()])
        );
        let wild = "    a: {Operation: New-*}\n    condition: a\n";
        assert_eq!(needs(wild, &both).0, None);
        let part = "    a: {Operation|contains: Rule}\n    condition: a\n";
        assert_eq!(needs(part, &both).0, None);
        let none = "    a: {X: null, Y|exists: false}\n    condition: a\n";
        assert_eq!(needs(none, &both), (None, vec![]));
        // `ActivityType` may stand elsewhere in Entra's own log.
        let other = "    a: {ActivityType: New-InboxRule}\n    condition: a\n";
        assert_eq!(needs(other, &["entra"]).0, None);
    }
}
