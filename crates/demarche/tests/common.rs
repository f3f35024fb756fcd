//! Running the program, and evidence small enough to read in a test.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A folder for one test, with a case folder name in it.
pub(crate) struct Bench {
    pub(crate) dir: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file, making its folders.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_demarche"));
        command.env("XDG_CONFIG_HOME", self.path("config"));
        command
    }

    /// Runs the program; arguments that name files of this bench are paths already.
    pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Output {
        self.command().args(arguments).output().unwrap()
    }

    /// Ingests into `case` and expects the exit status.
    pub(crate) fn ingest(&self, evidence: &[&Path], case: &Path, status: i32) -> String {
        let mut command = self.command();
        command.arg("ingest").args(evidence).arg("--case").arg(case);
        let output = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{stderr}");
        assert!(output.stdout.is_empty(), "standard output carries data only");
        stderr
    }

    /// A table's rows.
    pub(crate) fn show(&self, case: &Path, table: &str) -> Vec<Value> {
        let text = self.show_text(case, table);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// A table as JSON lines, byte for byte.
    pub(crate) fn show_text(&self, case: &Path, table: &str) -> String {
        let mut command = self.command();
        command.args(["show", table, "--format", "jsonl", "--case"]).arg(case);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Subjects of the messages that hold these words, sorted.
    pub(crate) fn words(&self, case: &Path, words: &str) -> Vec<String> {
        let mut command = self.command();
        command.args(["show", "messages", "--format", "jsonl", "--words", words, "--case"]);
        let output = command.arg(case).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let rows = String::from_utf8(output.stdout).unwrap();
        let subject = |line: &str| serde_json::from_str::<Value>(line).unwrap()["subject"].clone();
        let mut subjects: Vec<_> =
            rows.lines().map(|line| subject(line).as_str().unwrap().to_owned()).collect();
        subjects.sort();
        subjects
    }

    /// Every record table, for comparing two cases.
    pub(crate) fn all_records(&self, case: &Path) -> Vec<(&'static str, String)> {
        [
            "messages",
            "occurrences",
            "events",
            "fetches",
            "calls",
            "record_lookups",
            "observables",
            "roster",
            "coverage",
            "anomalies",
            "sources",
        ]
        .map(|table| (table, self.show_text(case, table)))
        .into()
    }
}

/// A small mail; `to` may be empty to leave the delivery header out.
pub(crate) fn mail(id: &str, to: &str, subject: &str, body: &str) -> String {
    let delivered = if to.is_empty() { String::new() } else { format!("Delivered-To: {to}\r\n") };
    format!(
        "{delivered}Received: from mx.example.net (mx.example.net [203.0.113.9])\r\n\
         \tby in.example.org; Tue, 05 Mar 2024 09:00:03 +0000\r\n\
         From: Ann Writer <ann@example.net>\r\nTo: {to}\r\nSubject: {subject}\r\n\
         Date: Tue, 05 Mar 2024 10:00:00 +0100\r\nMessage-ID: <{id}>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
    )
}

/// The same mails as an mboxrd file with LF line ends.
pub(crate) fn mbox(mails: &[String]) -> String {
    let mut text = String::new();
    for mail in mails {
        text.push_str("From ann@example.net Tue Mar  5 09:00:03 2024\n");
        for line in mail.replace("\r\n", "\n").lines() {
            if line.trim_start_matches('>').starts_with("From ") {
                text.push('>');
            }
            text.push_str(line);
            text.push('\n');
        }
        text.push('\n');
    }
    text
}

/// A gzip file's bytes.
pub(crate) fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

/// A zip file's bytes.
pub(crate) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write as _;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A tar file's bytes.
pub(crate) fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        header.set_cksum();
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}
