//! The text index: words of stored messages to their uids.
//!
//! ```text
//! index/text/v1/<unit>/<n>/    one small tantivy index each, written once
//! ```
//!
//! It follows the manifest unit by unit: it is staged and moved into place with the unit's
//! tables, goes with it, and can be made again from `records/messages` at any time, so that
//! no answer ever depends on it alone. What is in a stored row is what is indexed: the
//! bodies of privileged mailboxes are in neither. Nothing is ever deleted *inside* an
//! index, which would leave the words on disk: it is removed and made anew.
//!
//! One index a unit and not one for the case: a unit is written by one thread with bounded
//! memory, nothing is merged later, and the order of ingest cannot matter. A search opens
//! each, which costs about a millisecond a unit.

mod keep;
mod search;
mod words;
mod write;

use std::path::{Path, PathBuf};

use tantivy::schema::{Field, IndexRecordOption, STORED, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::TokenizerManager;

pub(crate) use search::search;
pub use write::TextWriter;

use crate::LakeError;

/// Where the index lies in a case. The number goes up when words are cut otherwise.
pub(crate) const FOLDER: &str = "index/text/v1";
/// Name of our tokenizer, as the schema notes it.
const TOKENIZER: &str = "words";

/// Folder of a unit's index.
pub(crate) fn folder(case: &Path, unit: &str) -> PathBuf {
    case.join(FOLDER).join(unit)
}

/// The two fields of an index.
#[derive(Clone, Debug)]
struct Fields {
    schema: Schema,
    /// Subject, names, attachment names and text.
    words: Field,
    /// The message's uid, stored only.
    uid: Field,
}

impl Fields {
    fn new() -> Self {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(TOKENIZER)
            .set_fieldnorms(false)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions);
        let mut schema = Schema::builder();
        let words =
            schema.add_text_field("words", TextOptions::default().set_indexing_options(indexing));
        let uid = schema.add_text_field("uid", STORED);
        Self { schema: schema.build(), words, uid }
    }
}

fn tokenizers() -> TokenizerManager {
    // The default one knows what the schema names for fields that are stored only.
    let manager = TokenizerManager::default();
    manager.register(TOKENIZER, words::Words::default());
    manager
}

fn failed(path: &Path) -> impl Fn(tantivy::TantivyError) -> LakeError + '_ {
    move |error| LakeError::damaged(path, error)
}

#[cfg(test)]
mod tests;
