//! `make eval-attribution`: how well techniques alone find the intrusion set, on reports,
//! later reports and campaigns. Tables on standard error, one line of JSON on standard output.

#![allow(clippy::print_stdout, clippy::print_stderr)] // a command, not a library

use demarche_analysis::attribution::{Knowledge, eval};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let report = eval::evaluate(&Knowledge::shipped()?);
    eprintln!("{}", report.table());
    println!("{}", report.line()?);
    Ok(())
}
