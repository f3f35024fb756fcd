//! List formats and matching.

use super::*;

fn seen(kind: ObservableKind, value: &str, uid: &str) -> Observable {
    Observable {
        kind,
        value: value.into(),
        uid: uid.into(),
        place: "url".into(),
        subject: "ann@parliament.example".into(),
        time: None,
        evidence: demarche_core::EvidenceRef::default(),
    }
}

fn rules(indicators: &Indicators, observables: &[Observable]) -> Vec<String> {
    indicators.matches(observables).into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn plain_text_and_csv() {
    let (plain, problems) = Indicators::parse(
        "plain",
        b"\xef\xbb\xbf# from a partner\r\nevil[.]example\n\n192.0.2.0/24, exit nodes\nd41d8cd98f00b204e9800998ecf8427e\n",
    );
    assert_eq!(plain.len(), 2);
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].starts_with("plain: line 5: ") && problems[0].contains("MD5"),
        "{problems:?}"
    );
    let (csv, problems) = Indicators::parse(
        "csv",
        b"date,type,Indicator\n2024-01-02,domain,\"evil[.]example\"\n2024-01-02,,hxxps://evil.example/a,b\n2024-01-02,mutex,x\n2024\n",
    );
    assert_eq!(csv.len(), 2, "{problems:?}");
    assert_eq!(problems.len(), 2);
    assert!(problems[1].contains("no value"));
}

#[test]
fn stix_bundle() {
    let text = r#"{"type":"bundle","objects":[
      {"type":"identity","id":"identity--1"},
      {"type":"indicator","id":"indicator--1","pattern_type":"stix","pattern":"[domain-name:value = 'evil.example']"},
      {"type":"indicator","id":"indicator--2","pattern_type":"stix","pattern":"[ipv4-addr:value='192.0.2.1' OR ipv4-addr:value = '192.0.2.2'] OR [url:value = 'http://a.example/it\\'s']"},
      {"type":"indicator","id":"indicator--3","pattern":"[file:hashes.'SHA-256' = 'abababababababababababababababababababababababababababababababab']"},
      {"type":"indicator","id":"indicator--4","pattern":"[a:b = 'x' AND c:d = 'y']"},
      {"type":"indicator","id":"indicator--5","pattern":"[domain-name:value LIKE '%.example']"},
      {"type":"indicator","id":"indicator--6","pattern_type":"sigma","pattern":"x"},
      {"type":"indicator","id":"indicator--7","revoked":true,"pattern":"[domain-name:value = 'b.example']"},
      {"type":"indicator","id":"indicator--8","pattern":"[domain-name:value = 'open"}]}"#;
    let (list, problems) = Indicators::parse("stix", text.as_bytes());
    assert_eq!(list.len(), 5, "{problems:?}");
    let ids: Vec<&str> = problems.iter().filter_map(|p| p.split(": ").nth(1)).collect();
    assert_eq!(
        ids,
        ["indicator--4", "indicator--5", "indicator--6", "indicator--7", "indicator--8"]
    );
}

#[test]
fn misp_event() {
    let text = r#"{"response":[{"Event":{"Attribute":[
        {"type":"domain","value":"evil.example","to_ids":true},
        {"type":"ip-dst|port","value":"192.0.2.1|443","to_ids":true},
        {"type":"comment","value":"hello","to_ids":true},
        {"type":"domain","value":"harmless.example","to_ids":false}],
      "Object":[{"Attribute":[{"type":"md5","value":"x","to_ids":true},
        {"type":"filename|sha256","value":"a.doc|abababababababababababababababababababababababababababababababab"}]}]}}]}"#;
    let (list, problems) = Indicators::parse("misp", text.as_bytes());
    assert_eq!(list.len(), 3, "{problems:?}");
    assert_eq!(problems.len(), 3);
}

#[test]
fn unreadable_lists_say_so() {
    for bytes in [&b""[..], b"{", b"{}", b"[1]", b"\xff\xfe\x00", b"# only a comment\n"] {
        let (list, problems) = Indicators::parse("x", bytes);
        assert!(list.is_empty() && !problems.is_empty(), "{bytes:?}");
    }
}

#[test]
fn matching() {
    let (list, problems) = Indicators::parse(
        "list",
        b"evil.example\n192.0.2.0/24\n2001:db8::/32\nhttp://t.example/O?x=1\ndesk@news.example\n",
    );
    assert_eq!(problems, Vec::<String>::new());
    let found = |kind, value| rules(&list, &[seen(kind, value, "m1:1")]);
    assert_eq!(found(ObservableKind::Domain, "a.b.evil.example"), ["list: evil.example"]);
    assert_eq!(found(ObservableKind::Domain, "evil.example"), ["list: evil.example"]);
    assert_eq!(found(ObservableKind::Domain, "notevil.example"), Vec::<String>::new());
    assert_eq!(found(ObservableKind::Domain, "example"), Vec::<String>::new());
    assert_eq!(found(ObservableKind::Ip, "192.0.2.77"), ["list: 192.0.2.0/24"]);
    assert_eq!(found(ObservableKind::Ip, "192.0.3.1"), Vec::<String>::new());
    assert_eq!(found(ObservableKind::Ip, "2001:db8:1::5"), ["list: 2001:db8::/32"]);
    assert_eq!(
        found(ObservableKind::Url, "HTTP://T.example:80/O?x=1#top"),
        ["list: http://t.example/O?x=1"]
    );
    assert_eq!(found(ObservableKind::Url, "http://t.example/o?x=1"), Vec::<String>::new());
    assert_eq!(found(ObservableKind::Email, "desk@news.example"), ["list: desk@news.example"]);
}

#[test]
fn one_finding_for_each_indicator_and_record() {
    let (list, _) = Indicators::parse("list", b"evil.example");
    let a = seen(ObservableKind::Domain, "a.evil.example", "m1:1");
    let b = seen(ObservableKind::Domain, "b.evil.example", "m1:1");
    let other = seen(ObservableKind::Domain, "b.evil.example", "m1:2");
    let findings = list.matches(&[a.clone(), a.clone(), b.clone(), other.clone()]);
    assert_eq!(findings.len(), 2);
    assert_eq!(findings, list.matches(&[other, b, a]));
    assert_eq!(findings[0].title, "listed domain a.evil.example in url");
}

#[test]
fn merging_is_the_same_in_any_order() {
    let (a, _) = Indicators::parse("a", b"evil.example\n192.0.2.0/24");
    let (b, _) = Indicators::parse("b", b"evil.example\nother.example");
    let (mut ab, mut ba) = (a.clone(), b.clone());
    ab.merge(b);
    ba.merge(a);
    assert_eq!((ab.len(), ab.fingerprint()), (3, ba.fingerprint()));
}
