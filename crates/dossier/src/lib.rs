//! What leaves the house: the report model, the outputs made from it, and the signed
//! folder that anyone can check offline.
//!
//! ```text
//! Report --Narrative--> statements --+--> html, document -> markdown, pdf
//!                                    +--> summary::summary  terminal
//!                                    +--> records           records.jsonl
//! bundle::write: records in a Merkle log, its root signed, a bag around all
//! redact::write: the same for others' eyes, with proof of what is withheld
//! verify::verify: the folder and a public key -> failures, each naming its record
//! vouch: witnesses' cosignatures and RFC 3161 time stamps, added later
//! ```
//!
//! Nothing here reads a clock, a table or evidence: the same model gives the same bytes.

pub mod account;
mod bag;
mod bundle;
mod catalogue;
mod checkpoint;
mod document;
mod evidence;
mod files;
mod html;
mod inert;
mod key;
mod markdown;
mod merkle;
mod model;
mod narrative;
mod note;
mod notice;
mod outputs;
mod parts;
mod pdf;
mod plain_page;
mod records;
mod redact;
mod sealed_key;
mod summary;
mod timestamp;
mod verify;
mod vouch;
mod words;

pub use bundle::{BundleError, Written, write};
pub use checkpoint::{Cosignature, cosign};
pub use evidence::cited;
pub use html::render;
pub use inert::{host, inert};
pub use key::{KEY_NAME, KeyError, PublicKey, SigningKey};
pub use model::{
    AnomalyCount, AnomalySummary, ClaimRow, ClaimStance, Decided, Hunt, MAX_ANOMALIES, Mandate,
    Person, Report, SourceFact, Statement, Totals,
};
pub use narrative::{Action, Item, Narrative, QUESTIONS, Told};
pub use note::{Note, NoteError, sign_text};
pub use notice::{Letter, letters};
pub use records::{ReadError, cited_in, differing_records, report_in};
pub use redact::{Policy, PolicyError, preview, write_redacted};
pub use summary::summary;
pub use timestamp::{TimeError, Token, roots_from};
pub use verify::{Trust, Verification, verify, verify_with};
pub use vouch::{add_cosignature, add_time, time_request, witness_request};
pub use words::{likelihood, percent, term};

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tamper;
#[cfg(test)]
mod tests;
