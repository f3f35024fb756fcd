//! What leaves the house survives a denial: see issue "The dossier".

mod oracles;
mod privilege;
mod tamper;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use demarche_scenario::people::Size;
use demarche_scenario::world::World;

use crate::common::{Bench, mail};

/// Fixes every time that a dossier shows.
const EPOCH: &str = "1790000000";
const STATEMENT: &str = "6 May 2024\n\nThe United Kingdom and Estonia accused Russia of a cyber \
    campaign against parliaments. Microsoft said the group Midnight Blizzard had compromised \
    email accounts. The U.S. Treasury imposed sanctions on two officers of the GRU. Moscow's \
    embassy in London dismissed the claims as groundless and warned that Russia would respond. \
    Germany summoned the Russian ambassador on Friday.\n";

fn ok(output: Output) -> (String, String) {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    (String::from_utf8_lossy(&output.stdout).into_owned(), said)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The program with the time fixed.
fn fixed(bench: &Bench) -> Command {
    let mut command = bench.command();
    command.env("SOURCE_DATE_EPOCH", EPOCH).env("USER", "analyst");
    command
}

/// A small made world, investigated once for all tests of this module, with a statement.
struct Made {
    bench: Bench,
    evidence: PathBuf,
    statement: PathBuf,
    case: PathBuf,
    key: PathBuf,
}

impl Made {
    fn dossier(&self) -> PathBuf {
        self.case.join("dossier")
    }

    fn verify(&self, dossier: &Path, more: &[&Path]) -> Output {
        let mut command = self.bench.command();
        command.arg("verify").arg(dossier).arg("--key").arg(&self.key).args(more);
        command.output().unwrap()
    }
}

fn made() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        let bench = Bench::new();
        let (evidence, statement) = world(&bench, "one");
        let case = bench.path("case");
        investigate(&bench, &evidence, &statement, &case);
        let (public, _) = ok(bench.run(&["key", "show"]));
        let key = bench.file("signer.pub", public);
        Made { bench, evidence, statement, case, key }
    })
}

fn world(bench: &Bench, folder: &str) -> (PathBuf, PathBuf) {
    World::draw(1, Size::Xs, false).write(&bench.path(folder)).unwrap();
    let statement = bench.file(&format!("{folder}/statements/release.txt"), STATEMENT);
    (bench.path(folder).join("evidence"), statement)
}

fn investigate(bench: &Bench, evidence: &Path, statement: &Path, case: &Path) {
    let mut command = fixed(bench);
    command.arg("investigate").arg(evidence).arg("--case").arg(case);
    command.arg("--statements").arg(statement);
    command.args(["--operator", "Security office", "--authority", "Bureau", "--scope", "mail"]);
    ok(command.output().unwrap());
}

/// Every file under a folder with its bytes.
fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![(dir.to_owned(), String::new())];
    while let Some((folder, prefix)) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type().unwrap().is_dir() {
                open.push((entry.path(), format!("{name}/")));
            } else {
                found.insert(name, std::fs::read(entry.path()).unwrap());
            }
        }
    }
    found
}

fn copy(from: &Path, to: &Path) {
    for (name, bytes) in files(from) {
        let path = to.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// Two checkouts, two folders, two cases: the same dossier to the byte; and once more from
/// the same case, into another folder, at another time.
#[test]
fn the_same_run_reported_twice_is_the_same_bytes() {
    let made = made();
    let there = made.bench.path("elsewhere/deep");
    let (evidence, statement) = world(&made.bench, "elsewhere/deep");
    let case = there.join("another case");
    // Wherever it is run from, too.
    let mut command = fixed(&made.bench);
    command.current_dir(&there).arg("investigate").arg(&evidence).arg("--case").arg(&case);
    command.arg("--statements").arg(&statement);
    command.args(["--operator", "Security office", "--authority", "Bureau", "--scope", "mail"]);
    ok(command.output().unwrap());
    let (first, second) = (files(&made.dossier()), files(&case.join("dossier")));
    assert!(first.len() >= 12, "{:?}", first.keys());
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    for (name, bytes) in &first {
        assert!(*bytes == second[name], "{name} differs");
    }
    let out = made.bench.path("later");
    let mut command = made.bench.command();
    command.arg("report").arg("--case").arg(&made.case).arg("--out").arg(&out);
    ok(command.env("SOURCE_DATE_EPOCH", EPOCH).output().unwrap());
    assert!(first == files(&out), "a later report differs");
}

/// Ids of hypotheses that are there, for judging one.
fn a_hypothesis(made: &Made, case: &Path) -> (String, String, String) {
    let rows = made.bench.show(case, "hypotheses");
    let row = rows.iter().find(|row| row["tier"] == "operator" && row["name"] != "unknown");
    let row = row.expect("a named hypothesis");
    let text = |name: &str| row[name].as_str().unwrap().to_owned();
    let cells = made.bench.show(case, "ach");
    let item = cells
        .iter()
        .find(|cell| cell["campaign_id"] == row["campaign_id"] && cell["tier"] == "operator")
        .expect("a cell");
    (text("campaign_id"), text("name"), item["item"].as_str().unwrap().to_owned())
}

/// The dossier shows what the case knows: the matrix, people's judgements, designations,
/// claims with the document they stand in, findings of a later hunt; and the run comes out
/// again with all of that in the case.
#[test]
fn a_run_with_decisions_and_claims_comes_out_again() {
    let made = made();
    let case = made.bench.path("judged");
    copy(&made.case, &case);
    let (campaign, name, item) = a_hypothesis(made, &case);
    let run = |arguments: &[&str]| {
        let mut command = fixed(&made.bench);
        ok(command.args(arguments).arg("--case").arg(&case).output().unwrap())
    };
    let at = ["--campaign", campaign.as_str(), "--by", "Ada Lovelace"];
    let judge = |what: &[&str], more: &[&str]| run(&[&["judge"], what, &at[..], more].concat());
    judge(&["probability", "--name", &name], &["--probability", "0.7", "--why", "partner data"]);
    judge(&["mark", "--item", &item, "--hypothesis", &name], &["--as", "inconsistent"]);
    judge(&["evidence", "--what", "a partner saw it"], &["--grade", "B2"]);
    let claims = made.bench.show(&case, "claims");
    let claim = claims[0]["claim_id"].as_str().expect("a claim").to_owned();
    run(&["claim", "confirm", &claim, "--by", "Ada Lovelace"]);
    let sender = made.bench.show(&case, "waves")[0]["senders"][0].as_str().unwrap().to_owned();
    let iocs = made.bench.file("iocs.txt", format!("{sender}\n"));
    run(&["hunt", "--iocs", iocs.to_str().unwrap()]);
    run(&["report"]);

    let dossier = case.join("dossier");
    let page = std::fs::read_to_string(dossier.join("data/report.html")).unwrap();
    for wanted in ["Hypotheses against evidence", "Ada Lovelace", "partner data", "Later hunt r-"] {
        assert!(page.contains(wanted), "{wanted}");
    }
    assert!(!page.contains(&name), "a name that nobody approved left the house");
    let records = std::fs::read_to_string(dossier.join("data/records.jsonl")).unwrap();
    assert!(!records.contains(&format!("\"{name}\"")), "{name} in the records");
    let lines = records.lines();
    let rows: Vec<serde_json::Value> =
        lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| rows.iter().filter(|row| row["kind"] == kind).collect::<Vec<_>>();
    assert_eq!(of("judgement").len(), 3);
    let hunt = of("hunt")[0]["row"]["run_id"].as_str().unwrap().to_owned();
    assert!(of("derivation").iter().any(|row| row["row"]["run"] == hunt.as_str()));
    // Claims cite a document that stands among the sources, in the dossier and the table.
    let sources: Vec<_> = of("source").iter().map(|row| row["row"]["id"].clone()).collect();
    for claim in of("claim") {
        assert!(sources.contains(&claim["row"]["evidence"]["source"]), "{claim}");
    }
    let table = made.bench.show(&case, "sources");
    assert!(table.iter().any(|row| row["path"] == "release.txt"), "{table:?}");

    let decisions = case.join("decisions.sqlite");
    let (evidence, statement) = (made.evidence.as_path(), made.statement.as_path());
    let (e, r, d, s) = ("--evidence", "--recompute", "--decisions", "--statements");
    let [e, r, d, s] = [e, r, d, s].map(Path::new);
    let again = made.verify(&dossier, &[e, evidence, r, d, &decisions, s, statement]);
    assert_eq!(again.status.code(), Some(0), "{}", said(&again));
    assert!(said(&again).contains("the same version gives the same records again"));
    let without = made.verify(&dossier, &[e, evidence, r]);
    assert_eq!(without.status.code(), Some(4));
    assert!(said(&without).contains("decisions of people"), "{}", said(&without));
    let no_statement = made.verify(&dossier, &[e, evidence, r, d, &decisions]);
    assert!(said(&no_statement).contains("`release.txt`"), "{}", said(&no_statement));
    // With the statements as evidence, claims' ranges open, too.
    let opened = made.verify(&dossier, &[e, evidence, e, statement]);
    assert_eq!(opened.status.code(), Some(0), "{}", said(&opened));
    assert!(said(&opened).contains("; 0 lie in sources not given"), "{}", said(&opened));
    // Another version is refused.
    let path = dossier.join("data/report.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let version = format!("\"tool_version\":\"{}\"", env!("CARGO_PKG_VERSION"));
    std::fs::write(&path, text.replacen(&version, "\"tool_version\":\"9.9.9\"", 1)).unwrap();
    let other = made.verify(&dossier, &[e, evidence, r, d, &decisions, s, statement]);
    assert_eq!(other.status.code(), Some(4));
    assert!(said(&other).contains("only the same version"), "{}", said(&other));
}

/// A redacted dossier verifies, names nobody, and says how much it withholds.
#[test]
fn a_redacted_dossier_still_verifies() {
    let made = made();
    let policy = made.bench.file(
        "policy.json",
        r#"{"name":"partners","tlp":"AMBER","kinds":["statement","derivation","wave","campaign",
            "exposure","hypothesis","range"],"custody":false}"#,
    );
    let out = made.bench.path("redacted");
    let mut command = fixed(&made.bench);
    command.arg("report").arg("--case").arg(&made.case).arg("--redact").arg(policy);
    ok(command.arg("--out").arg(&out).output().unwrap());
    let checked = made.verify(&out, &[]);
    assert_eq!(checked.status.code(), Some(0), "{}", said(&checked));
    assert!(said(&checked).contains("of the whole dossier are withheld"), "{}", said(&checked));
    let waves = made.bench.show(&made.case, "waves");
    let recipient = waves[0]["recipients"][0].as_str().unwrap();
    for (name, bytes) in files(&out) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(recipient), "{name} names {recipient}");
    }
}

/// A case that is small and quick, made once: one mail, a roster, a statement.
fn small() -> &'static Made {
    static SMALL: OnceLock<Made> = OnceLock::new();
    SMALL.get_or_init(|| {
        const HEADER: &str = "person_id,name,addresses,phones,roles,groups,institution,kind,from,\
                              to,privilege,consent_ref,consent_until\n";
        let bench = Bench::new();
        let roster = format!("{HEADER}p1,Ann,ann@example.org,,,,Paper,staff,,,,,\n");
        bench.file("ev/roster.csv", roster);
        let one = mail("m1@x", "ann@example.org", "one", "https://evil.example/t/abc");
        bench.file("ev/1.eml", one);
        let statement = bench.file("said/release.txt", STATEMENT);
        let (evidence, case) = (bench.path("ev"), bench.path("case"));
        investigate(&bench, &evidence, &statement, &case);
        let (public, _) = ok(bench.run(&["key", "show"]));
        let key = bench.file("signer.pub", public);
        Made { bench, evidence, statement, case, key }
    })
}
