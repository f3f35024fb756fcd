use demarche_core::Record;

use crate::lines::testing::{cited, read};

#[test]
fn a_roster_with_lists_dates_and_bad_cells() {
    let bytes = "\u{feff}Person_ID,Name,addresses,phones,groups,kind,from,to,privilege,consent_ref,consent_until,extra\r\n\
        p1,\"Doe,\nJane\",Jane@House.example; j.doe@mail.example ;,+32470000001,budget;culture,staff,2023-01-01,2024-06-30,Source,,,x\r\n\
        p2,Sam,sam@home.example,,,linked,yesterday,,,C-7,soon,\r\n\
        ,,,,,,,,,,,\r\n\
        p3,Kim,k@x.example,,,friend,,,,,,,,\r\n";
    let (name, records, anomalies) = read(bytes.as_bytes());
    assert_eq!(name, Some("roster"));
    let entries: Vec<_> = records
        .iter()
        .map(|record| match record {
            Record::Roster(entry) => entry,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(entries.len(), 3);
    assert_eq!(entries[0].name, "Doe,\nJane");
    assert_eq!(entries[0].addresses, ["jane@house.example", "j.doe@mail.example"]);
    assert_eq!(entries[0].groups, ["budget", "culture"]);
    assert_eq!(entries[0].to.unwrap().to_string(), "2024-07-01T00:00:00.000000Z");
    assert_eq!(entries[0].privilege, "source");
    assert!(cited(bytes.as_bytes(), &entries[0].evidence).starts_with(b"p1,\"Doe,\nJane\""));
    assert_eq!(entries[0].evidence.locator.as_ref().unwrap().row, Some(0));
    // An unreadable end of consent is no consent; an unreadable start is an open bound.
    assert_eq!((entries[1].consent_ref.as_str(), entries[1].from), ("", None));
    assert_eq!(entries[2].kind, "linked");
    let reasons: Vec<_> = anomalies.iter().map(|a| a.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "consent_until: `soon` is not an RFC 3339 time",
            "from: `yesterday` is not an RFC 3339 time",
            "14 cells under 12 columns",
            "kind `friend` is neither staff nor linked",
        ]
    );
}

#[test]
fn coverage_context_and_lookups() {
    let (name, records, anomalies) =
        read(b"source,account,from,to,note\ncloud,,2024-01-01T00:00:00Z,2024-12-31T00:00:00Z,E3\n");
    assert_eq!((name, anomalies.len()), (Some("coverage"), 0));
    assert!(matches!(&records[0], Record::Coverage(e) if e.source == "cloud" && !e.inferred));

    let (name, records, anomalies) =
        read(b"kind,value,from,to,note\nown_egress,198.51.100.0/24;2001:DB8::/32,,,\nwater,x,,,\n");
    assert_eq!((name, records.len(), anomalies.len()), (Some("context"), 3, 1));
    assert!(matches!(&records[1], Record::Context(e) if e.value == "2001:db8::/32"));

    let bytes = b"time,operator,source_ip,subject_number,rows,purpose\n\
        2024-03-01T08:00:00Z,op7,10.0.0.7,+32470000001,412,\n\
        not a time,op7,10.0.0.7,+32470000001,many,billing\n";
    let (name, records, anomalies) = read(bytes);
    assert_eq!((name, records.len(), anomalies.len()), (Some("record-lookups"), 2, 2));
    let Record::RecordLookup(lookup) = &records[0] else { panic!() };
    assert_eq!((lookup.rows, lookup.operator.as_str()), (412, "op7"));
    assert!(lookup.lookup_uid.starts_with("l1:"));
}

#[test]
fn networks_with_and_without_header() {
    let bytes = b"start\tend\tasn\tcountry\tname\n\
        192.0.2.0\t192.0.2.255\tAS64500\tbe\tEXAMPLE-NET\n\
        2001:db8::\t2001:db8::ffff\t64501\tNone\t\n";
    let (name, records, anomalies) = read(bytes);
    assert_eq!((name, records.len(), anomalies.len()), (Some("networks"), 2, 0));
    let Record::Network(network) = &records[0] else { panic!() };
    assert_eq!((network.asn, network.country.as_str()), (64500, "BE"));
    let start = bytes.iter().position(|b| *b == b'\n').unwrap() + 1;
    assert_eq!(read(&bytes[start..]).1.len(), 2);
    let many = [&bytes[start..].repeat(5)[..], b"192.0.2.9\t192.0.2.1\t1\tBE\tx\n"].concat();
    let (name, records, anomalies) = read(&many);
    assert_eq!((name, records.len(), anomalies.len()), (Some("networks"), 10, 1));
}

#[test]
fn other_tables_are_not_taken() {
    for text in
        ["name,value\na,1\n", "source,target,weight\na,b,1\n", "person,time\n", "\n\n", "a\tb\n"]
    {
        assert_eq!(read(text.as_bytes()).0, None, "{text}");
    }
}

/// What a spreadsheet with the comma as decimal sign saves: cells separated by `;`,
/// so that cells with several values are quoted; perhaps with `sep=;` before the
/// header, as UTF-16 ("Unicode text", by tabs).
#[test]
fn european_spreadsheets() {
    let plain = "person_id,name,addresses,groups,kind\r\n\
        p1,\"Doe; Jane\",jane@house.example;j.doe@mail.example,budget;culture,staff\r\n";
    let semicolons = "sep=;\r\nperson_id;name;addresses;groups;kind\r\n\
        p1;\"Doe; Jane\";\"jane@house.example;j.doe@mail.example\";\"budget;culture\";staff\r\n\
        ;;;;\r\n";
    let mut wide = vec![0xff, 0xfe];
    wide.extend(plain.replace(',', "\t").encode_utf16().flat_map(u16::to_le_bytes));
    let of = |bytes: &[u8]| {
        let (name, records, anomalies) = read(bytes);
        assert_eq!((name, records.len(), anomalies.len()), (Some("roster"), 1, 0), "{anomalies:?}");
        let Some(Record::Roster(entry)) = records.into_iter().next() else { panic!() };
        assert!(!cited(bytes, &entry.evidence).is_empty());
        demarche_core::RosterEntry { evidence: Default::default(), ..*entry }
    };
    let entry = of(plain.as_bytes());
    assert_eq!((entry.name.as_str(), entry.addresses.len()), ("Doe; Jane", 2));
    assert_eq!(of(semicolons.as_bytes()), entry);
    assert_eq!(of(&wide), entry);

    // A list that was not quoted has more cells than columns; that is said.
    let (name, records, anomalies) =
        read(b"person_id;name;addresses\np1;Jane;jane@house.example;j.doe@mail.example\n");
    assert_eq!((name, records.len()), (Some("roster"), 1));
    assert_eq!(anomalies[0].reason, "4 cells under 3 columns");
    // The other tables.
    for (text, format) in [
        ("source;account;from;to;note\ncloud;;2024-01-01;2024-12-31;E3\n", "coverage"),
        ("kind;value;from;to;note\nvpn;\"192.0.2.1;192.0.2.2\";;;\n", "context"),
        (
            "time;operator;source_ip;subject_number;rows;purpose\n2024-03-01T08:00:00Z;op7;10.0.0.7;+32470000001;1;\n",
            "record-lookups",
        ),
    ] {
        let (name, records, anomalies) = read(text.as_bytes());
        assert_eq!((name, anomalies.len()), (Some(format), 0), "{anomalies:?}");
        assert_eq!(records.len(), if format == "context" { 2 } else { 1 });
    }
}
