use demarche_core::SourceId;
use proptest::prelude::*;

use super::testing::{Drip, cited, member};
use super::*;

fn lines_of(bytes: &[u8], step: usize) -> Vec<(Vec<u8>, bool)> {
    let drip = Drip { bytes, step };
    let mut member = Member::new(SourceId::default(), "test".into(), Box::new(drip)).unwrap();
    let mut lines = Lines::new(&member);
    let mut all = Vec::new();
    while let Some(line) = lines.next(&mut member).unwrap() {
        cited(bytes, &line.cite(&member));
        all.push((line.bytes.to_vec(), line.fault.is_some()));
    }
    all
}

fn elements_of(bytes: &[u8]) -> (Vec<String>, elements::End) {
    let mut member = member(bytes);
    let layout = Layout::of(&sniff_text(bytes)).unwrap();
    let mut elements = Elements::new(&member, layout);
    let mut all = Vec::new();
    while let Some(element) = elements.next(&mut member).unwrap() {
        cited(bytes, &element.cite(&member));
        all.push(element.text().into_owned());
    }
    (all, elements.end().clone())
}

fn rows_of(bytes: &[u8]) -> Vec<(String, Vec<String>)> {
    let mut member = member(bytes);
    let mut rows = Rows::new(&member);
    let mut all = Vec::new();
    while let Some(row) = rows.next(&mut member).unwrap() {
        cited(bytes, &row.piece.cite(&member));
        let fields = (0..row.len()).map(|i| row.text(i).into_owned()).collect();
        all.push((row.piece.text().into_owned(), fields));
    }
    all
}

#[test]
fn lines_with_all_line_ends_and_a_mark() {
    let bytes = b"\xef\xbb\xbfa\r\n\nb\0c";
    let lines: Vec<_> = lines_of(bytes, 1).into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, [b"a".to_vec(), b"".to_vec(), b"b\0c".to_vec()]);
}

#[test]
fn an_overlong_line_is_a_fault_and_the_next_follows() {
    let mut bytes = b"one\n".to_vec();
    bytes.resize(bytes.len() + BOUND + 1, b'x');
    bytes.extend(b"\ntwo\n");
    let lines = lines_of(&bytes, usize::MAX);
    assert_eq!(lines.len(), 3);
    assert!(lines[1].1 && lines[1].0.len() == HEAD);
    assert_eq!(lines[2], (b"two".to_vec(), false));
}

#[test]
fn rows_cite_quoted_line_breaks_whole() {
    let rows = rows_of(b"a,b\r\n\r\n\"x\r\ny\"\"z\",2\r\nlast");
    assert_eq!(rows[1].0, "\"x\r\ny\"\"z\",2");
    assert_eq!(rows[1].1, ["x\r\ny\"z", "2"]);
    assert_eq!(rows[2].1, ["last"]);
    assert_eq!(rows.len(), 3);
}

#[test]
fn an_unclosed_quote_costs_one_line_only() {
    let mut bytes = b"h,i\n\"torn,1\n".to_vec();
    while bytes.len() < BOUND + 100 {
        bytes.extend(b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,2\n");
    }
    let mut member = member(&bytes);
    let mut rows = Rows::new(&member);
    let (mut faults, mut whole) = (0, 0);
    while let Some(row) = rows.next(&mut member).unwrap() {
        match row.piece.fault {
            Some(_) => {
                assert_eq!(row.piece.text(), "\"torn,1");
                faults += 1;
            }
            None => whole += 1,
        }
    }
    assert_eq!((faults, whole), (1, bytes.iter().filter(|b| **b == b'\n').count() - 1));
}

#[test]
fn utf16_rows_cite_their_own_bytes() {
    let mut bytes = vec![0xff, 0xfe];
    for unit in "a,b\r\nö,😀\r\n\u{fffd},3".encode_utf16() {
        bytes.extend(unit.to_le_bytes());
    }
    let rows = rows_of(&bytes);
    assert_eq!(rows[1].1, ["ö", "😀"]);
    assert_eq!(rows.len(), 3);
}

#[test]
fn elements_of_arrays_wrappers_and_sequences() {
    let (all, end) = elements_of(b" [ {\"a\":\"]}\\\"\"} ,\n{\"b\":[1,{}]}, 7, null ] ");
    assert_eq!(all, ["{\"a\":\"]}\\\"\"}", "{\"b\":[1,{}]}", "7", "null"]);
    assert_eq!(end, elements::End::Closed);
    let (all, end) = elements_of(
        b"{\"@odata.context\":\"x\", \"n\": 1,\"value\":[{\"a\":1}],\"@odata.nextLink\":\"y\"}",
    );
    assert_eq!(all, ["{\"a\":1}"]);
    assert!(matches!(end, elements::End::Then(text) if text.contains("nextLink")));
    let (all, end) = elements_of(b"{\n \"a\": 1\n}\n{\n\"b\":2}\n");
    assert_eq!(all.len(), 2);
    assert_eq!(end, elements::End::Closed);
    let (all, end) = elements_of(b"[{\"a\":1},{\"b\":");
    assert_eq!(all.len(), 2);
    assert_eq!(end, elements::End::CutOff);
}

#[test]
fn layouts() {
    assert_eq!(Layout::of(b"{\"a\":1}\n{\"a\":2}\n"), Some(Layout::Lines));
    assert_eq!(Layout::of(b"{\"a\":1}\n{\"b\":2,\"value\":[]}\n"), Some(Layout::Lines));
    assert_eq!(Layout::of(b"{\n\"a\":1}\n"), Some(Layout::Sequence));
    assert_eq!(Layout::of(b"\n[]"), Some(Layout::Array(1)));
    assert_eq!(Layout::of(b"x"), None);
    assert_eq!(Layout::of(b""), None);
}

#[test]
fn headers() {
    let header = Header::sniff(b"\r\nA, \"b\"\"c\" ,D\r\n1,2,3").unwrap();
    assert_eq!((header.len(), header.column("d"), header.has("b")), (3, Some(2), false));
    assert_eq!(Header::sniff(b"x").unwrap().name(0), Some("x"));
    assert!(Header::sniff(b"\n").is_none());
}

proptest! {
    #[test]
    fn any_bytes_go_through_every_splitter(
        bytes in proptest::collection::vec(prop_oneof![
            Just(b'"'), Just(b'\n'), Just(b'\r'), Just(b','), Just(b'{'), Just(b'}'),
            Just(b'['), Just(b']'), Just(b'\\'), any::<u8>()], 0..200),
    ) {
        let text = sniff_text(&bytes).into_owned();
        let _ = Header::sniff(&text);
        let lines = lines_of(&bytes, 3);
        prop_assert!(lines == lines_of(&bytes, usize::MAX));
        let _ = rows_of(&bytes);
        if Layout::of(&text).is_some() {
            let _ = elements_of(&bytes);
        }
        let sequence = [b"{\n".as_slice(), &bytes].concat();
        let _ = elements_of(&sequence);
    }
}
