//! Identity is of bytes: not of a path, an order, or what the sender chose to call it.

use crate::common::{Bench, gzip, mail, mbox, tar, zip};

#[test]
fn two_mails_under_one_message_id_both_survive() {
    let bench = Bench::new();
    let mails = [
        mail("same@x", "a@example.org", "one", "first"),
        mail("same@x", "a@example.org", "two", "second"),
    ];
    let case = bench.path("case");
    bench.ingest(&[&bench.file("m.mbox", mbox(&mails))], &case, 0);
    let rows = bench.show(&case, "messages");
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["message_id"], rows[1]["message_id"]);
    assert_ne!(rows[0]["message_uid"], rows[1]["message_uid"]);
}

#[test]
fn one_mail_in_three_archives_is_one_message_with_three_occurrences() {
    let bench = Bench::new();
    let mail = mail("m1@x", "a@example.org", "hello", "From here on\nit is quoted in an mbox");
    let one = bench.file("ev/one.mbox.gz", gzip(mbox(std::slice::from_ref(&mail))));
    let two = bench.file("ev/two.zip", zip(&[("in/1.eml", mail.as_bytes())]));
    let lf = mail.replace("\r\n", "\n");
    let three = bench.file("ev/three.tar", tar(&[("Maildir/cur/1:2,S", lf.as_bytes())]));
    let case = bench.path("case");
    bench.ingest(&[&one, &two, &three], &case, 0);
    let messages = bench.show(&case, "messages");
    assert_eq!(messages.len(), 1, "{messages:#?}");
    let occurrences = bench.show(&case, "occurrences");
    assert_eq!(occurrences.len(), 3);
    assert!(occurrences.iter().all(|row| row["message_uid"] == messages[0]["message_uid"]));
}

#[test]
fn a_mail_in_two_peoples_mailboxes_is_two_rows() {
    let bench = Bench::new();
    let mail = mail("m1@x", "", "to all", "the same bytes");
    for person in ["ann@example.org", "bob@example.org"] {
        bench.file(&format!("ev/{person}/cur/1"), &mail);
    }
    let case = bench.path("case");
    bench.ingest(&[&bench.path("ev")], &case, 0);
    let boxes: Vec<_> =
        bench.show(&case, "messages").iter().map(|m| m["mailbox"].clone()).collect();
    assert_eq!(boxes, ["ann@example.org", "bob@example.org"]);
}

#[test]
fn the_order_of_ingest_does_not_matter() {
    let bench = Bench::new();
    let mut files = Vec::new();
    for n in 0..6 {
        // Every mail lies in two files.
        let mails: Vec<_> = [n, (n + 1) % 6]
            .iter()
            .map(|k| mail(&format!("m{k}@x"), "a@example.org", &format!("subject {k}"), "text"))
            .collect();
        files.push(bench.file(&format!("f{n}.mbox"), mbox(&mails)));
    }
    let at_once = bench.path("at-once");
    let paths: Vec<_> = files.iter().map(std::path::PathBuf::as_path).collect();
    bench.ingest(&paths, &at_once, 0);
    let one_by_one = bench.path("one-by-one");
    for path in paths.iter().rev() {
        bench.ingest(&[path], &one_by_one, 0);
    }
    assert_eq!(bench.all_records(&at_once), bench.all_records(&one_by_one));
    // And once more changes nothing.
    let said = bench.ingest(&paths, &at_once, 0);
    assert!(said.contains("6 sources were in the case already"), "{said}");
    assert_eq!(bench.all_records(&at_once), bench.all_records(&one_by_one));
}
