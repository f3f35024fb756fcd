//! What the `#` lines of an Exchange log say.

use crate::lines::Row;

/// Columns of a row at most.
const COLUMNS: usize = 1024;

/// The directives in force.
#[derive(Clone, Debug, Default)]
pub(super) struct Header {
    software: String,
    log_type: String,
    columns: Vec<String>,
}

impl Header {
    /// Takes a line, while sniffing: no field of a header is quoted.
    pub(super) fn take_line(&mut self, line: &str) {
        if line.starts_with('#') {
            self.take(line.split(',').map(str::to_owned));
        }
    }

    /// Takes a row that begins with `#`.
    pub(super) fn take_row(&mut self, row: &Row<'_>) {
        self.take((0..row.len()).map(|at| row.text(at).into_owned()));
    }

    fn take(&mut self, mut fields: impl Iterator<Item = String>) {
        let first = fields.next().unwrap_or_default();
        let Some((directive, value)) = first.split_once(':') else { return };
        let value = value.trim();
        match directive.to_lowercase().as_str() {
            "#software" => value.clone_into(&mut self.software),
            "#log-type" => value.clone_into(&mut self.log_type),
            "#fields" => {
                let names = std::iter::once(value.to_owned()).chain(fields).take(COLUMNS);
                self.columns = names.map(|name| name.trim().to_owned()).collect();
            }
            _ => {}
        }
    }

    /// Whether Exchange wrote it.
    pub(super) fn is_exchange(&self) -> bool {
        self.software.starts_with("Microsoft Exchange")
            || self.software.is_empty() && self.is_tracking()
    }

    /// Whether it is a message tracking log.
    pub(super) fn is_tracking(&self) -> bool {
        self.log_type.to_lowercase().starts_with("message tracking")
    }

    /// The log's name for itself.
    pub(super) fn log_type(&self) -> &str {
        &self.log_type
    }

    /// Names of the columns, as written.
    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Whether a row names the columns: the header that HttpProxy logs repeat, which also
    /// stands before `#Fields`.
    pub(super) fn is_repeated(&self, row: &Row<'_>) -> bool {
        let (first, second) = (row.text(0), row.text(1));
        if self.columns.is_empty() {
            return first == "DateTime" && second == "RequestId";
        }
        let mut names = self.columns.iter();
        names.next().is_some_and(|name| *name == first)
            && names.next().is_some_and(|name| *name == second)
    }
}
