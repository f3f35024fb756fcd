//! Arrow schemas: one [`Row`] a table, field for field the struct of `core`.
//!
//! Schemas change additively within `v1`.

mod derived;
mod field;
mod records;

pub use derived::{InferredAnomaly, InferredCoverage, derived_tables};
pub use records::Occurrence;
pub(crate) use records::SourceRow;

use arrow::datatypes::FieldRef;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A struct that is a row of a table.
pub trait Row: Serialize + DeserializeOwned {
    /// The table, as a path in the case folder without the unit: `records/messages/v1`.
    const TABLE: &'static str;
    /// Its columns.
    fn fields() -> Vec<FieldRef>;
}
