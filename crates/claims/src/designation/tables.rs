//! Tables with a header line that may stand below others.

/// A table: names of its columns, and its rows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    columns: Vec<String>,
    pub(super) rows: Vec<csv::StringRecord>,
    pub(super) problems: Vec<String>,
}

impl Rows {
    /// Reads from the first line that has every column of `needed`.
    pub(super) fn read(text: &str, delimiter: u8, needed: &[&str]) -> Self {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut table = Self::default();
        for (at, record) in reader.records().enumerate().take(super::MOST_ENTRIES) {
            match record {
                Ok(record) if table.columns.is_empty() => {
                    let columns: Vec<String> =
                        record.iter().map(|name| name.trim().to_lowercase()).collect();
                    if needed.iter().all(|name| columns.contains(&name.to_lowercase())) {
                        table.columns = columns;
                    }
                }
                Ok(record) => table.rows.push(record),
                Err(error) => table.problems.push(format!("row {at}: {error}")),
            }
        }
        table
    }

    /// A cell by its column's name, trimmed; empty where there is none.
    pub(super) fn get<'a>(&self, row: &'a csv::StringRecord, column: &str) -> &'a str {
        let at = self.columns.iter().position(|name| name == &column.to_lowercase());
        at.and_then(|at| row.get(at)).unwrap_or_default().trim()
    }
}
