//! The main job, start to end, on a world made for it, without any network.

use std::path::Path;
use std::process::Command;

use demarche_scenario::people::Size;
use demarche_scenario::world::World;

use crate::common::Bench;

fn world(bench: &Bench, seed: u64, control: bool) -> std::path::PathBuf {
    let out = bench.path("world");
    World::draw(seed, Size::Xs, control).write(&out).unwrap();
    out.join("evidence")
}

/// The program in an empty network namespace, where the system allows one.
fn without_network(bench: &Bench) -> Option<Command> {
    let allowed = Command::new("unshare")
        .args(["--map-root-user", "--net", "true"])
        .status()
        .is_ok_and(|status| status.success());
    if !allowed {
        return None;
    }
    let mut command = Command::new("unshare");
    command
        .args(["--map-root-user", "--net", env!("CARGO_BIN_EXE_demarche")])
        .env("XDG_CONFIG_HOME", bench.path("config"));
    Some(command)
}

fn investigate(mut command: Command, evidence: &Path, case: &Path) -> String {
    let output = command.arg("investigate").arg(evidence).arg("--case").arg(case).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_whole_job_in_an_empty_network_namespace() {
    let bench = Bench::new();
    let evidence = world(&bench, 1, false);
    let case = bench.path("case");
    let command = without_network(&bench).unwrap_or_else(|| {
        eprintln!("no network namespaces here: run with the network as it is");
        bench.command()
    });
    let summary = investigate(command, &evidence, &case);
    assert!(summary.contains("report: "), "{summary}");

    let waves = bench.show(&case, "waves");
    let likely = waves.iter().filter(|w| w["probability"].as_f64() > Some(0.55)).count();
    assert!(likely >= 1, "no likely wave among {}", waves.len());
    assert!(!bench.show(&case, "exposures").is_empty());
    assert!(!bench.show(&case, "hypotheses").is_empty());
    let html = std::fs::read_to_string(case.join("dossier/data/report.html")).unwrap();
    assert!(!html.contains("<script") && !html.contains("src=\"http"));

    // The same evidence in another case: the same run and the same rows.
    let again = bench.path("again");
    investigate(bench.command(), &evidence, &again);
    for table in
        ["waves", "campaigns", "exposures", "intrusions", "hypotheses", "findings", "coverage"]
    {
        assert!(bench.show_text(&case, table) == bench.show_text(&again, table), "{table} differs");
    }

    // Every byte range that any row cites opens again; the dossier holds for its key only.
    let verify = |arguments: &[&str]| bench.run(&[&["verify"], arguments].concat());
    let (case, evidence) = (case.to_str().unwrap(), evidence.to_str().unwrap());
    let checked = verify(&[case, "--evidence", evidence]);
    assert_eq!(checked.status.code(), Some(0), "{}", String::from_utf8_lossy(&checked.stderr));
    let key = bench.run(&["key", "show"]);
    let key = bench.file("signer.pub", key.stdout);
    let dossier = format!("{case}/dossier");
    let checked = verify(&[&dossier, "--key", key.to_str().unwrap(), "--evidence", evidence]);
    assert_eq!(checked.status.code(), Some(0), "{}", String::from_utf8_lossy(&checked.stderr));
    let untrusted = verify(&[&dossier]);
    assert_eq!(untrusted.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&untrusted.stderr).contains("untrusted key"));
    a_message_trace_names_whom_the_mail_no_longer_does(&bench, Path::new(case));
}

/// The lure was deleted at one recipient; the server's trace still says that it went there.
fn a_message_trace_names_whom_the_mail_no_longer_does(bench: &Bench, case: &Path) {
    let wave = bench.show(case, "waves").remove(0);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let (sender, id) = (text(&wave["senders"][0]), text(&wave["message_ids"][0]));
    let first = text(&wave["first_seen"]);
    let trace = bench.file(
        "trace.csv",
        format!(
            "Received,SenderAddress,RecipientAddress,Subject,Status,ToIP,FromIP,Size,MessageId,MessageTraceId\n\
             {first},{sender},deleted@parliament.example,x,Delivered,,203.0.113.9,1,<{id}>,t1\n\
             {first},else@other.example,untouched@parliament.example,x,Delivered,,203.0.113.9,1,<o@x>,t2\n"
        ),
    );
    investigate(bench.command(), &trace, case);
    let waves = bench.show(case, "waves");
    let now = waves.iter().find(|w| w["wave_id"] == wave["wave_id"]).expect("the same wave");
    assert!(now["recipients"].as_array().unwrap().contains(&"deleted@parliament.example".into()));
    assert!(!now["recipients"].to_string().contains("untouched@"));
    let exposures = bench.show(case, "exposures");
    let exposure = exposures
        .iter()
        .find(|e| e["wave_id"] == wave["wave_id"] && e["recipient"] == "deleted@parliament.example")
        .expect("an exposure");
    assert_eq!(exposure["state"], "unknown");
    assert_eq!(exposure["evidence"][0]["path"], "trace.csv");
}

#[test]
fn evidence_that_changed_after_ingest_fails_the_check() {
    let bench = Bench::new();
    let path = bench.file("m.eml", crate::common::mail("m1@x", "a@example.org", "one", "text"));
    let case = bench.path("case");
    bench.ingest(&[&path], &case, 0);
    let original = std::fs::read(&path).unwrap();
    let case = case.to_str().unwrap();
    let ok = bench.run(&["verify", case, "--evidence", path.to_str().unwrap()]);
    assert_eq!(ok.status.code(), Some(0), "{ok:?}");
    assert!(String::from_utf8_lossy(&ok.stderr).contains("1 cited byte ranges hold"), "{ok:?}");
    let mut changed = original.clone();
    *changed.last_mut().unwrap() ^= 1;
    std::fs::write(&path, changed).unwrap();
    let failed = bench.run(&["verify", case, "--evidence", path.to_str().unwrap()]);
    assert_eq!(failed.status.code(), Some(4), "{failed:?}");
    assert!(String::from_utf8_lossy(&failed.stderr).contains("`m.eml`: its bytes"), "{failed:?}");
    // A source that is not given is withheld, which is no failure, and is said.
    let other = bench.file("other.eml", "Subject: x\n\ny\n");
    let gone = bench.run(&["verify", case, "--evidence", other.to_str().unwrap()]);
    assert_eq!(gone.status.code(), Some(0), "{gone:?}");
    assert!(
        String::from_utf8_lossy(&gone.stderr).contains("1 lie in sources not given"),
        "{gone:?}"
    );
}

#[test]
fn priors_can_be_set_and_are_recorded_with_the_run() {
    let bench = Bench::new();
    let evidence = world(&bench, 3, false);
    let case = bench.path("case");
    let (one, own) = (bench.path("one"), bench.path("own"));
    let mut command = bench.command();
    command.arg("investigate").arg(&evidence).arg("--case").arg(&case);
    command.args(["--wave-prior", "0.02", "--intrusion-prior", "0.03", "--lookup-prior", "0.04"]);
    command.args(["--wave-floor", "0.2", "--intrusion-floor", "0.2", "--unknown-prior", "0.6"]);
    command.arg("--out").arg(&one);
    assert!(command.output().unwrap().status.success());
    let waves = bench.show(&case, "waves");
    assert!(!waves.is_empty());
    for wave in waves {
        assert_eq!(wave["prior"], 0.02);
        assert!(wave["probability"].as_f64() >= Some(0.2), "{wave:#}");
    }
    for row in bench.show(&case, "intrusions") {
        let look_up = row["kinds"][0] == "call_records";
        assert_eq!(row["prior"], if look_up { 0.04 } else { 0.03 });
        assert!(row["probability"].as_f64() >= Some(0.2), "{row:#}");
    }
    // A report made later states the same numbers.
    let later = bench.run(&["report", "--case", case.to_str().unwrap()]);
    assert!(later.status.success(), "{later:?}");
    let html = |dir: &Path| std::fs::read_to_string(dir.join("data/report.html")).unwrap();
    let (first, second) = (html(&one), html(&case.join("dossier")));
    assert!(first.contains("lookup prior") && first.contains("0.04"));
    assert!(first == second, "the same run gives the same page");
    // Other numbers are another run.
    investigate(bench.command(), &evidence, &own);
    let run = |dir: &Path| {
        let text = std::fs::read_to_string(dir.join("dossier/data/report.json")).unwrap();
        let report: serde_json::Value = serde_json::from_str(&text).unwrap();
        (report["run_id"].clone(), report["parameters"]["lookup prior"].clone())
    };
    assert_eq!(run(&case).1, "0.04");
    assert_eq!(run(&own).1, "0.01");
    assert_ne!(run(&case).0, run(&own).0);
    let zero = bench.run(&["investigate", "--case", case.to_str().unwrap(), "--wave-prior", "0"]);
    assert_eq!(zero.status.code(), Some(2));
}

#[test]
fn a_world_without_an_attack_has_no_almost_certain_wave() {
    let bench = Bench::new();
    let evidence = world(&bench, 2, true);
    let case = bench.path("case");
    investigate(bench.command(), &evidence, &case);
    for wave in bench.show(&case, "waves") {
        assert!(wave["probability"].as_f64() < Some(0.95), "{wave:#}");
    }
}
