use proptest::prelude::*;

use crate::lines::testing::{calls, read};

/// Made with an independent encoder, pycrate.
const SAMPLES: [(&str, &[u8]); 2] = [
    ("tap3", include_bytes!("testdata/tap3.ber")),
    ("ts-32298-cs", include_bytes!("testdata/cs.ber")),
];

#[test]
fn both_families() {
    let mut all = Vec::new();
    for (format, bytes) in SAMPLES {
        let (name, lines) = calls(bytes);
        assert_eq!(name, Some(format));
        all.push(format!("# {format}"));
        all.extend(lines);
    }
    insta::assert_json_snapshot!(all);
}

/// Records of many kinds, made with pycrate: calls, messages, forwarding, data. What it
/// cannot encode, a terminating CAMEL record, is put together by hand.
#[test]
fn calls_among_records_of_other_kinds() {
    let mut all = Vec::new();
    for (format, bytes) in [
        ("tap3", &include_bytes!("testdata/tap3_kinds.ber")[..]),
        ("ts-32298-cs", include_bytes!("testdata/cs_kinds.ber")),
    ] {
        let (name, lines) = calls(bytes);
        assert_eq!(name, Some(format));
        all.push(format!("# {format}"));
        all.extend(lines);
    }
    insta::assert_json_snapshot!(all);
}

#[test]
fn a_file_may_begin_with_a_record_whose_type_is_not_its_tag() {
    let kinds = include_bytes!("testdata/cs_kinds.ber");
    let at = kinds.iter().position(|byte| *byte == 0xb0).unwrap();
    assert_eq!(calls(&kinds[at..]).0, Some("ts-32298-cs"));
}

#[test]
fn the_indefinite_form_reads_alike() {
    // The same batch, its outer lengths left open.
    let definite = SAMPLES[0].1;
    let outer = super::tlv::header(definite).unwrap();
    let mut open = vec![0x61, 0x80];
    open.extend_from_slice(&definite[outer.size..]);
    open.extend_from_slice(&[0, 0]);
    let (name, lines) = calls(&open);
    assert_eq!(name, Some("tap3"));
    assert_eq!(lines.len(), calls(definite).1.len());
}

#[test]
fn a_batch_cut_off_is_said() {
    let (_, bytes) = SAMPLES[0];
    let (_, lines) = calls(&bytes[..bytes.len() - 60]);
    assert!(lines.iter().any(|line| line.contains("cut off")), "{lines:?}");
    assert!(lines[0].contains("32470000002"), "{lines:?}");
}

#[test]
fn lengths_that_lie_are_bounded() {
    // A batch that says it holds eight exabytes, and an element of two gigabytes in it.
    let mut bytes = vec![0x61, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    bytes.extend_from_slice(&[0x64, 0x84, 0x7f, 0xff, 0xff, 0xff, 0x5f, 0x81, 0x44, 0]);
    let (name, lines) = calls(&bytes);
    assert_eq!(name, Some("tap3"));
    assert!(lines.iter().any(|line| line.contains("more than 1 MiB")), "{lines:?}");
}

#[test]
fn other_binary_files_are_not_taken() {
    for bytes in [
        &b"a plain text"[..],
        b"and so it began",
        b"abfall,1,2\n",
        &[0xa0, 3, 0x80, 1, 9],
        &[0x30, 0x82, 1, 0, 2, 1, 0],
    ] {
        assert_eq!(read(bytes).0, None);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read(which in 0_usize..2, bytes: Vec<u8>, at: usize, byte: u8) {
        let sample = SAMPLES[which].1;
        let mut mutated = sample.to_vec();
        mutated[at % sample.len()] = byte;
        let _ = calls(&mutated);
        let _ = calls(&[sample, &bytes].concat());
        let _ = calls(&[&[0x61, 0x80, 0x64, 0x80, 0x5f, 0x81], &bytes[..]].concat());
    }
}
