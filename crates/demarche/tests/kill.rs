//! A killed ingest, run again, gives the tables of an undisturbed one.

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
}
