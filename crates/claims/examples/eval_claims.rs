//! `make eval-claims`: how well speech acts are found in texts that a second reader
//! annotated. Tables on standard error, one line of JSON on standard output. A folder as
//! argument holds other texts than the shipped ones; `--verbose` lists what is wrong.

#![allow(clippy::print_stdout, clippy::print_stderr)] // a command, not a library
#![allow(clippy::disallowed_methods)] // the texts are ours, no evidence

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use demarche_analysis::attribution::Knowledge;
use demarche_claims::{Gazetteer, eval};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("eval/texts");
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let dir = folder.as_ref().map_or(shipped, PathBuf::from);
    let names = Gazetteer::new(&Knowledge::shipped()?);
    let mut files: Vec<_> = std::fs::read_dir(&dir)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .filter(|path| path.with_extension("txt").is_file())
        .collect();
    files.sort();
    // The annotator's list, by the number a text's name begins with.
    let doubtful: BTreeMap<String, Vec<usize>> = match folder {
        None => serde_json::from_slice(&std::fs::read(dir.join("../doubtful.json"))?)?,
        Some(_) => BTreeMap::new(),
    };
    let verbose = std::env::args().any(|argument| argument == "--verbose");
    let mut scored = Vec::new();
    for file in files {
        let mut truth: eval::Annotation = serde_json::from_slice(&std::fs::read(&file)?)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        let text = std::fs::read(file.with_extension("txt"))?;
        let number = file.file_name().and_then(|name| name.to_str()?.get(..2));
        for at in number.and_then(|n| doubtful.get(n)).into_iter().flatten() {
            if let Some(row) = truth.claims.get_mut(*at) {
                row.doubtful = true;
            }
        }
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let one = eval::score(&name, &text, &truth, &names)?;
        let [right, proposed, annotated] =
            one.acts.values().fold([0; 3], |s, c| [s[0] + c[0], s[1] + c[1], s[2] + c[2]]);
        eprintln!(
            "{name:<40} {:<3} right {right:>2} of {proposed:>2} proposed, {annotated:>2} there",
            truth.language
        );
        if verbose {
            one.wrong.iter().for_each(|line| eprintln!("    {line}"));
        }
        scored.push(one);
    }
    let figures = eval::figures(&scored);
    eprintln!("{:<16} {:>6} {:>9} {:>10} {:>7}", "act", "there", "proposed", "precision", "recall");
    for (act, row) in &figures.by_act {
        eprintln!(
            "{act:<16} {:>6} {:>9} {:>10.3} {:>7.3}",
            row.n, row.proposed, row.precision, row.recall
        );
    }
    eprintln!(
        "all              precision {:.3} ({:.3} to {:.3}), recall {:.3} ({:.3} to {:.3}); \
         speaker right {:.3}; answers joined {:.3}",
        figures.precision,
        figures.precision_lo,
        figures.precision_hi,
        figures.recall,
        figures.recall_lo,
        figures.recall_hi,
        figures.speaker_accuracy,
        figures.replies_joined
    );
    println!("{}", serde_json::to_string(&figures)?);
    Ok(())
}
