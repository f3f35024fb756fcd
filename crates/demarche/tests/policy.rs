//! Consent and privilege: what must not be stored is not stored.

use std::path::Path;

use crate::common::{Bench, mail, tar};

const HEADER: &str = "person_id,name,addresses,phones,roles,groups,institution,kind,from,to,\
                      privilege,consent_ref,consent_until\n";

fn greps(dir: &Path, needle: &[u8]) -> bool {
    std::fs::read_dir(dir).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return greps(&path, needle);
        }
        std::fs::read(path).unwrap().windows(needle.len()).any(|window| window == needle)
    })
}

#[test]
fn a_linked_person_without_consent_is_refused() {
    let bench = Bench::new();
    let roster = format!(
        "{HEADER}p1,Ann,ann@example.org,,,,House,staff,,,,,\n\
         p2,Carl,carl@home.example,,,,House,linked,,,,,\n"
    );
    bench.file("ev/roster.csv", roster);
    bench.file("ev/1.eml", mail("m1@x", "ann@example.org", "to ann", "a"));
    bench.file("ev/2.eml", mail("m2@x", "carl@home.example", "zanzibarsubject", "b"));
    let case = bench.path("case");
    bench.ingest(&[&bench.path("ev")], &case, 0);
    assert_eq!(bench.show(&case, "messages").len(), 1);
    assert!(bench.show(&case, "anomalies").iter().any(|a| a["reader"] == "policy"));
    assert!(!greps(&case.join("records"), b"zanzibarsubject"));

    let vouched = bench.path("vouched");
    let status = bench
        .command()
        .arg("ingest")
        .arg(bench.path("ev"))
        .args(["--consent-on-file", "letter 7", "--case"])
        .arg(&vouched)
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(bench.show(&vouched, "messages").len(), 2);
}

#[test]
fn a_privileged_body_never_enters_even_if_the_roster_comes_in_an_archive() {
    let bench = Bench::new();
    let roster = format!("{HEADER}p1,Ann,ann@example.org,,,,Paper,staff,,,source,,\n");
    bench.file("ev/z-tables.tar", tar(&[("roster.csv", roster.as_bytes())]));
    let body = "quixoticbodyword ".repeat(3);
    bench.file("ev/1.eml", mail("m1@x", "ann@example.org", "kept subject", &body));
    let case = bench.path("case");
    bench.ingest(&[&bench.path("ev")], &case, 0);
    assert_eq!(bench.show(&case, "messages")[0]["subject"], "kept subject");
    let bodies = bench.run(&[
        "sql",
        "select text, html from message_bodies",
        "--format",
        "jsonl",
        "--case",
        case.to_str().unwrap(),
    ]);
    assert!(!String::from_utf8_lossy(&bodies.stdout).contains("quixotic"), "{bodies:?}");
    assert!(bench.words(&case, "quixoticbodyword").is_empty());
    assert_eq!(bench.words(&case, "kept"), ["kept subject"]);
    assert!(!greps(&case.join("index"), b"quixotic"));
}

#[test]
fn a_late_roster_takes_privileged_bodies_out_of_what_was_stored() {
    let bench = Bench::new();
    let body = "quixoticbodyword ".repeat(3);
    bench.file("ev/1.eml", mail("m1@x", "ann@example.org", "kept subject", &body));
    bench.file("ev/2.eml", mail("m2@x", "bob@example.org", "other subject", "zanzibarword"));
    // The privilege may come in the open or inside an archive.
    let roster = format!("{HEADER}p1,Ann,ann@example.org,,,,Paper,staff,,,source,,\n");
    let open = bench.file("late/roster.csv", &roster);
    let tarred = bench.file("late/tables.tar", tar(&[("roster.csv", roster.as_bytes())]));
    for (name, late) in [("open", open), ("tarred", tarred)] {
        let (case, at_once) = (bench.path(name), bench.path(&format!("{name}-at-once")));
        bench.ingest(&[&bench.path("ev")], &case, 0);
        let said = bench.ingest(&[&late], &case, 0);
        assert!(said.contains("1 stored bodies taken out"), "{said}");
        bench.ingest(&[&bench.path("ev"), &late], &at_once, 0);
        let bodies = |case: &Path| {
            let sql = "select m.subject, b.text, b.html from message_bodies b join messages m on m.message_uid = b.message_uid order by m.subject";
            let case = case.to_str().unwrap();
            let output = bench.run(&["sql", sql, "--format", "jsonl", "--case", case]);
            String::from_utf8(output.stdout).unwrap()
        };
        let stored = bodies(&case);
        assert!(!stored.contains("quixotic") && stored.contains("zanzibarword"), "{stored}");
        assert_eq!(stored, bodies(&at_once));
        for case in [&case, &at_once] {
            assert!(bench.words(case, "quixoticbodyword").is_empty());
            assert_eq!(bench.words(case, "zanzibarword"), ["other subject"]);
            assert!(!greps(&case.join("index"), b"quixotic"));
        }
        for (one, other) in bench.all_records(&case).iter().zip(bench.all_records(&at_once)) {
            assert!(one.1 == other.1, "table `{}` differs", one.0);
        }
    }
}

#[test]
fn forget_takes_a_source_and_all_that_came_from_it() {
    let bench = Bench::new();
    bench.file("ev/keep.eml", mail("m1@x", "ann@example.org", "keep", "a"));
    bench.file("ev/go.eml", mail("m2@x", "ann@example.org", "go", "vanishingword"));
    let case = bench.path("case");
    bench.ingest(&[&bench.path("ev")], &case, 0);
    let output = bench.run(&["forget", "go.eml", "--case", case.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    let messages = bench.show(&case, "messages");
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["subject"], "keep");
    assert!(bench.words(&case, "vanishingword").is_empty());
    assert!(!greps(&case.join("index"), b"vanishingword"));
    assert_eq!(bench.words(&case, "writer"), ["keep"]);
    assert!(
        bench.show(&case, "observables").iter().all(|o| o["uid"] == messages[0]["message_uid"])
    );
    let none = bench.run(&["forget", "go.eml", "--case", case.to_str().unwrap()]);
    assert_eq!(none.status.code(), Some(2));
    // The rest can be ingested again, and is known.
    let again = bench.ingest(&[&bench.path("ev/keep.eml")], &case, 0);
    assert!(again.contains("already"), "{again}");
}
