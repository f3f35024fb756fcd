//! What the `#` lines of a W3C extended log say.

use demarche_core::UtcMicros;

/// Columns of a line at most.
const COLUMNS: usize = 256;

/// The directives in force.
#[derive(Clone, Debug, Default)]
pub(super) struct Header {
    columns: Vec<String>,
    date: String,
    other_software: bool,
}

impl Header {
    /// Takes a `#` line; one that is no directive is a comment.
    pub(super) fn take(&mut self, line: &str) {
        let Some((directive, rest)) = line.split_once(':') else { return };
        match directive {
            "#Fields" => {
                let names = rest.split_ascii_whitespace().take(COLUMNS);
                self.columns = names.map(str::to_owned).collect();
            }
            "#Date" => {
                rest.split_ascii_whitespace().next().unwrap_or("").clone_into(&mut self.date)
            }
            "#Software" => self.other_software = !rest.contains("Microsoft"),
            _ => {}
        }
    }

    /// Names of the columns, as written.
    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Whether there is a column `name` (lower case).
    pub(super) fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.eq_ignore_ascii_case(name))
    }

    /// Who wrote the log.
    pub(super) fn provider(&self) -> &'static str {
        if self.other_software { "w3c" } else { "iis" }
    }

    /// The time of a line; its day is the header's where the line has none.
    pub(super) fn time(&self, date: &str, time: &str) -> Option<UtcMicros> {
        super::joined(if date.is_empty() { &self.date } else { date }, time)
    }
}
