//! The outputs as a whole: page, terminal summary, bundle and its check.
#![allow(clippy::disallowed_methods)] // reads back what the tests wrote

use std::collections::BTreeMap;
use std::path::Path;

use demarche_core::EvidenceRef;

use crate::{
    Narrative, Report, SigningKey, cited, cited_in, render, sample, summary, verify, write,
};

const SECTIONS: [&str; 17] = [
    "summary",
    "now",
    "time",
    "targets",
    "campaigns",
    "waves",
    "intrusions",
    "accounts",
    "who",
    "claims",
    "uncovered",
    "findings",
    "read",
    "method",
    "custody",
    "glossary",
    "evidence",
];

#[test]
fn every_section_stands_in_a_full_and_in_an_empty_page() {
    for report in [sample::report(), sample::empty(), Report::default()] {
        let page = render(&report);
        for section in SECTIONS {
            assert!(page.contains(&format!("<section id=\"{section}\"")), "{section}");
        }
        assert!(page.contains("TLP:RED"));
    }
}

#[test]
fn an_empty_page_says_what_was_looked_at_and_never_safe() {
    for report in [sample::empty(), Report::default()] {
        let page = render(&report).replace("'unsafe-inline'", "").to_lowercase();
        assert!(page.contains("no burst of mail"));
        assert!(page.contains("not covered"));
        assert!(!page.contains("safe") && !page.contains("no attack"), "absence stated");
        let text = summary(&report, 80).to_lowercase();
        assert!(text.contains("in what was covered") && !text.contains("safe"), "{text}");
    }
}

#[test]
fn a_hypothesis_about_an_intrusion_alone_names_the_intrusion() {
    let mut report = sample::report();
    let alone = report.intrusions.iter().find(|row| row.campaign_id.is_none()).unwrap();
    let id = alone.intrusion_id.clone();
    for row in &mut report.hypotheses {
        row.campaign_id.clone_from(&id);
    }
    let narrative = Narrative::of(&report);
    let at = narrative.report.intrusions.iter().position(|row| row.intrusion_id == id).unwrap();
    let label = format!("I{}", at + 1);
    assert!(narrative.hypotheses.iter().all(|told| told.head.text.starts_with(&label)));
    let (text, page) = (summary(&report, 80), render(&report));
    assert!(!text.contains("C?") && !page.contains("C?"));
    assert!(text.lines().any(|line| line.starts_with(&label) && line.contains("prior")), "{text}");
}

#[test]
fn nothing_leaves_the_page_and_nothing_runs() {
    let page = render(&sample::report());
    let lower = page.to_lowercase();
    for banned in [
        "<script",
        "javascript:",
        "onerror=alert(1)>",
        "<img",
        "http://",
        "https://",
        "src=\"",
        "@import",
        "url(http",
        "<iframe",
        "<object",
        "<form",
        "<link",
        "<base",
    ] {
        let found = lower
            .find(banned)
            .map(|at| lower[at.saturating_sub(60)..].chars().take(140).collect::<String>());
        let namespace = "xmlns=\"http://www.w3.org/2000/svg\"";
        let allowed = banned == "http://"
            && lower.matches("http://").count() == lower.matches(namespace).count();
        assert!(found.is_none() || allowed, "{banned}: {found:?}");
    }
    assert!(page.contains("default-src 'none'"));
    // References lead into the page only.
    for piece in page.split("href=\"").skip(1) {
        assert!(piece.starts_with('#'), "{}", piece.chars().take(40).collect::<String>());
    }
    // The hostile subject is there to be read, inert.
    assert!(page.contains("&lt;script&gt;") && page.contains("⟨U+202E⟩"));
    assert!(page.contains("javascript[:]") && !page.contains('\u{202e}'));
}

#[test]
fn markup_is_well_formed() {
    for report in [sample::report(), sample::empty(), Report::default()] {
        balanced(&render(&report));
    }
}

/// Every element is closed in order, attributes are quoted, `<` stands only in markup.
fn balanced(page: &str) {
    const VOID: [&str; 3] = ["meta", "input", "!DOCTYPE"];
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let end = rest.find('>').expect("an unclosed tag");
        let (tag, after) = (&rest[..end], &rest[end + 1..]);
        assert_eq!(tag.matches('"').count() % 2, 0, "quotes in <{tag}>");
        let name = tag.trim_start_matches('/').split_whitespace().next().unwrap_or_default();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "</{name}> closes another element");
        } else if !VOID.contains(&name) {
            open.push(name);
        }
        rest = if name == "style" && !tag.starts_with('/') {
            &after[after.find("</style").expect("the style is closed")..]
        } else {
            after
        };
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn anchors_lead_somewhere_and_ids_are_unique() {
    let page = render(&sample::report());
    let mut ids: BTreeMap<&str, usize> = BTreeMap::new();
    for piece in page.split(" id=\"").skip(1) {
        *ids.entry(piece.split('"').next().unwrap()).or_default() += 1;
    }
    let twice: Vec<_> = ids.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    for piece in page.split("href=\"#").skip(1) {
        let id = piece.split('"').next().unwrap();
        // A statement that no section shows has an entry in the appendix only.
        assert!(ids.contains_key(id) || id.starts_with('r'), "#{id} leads nowhere");
    }
}

#[test]
fn every_statement_on_found_rows_cites_bytes() {
    let narrative = Narrative::of(&sample::report());
    let numbers: Vec<u32> = narrative.statements().iter().map(|s| s.id).collect();
    let want: Vec<u32> = (1..=u32::try_from(numbers.len()).unwrap()).collect();
    assert_eq!(numbers, want, "numbers run from 1 without gaps");
    let rows = [&narrative.waves, &narrative.intrusions, &narrative.hypotheses];
    for told in rows.into_iter().flatten() {
        assert!(!told.head.evidence.is_empty(), "{}", told.head.text);
        assert!(told.parts.iter().all(|part| !part.evidence.is_empty()));
    }
    assert!(narrative.exposures.iter().all(|row| !row.evidence.is_empty()));
}

#[test]
fn the_page_is_bounded() {
    let mut report = sample::report();
    let rule = report.findings[0].clone();
    report.findings = (0..9_000)
        .map(|n| demarche_core::Finding {
            finding_uid: format!("n1:{n}"),
            evidence: sample::reference("cloud/audit.jsonl", n),
            title: "x".repeat(10_000),
            ..rule.clone()
        })
        .collect();
    let page = render(&report);
    assert!(page.matches("<li id=\"e").count() <= crate::html::MAX_EVIDENCE);
    assert!(page.contains("100 of 9,000 findings"));
    assert!(page.len() < 8 << 20, "{}", page.len());
}

#[test]
fn the_same_report_in_another_order_is_the_same_page() {
    let report = sample::report();
    let mut turned = report.clone();
    turned.waves.reverse();
    turned.exposures.reverse();
    turned.intrusions.reverse();
    turned.hypotheses.reverse();
    turned.people.reverse();
    assert_eq!(render(&report), render(&turned));
    assert_eq!(summary(&report, 80), summary(&turned, 80));
}

#[test]
fn the_summary_names_waves_victims_and_doubts_and_fits() {
    for width in [60, 80, 120] {
        let text = summary(&sample::report(), width);
        for line in text.lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in [
            "Ministers meet",
            "2021-04-12",
            "a.petrov@chamber.example",
            "ACTIVE",
            "APT31",
            "against:",
            "Next steps",
            "Not covered",
            "very likely",
        ] {
            assert!(flat.contains(word), "{word} at {width}:\n{text}");
        }
        assert!(!text.contains('\u{202e}') && !text.contains('\u{1b}'));
    }
    let text = summary(&sample::report(), 80);
    assert!(text.lines().count() < 60, "{}:\n{text}", text.lines().count());
}

fn written(dir: &Path) -> (std::path::PathBuf, SigningKey) {
    let key = SigningKey::from_seed([9; 32]);
    let out = dir.join("dossier");
    write(&out, &sample::report(), b"", &key).unwrap();
    (out, key)
}

#[test]
fn a_written_dossier_verifies_and_writes_the_same_bytes_again() {
    let dir = tempfile::tempdir().unwrap();
    let (out, key) = written(dir.path());
    let found = verify(&out, Some(&key.public()));
    assert_eq!(found.failures, Vec::<String>::new());
    assert!(found.passed() && found.records > 100 && found.files > 8);
    assert_eq!(found.run_id, sample::report().run_id);
    let all = |out: &Path| -> Vec<(String, Vec<u8>)> {
        let paths = crate::files::tree(out).unwrap();
        let read = |path: String| (path.clone(), std::fs::read(out.join(path)).unwrap());
        paths.into_iter().map(read).collect()
    };
    let first = all(&out);
    let (out, _) = written(dir.path());
    assert!(first == all(&out), "the same report gives the same bytes");
    let (again, _) = written(tempfile::tempdir().unwrap().path());
    assert!(!again.exists() && std::fs::read_dir(dir.path()).unwrap().count() == 1);
}

#[test]
fn records_are_of_the_four_kinds_and_lead_to_each_other() {
    let secret = [3; 32];
    let lines = crate::records::of_report(&sample::report(), Some(&secret)).unwrap();
    let parsed: Vec<serde_json::Value> =
        lines.iter().map(|line| serde_json::from_str(&line.json).unwrap()).collect();
    let ids: std::collections::BTreeSet<&str> =
        parsed.iter().map(|record| record["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), lines.len(), "ids are unique");
    for kind in ["evidence", "derivation", "claim", "assessment"] {
        assert!(parsed.iter().any(|record| record["type"] == kind), "{kind}");
    }
    for record in parsed.iter().filter(|record| record["kind"] == "derivation") {
        let row = &record["row"];
        assert!(ids.contains(row["statement"].as_str().unwrap()));
        assert!(!row["step"].as_str().unwrap().is_empty() && row["program"] == "0.1.0");
        for range in row["ranges"].as_array().unwrap() {
            assert!(ids.contains(range.as_str().unwrap()), "{range}");
        }
    }
    let salts: std::collections::BTreeSet<&str> =
        parsed.iter().map(|record| record["salt"].as_str().unwrap()).collect();
    assert_eq!(salts.len(), lines.len());
    let bare = crate::records::of_report(&sample::report(), None).unwrap();
    assert!(bare.iter().all(|line| !line.json.contains("\"salt\"")));
}

#[test]
fn a_record_that_does_not_come_out_again_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let (out, _) = written(dir.path());
    let mut report = crate::report_in(&out).unwrap();
    assert_eq!(crate::differing_records(&out, &report).unwrap(), Vec::<String>::new());
    report.waves[0].subject = "another".to_owned();
    let id = report.waves[0].wave_id.clone();
    let differing = crate::differing_records(&out, &report).unwrap();
    assert!(differing.contains(&format!("record wave:{id}: comes out otherwise")), "{differing:?}");
}

#[test]
fn records_cite_what_the_model_cites() {
    let dir = tempfile::tempdir().unwrap();
    let (out, _) = written(dir.path());
    let all = cited(&sample::report());
    assert!(all.len() > 50 && all.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(cited_in(&out).unwrap(), all);
    assert!(all.iter().all(|evidence: &EvidenceRef| evidence.length > 0));
    std::fs::write(out.join("data/records.jsonl"), "{\"evidence\":[1]}\n").unwrap();
    assert!(cited_in(&out).is_err());
}

#[test]
fn a_folder_that_is_not_a_dossier_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("thesis.txt"), "years of work").unwrap();
    let key = SigningKey::from_seed([9; 32]);
    let error = write(dir.path(), &sample::report(), b"", &key).unwrap_err();
    assert!(error.to_string().contains("thesis.txt"), "{error}");
    assert!(dir.path().join("thesis.txt").exists());
}

/// For looking at: `DOSSIER_PAGES=DIR cargo test -p demarche-dossier -- --ignored pages`.
#[test]
#[ignore = "writes pages to look at"]
fn pages_to_look_at() {
    let Some(dir) = std::env::var_os("DOSSIER_PAGES") else { return };
    let dir = Path::new(&dir);
    std::fs::write(dir.join("report.html"), render(&sample::report())).unwrap();
    std::fs::write(dir.join("report-empty.html"), render(&sample::empty())).unwrap();
    std::fs::write(dir.join("summary.txt"), summary(&sample::report(), 80)).unwrap();
    std::fs::write(dir.join("summary-empty.txt"), summary(&sample::empty(), 80)).unwrap();
}
