//! Writing a unit's words.

use std::fs;
use std::path::PathBuf;

use demarche_core::Message;
use tantivy::directory::MmapDirectory;
use tantivy::store::Compressor;
use tantivy::{Index, IndexSettings, SingleSegmentIndexWriter, TantivyDocument};

use super::{Fields, failed, tokenizers};
use crate::LakeError;

/// What a writer holds before it closes one index and opens the next.
const MEMORY: usize = 64 << 20;

/// The words of one unit, while they are written.
pub struct TextWriter {
    folder: PathBuf,
    fields: Fields,
    number: u32,
    open: Option<SingleSegmentIndexWriter>,
}

impl TextWriter {
    /// Writes to `folder`, which is made when there is a word to write.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, fields: Fields::new(), number: 0, open: None }
    }

    /// Takes the words of messages as they are stored.
    ///
    /// # Errors
    /// What the files say.
    pub fn add<'m>(
        &mut self,
        messages: impl IntoIterator<Item = &'m Message>,
    ) -> Result<(), LakeError> {
        for message in messages {
            let writer = match &mut self.open {
                Some(writer) => writer,
                None => {
                    let writer = self.next()?;
                    self.open.insert(writer)
                }
            };
            let mut document = TantivyDocument::new();
            document.add_text(self.fields.uid, message.message_uid.as_str());
            for text in texts(message).filter(|text| !text.is_empty()) {
                document.add_text(self.fields.words, text);
            }
            writer.add_document(document).map_err(failed(&self.folder))?;
            if writer.mem_usage() > MEMORY {
                self.close()?;
            }
        }
        Ok(())
    }

    fn next(&mut self) -> Result<SingleSegmentIndexWriter, LakeError> {
        let folder = self.folder.join(self.number.to_string());
        fs::create_dir_all(&folder).map_err(LakeError::io(&folder))?;
        self.number += 1;
        let open = || -> tantivy::Result<_> {
            let settings = IndexSettings {
                // Uids do not compress, and the writer must not start a thread for them.
                docstore_compression: Compressor::None,
                docstore_compress_dedicated_thread: false,
                ..IndexSettings::default()
            };
            Index::builder()
                .schema(self.fields.schema.clone())
                .tokenizers(tokenizers())
                .settings(settings)
                .single_segment_index_writer(MmapDirectory::open(&folder)?, MEMORY)
        };
        open().map_err(failed(&folder))
    }

    fn close(&mut self) -> Result<(), LakeError> {
        if let Some(writer) = self.open.take() {
            writer.finalize().map_err(failed(&self.folder))?;
        }
        Ok(())
    }

    /// Closes the files and forces them to disk. The folder is there when, and only when,
    /// a message was taken.
    pub(crate) fn finish(mut self) -> Result<(), LakeError> {
        self.close()
    }
}

/// What of a message is searched.
fn texts(message: &Message) -> impl Iterator<Item = &str> {
    [&message.subject, &message.from_name, &message.from]
        .into_iter()
        .chain(&message.to)
        .chain(&message.cc)
        .chain(message.attachments.iter().map(|attachment| &attachment.name))
        .chain([&message.text])
        .map(String::as_str)
}
