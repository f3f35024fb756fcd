//! A killed ingest, run again, gives the tables of an undisturbed one.

use std::path::Path;
use std::time::{Duration, Instant};

use rand::{RngExt as _, SeedableRng as _};

use crate::common::{Bench, mail, mbox};

#[test]
fn kill_9_at_ten_random_moments() {
    let bench = Bench::new();
    for file in 0..24 {
        let mails: Vec<_> = (0..150)
            .map(|n| {
                let body = format!("text {file} {n} https://example.net/p/{n} ").repeat(40);
                mail(&format!("m{file}.{n}@x"), "a@example.org", &format!("subject {n}"), &body)
            })
            .collect();
        // Every other one large enough to be a unit of its own.
        let repeat = if file % 2 == 0 { 1 } else { 5 };
        let many: Vec<_> = (0..repeat)
            .flat_map(|k| mails.iter().map(move |m| m.replace("@x>", &format!("@x{k}>"))))
            .collect();
        bench.file(&format!("ev/f{file}.mbox"), mbox(&many));
    }
    let evidence = bench.path("ev");
    let undisturbed = bench.path("undisturbed");
    let start = Instant::now();
    bench.ingest(&[&evidence], &undisturbed, 0);
    let whole = start.elapsed();
    let expected = bench.all_records(&undisturbed);

    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(9);
    let disturbed = bench.path("disturbed");
    for _ in 0..10 {
        let mut child = bench
            .command()
            .arg("ingest")
            .arg(&evidence)
            .arg("--case")
            .arg(&disturbed)
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let wait = random.random_range(0.0..whole.as_secs_f64());
        std::thread::sleep(Duration::from_secs_f64(wait));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    bench.ingest(&[&evidence], &disturbed, 0);
    for (before, after) in expected.iter().zip(bench.all_records(&disturbed)) {
        assert!(before.1 == after.1, "table `{}` differs", before.0);
    }
    let found = bench.words(&undisturbed, "\"text 7\" 149");
    assert_eq!(found.len(), 5, "of a file that is five times as long");
    assert_eq!(bench.words(&disturbed, "\"text 7\" 149"), found);
}

/// Names and bytes of the message files of a case, in order.
fn message_files(case: &Path) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = std::fs::read_dir(case.join("records/messages/v1")) else {
        return Vec::new();
    };
    let mut files: Vec<_> = entries
        .filter_map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            std::fs::read(entry.path()).ok().map(|bytes| (name, bytes))
        })
        .collect();
    files.sort();
    files
}

#[test]
fn a_large_mailbox_goes_on_at_the_shard_it_was_killed_in() {
    let bench = Bench::new();
    let line = "A line of a long text, as they are written every day of the year.\n".repeat(2_000);
    let mails = (0..1_300)
        .map(|n| mail(&format!("m{n}@x"), "a@example.org", &format!("subject {n}"), &line));
    // 166 MiB: three shards, beside a small file that is another unit.
    bench.file("ev/large.mbox", mbox(&mails.collect::<Vec<_>>()));
    bench.file("ev/small.eml", mail("small@x", "a@example.org", "small", "text"));
    let evidence = bench.path("ev");
    let undisturbed = bench.path("undisturbed");
    bench.ingest(&[&evidence], &undisturbed, 0);
    let expected = message_files(&undisturbed);
    assert_eq!(expected.len(), 4, "three shards and the small one");

    let disturbed = bench.path("disturbed");
    let mut before: Vec<(String, Vec<u8>)> = Vec::new();
    for shards in 1..=2 {
        let mut child = bench
            .command()
            .arg("ingest")
            .arg(&evidence)
            .arg("--case")
            .arg(&disturbed)
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        // The small file is committed with or before the first shard.
        while message_files(&disturbed).len() < shards + 1 {
            assert!(child.try_wait().unwrap().is_none(), "ended before it could be killed");
            std::thread::sleep(Duration::from_millis(2));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let now = message_files(&disturbed);
        assert!(before.iter().all(|file| now.contains(file)), "a stored shard was read again");
        before = now;
    }
    // What a writer leaves that was killed between moving files and saying so.
    let orphan = bench.file("disturbed/observables/u-0.parquet", "half");
    bench.ingest(&[&evidence], &disturbed, 0);
    assert!(!orphan.exists());
    assert!(message_files(&disturbed) == expected, "the same units");
    for (one, other) in bench.all_records(&undisturbed).iter().zip(bench.all_records(&disturbed)) {
        assert!(one.1 == other.1, "table `{}` differs", one.0);
    }
    let again = bench.ingest(&[&evidence], &disturbed, 0);
    assert!(again.contains("nothing new") && again.contains("2 sources were in"), "{again}");
}
