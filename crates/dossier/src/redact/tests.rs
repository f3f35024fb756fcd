use super::*;
use crate::sample;

fn policy() -> Policy {
    Policy {
        name: "partners".to_owned(),
        tlp: "AMBER".to_owned(),
        kinds: ["statement", "derivation", "range", "wave", "campaign", "intrusion", "hypothesis"]
            .map(str::to_owned)
            .into(),
        fields: BTreeMap::from([(
            "wave".to_owned(),
            ["probability", "prior", "first_seen", "last_seen", "recipients", "features"]
                .map(str::to_owned)
                .into(),
        )]),
        people: ["g.novak@paper.example".to_owned()].into(),
        custody: false,
    }
}

#[test]
fn a_redacted_dossier_verifies_names_nobody_and_proves_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("redacted");
    let key = SigningKey::from_seed([9; 32]);
    let report = sample::report();
    write_redacted(&out, &report, b"", &key, &policy()).unwrap();
    let found = crate::verify(&out, Some(&key.public()));
    assert_eq!(found.failures, Vec::<String>::new());
    assert!(found.withheld > 50, "{}", found.withheld);
    let mut all = String::new();
    for path in files::tree(&out).unwrap() {
        all.push_str(&String::from_utf8_lossy(
            &files::read_bounded(&out.join(path), 1 << 24).unwrap(),
        ));
    }
    for name in ["petrov", "a.petrov@chamber", "Lindqvist", "+35312345678", "Delphine"] {
        assert!(!all.to_lowercase().contains(&name.to_lowercase()), "{name} leaks");
    }
    assert!(all.contains("g.novak@paper.example") && all.contains("person-"));
    assert!(all.contains("TLP:AMBER") && !all.contains("daily-bulletin"), "sender fields are kept");
    // What is left out is told to be left out, never that there was nothing.
    let page = crate::render(
        &redact(
            &report,
            &Policy { kinds: ["statement".to_owned()].into(), ..policy() },
            &Names::of(&report, &BTreeSet::new(), &[1; 32]),
        )
        .unwrap(),
    );
    assert!(page.contains("withheld") && !page.contains("No burst of mail"), "absence stated");
}

#[test]
fn a_changed_original_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("redacted");
    let key = SigningKey::from_seed([9; 32]);
    write_redacted(&out, &sample::report(), b"", &key, &policy()).unwrap();
    for path in [ORIGINAL_LOG, ORIGINAL_RECORDS, ORIGINAL_CHECKPOINT] {
        let good = files::read_bounded(&out.join(path), 1 << 24).unwrap();
        let mut bad = good.clone();
        bad[good.len() / 2] ^= 1;
        files::write_inside(&out, path, &bad).unwrap();
        let found = crate::verify(&out, Some(&key.public()));
        assert!(found.failures.iter().any(|f| f.contains("original")), "{path}: {found:?}");
        files::write_inside(&out, path, &good).unwrap();
    }
    assert!(crate::verify(&out, Some(&key.public())).passed());
}

#[test]
fn pseudonyms_hold_within_a_case_and_not_beyond() {
    let report = sample::report();
    let one = Names::of(&report, &BTreeSet::new(), &[1; 32]);
    let two = Names::of(&report, &BTreeSet::new(), &[2; 32]);
    let text = "Mail to BJÖRN LINDQVIST <b.lindqvist@chamber.example> and new@chamber.example";
    let shown = one.replace(text);
    assert_eq!(shown, one.replace(text));
    assert_ne!(shown, two.replace(text));
    assert_eq!(shown.matches("person-").count(), 3, "{shown}");
    assert!(one.replace("Petrovich met a martinet").contains("Petrovich"), "whole words only");
    assert_eq!(one.replace("x@sender.example"), "x@sender.example");
}

#[test]
fn a_policy_is_strict() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("p.json");
    for (text, why) in [
        ("{\"name\":\"x\",\"kinds\":[\"wave\"],\"poeple\":[]}", "unknown field"),
        ("{\"name\":\"x\",\"kinds\":[\"waves\"]}", "no kind `waves`"),
        ("{\"name\":\" \",\"kinds\":[]}", "no name"),
        ("{\"name\":\"x\",\"kinds\":[],\"tlp\":\"PINK\"}", "no TLP label"),
    ] {
        files::write_inside(dir.path(), "p.json", text.as_bytes()).unwrap();
        let error = Policy::read(&path).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
    files::write_inside(dir.path(), "p.json", b"{\"name\":\"x\",\"kinds\":[\"wave\"]}").unwrap();
    assert_eq!(Policy::read(&path).unwrap().tlp, "RED");
}
