//! The figures as a table for people, and as the contract's line.

use std::fmt::Write as _;

use super::report::{Figures, Report};

impl Report {
    /// The line that ends `eval-attribution`'s standard output, without a line end.
    ///
    /// # Errors
    /// Never in practice: the figures are numbers and names.
    pub fn line(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// A table in plain text: ranks, calibration, unknown sets.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = String::new();
        let parts = [
            ("leave one report out", &self.leave_one_report_out),
            ("  the same with the shipped weights", &self.leave_one_report_out_shipped),
            ("  earlier years (2016 to 2021)", &self.earlier_years),
            ("temporal", &self.temporal),
            ("campaigns", &self.campaigns),
        ];
        for (name, figures) in parts {
            ranks(&mut text, name, figures);
        }
        line(&mut text, format_args!("rows that say   rows    mean   right"));
        for bin in &self.calibration {
            line(
                &mut text,
                format_args!(
                    "from {:>5.2}    {:>7}   {:.3}   {:.3}",
                    bin.from, bin.rows, bin.said, bin.right
                ),
            );
        }
        for (name, pooled) in [("(a), (b)", &self.pooled), ("(b)", &self.pooled_temporal)] {
            line(
                &mut text,
                format_args!(
                    "{} rows of {name}: Brier skill {:+.3}, slope {:.3}",
                    pooled.rows, pooled.brier_skill, pooled.slope
                ),
            );
        }
        line(&mut text, format_args!("part of the report known   n   put first by any score"));
        for part in &self.known_part {
            line(
                &mut text,
                format_args!("from {:>5.2}    {:>7}   {:.3}", part.from, part.n, part.first_by_any),
            );
        }
        for flags in &self.false_flags {
            line(
                &mut text,
                format_args!(
                    "false flags, {} pieces of software planted in {} reports: true set among the \
                     first two {:.3} (unflagged {:.3}), wrong set above 0.55 {:.3}, at most {:.3}",
                    flags.software,
                    flags.n,
                    flags.true_within_two,
                    flags.true_within_two_unflagged,
                    flags.wrong_above_even,
                    flags.wrong_most
                ),
            );
        }
        let unknown = &self.unknown;
        line(
            &mut text,
            format_args!(
                "unknown sets: {} questions, AUROC {:.3}; mean {:.3} if known, {:.3} if removed",
                unknown.n, unknown.auroc, unknown.mean_if_known, unknown.mean_if_removed
            ),
        );
        text
    }
}

fn ranks(text: &mut String, name: &str, figures: &Figures) {
    let [gain, low, high] = figures.mrr_gain_over_bm25;
    line(text, format_args!("{name}: {} questions", figures.n));
    let mut row = |name: &str, top1: f64, top5: f64, mrr: f64| {
        line(text, format_args!("  {name:<16} top-1 {top1:.3}  top-5 {top5:.3}  MRR {mrr:.3}"));
    };
    row("ranking", figures.top1, figures.top5, figures.mrr);
    for (name, baseline) in &figures.baselines {
        row(name, baseline.top1, baseline.top5, baseline.mrr);
    }
    line(text, format_args!("  gain in MRR over bm25 {gain:+.3} ({low:+.3} to {high:+.3})"));
    line(
        text,
        format_args!("  top-1 of the half with the widest margin {:.3}", figures.top1_widest_half),
    );
}

/// Writing to a string cannot fail.
fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _ = writeln!(text, "{arguments}");
}
