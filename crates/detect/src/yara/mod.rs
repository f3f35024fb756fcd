//! YARA rules (<https://virustotal.github.io/yara-x/>) over bytes: messages, their decoded
//! bodies and attachments.
//!
//! Rules are compiled once, each file in a namespace of its own. Files cannot include
//! others: a rule file is handed over whole, and what it names is not read from this
//! machine. A scan is bounded in bytes and in time; a bound that was met is said, never a
//! silent "no match".

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use demarche_core::id::short_hash;
use yara_x::{Compiler, IgnoredRuleReason, MetaValue, Rule, Rules, SourceCode};

use crate::sigma::Rejected;

/// Bytes of one thing that are scanned.
pub const MAX_SCAN: usize = 64 << 20;
/// How long the scan of one thing may take.
pub const MAX_TIME: Duration = Duration::from_secs(20);
/// Longest rule file that is read.
pub const MAX_FILE: usize = 64 << 20;
/// Matches of one string that are counted.
const MAX_MATCHES: usize = 1_000;
/// Names of matched strings that a hit tells.
const MAX_NAMES: usize = 5;

/// Modules of other builds of YARA: their rules are left out and listed, the rest of the
/// file works.
const OTHER_MODULES: [&str; 10] =
    ["androguard", "console", "crx", "cuckoo", "dex", "dotnet", "macho", "magic", "text", "vt"];

/// Compiled rules.
pub struct Signatures {
    rules: Rules,
    rejected: Vec<Rejected>,
    fingerprint: String,
}

/// A rule that matched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// File and name of the rule: `lures.yar: fake_reader`.
    pub rule: String,
    /// Its `description`, else its name, and which of its strings stood where.
    pub title: String,
    /// Its `severity` or `level` when that is one of ours, else `medium`.
    pub severity: String,
    /// ATT&CK technique ids in its tags and metadata, sorted.
    pub techniques: Vec<String>,
}

/// Why a scan says less than it could.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cut {
    /// Only the first bytes were scanned.
    #[error("over {} MiB: only the beginning was scanned", MAX_SCAN >> 20)]
    Size,
    /// The scan was stopped: nothing is known of the rules that were not done.
    #[error("scan stopped after {} s", MAX_TIME.as_secs())]
    Time,
}

impl Signatures {
    /// Compiles rule files, `(name, text)`. Never fails: files and rules that do not
    /// compile are in [`rejected`](Self::rejected), each with the line.
    #[must_use]
    pub fn compile(files: &[(String, Vec<u8>)]) -> Self {
        let mut compiler = Compiler::new();
        compiler.enable_includes(false);
        for module in OTHER_MODULES {
            compiler.ignore_module(module);
        }
        let mut rejected = Vec::new();
        for (name, text) in files {
            if text.len() > MAX_FILE {
                let reason = format!("longer than {} MiB", MAX_FILE >> 20);
                rejected.push(Rejected { path: name.clone(), title: String::new(), reason });
                continue;
            }
            compiler.new_namespace(name);
            let before = compiler.errors().len();
            let source = SourceCode::from(text.as_slice()).with_origin(name);
            if compiler.add_source(source).is_err() {
                let errors = compiler.errors().get(before..).unwrap_or_default();
                rejected.extend(errors.iter().map(|error| Rejected {
                    path: name.clone(),
                    title: String::new(),
                    reason: one_line(&error.to_string()),
                }));
            }
        }
        for (rule, why) in compiler.ignored_rules() {
            let reason = match why {
                IgnoredRuleReason::IgnoredModule(module) => {
                    format!("needs the module `{module}`, which is not built in")
                }
                IgnoredRuleReason::IgnoredRule(other) => {
                    format!("builds on `{other}`, which is left out")
                }
                // Listed by file above.
                IgnoredRuleReason::CompileError(_) => continue,
            };
            rejected.push(Rejected { path: String::new(), title: rule.to_owned(), reason });
        }
        rejected.sort();
        rejected.dedup();
        let mut texts: Vec<&[u8]> = files.iter().map(|(_, text)| text.as_slice()).collect();
        texts.sort_unstable();
        Self { rules: compiler.build(), rejected, fingerprint: short_hash(&texts) }
    }

    /// Files and rules that are left out, and why; sorted.
    #[must_use]
    pub fn rejected(&self) -> &[Rejected] {
        &self.rejected
    }

    /// Rules that are looked for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.iter().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// 32 hex digits over all files, whatever their order: their part of a run's id.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// A scanner; one for each thread, to be used again and again.
    #[must_use]
    pub fn scanner(&self) -> Scanner<'_> {
        let mut scanner = yara_x::Scanner::new(&self.rules);
        scanner.set_timeout(MAX_TIME);
        scanner.max_scan_size(MAX_SCAN);
        scanner.max_matches_per_pattern(MAX_MATCHES);
        Scanner { scanner }
    }
}

/// Scans one thing after the other.
pub struct Scanner<'s> {
    scanner: yara_x::Scanner<'s>,
}

impl Scanner<'_> {
    /// What matches in `bytes`, sorted, and whether a bound was met.
    pub fn scan(&mut self, bytes: &[u8]) -> (Vec<Hit>, Option<Cut>) {
        let cut = (bytes.len() > MAX_SCAN).then_some(Cut::Size);
        match self.scanner.scan(bytes) {
            Ok(results) => {
                let mut hits: Vec<Hit> = results.matching_rules().map(|rule| hit(&rule)).collect();
                hits.sort();
                (hits, cut)
            }
            // The others are of files and module data, which are not given here.
            Err(_) => (Vec::new(), Some(Cut::Time)),
        }
    }
}

fn hit(rule: &Rule<'_, '_>) -> Hit {
    let mut title = rule.identifier().to_owned();
    let mut severity = "medium".to_owned();
    let mut techniques = BTreeSet::new();
    for (key, value) in rule.metadata() {
        let MetaValue::String(text) = value else { continue };
        match key {
            "description" => title = text.chars().take(200).collect(),
            "severity" | "level" => {
                let word = text.to_lowercase();
                if ["informational", "low", "medium", "high", "critical"].contains(&word.as_str()) {
                    severity = word;
                }
            }
            _ => techniques.extend(techniques_in(text)),
        }
    }
    for tag in rule.tags() {
        techniques.extend(techniques_in(tag.identifier()));
    }
    let named: Vec<String> = rule
        .patterns()
        .filter_map(|pattern| {
            let first = pattern.matches().next()?;
            Some(format!("{} at {}", pattern.identifier(), first.range().start))
        })
        .take(MAX_NAMES)
        .collect();
    if !named.is_empty() {
        // Writing to a string cannot fail.
        let _ = write!(title, " ({})", named.join(", "));
    }
    Hit {
        rule: format!("{}: {}", rule.namespace(), rule.identifier()),
        title,
        severity,
        techniques: techniques.into_iter().collect(),
    }
}

/// ATT&CK ids written in a text: `T1566`, `T1566.001`, `t1566_001` as tags must write it.
fn techniques_in(text: &str) -> impl Iterator<Item = String> + '_ {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_'));
    words.filter_map(|word| {
        let word = word.trim_matches('.').to_ascii_uppercase().replace('_', ".");
        let digits = word.strip_prefix('T')?;
        let (main, sub) = digits.split_once('.').unwrap_or((digits, "000"));
        let all = |part: &str, n: usize| {
            part.len() == n && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        (all(main, 4) && all(sub, 3)).then_some(word)
    })
}

/// An error's title and the place it names, of a report that draws the source.
fn one_line(report: &str) -> String {
    let title = report.lines().next().unwrap_or_default().trim();
    let place = report.lines().find_map(|line| line.trim_start().strip_prefix("--> "));
    match place {
        Some(place) => format!("{title} at {}", place.trim()),
        None => title.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compile(files: &[(&str, &str)]) -> Signatures {
        let files: Vec<(String, Vec<u8>)> =
            files.iter().map(|(name, text)| ((*name).into(), text.as_bytes().to_vec())).collect();
        Signatures::compile(&files)
    }

    const LURE: &str = r#"
rule lure : T1566_001 {
  meta:
    description = "A lure"
    severity = "High"
    attack = "see T1204.002"
  strings:
    $a = "agenda"
    $b = { 50 4b 03 04 }
  condition:
    any of them
}"#;

    #[test]
    fn a_match_says_which_rule_and_where() {
        let signatures = compile(&[("a.yar", LURE)]);
        assert_eq!((signatures.rejected(), signatures.len()), (&[][..], 1));
        let mut scanner = signatures.scanner();
        let (hits, cut) = scanner.scan(b"the agenda PK\x03\x04");
        assert_eq!(cut, None);
        assert_eq!(hits[0].rule, "a.yar: lure");
        assert_eq!(hits[0].title, "A lure ($a at 4, $b at 11)");
        assert_eq!(hits[0].severity, "high");
        assert_eq!(hits[0].techniques, ["T1204.002", "T1566.001"]);
        assert!(scanner.scan(b"nothing").0.is_empty());
        assert_eq!(scanner.scan(b"agenda").0.len(), 1);
    }

    #[test]
    fn what_does_not_compile_is_listed_with_its_line_and_the_rest_works() {
        let broken = "rule ok { condition: true }\n\nrule bad { condition: nothing }\n";
        let signatures = compile(&[("b.yar", broken), ("a.yar", LURE), ("c.yar", "rule {")]);
        let said: Vec<String> =
            signatures.rejected().iter().map(|r| format!("{}: {}", r.path, r.reason)).collect();
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].starts_with("b.yar: ") && said[0].contains("b.yar:3:"), "{said:?}");
        assert!(said[1].contains("c.yar:1:"), "{said:?}");
        let (hits, _) = signatures.scanner().scan(b"agenda");
        let rules: Vec<&str> = hits.iter().map(|hit| hit.rule.as_str()).collect();
        assert_eq!(rules, ["a.yar: lure", "b.yar: ok"]);
    }

    #[test]
    fn no_file_is_included_and_other_modules_are_named() {
        let signatures = compile(&[
            ("a.yar", "include \"/etc/passwd\"\n"),
            ("b.yar", "import \"cuckoo\"\nrule c { condition: cuckoo.sync.mutex(/x/) }\n"),
        ]);
        let said: Vec<&str> = signatures.rejected().iter().map(|r| r.reason.as_str()).collect();
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said.iter().any(|reason| reason.contains("cuckoo")), "{said:?}");
        assert!(signatures.is_empty());
    }

    #[test]
    fn what_is_too_long_is_scanned_in_part_and_said() {
        let signatures = compile(&[("a.yar", LURE)]);
        let mut bytes = vec![b'x'; MAX_SCAN + 10];
        bytes[..6].copy_from_slice(b"agenda");
        let (hits, cut) = signatures.scanner().scan(&bytes);
        assert_eq!((hits.len(), cut), (1, Some(Cut::Size)));
    }
}
