//! Reading the cells of a table row.

use demarche_core::{EvidenceRef, Record, UtcMicros};

use crate::lines::{Header, Row};
use crate::registry::Sink;

/// A row under its header.
pub(super) struct Cells<'c, 'r, 's> {
    pub(super) header: &'c Header,
    pub(super) row: &'c Row<'r>,
    pub(super) evidence: &'c EvidenceRef,
    pub(super) sink: &'c mut Sink<'s>,
}

/// What a time cell said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeCell {
    Empty,
    Time(UtcMicros),
    /// Not readable; an anomaly was written.
    Bad,
}

impl TimeCell {
    /// The time; an empty or unreadable cell is an open bound.
    pub(super) fn or_open(self) -> Option<UtcMicros> {
        match self {
            Self::Time(time) => Some(time),
            Self::Empty | Self::Bad => None,
        }
    }
}

impl Cells<'_, '_, '_> {
    /// The cell as it stands, without space around it.
    pub(super) fn text(&self, column: &str) -> String {
        self.header.get(self.row, column).into_owned()
    }

    /// The cell in lower case.
    pub(super) fn lower(&self, column: &str) -> String {
        self.header.get(self.row, column).to_lowercase()
    }

    /// The values of a cell, separated by `;`, without empty ones.
    pub(super) fn list(&self, column: &str) -> Vec<String> {
        let cell = self.header.get(self.row, column);
        cell.split(';').map(str::trim).filter(|v| !v.is_empty()).map(str::to_owned).collect()
    }

    /// [`list`](Self::list) in lower case.
    pub(super) fn lower_list(&self, column: &str) -> Vec<String> {
        self.list(column).iter().map(|value| value.to_lowercase()).collect()
    }

    /// A first time; a date means its beginning.
    pub(super) fn from(&mut self, column: &str) -> TimeCell {
        self.time(column, 0)
    }

    /// A last time; a date means that the day is still in it.
    pub(super) fn to(&mut self, column: &str) -> TimeCell {
        self.time(column, UtcMicros::DAY)
    }

    fn time(&mut self, column: &str, date_adds: i64) -> TimeCell {
        let text = self.text(column);
        if text.is_empty() {
            return TimeCell::Empty;
        }
        let read = if text.len() == 10 {
            UtcMicros::parse(&format!("{text}T00:00:00Z")).map(|t| t.saturating_add(date_adds))
        } else {
            UtcMicros::parse(&text)
        };
        read.map(TimeCell::Time).unwrap_or_else(|error| {
            self.anomaly(format!("{column}: {error}"));
            TimeCell::Bad
        })
    }

    /// Says what is wrong with the row.
    pub(super) fn anomaly(&mut self, reason: impl Into<String>) {
        self.sink.anomaly(self.evidence.clone(), reason);
    }

    /// Hands on the row's record.
    pub(super) fn record(&mut self, record: Record) {
        self.sink.record(record);
    }
}
