use std::collections::BTreeSet;
use std::path::Path;

use demarche_core::{Message, MessageUid};

use crate::{Lake, SourceEntry, UnitEntry, Writer};

fn message(uid: &str, subject: &str, text: &str) -> Message {
    Message {
        message_uid: MessageUid::from_stored(uid),
        subject: subject.into(),
        text: text.into(),
        from_name: "Žofie Malá".into(),
        from: "zofie@news.example".into(),
        ..Message::default()
    }
}

fn store(writer: &mut Writer, id: &str, messages: &[Message]) {
    let mut unit = writer.unit(id);
    let (tables, text) = unit.parts();
    tables.push(messages).unwrap();
    text.add(messages).unwrap();
    let source = SourceEntry { path: id.into(), id: format!("sha256:{id}"), ..Default::default() };
    let entry = UnitEntry { sources: vec![source], ..UnitEntry::default() };
    let finished = unit.finish().unwrap();
    writer.commit_unit(id, finished, entry).unwrap();
}

fn found(case: &Path, words: &str) -> String {
    let uids = super::search(&Lake::open(case).unwrap(), words).unwrap();
    uids.into_iter().collect::<Vec<_>>().join(" ")
}

#[test]
fn words_of_five_languages_and_more() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path()).unwrap();
    store(
        &mut writer,
        "u-1",
        &[
            message("en", "The vote", "A meeting with the committee on Thursday, 10:30."),
            message("de", "Wahlprüfung", "Frau Müller und Herr Mueller aus der Straße 5"),
            message("fr", "Élection", "L’Assemblée a reporté l’examen du texte à l’été"),
        ],
    );
    store(
        &mut writer,
        "u-2",
        &[
            message("zh", "选举委员会", "关于下周会议的通知,请查收附件。"),
            message("ru", "Выборы", "Заседание комиссии перенесено на четверг"),
            message("ar", "الانتخابات", "اجتماع اللجنة يوم الخميس"),
        ],
    );
    let case = dir.path();
    for (words, want) in [
        ("committee THURSDAY", "en"),
        ("\"meeting with the committee\"", "en"),
        ("\"committee with\"", ""),
        ("müller", "de"),
        ("wahlprufung strasse", "de"),
        ("wahl*", "de"),
        ("wahl", ""),
        ("election ete", "fr"),
        ("委员会", "zh"),
        ("下周会议 附件", "zh"),
        ("会委", ""),
        ("会", "zh"),
        ("件", "zh"),
        ("комиссии выборы", "ru"),
        ("اللجنة", "ar"),
        ("zofie@news.example -вторник", "ar de en fr ru zh"),
        ("mala -committee -комиссии", "ar de fr zh"),
        ("nothing", ""),
    ] {
        assert_eq!(found(case, words), want, "{words}");
    }
    let lake = Lake::open(case).unwrap();
    assert!(super::search(&lake, " , ").is_err());
}

#[test]
fn what_is_missing_is_made_again_and_what_is_forgotten_goes() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path()).unwrap();
    store(&mut writer, "u-1", &[message("a", "one", "zanzibar")]);
    store(&mut writer, "u-2", &[message("b", "two", "quixotic")]);
    std::fs::remove_dir_all(dir.path().join("index")).unwrap();
    let lake = Lake::open(dir.path()).unwrap();
    assert!(super::search(&lake, "zanzibar").is_err(), "never silently half an answer");
    assert_eq!(writer.complete_text().unwrap(), 2);
    assert_eq!(found(dir.path(), "zanzibar"), "a");
    writer.forget(&BTreeSet::from(["sha256:u-1".to_owned()])).unwrap();
    assert_eq!(found(dir.path(), "zanzibar"), "");
    assert!(!super::folder(dir.path(), "u-1").exists());
    // What a killed writer had moved into place and not said.
    std::fs::create_dir_all(super::folder(dir.path(), "u-9")).unwrap();
    drop(writer);
    let _ = Writer::open(dir.path()).unwrap();
    assert!(!super::folder(dir.path(), "u-9").exists());
    assert_eq!(found(dir.path(), "quixotic"), "b");
}

#[test]
fn a_body_that_became_privileged_leaves_no_word() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path()).unwrap();
    store(
        &mut writer,
        "u-1",
        &[message("a", "kept", "zanzibar"), message("b", "other", "quixotic")],
    );
    let stripped = writer.strip_bodies("p", &|m| m.message_uid.as_str() == "a").unwrap();
    assert_eq!(stripped, 1);
    assert_eq!(found(dir.path(), "zanzibar"), "");
    assert_eq!(found(dir.path(), "kept"), "a");
    assert_eq!(found(dir.path(), "quixotic"), "b");
    for entry in std::fs::read_dir(super::folder(dir.path(), "u-1").join("0")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(8).any(|window| window == b"zanzibar"));
    }
}
