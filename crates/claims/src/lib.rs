//! Reads what others say: statements into speech acts with their exact place in the text.
//!
//! News articles, press releases, advisories and ministries' statements, as text, HTML or
//! PDF, in English, German and French. [`propose`] finds who accuses, attributes, charges,
//! sanctions, warns, confirms, denies, protests, counter-accuses, summons or threatens; a
//! person confirms or edits. Nothing here knows a case or a table: text goes in, claims come
//! out, and the same text gives the same claims.
//!
//! It is a shallow reader on purpose. Words, names and patterns are data files (`data/`)
//! that a contributor edits without touching code; the code knows sentences, quotation
//! marks, mentions of speakers, subjects and objects of a clause, and the plainest
//! coreference. No model is downloaded or asked.
//!
//! [`designation`] reads public sanctions lists, [`eurepoc`] the table of attributions of
//! the European Repository of Cyber Incidents, [`stance`] sets claims against a case's rows.

mod dates;
pub mod designation;
mod document;
mod doubles;
pub mod eurepoc;
pub mod eval;
mod extract;
mod gazetteer;
mod html;
mod issuer;
mod join;
mod lexicon;
mod memory;
mod mention;
mod pdf;
mod quantity;
mod sentence;
mod span;
pub mod stance;
mod subject;
mod trigger;

pub use document::{Document, Language, MOST_BYTES, ReadError, TextKind, read};
pub use extract::propose;
pub use gazetteer::Gazetteer;
pub use join::join;
