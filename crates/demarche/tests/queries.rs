//! `sql` answers, and only reads; `show` prints every table of the contract.

use crate::common::{Bench, mail, mbox};

fn case_with_mail() -> (Bench, String) {
    let bench = Bench::new();
    let mails =
        [mail("m1@x", "a@example.org", "one", "x"), mail("m2@x", "a@example.org", "two", "y")];
    let path = bench.file("m.mbox", mbox(&mails));
    let case = bench.path("case");
    bench.ingest(&[&path], &case, 0);
    let case = case.to_str().unwrap().to_owned();
    (bench, case)
}

#[test]
fn sql_over_tables_and_straight_over_files() {
    let (bench, case) = case_with_mail();
    let out = bench.run(&[
        "sql",
        "select count(*) as n from messages",
        "--case",
        &case,
        "--format",
        "jsonl",
    ]);
    assert_eq!(String::from_utf8_lossy(&out.stdout).trim(), r#"{"n":2}"#);
    let file = bench.path("m.mbox");
    let query = format!("select subject from '{}' order by subject", file.display());
    let out = bench.run(&["sql", &query, "--format", "csv"]);
    assert_eq!(String::from_utf8_lossy(&out.stdout), "subject\none\ntwo\n", "{out:?}");
}

#[test]
fn words_lead_into_any_query() {
    let bench = Bench::new();
    let mails = [
        mail("m1@x", "a@example.org", "Wahl", "Die Prüfung der Straße durch Frau Müller"),
        mail("m2@x", "a@example.org", "Élection", "Le comité se réunit à l’été"),
        mail("m3@x", "a@example.org", "会议", "选举委员会下周开会"),
        mail("m4@x", "a@example.org", "Vote", "The committee meets next week"),
        mail("m5@x", "a@example.org", "Выборы", "Комиссия соберётся на следующей неделе"),
    ];
    let path = bench.file("m.mbox", mbox(&mails));
    let case = bench.path("case");
    bench.ingest(&[&path], &case, 0);
    for (words, subject) in [
        ("strasse mueller", "Wahl"),
        ("comite ete", "Élection"),
        ("委员会", "会议"),
        ("\"next week\" committee", "Vote"),
        ("соберется", "Выборы"),
    ] {
        assert_eq!(bench.words(&case, words), [subject], "{words}");
    }
    let query = "select count(*) as n from occurrences where message_uid in \
                 (select message_uid from text_search('commit* -week')) ";
    let out = bench.run(&["sql", query, "--format", "jsonl", "--case", case.to_str().unwrap()]);
    assert_eq!(String::from_utf8_lossy(&out.stdout).trim(), r#"{"n":0}"#, "{out:?}");
    // The index follows the rows: what is missing is made again.
    std::fs::remove_dir_all(case.join("index")).unwrap();
    assert_eq!(bench.words(&case, "meets"), ["Vote"]);
    let nowhere = bench.run(&["sql", "select * from text_search('x')"]);
    assert_eq!(nowhere.status.code(), Some(2), "{nowhere:?}");
    let none = bench.run(&["show", "calls", "--words", "x", "--case", case.to_str().unwrap()]);
    assert_eq!(none.status.code(), Some(2), "{none:?}");
}

#[test]
fn what_lies_unchanged_is_not_hashed_again() {
    let bench = Bench::new();
    let one = bench.file("ev/1.eml", mail("m1@x", "a@example.org", "one", "x"));
    let case = bench.path("case");
    // A file changed just now is never taken for unchanged.
    std::thread::sleep(std::time::Duration::from_millis(2_200));
    bench.ingest(&[&bench.path("ev")], &case, 0);
    bench.file("ev/2.eml", mail("m2@x", "a@example.org", "two", "y"));
    let said = bench.ingest(&[&bench.path("ev")], &case, 0);
    assert!(said.contains("1 messages") && said.contains("1 sources were in"), "{said}");
    let custody = std::fs::read_to_string(case.join("custody.jsonl")).unwrap();
    assert!(custody.contains(r#""known_unchanged":1"#), "{custody}");
    // Other bytes of the same length under the same name.
    std::fs::write(&one, mail("m1@x", "a@example.org", "eno", "x")).unwrap();
    let said = bench.ingest(&[&bench.path("ev")], &case, 0);
    assert!(said.contains("1 messages"), "{said}");
    let subjects: Vec<_> =
        bench.show(&case, "messages").iter().map(|m| m["subject"].to_string()).collect();
    assert_eq!(subjects.len(), 3, "{subjects:?}");
}

#[test]
fn sql_only_reads() {
    let (bench, case) = case_with_mail();
    let target = bench.path("out.csv");
    for query in [
        "create table t as select 1".to_owned(),
        "insert into messages select * from messages".to_owned(),
        "drop view messages".to_owned(),
        format!("copy messages to '{}'", target.display()),
        "set datafusion.execution.batch_size = 1".to_owned(),
        "create external table t stored as csv location '/etc/passwd'".to_owned(),
    ] {
        let out = bench.run(&["sql", &query, "--case", &case]);
        assert_eq!(out.status.code(), Some(2), "{query}: {out:?}");
        assert!(out.stdout.is_empty());
    }
    assert!(!target.exists());
}

#[test]
fn show_knows_every_table_in_every_format() {
    let (bench, case) = case_with_mail();
    for table in [
        "messages",
        "events",
        "fetches",
        "calls",
        "record_lookups",
        "observables",
        "findings",
        "waves",
        "campaigns",
        "exposures",
        "intrusions",
        "hypotheses",
        "claims",
        "coverage",
        "anomalies",
        "occurrences",
        "sources",
        "roster",
    ] {
        for format in ["text", "json", "jsonl", "csv"] {
            let out = bench.run(&["show", table, "--case", &case, "--format", format]);
            assert!(out.status.success(), "{table} as {format}: {out:?}");
        }
    }
    let out = bench.run(&["show", "nonsense", "--case", &case]);
    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&out.stderr).contains("hint: tables:"));
}

#[test]
fn a_message_row_has_the_contract_s_fields() {
    let (bench, case) = case_with_mail();
    let rows = bench.show(std::path::Path::new(&case), "messages");
    let row = &rows[0];
    assert!(row["message_uid"].as_str().unwrap().starts_with("m1:"));
    assert_eq!(row["message_id"], "m1@x");
    assert_eq!(row["from"], "ann@example.net");
    assert_eq!(row["to"], serde_json::json!(["a@example.org"]));
    assert_eq!(row["date"], "2024-03-05T09:00:00.000000Z");
    let evidence = &row["evidence"];
    assert!(evidence["source"].as_str().unwrap().starts_with("sha256:"));
    assert_eq!(evidence["path"], "m.mbox");
    assert!(evidence["length"].as_u64().unwrap() > 100);
    assert_eq!(evidence["sha256"].as_str().unwrap().len(), 64);
}

#[test]
fn no_case_is_said_with_a_hint() {
    let bench = Bench::new();
    let out = bench.run(&["show", "waves", "--case", bench.path("nowhere").to_str().unwrap()]);
    assert_eq!(out.status.code(), Some(2));
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(said.contains("is not a case folder") && said.contains("hint: "), "{said}");
}
