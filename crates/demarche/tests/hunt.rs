//! `hunt`: new knowledge over stored tables, recorded and cited.

use std::path::Path;

use serde_json::Value;

use crate::common::{Bench, mail, mbox, zip};

const RULE: &str = "title: A forwarding rule
id: 0d4b3f7e-3c55-4a63-9b0e-6a1f2d7c9e11
logsource: {product: m365}
detection:
    selection: {Operation: New-InboxRule}
    condition: selection
level: high
tags: [attack.t1114.003]
";

fn event(id: u32, operation: &str, ip: &str) -> Value {
    serde_json::json!({"CreationTime": format!("2024-03-05T09:{id:02}:00"), "Id": format!("e-{id}"),
        "Operation": operation, "RecordType": 1, "Workload": "Exchange", "UserType": 0,
        "UserId": "ann@house.example", "ClientIP": ip, "OrganizationId": "o-1"})
}

fn attached(id: &str, to: &str, name: &str, bytes: &str) -> String {
    let encoded = base64_of(bytes.as_bytes());
    mail(id, to, "agenda", "see attached").replace(
        "Content-Type: text/plain; charset=utf-8\r\n\r\nsee attached\r\n",
        &format!(
            "Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\nFrom the desk\r\n--B\r\n\
             Content-Type: application/octet-stream; name={name}\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n--B--\r\n"
        ),
    )
}

fn base64_of(bytes: &[u8]) -> String {
    const TABLE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let n = chunk.iter().fold(0_u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let digit = TABLE[(n >> (18 - 6 * at) & 63) as usize] as char;
            out.push(if at <= chunk.len() { digit } else { '=' });
        }
    }
    out
}

fn case() -> (Bench, std::path::PathBuf) {
    let bench = Bench::new();
    let events = [
        event(1, "New-InboxRule", "192.0.2.9"),
        event(2, "Set-Mailbox", "198.51.100.7"),
        event(3, "UserLoggedIn", "203.0.113.5"),
    ];
    bench.file("ev/audit.json", serde_json::to_string(&events).unwrap());
    let mails = [
        attached("m1@x", "a@house.example", "x.bin", "EVILBYTES and more"),
        attached("m2@x", "b@house.example", "y.bin", "EVILBYTES and more"),
        mail("m3@x", "c@house.example", "plain", "From here nothing"),
    ];
    bench.file("ev/box.mbox", mbox(&mails));
    let eml = mail("m4@x", "d@house.example", "lure", "http://t.evil.example/x EVILBYTES");
    bench.file("ev/more.zip", zip(&[("in/m4.eml", eml.as_bytes())]));
    let case = bench.path("case");
    bench.ingest(&[&bench.path("ev")], &case, 0);
    (bench, case)
}

fn hunt(bench: &Bench, case: &Path, more: &[&str]) -> (Option<i32>, Vec<Value>, String) {
    let mut command = bench.command();
    command.args(["hunt", "--format", "jsonl", "--case"]).arg(case).args(more);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let text = String::from_utf8(output.stdout).unwrap();
    let rows = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (output.status.code(), rows, said)
}

#[test]
fn rules_of_a_folder_are_asked_and_those_that_cannot_work_are_listed() {
    let (bench, case) = case();
    bench.file("rules/a/rule.yml", RULE);
    bench.file("rules/windows.yml", RULE.replace("m365", "linux").replace("0d4b", "1d4b"));
    bench.file("rules/okta.yml", RULE.replace("m365", "okta").replace("0d4b", "2d4b"));
    let field = RULE.replace("{Operation:", "{NoSuchField: x, Operation:").replace("0d4b", "3d4b");
    bench.file("rules/field.yml", field);
    bench.file("rules/broken.yml", ": : no [");
    let rules = bench.path("rules");
    let rules = rules.to_str().unwrap();
    let (code, rows, said) = hunt(&bench, &case, &["--rules", rules, "--fail-on", "findings"]);
    assert_eq!((code, rows.len()), (Some(1), 1), "{said}");
    assert_eq!(rows[0]["subject"], "ann@house.example");
    assert_eq!(rows[0]["techniques"], serde_json::json!(["T1114.003"]));
    assert!(said.contains("rules that cannot work here: 4"), "{said}");
    for word in [
        "no events of product linux",
        "nothing of okta is in this case",
        "`NoSuchField`",
        "broken.yml",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
    // Recorded: `show findings` has it, once, however often it is found.
    let (code, again, _) = hunt(&bench, &case, &["--rules", rules]);
    assert_eq!((code, &again), (Some(0), &rows));
    assert_eq!(bench.show(&case, "findings"), rows);
    let log = std::fs::read_to_string(case.join("custody.jsonl")).unwrap();
    assert_eq!(log.matches("\"action\":\"hunt\"").count(), 2);
    // An analysis afterwards keeps what was hunted.
    let status =
        bench.command().args(["investigate", "--case"]).arg(&case).output().unwrap().status;
    assert!(status.success());
    let findings = bench.show(&case, "findings");
    assert_eq!(findings.iter().filter(|row| row["rule"] == rows[0]["rule"]).count(), 1);
}

#[test]
fn signatures_find_parts_wherever_the_evidence_lies_now() {
    let (bench, case) = case();
    let yara = bench.file(
        "lures.yar",
        "rule evil { meta: severity = \"high\" strings: $a = \"EVILBYTES\" condition: $a }\n\
         rule quoted { strings: $a = \">From here\" condition: $a }\n",
    );
    let yara = yara.to_str().unwrap();
    let (code, rows, said) = hunt(&bench, &case, &["--yara", yara]);
    assert_eq!(code, Some(0), "{said}");
    let found: Vec<String> = rows
        .iter()
        .map(|row| {
            format!("{} {}", row["subject"].as_str().unwrap(), row["title"].as_str().unwrap())
        })
        .collect();
    // Two attachments, and m4 both as it stood and decoded; nothing of mbox's quoting.
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found.iter().any(|t| t.starts_with("a@house.example") && t.contains("part 2 `x.bin`")));
    assert!(found.iter().any(|t| t.starts_with("b@house.example") && t.contains("part 2 `y.bin`")));
    for row in &rows {
        assert_eq!(row["rule"], "lures.yar: evil");
        let cited = &row["evidence"];
        assert_eq!(cited["sha256"].as_str().unwrap().len(), 64);
        let messages = bench.show(&case, "messages");
        assert!(
            messages
                .iter()
                .any(|m| &m["evidence"] == cited && m["message_uid"] == row["record_uid"])
        );
    }
    // Moved: nothing at hand until it is said where.
    std::fs::rename(bench.path("ev"), bench.path("moved")).unwrap();
    let (_, none, said) = hunt(&bench, &case, &["--yara", yara]);
    assert_eq!(none.len(), 0);
    assert!(said.contains("4 messages lie in sources that are not at hand"), "{said}");
    let moved = bench.path("moved");
    let (_, again, _) =
        hunt(&bench, &case, &["--yara", yara, "--evidence", moved.to_str().unwrap()]);
    assert_eq!(again, rows);
}

#[test]
fn a_bad_signature_file_is_an_error_with_its_line() {
    let (bench, case) = case();
    let yara = bench.file("bad.yar", "\n\nrule bad { condition: nothing }\n");
    let (code, rows, said) = hunt(&bench, &case, &["--yara", yara.to_str().unwrap()]);
    assert_eq!((code, rows.len()), (Some(3), 0));
    assert!(said.contains("bad.yar:3:"), "{said}");
}

#[test]
fn bodies_of_privileged_mailboxes_are_not_opened() {
    let bench = Bench::new();
    let header = "person_id,name,addresses,phones,roles,groups,institution,kind,from,to,privilege,\
                  consent_ref,consent_until\n";
    bench.file(
        "ev/roster.csv",
        format!("{header}p1,Ann,ann@house.example,,,,Paper,staff,,,source,,\n"),
    );
    bench.file("ev/1.eml", mail("m1@x", "ann@house.example", "s", "EVILBYTES"));
    bench.file("ev/2.eml", mail("m2@x", "bob@house.example", "s", "EVILBYTES"));
    let case = bench.path("case");
    bench.ingest(&[&bench.path("ev")], &case, 0);
    let yara = bench.file("a.yar", "rule evil { strings: $a = \"EVILBYTES\" condition: $a }");
    let (_, rows, said) = hunt(&bench, &case, &["--yara", yara.to_str().unwrap()]);
    assert!(!rows.is_empty() && rows.iter().all(|row| row["subject"] == "bob@house.example"));
    assert!(said.contains("1 messages of privileged mailboxes: not opened"), "{said}");
}

#[test]
fn indicators_are_joined_and_warninglists_taken_off() {
    let (bench, case) = case();
    let list = bench
        .file("iocs.csv", "type,value\ndomain,evil[.]example\nip,192.0.2.0/24\nip,203.0.113.5\n");
    bench.file(
        "warn/lists/vpn/list.json",
        r#"{"name":"Our exits","type":"cidr","matching_attributes":["ip-src","ip-dst"],"list":["203.0.113.0/24"]}"#,
    );
    let warn = bench.path("warn");
    let (code, rows, said) = hunt(
        &bench,
        &case,
        &["--iocs", list.to_str().unwrap(), "--warninglists", warn.to_str().unwrap()],
    );
    assert_eq!(code, Some(0), "{said}");
    let rules: Vec<&str> = rows.iter().filter_map(|row| row["rule"].as_str()).collect();
    assert_eq!(rules.len(), 2, "{rules:?}");
    assert!(rules.contains(&"iocs.csv: evil.example") && rules.contains(&"iocs.csv: 192.0.2.0/24"));
    let anomalies = bench.show(&case, "anomalies");
    let off: Vec<&Value> = anomalies.iter().filter(|row| row["reader"] == "warninglist").collect();
    assert_eq!(off.len(), 1);
    assert!(
        off[0]["reason"]
            .as_str()
            .unwrap()
            .contains("`203.0.113.5` is on the warninglist `Our exits`")
    );
}

#[test]
fn no_case_is_made_by_hunting() {
    let bench = Bench::new();
    let nowhere = bench.path("nowhere");
    let (code, _, said) = hunt(&bench, &nowhere, &[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("is not a case folder") && !nowhere.exists(), "{said}");
}
