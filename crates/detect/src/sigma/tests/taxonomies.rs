//! Every field that the public rules for cloud and identity name is either mapped by
//! `fields.tsv`, or listed in `taxonomies.tsv` with the reason why it need not be.

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::SourceId;
use demarche_core::source::{Limits, walk};
use rsigma_parser::{Detection, parse_sigma_yaml};

use super::corpus::corpus;
use crate::sigma::fields;

const TABLE: &str = include_str!("../taxonomies.tsv");

/// Providers whose events a product's rules are asked of.
const PROVIDERS: [(&str, &[&str]); 5] = [
    ("aws", &["aws"]),
    ("azure", &["m365", "entra"]),
    ("gcp", &["google"]),
    ("m365", &["m365", "entra"]),
    ("okta", &["okta"]),
];

fn rows() -> impl Iterator<Item = Vec<&'static str>> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split('\t').collect())
}

/// Whether `fields.tsv` names the field, for one of the product's providers; what it says
/// of all fields together does not count.
fn is_mapped(product: &str, field: &str) -> bool {
    let providers = PROVIDERS.iter().find(|(name, _)| *name == product);
    providers.into_iter().flat_map(|(_, providers)| *providers).any(|provider| {
        fields::places(provider, field).is_some_and(|(_, rest)| rest.len() < field.len())
    })
}

fn names(detection: &Detection, found: &mut BTreeSet<String>) {
    match detection {
        Detection::AllOf(items) => {
            found.extend(items.iter().filter_map(|item| item.field.name.clone()));
        }
        Detection::AnyOf(below) => below.iter().for_each(|one| names(one, found)),
        Detection::ArrayMatch { field, body, .. } => {
            found.insert(field.clone());
            names(body, found);
        }
        _ => {}
    }
}

#[test]
fn every_row_is_whole_and_stands_once() {
    let mut seen = BTreeSet::new();
    for row in rows() {
        let [product, field, standing, why] = row[..] else { panic!("{row:?}") };
        assert!(["native", "none"].contains(&standing) && why.len() > 10, "{row:?}");
        assert!(seen.insert((product, field)), "{row:?} stands twice");
        assert!(!is_mapped(product, field), "{row:?} is in fields.tsv");
    }
}

#[test]
fn every_field_of_public_rules_is_mapped_or_accounted_for() {
    let Some(path) = corpus("rules/sigma.tar.xz") else { return };
    let mut asked: BTreeMap<(String, String), usize> = BTreeMap::new();
    walk(&path, "sigma", &SourceId::default(), &Limits::default(), &mut |mut member| {
        let mut text = String::new();
        let of_cloud = ["/rules/cloud/", "/rules/identity/"];
        if !of_cloud.iter().any(|part| member.path().contains(part))
            || std::io::Read::read_to_string(&mut member, &mut text).is_err()
        {
            return;
        }
        let Ok(collection) = parse_sigma_yaml(&text) else { return };
        for rule in collection.rules {
            let mut found = BTreeSet::new();
            rule.detection.named.values().for_each(|detection| names(detection, &mut found));
            for field in found {
                let product = rule.logsource.product.clone().unwrap_or_default();
                *asked.entry((product, field)).or_default() += 1;
            }
        }
    })
    .expect("corpus opens");
    assert!(asked.len() > 80, "{} fields", asked.len());
    let listed: BTreeSet<(&str, &str)> = rows().map(|row| (row[0], row[1])).collect();
    let missing: Vec<_> = asked
        .iter()
        .filter(|((product, field), _)| {
            !is_mapped(product, field) && !listed.contains(&(product.as_str(), field.as_str()))
        })
        .collect();
    assert!(missing.is_empty(), "neither mapped nor listed: {missing:#?}");
    let asked: BTreeSet<(&str, &str)> =
        asked.keys().map(|(product, field)| (product.as_str(), field.as_str())).collect();
    let mapped = asked.iter().filter(|(product, field)| is_mapped(product, field)).count();
    let of = |standing: &str| {
        rows().filter(|row| row[2] == standing && asked.contains(&(row[0], row[1]))).count()
    };
    eprintln!(
        "{} fields: {mapped} mapped, {} the provider's own, {} of nothing that is read",
        asked.len(),
        of("native"),
        of("none")
    );
}
