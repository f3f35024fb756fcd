use std::io::Write;

use super::*;

fn read_all(bytes: &[u8], limits: &Limits) -> (Vec<(String, Vec<u8>)>, Vec<Anomaly>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x");
    std::fs::write(&path, bytes).unwrap();
    let mut seen = Vec::new();
    let anomalies = walk(&path, "x", &SourceId::default(), limits, &mut |mut member| {
        let mut all = Vec::new();
        let name = member.path().to_owned();
        match member.read_to_end(&mut all) {
            Ok(_) => seen.push((name, all)),
            Err(error) => seen.push((name, error.to_string().into_bytes())),
        }
    })
    .unwrap();
    (seen, anomalies)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn tar_of(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_size(bytes.len() as u64);
    header.set_cksum();
    builder.append_data(&mut header, name, bytes).unwrap();
    builder.into_inner().unwrap()
}

fn zip_of(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap().into_inner()
}

#[test]
fn walks_through_nested_containers() {
    let bytes = gzip(&tar_of("d/b.zip", &zip_of("m.eml", b"hello")));
    let (seen, anomalies) = read_all(&bytes, &Limits::default());
    assert_eq!(seen, [("x!/d/b.zip!/m.eml".to_owned(), b"hello".to_vec())]);
    assert!(anomalies.is_empty(), "{anomalies:?}");
}

#[test]
fn reads_xz_and_zstd() {
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
    xz.write_all(b"hello").unwrap();
    let zstd = zstd::encode_all(&b"hello"[..], 1).unwrap();
    for bytes in [xz.finish().unwrap(), zstd] {
        let (seen, anomalies) = read_all(&bytes, &Limits::default());
        assert_eq!(seen[0].1, b"hello");
        assert!(anomalies.is_empty());
    }
}

#[test]
fn depth_is_bounded() {
    let mut bytes = b"core".to_vec();
    for _ in 0..9 {
        bytes = gzip(&bytes);
    }
    let (seen, anomalies) = read_all(&bytes, &Limits::default());
    assert!(seen.is_empty());
    assert!(anomalies[0].reason.contains("deep"), "{anomalies:?}");
}

#[test]
fn a_bomb_ends_with_an_error() {
    let limits = Limits { ratio: 2, floor: 1000, ..Limits::default() };
    let (seen, _) = read_all(&gzip(&vec![0; 1 << 20]), &limits);
    assert!(String::from_utf8_lossy(&seen[0].1).contains("exceed"), "{}", seen[0].1.len());
}

#[test]
fn truncated_and_damaged_archives_are_said() {
    let whole = zip_of("m.eml", b"hello");
    let (_, anomalies) = read_all(&whole[..whole.len() - 8], &Limits::default());
    assert_eq!(anomalies.len(), 1);
    let (seen, _) = read_all(&gzip(&[b'a'; 4000])[..20], &Limits::default());
    assert!(seen.len() <= 1);
}

#[test]
fn a_text_with_ustar_in_the_right_place_is_no_tar() {
    let mut text = vec![b'x'; 600];
    text[257..262].copy_from_slice(b"ustar");
    assert_eq!(container_kind(&text), None);
    assert_eq!(container_kind(&tar_of("a", b"b")), Some(Kind::Tar));
}
