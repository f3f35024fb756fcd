//! The lake: tables of a case as Parquet files, and the only crate that knows the
//! query engine.
//!
//! ```text
//! case/
//!   CURRENT                 name of the manifest that holds now, replaced by rename
//!   manifests/<n>.json      immutable: which units and which run a reader may open
//!   records/<table>/v1/<unit>.parquet
//!   features/<name>/v1/<unit>.parquet
//!   observables/<unit>.parquet
//!   index/text/v1/<unit>/   words of its messages; made again when it is missing
//!   derived/<run_id>/<table>.parquet    of the last three runs
//!   aggregates/plain/v1/<table>-<digest>.parquet    views written out; made again when missing
//!   case.lock               one writer
//!   custody.jsonl           who did what, when
//!   number.key              hides telephone numbers; mode 0600
//! ```

#![allow(clippy::disallowed_methods)] // the lake opens its own files, never evidence

mod error;
mod forget;
mod lookup;
mod manifest;
mod plain;
mod schema;
mod session;
mod sorted;
mod store;
mod strip;
mod text;
mod unit;

pub use error::LakeError;
pub use forget::source_matches;
pub use lookup::Wanted;
pub use manifest::{Manifest, Position, Shard, SourceEntry, UnitEntry};
pub use schema::{HuntAnomaly, InferredAnomaly, InferredCoverage, Occurrence, Row, derived_tables};
pub use session::{
    CallGuard, Format, Lists, MailboxRule, Page, PageLimits, Session, TABLES, Table, WITHHELD,
};
pub use store::{Lake, Writer};
pub use text::TextWriter;
pub use unit::{FinishedUnit, Tables, UnitWriter};
