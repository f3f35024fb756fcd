//! Telephone numbers that are on no roster are nowhere in a case.

use std::path::Path;

use crate::common::Bench;

const ROSTER: &str = "person_id,name,addresses,phones,roles,groups,institution,kind,from,to,\
                      privilege,consent_ref,consent_until\n\
                      p1,Ann,ann@example.org,+442079460001,,,House,staff,,,,,\n\
                      p2,Ben,ben@example.org,+44 20 7946 0002,,,House,staff,,,,,\n\
                      p3,Carl,carl@home.example,+442079460003,,,House,linked,,,,,\n";

/// Made-up records of an exchange, their numbers in swapped half bytes, and a batch of
/// roaming records, whose half bytes are not.
const SWAPPED: &[u8] = include_bytes!("../../readers/src/ber/testdata/cs.ber");
const TAP3: &[u8] = include_bytes!("../../readers/src/ber/testdata/tap3.ber");

fn cdr(calls: &[(&str, &str)]) -> String {
    let row = |(n, (src, dst)): (usize, &(&str, &str))| {
        format!(
            "\"\",\"{src}\",\"{dst}\",\"house\",\"\"\"Ann\"\" <{src}>\",\"PJSIP/{n}\",\
             \"PJSIP/t\",\"Dial\",\"PJSIP/{dst}@t\",\"2024-03-01 08:00:{n:02}\",\"\",\
             \"2024-03-01 08:01:00\",30,0,\"NO ANSWER\",\"DOCUMENTATION\",\"1709.{n}\",\"\"\n"
        )
    };
    calls.iter().enumerate().map(row).collect()
}

/// Every byte that the case holds: its files as they lie, and the stored tables unpacked.
fn everything(bench: &Bench, case: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    let mut folders = vec![case.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                all.extend(std::fs::read(path).unwrap());
            }
        }
    }
    for table in [
        "records_calls",
        "records_record_lookups",
        "records_anomalies",
        "observables_rows",
        "records_events",
        "records_fetches",
    ] {
        let sql = format!("select * from {table}");
        let case = case.to_str().unwrap();
        let output = bench.run(&["sql", &sql, "--format", "jsonl", "--case", case]);
        assert!(output.status.success(), "{output:?}");
        all.extend(output.stdout);
    }
    all
}

#[test]
fn numbers_off_the_roster_are_nowhere_in_the_case() {
    let bench = Bench::new();
    let calls = [
        ("+442079469999", "+442079460001"),
        ("00442079469999", "00442079460001"),
        ("020 7946 9999", "020 7946 0002"),
        ("442079469999", "442079460002"),
        ("anonymous", "+442079460003"),
    ];
    bench.file("ev/Master.csv", cdr(&calls));
    bench.file("ev/batch", TAP3);
    bench.file("ev/exchange", SWAPPED);
    bench.file(
        "ev/lookups.csv",
        "time,operator,source_ip,subject_number,rows,purpose\n\
         2024-03-02T08:00:00Z,clerk,192.0.2.1,+442079469999,3,\n\
         2024-03-02T08:01:00Z,clerk,192.0.2.1,+442079460001,3,\n",
    );
    let case = bench.path("case");
    bench.ingest(&[&bench.path("ev")], &case, 0);
    // What is stored bears none of them, the house's own included: the roster came to
    // nothing yet.
    let stored = everything(&bench, &case);
    let (swapped, plain) = ([0x23, 0x74, 0, 0, 0, 0xf2], [0x32, 0x47, 0, 0, 0, 0x2f]);
    let forbidden: [&[u8]; 8] = [
        b"2079469999",
        b"20 7946 9999",
        b"2079460001",
        b"2079460003",
        b"32470000002",
        b"470000002",
        &swapped,
        &plain,
    ];
    let holds =
        |all: &[u8], needle: &[u8]| all.windows(needle.len()).any(|window| window == needle);
    assert!(holds(SWAPPED, &swapped) && holds(TAP3, &plain), "the samples bear what is looked for");
    for needle in forbidden {
        assert!(!holds(&stored, needle), "{}", String::from_utf8_lossy(needle));
    }
    let shown = |field: &str| -> Vec<String> {
        let rows = bench.show(&case, "calls");
        let of_house = rows.iter().filter(|row| row["evidence"]["path"] == "Master.csv");
        of_house.map(|row| row[field].as_str().unwrap().to_owned()).collect()
    };
    let callers = shown("caller");
    assert!(callers[0].starts_with("number:") && callers[0].len() == 23, "{callers:?}");
    assert_eq!(callers[0], callers[1], "one number, one hash");
    assert_eq!(callers[4], "anonymous");
    let looked_up = |bench: &Bench| -> Vec<String> {
        let rows = bench.show(&case, "record_lookups");
        rows.iter().map(|row| row["subject_number"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(looked_up(&bench)[0], callers[0], "look-ups join calls");

    // A roster that comes late shows its own, in whatever notation they were logged; one
    // who is linked without a consent is shown to nobody.
    bench.ingest(&[&bench.file("late/roster.csv", ROSTER)], &case, 0);
    let (one, two) = ("+442079460001", "+442079460002");
    assert_eq!(shown("callee")[..4], [one, one, two, two]);
    assert!(shown("callee")[4].starts_with("number:"));
    assert_eq!(shown("caller"), callers);
    assert_eq!(looked_up(&bench)[1], one);

    // The cited bytes are still those of the sources.
    let (dir, evidence) = (case.to_str().unwrap(), bench.path("ev"));
    let checked = bench.run(&["verify", dir, "--evidence", evidence.to_str().unwrap()]);
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(case.join("number.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // Straight over evidence nothing is kept, so nothing is hidden; beside a case it joins.
    let file = bench.path("ev/Master.csv");
    let sql = format!("select caller from '{}' order by time", file.display());
    let alone = bench.run(&["sql", &sql, "--format", "jsonl"]);
    assert!(String::from_utf8_lossy(&alone.stdout).contains("+442079469999"), "{alone:?}");
    let beside = bench.run(&["sql", &sql, "--format", "jsonl", "--case", dir]);
    assert!(String::from_utf8_lossy(&beside.stdout).contains(&callers[0]), "{beside:?}");
}

#[test]
fn requests_to_a_portal_are_lookups_where_the_house_says_so() {
    let bench = Bench::new();
    bench.file("ev/roster.csv", ROSTER);
    bench.file(
        "ev/context.csv",
        "kind,value,note\n\
         lookup_portal,cdr.house.example/search?msisdn={number}&reason={purpose},\n\
         lookup_portal,/subscriber,\n",
    );
    let line = |second: u32, user: &str, request: &str, status: u16, referrer: &str| {
        format!(
            "cdr.house.example:443 192.0.2.7 - {user} [02/Mar/2024:08:00:{second:02} +0000] \
             \"GET {request} HTTP/1.1\" {status} 512 \"{referrer}\" \"agent\"\n"
        )
    };
    let searched = "https://cdr.house.example/search?msisdn=%2B442079469999&reason=x";
    let log = [
        line(1, "clerk", "/search?msisdn=%2B442079460001&reason=case+7", 200, "-"),
        line(2, "clerk", "/search?reason=&msisdn=020%207946%209999", 200, "-"),
        line(3, "clerk", "/search?msisdn=%2B442079469998", 403, searched),
        line(4, "clerk", "/search", 200, searched),
    ];
    bench.file("ev/portal.log", log.concat());
    let case = bench.path("case");
    bench.ingest(&[&bench.path("ev")], &case, 0);
    let lookups = bench.show(&case, "record_lookups");
    let shown = |field: &str| -> Vec<&str> {
        lookups.iter().map(|row| row[field].as_str().unwrap()).collect()
    };
    assert_eq!(lookups.len(), 2, "a refused request shows nothing: {lookups:?}");
    assert_eq!(shown("operator"), ["clerk", "clerk"]);
    assert_eq!(shown("purpose"), ["case 7", ""]);
    assert_eq!(shown("subject_number")[0], "+442079460001");
    assert!(shown("subject_number")[1].starts_with("number:"));
    assert_eq!(bench.show(&case, "fetches").len(), 4, "the requests themselves stay");
    let anomalies = bench.show(&case, "anomalies");
    let reasons: Vec<_> = anomalies.iter().map(|row| row["reason"].as_str().unwrap()).collect();
    assert!(reasons.contains(&"a portal's shape without {number}"), "{reasons:?}");
    let stored = everything(&bench, &case);
    for needle in ["2079469999", "7946%209999", "2079469998"] {
        let held = stored.windows(needle.len()).any(|window| window == needle.as_bytes());
        assert!(!held, "{needle}");
    }
}
