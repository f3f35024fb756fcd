//! Arrow schemas: one [`Row`] a table, field for field the struct of `core`.
//!
//! Schemas change additively within `v1`.

mod columns;
mod derived;
mod field;
mod records;

pub use derived::{HuntAnomaly, InferredAnomaly, InferredCoverage, derived_tables};
pub use records::Occurrence;
pub(crate) use records::SourceRow;

use arrow::array::RecordBatch;
use arrow::datatypes::FieldRef;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::LakeError;

/// A struct that is a row of a table.
pub trait Row: Serialize + DeserializeOwned {
    /// The table, as a path in the case folder without the unit: `records/messages/v1`.
    const TABLE: &'static str;
    /// Columns that hold something else in nearly every row, `.` between their parts: a
    /// dictionary and bounds of them cost time and save nothing.
    const UNIQUE: &'static [&'static str] = &["evidence.sha256"];
    /// Rows of a row group at most.
    const GROUP_ROWS: usize = 1 << 20;
    /// Its columns.
    fn fields() -> Vec<FieldRef>;
    /// Rows as columns.
    ///
    /// # Errors
    /// [`LakeError::Row`] when they do not fit.
    fn batch(rows: &[Self]) -> Result<RecordBatch, LakeError>
    where
        Self: Sized,
    {
        serde_arrow::to_record_batch(&Self::fields(), &rows)
            .map_err(|error| LakeError::row(Self::TABLE, error))
    }
}
