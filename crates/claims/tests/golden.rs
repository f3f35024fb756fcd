//! The article of the corpus against a golden file that was written by reading it.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stderr)] // all of it is a test

use std::path::{Path, PathBuf};

use demarche_analysis::attribution::Knowledge;
use demarche_claims::{Gazetteer, propose, read};
use serde_json::Value;

fn corpus() -> PathBuf {
    std::env::var_os("DEMARCHE_CORPUS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
        PathBuf::from,
    )
}

#[test]
fn every_act_of_the_article() {
    let golden: Value = serde_json::from_str(include_str!("golden/article.json")).unwrap();
    let path = corpus().join("statements").join(golden["document"].as_str().unwrap());
    let Ok(bytes) = std::fs::read(&path) else {
        eprintln!("skipped: no corpus at {}", path.display());
        return;
    };
    let document = read(golden["document"].as_str().unwrap(), &bytes, None).unwrap();
    let names = Gazetteer::new(&Knowledge::shipped().unwrap());
    let found = propose(&document, &names);
    let wanted = golden["claims"].as_array().unwrap();
    let mut wrong = Vec::new();
    let mut ids = Vec::new();
    for want in wanted {
        let at = found.iter().find(|claim| {
            claim.act.name() == want["act"]
                && claim.speaker == want["speaker"].as_str().unwrap()
                && claim.span.sha256 == want["sha256"].as_str().unwrap()
        });
        ids.push(at.map(|claim| claim.claim_id.clone()));
        let Some(claim) = at else {
            wrong.push(format!("missing: {want}"));
            continue;
        };
        let mut check = |what: &str, fine: bool| {
            if !fine {
                wrong.push(format!("{what}: {want}\n  got {claim:#?}"));
            }
        };
        check(
            "span",
            [claim.span.start, claim.span.end].as_slice()
                == want["span"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|n| n.as_u64().unwrap())
                    .collect::<Vec<_>>(),
        );
        let list = |key: &str| -> Vec<String> {
            want[key].as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()
        };
        check("about", list("about").iter().all(|name| claim.about.contains(name)));
        check("not about", !list("not_about").iter().any(|name| claim.about.contains(name)));
        check("authority", claim.authority.contains(want["authority"].as_str().unwrap()));
        check("hedge", claim.hedge == want["hedge"].as_str().unwrap());
        check("said on", claim.said_on == want["said_on"].as_str().unwrap());
        check("period from", claim.period.from == want["period"][0].as_str().unwrap());
        check("period to", claim.period.to == want["period"][1].as_str().unwrap());
        for quantity in want["quantities"].as_array().unwrap() {
            check(
                "quantity",
                claim.quantities.iter().any(|q| {
                    Some(q.value) == quantity["value"].as_u64()
                        && q.bound == quantity["bound"].as_str().unwrap()
                }),
            );
        }
    }
    for (at, want) in wanted.iter().enumerate() {
        let Some(to) = want["replies_to"].as_u64() else { continue };
        let ours = found.iter().find(|claim| Some(&claim.claim_id) == ids[at].as_ref());
        let target = &ids[usize::try_from(to).unwrap()];
        if ours.is_some_and(|claim| claim.replies_to != *target) {
            wrong.push(format!("replies to: {want}"));
        }
    }
    for claim in &found {
        if !ids.iter().flatten().any(|id| *id == claim.claim_id) {
            wrong.push(format!("not in the article: {claim:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
