//! What leaves the house: the report model, the outputs made from it, and the signed
//! folder that anyone can check offline.
//!
//! ```text
//! Report --Narrative--> statements --+--> html::render      report.html
//!                                    +--> summary::summary  terminal
//!                                    +--> records           records.jsonl
//! bundle::write: these + report.json + custody.jsonl + manifest.json + manifest.sig
//! verify::verify: the folder and a public key -> failures, each naming its record
//! ```
//!
//! Nothing here reads a clock, a table or evidence: the same model gives the same bytes.

mod bundle;
mod evidence;
mod files;
mod html;
mod inert;
mod key;
mod model;
mod narrative;
mod note;
mod parts;
mod records;
mod summary;
mod verify;
mod words;

pub use bundle::{BundleError, FILES, Written, write};
pub use evidence::cited;
pub use html::render;
pub use inert::{host, inert};
pub use key::{KEY_NAME, KeyError, PublicKey, SigningKey};
pub use model::{
    AnomalyCount, AnomalySummary, MAX_ANOMALIES, Person, Report, SourceFact, Statement, Totals,
};
pub use narrative::{Action, Narrative, QUESTIONS, Told};
pub use note::{Note, NoteError};
pub use records::{ReadError, cited_in};
pub use summary::summary;
pub use verify::{Verification, verify};
pub use words::{likelihood, percent, term};

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
