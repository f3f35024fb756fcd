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

#[test]
fn nobody_is_found_beside_a_source_in_call_records() {
    let bench = Bench::new();
    let roster = format!(
        "{HEADER}p1,Ann,ann@paper.example,+3225550101,,,Paper,staff,,,source,,\n\
         p2,Bo,bo@paper.example,+3225550102,,,Paper,staff,,,,,\n"
    );
    bench.file("ev/roster.csv", roster);
    let call = |from: &str, to: &str, at: u32| {
        format!(
            "\"\",\"{from}\",\"{to}\",\"ctx\",\"{from}\",\"SIP/a\",\"SIP/b\",\"Dial\",\"x\",\
             \"2024-03-05 09:{at:02}:00\",\"2024-03-05 09:{at:02}:05\",\"2024-03-05 09:{at:02}:50\",\
             50,45,\"ANSWERED\",\"DOCUMENTATION\",\"u.{at}\",\"\"\n"
        )
    };
    let calls = [
        call("003225550101", "3225559999", 1),
        call("3225558888", "3225550101", 2),
        call("3225550102", "3225559999", 3),
    ];
    bench.file("ev/cdr.csv", calls.concat());
    let lookups = "time,operator,source_ip,subject_number,rows,purpose\n\
        2024-03-05T10:00:00Z,op1,10.0.0.1,+3225550101,10,x\n\
        2024-03-05T10:01:00Z,op1,10.0.0.1,+3225550102,10,x\n";
    bench.file("ev/record_lookups.csv", lookups);
    let case = bench.path("case");
    bench.ingest(&[&bench.path("ev")], &case, 0);
    let name = case.to_str().unwrap();

    let rows = bench.show(&case, "calls");
    assert_eq!(rows.len(), 3);
    for row in &rows[..2] {
        assert_eq!(
            (&row["caller"], &row["callee"], &row["unique_id"]),
            (&"withheld".into(), &"withheld".into(), &"withheld".into())
        );
    }
    assert_eq!(rows[2]["caller"], "+3225550102");
    assert!(rows[2]["callee"].as_str().unwrap().starts_with("number:"));
    assert_eq!(bench.show(&case, "record_lookups")[0]["subject_number"], "withheld");
    assert_eq!(bench.show(&case, "record_lookups")[1]["subject_number"], "+3225550102");
    // Neither the tables below the views nor the files themselves say more.
    let cdr = bench.path("ev/cdr.csv");
    for query in [
        "select * from records_calls".to_owned(),
        "select * from records_record_lookups".to_owned(),
        "with c as (select * from calls) select a.caller, b.callee from c a, c b".to_owned(),
        format!("select * from '{}'", cdr.display()),
    ] {
        let out = bench.run(&["sql", &query, "--case", name, "--format", "jsonl"]);
        let said = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(out.status.success() && said.contains("withheld"), "{query}: {out:?}");
        for number in ["50101", "58888"] {
            assert!(!said.contains(number), "{query}: {said}");
        }
    }
    let log = std::fs::read_to_string(case.join("custody.jsonl")).unwrap();
    assert_eq!(log.matches("\"action\":\"query call records\"").count(), 7);
    let out = bench.run(&["sql", "select count(*) from messages", "--case", name]);
    assert!(out.status.success());
    let log = std::fs::read_to_string(case.join("custody.jsonl")).unwrap();
    assert_eq!(log.matches("\"action\":\"query call records\"").count(), 7);
}
