//! What is computed from one record alone, once, and stored by name and version.
//!
//! Everything here is a pure function of the record: no clock, no state, no order of
//! ingest. When a feature changes its meaning, [`VERSION`] goes up and the features are
//! computed again from the stored records; the evidence is not needed for it.

pub mod deep;
mod domain;
mod headers;
mod minhash;
mod persona;
mod skeleton;
mod token;
mod url_template;

use demarche_core::{MailFeatures, Message};

pub use domain::registrable;
pub use minhash::{HASHES, similarity};
pub use url_template::url_feature;

/// Version of the mail features: the `k` in `features/mail/v<k>`.
pub const VERSION: u32 = 1;

/// URLs of one message that features are computed of.
const MAX_URLS: usize = 200;

/// Computes the features of a message.
///
/// ```
/// let message = demarche_core::Message {
///     from: "desk@news.example.org".into(),
///     subject: "Re: AW: The vote".into(),
///     ..Default::default()
/// };
/// let features = demarche_features::mail(&message);
/// assert_eq!(features.from_domain, "example.org");
/// assert_eq!(features.subject_key, "the vote");
/// ```
#[must_use]
pub fn mail(message: &Message) -> MailFeatures {
    let fields = headers::Fields::of(&message.headers);
    let from_domain = domain::of_address(&message.from);
    let written = minhash::written(&message.text);
    let (minhash, words) = minhash::minhash(&written);
    let (skeleton, skeleton_tags) = skeleton::skeleton(&message.html);
    let (origin_ip, origin_host) = headers::origin(&fields);
    let urls = message.urls.iter().filter_map(|seen| url_feature(&seen.url, seen.place));
    MailFeatures {
        message_uid: message.message_uid.clone(),
        urls: urls.take(MAX_URLS).collect(),
        minhash,
        words,
        skeleton,
        skeleton_tags,
        header_order: headers::order(&fields),
        message_id_shape: headers::message_id_shape(&message.message_id),
        boundary_shape: headers::boundary_shape(&fields),
        mailer: headers::mailer(&fields),
        bulk_markers: headers::bulk_markers(&fields),
        is_reply: !message.in_reply_to.is_empty() || !message.references.is_empty(),
        origin_ip,
        origin_host,
        dkim_domains: headers::dkim_domains(&fields),
        subject_key: persona::subject_key(&message.subject),
        persona_words: persona::words(&message.from_name, &message.text),
        claimed_domains: persona::claimed_domains(message, &from_domain),
        confusable_name: persona::is_confusable(&message.from_name),
        from_domain,
    }
}

#[cfg(test)]
mod tests;
