//! Privileged bodies, unlocking, holds, tombstones.

use std::path::Path;

use super::{STATEMENT, fixed, ok, said};
use crate::common::{Bench, mail};

const HEADER: &str = "person_id,name,addresses,phones,roles,groups,institution,kind,from,to,\
                      privilege,consent_ref,consent_until\n";
const BODY: &str = "quixoticword zebracrossing";

/// A privileged mailbox and an open one, each with one mail whose words stand nowhere else.
fn case(bench: &Bench) -> std::path::PathBuf {
    let roster = format!(
        "{HEADER}p1,Ann,ann@example.org,,,,Paper,staff,,,source,,\n\
         p2,Bob,bob@example.org,,,,Paper,staff,,,,,\n"
    );
    bench.file("ev/roster.csv", roster);
    bench.file("ev/1.eml", mail("m1@x", "ann@example.org", "kept subject", BODY));
    bench.file("ev/2.eml", mail("m2@x", "bob@example.org", "other", "zanzibarword openly"));
    let statement = bench.file("said/release.txt", STATEMENT);
    let case = bench.path("case");
    super::investigate(bench, &bench.path("ev"), &statement, &case);
    case
}

/// Where a word stands in the case: files as they are, and every column of every table that
/// a query can name, decoded.
fn holds(bench: &Bench, case: &Path, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (name, bytes) in super::files(case) {
        let lower = bytes.to_ascii_lowercase();
        if lower.windows(word.len()).any(|window| window == word.as_bytes()) {
            found.push(name);
        }
    }
    let ask = |query: &str| {
        let mut command = bench.command();
        command.args(["sql", query, "--format", "jsonl", "--case"]).arg(case);
        ok(command.output().unwrap()).0
    };
    let tables = ask("select table_name from information_schema.tables \
                      where table_schema <> 'information_schema'");
    let tables: Vec<String> = tables
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|row| row["table_name"].as_str().unwrap().to_owned())
        .collect();
    assert!(tables.iter().any(|name| name == "records_messages"), "{tables:?}");
    assert!(tables.len() > 30, "{tables:?}");
    for table in tables {
        if ask(&format!("select * from \"{table}\"")).to_lowercase().contains(word) {
            found.push(format!("table {table}"));
        }
    }
    found
}

#[test]
fn a_privileged_body_stands_nowhere_in_the_case() {
    let bench = Bench::new();
    let case = case(&bench);
    // The search finds a body that may be there: else it would prove nothing.
    let open = holds(&bench, &case, "zanzibarword");
    assert!(open.iter().any(|place| place == "table message_bodies"), "{open:?}");
    for word in ["quixoticword", "zebracrossing"] {
        assert_eq!(holds(&bench, &case, word), Vec::<String>::new(), "{word}");
    }
    assert_eq!(bench.show(&case, "messages").len(), 2, "its headers are there");
}

#[test]
fn unlocking_takes_two_keys_and_a_reason() {
    let bench = Bench::new();
    let case = case(&bench);
    let messages = bench.show(&case, "messages");
    let uid = messages.iter().find(|row| row["subject"] == "kept subject").unwrap();
    let uid = uid["message_uid"].as_str().unwrap().to_owned();
    let key = |name: &str| bench.path(name).display().to_string();
    for name in ["a.key", "b.key", "c.key"] {
        let (public, _) = ok(bench.run(&["key", "create", "--key", &key(name), "--name", name]));
        let public = bench.file(&format!("{name}.pub"), public);
        if name != "c.key" {
            let mut command = bench.command();
            command.args(["unlock", "--register"]).arg(public).arg("--case").arg(&case);
            ok(command.output().unwrap());
        }
    }
    let (a, b, c) = (key("a.key"), key("b.key"), key("c.key"));
    let unlock = |keys: &[&String], reason: &str| {
        let mut command = bench.command();
        command.args(["unlock", &uid, "--reason", reason, "--case"]).arg(&case);
        for key in keys {
            command.arg("--key").arg(key);
        }
        command.output().unwrap()
    };
    let why = "ordered by the court, 12/24";
    for (keys, reason) in
        [(vec![&a], why), (vec![&a, &a], why), (vec![&a, &c], why), (vec![&a, &b], " ")]
    {
        let refused = unlock(&keys, reason);
        assert_eq!(refused.status.code(), Some(2), "{keys:?} {reason}: {}", said(&refused));
        assert!(!String::from_utf8_lossy(&refused.stdout).contains("quixotic"));
    }
    let opened = unlock(&[&a, &b], why);
    assert_eq!(opened.status.code(), Some(0), "{}", said(&opened));
    assert_eq!(opened.stdout, std::fs::read(bench.path("ev/1.eml")).unwrap(), "the mail itself");
    let log = std::fs::read_to_string(case.join("custody.jsonl")).unwrap();
    let entries = log.lines().filter(|line| line.contains("\"action\":\"unlock\""));
    let entries: Vec<&str> = entries.collect();
    assert_eq!(entries.len(), 1, "one unlocking, one entry: {log}");
    assert!(entries[0].contains(why) && entries[0].contains(&uid));
    let entry: serde_json::Value = serde_json::from_str(entries[0]).unwrap();
    assert_eq!(entry["detail"]["signatures"].as_array().unwrap().len(), 2);
    assert_eq!(holds(&bench, &case, "quixoticword"), Vec::<String>::new());
    // Nor can it be put into the case.
    let mut command = bench.command();
    command.args(["unlock", &uid, "--reason", why, "--key", &a, "--key", &b, "--case"]).arg(&case);
    let inside = command.arg("--out").arg(case.join("body.eml")).output().unwrap();
    assert_eq!(inside.status.code(), Some(2), "{}", said(&inside));
}

#[test]
fn a_hold_stops_forgetting_and_what_is_forgotten_leaves_a_tombstone() {
    let bench = Bench::new();
    let case = case(&bench);
    let run = |arguments: &[&str]| {
        let mut command = fixed(&bench);
        command.args(arguments).arg("--case").arg(&case).output().unwrap()
    };
    ok(run(&["hold", "--authority", "Court order 12/24"]));
    for source in ["2.eml", "release.txt"] {
        let refused = run(&["forget", source]);
        assert_eq!(refused.status.code(), Some(2));
        assert!(said(&refused).contains("Court order 12/24"), "{}", said(&refused));
    }
    ok(run(&["hold", "--authority", "Court", "--lift", "closed"]));
    ok(run(&["forget", "2.eml"]));
    assert_eq!(holds(&bench, &case, "zanzibarword"), Vec::<String>::new());
    assert!(!holds(&bench, &case, "groundless").is_empty(), "the statement is there");
    let statements = || std::fs::read_dir(case.join("statements")).unwrap().count();
    assert_eq!(statements(), 1);
    ok(run(&["forget", "release.txt"]));
    assert_eq!(statements(), 0);
    assert_eq!(holds(&bench, &case, "groundless"), Vec::<String>::new());
    let log = std::fs::read_to_string(case.join("custody.jsonl")).unwrap();
    let forgotten: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|entry: &serde_json::Value| entry["action"] == "forget")
        .collect();
    assert_eq!(forgotten.len(), 2);
    for entry in &forgotten {
        let stone = &entry["detail"]["tombstones"][0];
        assert!(stone["id"].as_str().unwrap().starts_with("sha256:"), "{stone}");
        assert!(stone["bytes"].as_u64() > Some(0), "{stone}");
        assert!(stone.get("path").is_none(), "a path may name who took consent back");
    }
    // What is left is analysed again, without claims.
    ok(run(&["investigate"]));
    assert!(bench.show(&case, "claims").is_empty());
    assert_eq!(bench.show(&case, "messages").len(), 1);
    ok(run(&["forget", "1.eml"]));
    let gone = run(&["forget", "1.eml"]);
    assert_eq!(gone.status.code(), Some(2));
}
