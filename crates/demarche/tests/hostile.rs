//! Bad evidence is data: it is said, and the rest is read.

use std::io::{Seek, SeekFrom, Write};

use crate::common::{Bench, gzip, mail, mbox, zip};

fn good(n: usize) -> String {
    mail(&format!("good{n}@x"), "a@example.org", "fine", "readable")
}

/// Ingests a bad file beside a good one: the good mail is read, the bad file is said.
fn beside_a_good_one(bad: &[u8], name: &str) -> (Bench, Vec<serde_json::Value>) {
    let bench = Bench::new();
    bench.file("ev/good.eml", good(1));
    bench.file(&format!("ev/{name}"), bad);
    let case = bench.path("case");
    let said = bench.ingest(&[&bench.path("ev")], &case, 0);
    assert!(said.contains("anomalies"), "{said}");
    let messages = bench.show(&case, "messages");
    assert!(messages.iter().any(|m| m["message_id"] == "good1@x"), "{messages:?}");
    let anomalies = bench.show(&case, "anomalies");
    assert!(!anomalies.is_empty());
    (bench, anomalies)
}

fn reasons(anomalies: &[serde_json::Value]) -> String {
    anomalies.iter().map(|a| format!("{}\n", a["reason"])).collect()
}

#[test]
fn truncated_gzip_gives_what_came_before() {
    let mails: Vec<_> = (2..400)
        .map(|n| {
            mail(
                &format!("good{n}@x"),
                "a@example.org",
                &format!("no {n}"),
                &format!("{n}").repeat(n),
            )
        })
        .collect();
    let whole = gzip(mbox(&mails));
    let (bench, anomalies) = beside_a_good_one(&whole[..whole.len() / 2], "cut.mbox.gz");
    assert!(reasons(&anomalies).contains("ended early"), "{anomalies:?}");
    let read = bench.show(&bench.path("case"), "messages").len();
    assert!(read > 20 && read < 398, "{read} messages");
}

#[test]
fn empty_binary_and_mislabelled_files() {
    let (_bench, anomalies) = beside_a_good_one(b"", "nothing.mbox");
    assert!(reasons(&anomalies).contains("empty file"));
    let noise: Vec<u8> =
        (0..100_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let (_bench, anomalies) = beside_a_good_one(&noise, "noise.eml");
    assert!(reasons(&anomalies).contains("no known format"));
    let (_bench, anomalies) = beside_a_good_one(&[0x1f, 0x8b, 8, 0, 1, 2, 3], "not-really.gz");
    assert_eq!(anomalies.len(), 1);
}

#[test]
fn a_format_is_told_by_content_whatever_the_name() {
    let bench = Bench::new();
    let lookups = "time,operator,source_ip,subject_number,rows,purpose\n\
                   2024-03-05T09:00:00Z,op1,203.0.113.5,+442079460000,12,billing\n";
    let path = bench.file("holiday.jpg", lookups);
    let case = bench.path("case");
    bench.ingest(&[&path], &case, 0);
    assert_eq!(bench.show(&case, "record_lookups").len(), 1);
}

#[test]
fn a_file_of_which_nothing_can_be_read_is_status_3_and_the_rest_is_read() {
    let bench = Bench::new();
    let good = bench.file("good.eml", good(1));
    let bad = bench.file("bad.bin", [0_u8; 4096]);
    let case = bench.path("case");
    let said = bench.ingest(&[&bad, &good, &bench.path("nowhere")], &case, 3);
    assert!(said.contains("nowhere") && said.contains("bad.bin"), "{said}");
    assert_eq!(bench.show(&case, "messages").len(), 1);
}

#[test]
fn an_eight_gib_sparse_file_is_read_past() {
    let bench = Bench::new();
    bench.file("ev/good.eml", good(1));
    let mut file = std::fs::File::create(bench.path("ev/sparse.mbox")).unwrap();
    file.seek(SeekFrom::Start((8 << 30) - 1)).unwrap();
    file.write_all(&[0]).unwrap();
    drop(file);
    let case = bench.path("case");
    bench.ingest(&[&bench.path("ev")], &case, 0);
    assert_eq!(bench.show(&case, "messages").len(), 1);
    assert_eq!(bench.show(&case, "anomalies").len(), 1);
}

#[test]
fn archives_inside_archives_end() {
    let mut bytes = zip(&[("m.eml", good(2).as_bytes())]);
    for n in 0..12 {
        bytes = zip(&[(&format!("{n}.zip"), &bytes), ("m.eml", good(3 + n).as_bytes())]);
    }
    let (bench, anomalies) = beside_a_good_one(&bytes, "matryoshka.zip");
    assert!(reasons(&anomalies).contains("deep"), "{anomalies:?}");
    assert!(bench.show(&bench.path("case"), "messages").len() > 3);
}

#[test]
fn a_bomb_is_bounded() {
    // 3 GiB of zeros in about 3 MiB, twice: xz of gzip of zeros.
    let zeros = vec![0_u8; 1 << 20];
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..512 {
        encoder.write_all(&zeros).unwrap();
    }
    let (_bench, anomalies) = beside_a_good_one(&gzip(encoder.finish().unwrap()), "bomb.gz");
    assert!(!anomalies.is_empty());
}
