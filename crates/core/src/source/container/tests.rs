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

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Made with 7-Zip 16: `d/m.eml` (hello), `d/n.eml` (world) and `d/empty` in one block.
const SOLID: &[u8] = include_bytes!("testdata/solid.7z");
/// The first two, a block each.
const BLOCKS: &[u8] = include_bytes!("testdata/blocks.7z");
/// A mebibyte of zeros.
const ZEROS: &[u8] = include_bytes!("testdata/zeros.7z");
/// `m.eml` with a password.
const PASSWORD: &[u8] = include_bytes!("testdata/password.7z");

#[test]
fn reads_bzip2_streams_after_each_other() {
    let (seen, anomalies) = read_all(&[bzip2(b"hel"), bzip2(b"lo")].concat(), &Limits::default());
    assert_eq!(seen, [("x".to_owned(), b"hello".to_vec())]);
    assert!(anomalies.is_empty(), "{anomalies:?}");
    assert_eq!(container_kind(b"BZh9 is how a letter may begin"), None);
    assert_eq!(container_kind(&bzip2(b"")), Some(Kind::Bzip2));
}

#[test]
fn a_broken_bzip2_is_said() {
    let whole = bzip2(&(0..50_000_u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>());
    let (seen, anomalies) = read_all(&whole[..whole.len() / 2], &Limits::default());
    assert_eq!((seen.len(), anomalies.len()), (1, 0));
    assert_ne!(seen[0].1.len(), 200_000);
    let mut bytes = whole;
    bytes[60] ^= 0xff;
    let (seen, anomalies) = read_all(&bytes, &Limits::default());
    assert!(seen.first().is_none_or(|(_, text)| text.len() < 200_000), "{}", anomalies.len());
    let limits = Limits { ratio: 2, floor: 1000, ..Limits::default() };
    let (seen, _) = read_all(&bzip2(&vec![0; 1 << 20]), &limits);
    assert!(String::from_utf8_lossy(&seen[0].1).contains("exceed"));
}

#[test]
fn reads_7z_outside_and_inside() {
    let whole = |bytes: &[u8]| read_all(bytes, &Limits::default());
    for (bytes, path) in
        [(SOLID.to_vec(), "x!/"), (gzip(SOLID), "x!/"), (zip_of("a.7z", SOLID), "x!/a.7z!/")]
    {
        let (mut seen, anomalies) = whole(&bytes);
        assert!(anomalies.is_empty(), "{anomalies:?}");
        seen.sort();
        let want = [("d/empty", &b""[..]), ("d/m.eml", b"hello"), ("d/n.eml", b"world")];
        let want = want.map(|(name, text)| (format!("{path}{name}"), text.to_vec()));
        assert_eq!(seen, want);
    }
    assert_eq!(whole(BLOCKS).0.len(), 2);
}

#[test]
fn a_7z_bomb_ends_whether_it_is_read_or_not() {
    let limits = Limits { ratio: 2, floor: 1000, ..Limits::default() };
    let (seen, anomalies) = read_all(ZEROS, &limits);
    assert!(String::from_utf8_lossy(&seen[0].1).contains("exceed"));
    assert!(anomalies[0].reason.contains("exceed"), "{anomalies:?}");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x");
    std::fs::write(&path, ZEROS).unwrap();
    let unread = walk(&path, "x", &SourceId::default(), &limits, &mut |_| {}).unwrap();
    assert!(unread[0].reason.contains("exceed"), "{unread:?}");
    let limits = Limits { dictionary: 1 << 10, ..Limits::default() };
    let (seen, anomalies) = read_all(ZEROS, &limits);
    assert!(seen.is_empty() && anomalies.len() == 1, "{anomalies:?}");
    let (_, anomalies) = read_all(SOLID, &Limits { members: 1, ..Limits::default() });
    assert!(anomalies[0].reason.contains("members"), "{anomalies:?}");
}

#[test]
fn a_damaged_7z_loses_one_block_and_says_so() {
    let mut bytes = BLOCKS.to_vec();
    bytes[33] ^= 0x55;
    let (seen, anomalies) = read_all(&bytes, &Limits::default());
    assert!(seen.contains(&("x!/d/n.eml".to_owned(), b"world".to_vec())), "{seen:?}");
    assert!(anomalies.len() <= 1 && (anomalies.len() == 1 || seen[0].1 != b"hello"));
    let (seen, anomalies) = read_all(PASSWORD, &Limits::default());
    assert!(seen.is_empty());
    assert_eq!(anomalies.len(), 1, "{anomalies:?}");
}

#[test]
fn a_7z_cut_or_changed_anywhere_is_survived() {
    for at in 0..SOLID.len() {
        let (seen, anomalies) = read_all(&SOLID[..at], &Limits::default());
        assert!(!seen.is_empty() || !anomalies.is_empty());
        let mut bytes = SOLID.to_vec();
        bytes[at] ^= 0x41;
        let (seen, anomalies) = read_all(&bytes, &Limits::default());
        assert!(!seen.is_empty() || !anomalies.is_empty(), "byte {at}");
    }
}

fn tar_of_many(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        builder.append_data(&mut header, name, &bytes[..]).unwrap();
    }
    builder.into_inner().unwrap()
}

fn zip_of_many(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    /// Nothing lost: each member that an archive lists is visited or said to be unreadable.
    #[test]
    fn members_listed_are_visited_or_said(
        sizes in proptest::collection::vec(0_usize..400, 1..12),
        edits in proptest::collection::vec(
            (proptest::prelude::any::<proptest::sample::Index>(), proptest::prelude::any::<u8>()),
            0..4,
        ),
    ) {
        // Contents that are no container, whatever byte is changed: only `x`.
        let members: Vec<(String, Vec<u8>)> = sizes
            .iter()
            .enumerate()
            .map(|(n, size)| (format!("d/{n}"), vec![b'x'; *size]))
            .collect();
        for whole in [zip_of_many(&members), tar_of_many(&members)] {
            let (seen, anomalies) = read_all(&whole, &Limits::default());
            proptest::prop_assert_eq!((seen.len(), anomalies.len()), (members.len(), 0));
            let mut bytes = whole;
            for (at, byte) in &edits {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            let (seen, anomalies) = read_all(&bytes, &Limits::default());
            let listed = match zip::ZipArchive::new(std::io::Cursor::new(&bytes)) {
                Ok(mut archive) if container_kind(&bytes) == Some(Kind::Zip) => (0..archive.len())
                    .filter(|n| archive.by_index_raw(*n).is_ok_and(|e| e.is_file() || e.size() > 0))
                    .count(),
                _ => 0,
            };
            proptest::prop_assert!(
                seen.len() + anomalies.len() >= listed,
                "{} of {}, {:?}", seen.len(), listed, anomalies
            );
            proptest::prop_assert!(!seen.is_empty() || !anomalies.is_empty());
        }
    }
}
