//! What events show, one file for each kind of evidence.
//!
//! Each returns weighed items; classes are capped and summed in [`super::score`].

pub(crate) mod cloud;
pub(crate) mod consents;
pub(crate) mod detail;
pub(crate) mod mailbox;
pub(crate) mod rules;
pub(crate) mod signin;

/// Independent classes of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Profile,
    Concurrency,
    Collection,
    Rules,
    Grants,
    Entry,
    Wave,
    CrossAccount,
    Hours,
    Token,
    Findings,
    Delegation,
    Volume,
    /// How much is read at a time.
    Reads,
    /// Sessions that nothing vouches for.
    Ties,
    /// A pace that begins and ends.
    Episode,
    /// Of look-ups of call records: the stated purpose.
    Purpose,
    OffHours,
    Repeats,
    Household,
    Focus,
}

/// One item of evidence for or against.
#[derive(Clone, Debug)]
pub(crate) struct Weighed {
    pub(crate) class: Class,
    pub(crate) name: &'static str,
    pub(crate) nats: f64,
    /// In plain words with figures.
    pub(crate) detail: String,
    /// Indexes into the view.
    pub(crate) accesses: Vec<usize>,
}

/// A change that outlives the session that made it.
#[derive(Clone, Debug)]
pub(crate) struct Artefact {
    pub(crate) class: Class,
    pub(crate) name: &'static str,
    pub(crate) nats: f64,
    /// Weight of each further one of the same name.
    pub(crate) more: f64,
    pub(crate) detail: String,
    /// Index into the view.
    pub(crate) access: usize,
    /// ATT&CK technique.
    pub(crate) technique: &'static str,
    /// What was made: a rule's, grant's or application's name; for finding its removal.
    pub(crate) object: String,
}
