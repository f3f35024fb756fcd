//! Parts of the page, one file each; shared marks in [`marks`].

pub(crate) mod accounts;
pub(crate) mod actions;
pub(crate) mod appendix;
pub(crate) mod campaigns;
pub(crate) mod claims;
pub(crate) mod coverage;
pub(crate) mod custody;
pub(crate) mod findings;
pub(crate) mod glossary;
pub(crate) mod graph;
pub(crate) mod header;
pub(crate) mod hypotheses;
pub(crate) mod intrusions;
pub(crate) mod lanes;
pub(crate) mod marks;
pub(crate) mod matrix;
pub(crate) mod method;
pub(crate) mod sources;
pub(crate) mod summary;
pub(crate) mod targets;
pub(crate) mod timeline;
pub(crate) mod waves;
