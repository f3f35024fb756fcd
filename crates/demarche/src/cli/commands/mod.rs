//! One module a command: its arguments and what it calls.

pub(super) mod attribute_profile;
pub(super) mod claim;
pub(super) mod deep;
pub(super) mod forget;
pub(super) mod hold;
pub(super) mod hunt;
pub(super) mod ingest;
pub(super) mod investigate;
pub(super) mod job;
pub(super) mod judge;
pub(super) mod key;
pub(super) mod knowledge;
pub(super) mod notify;
pub(super) mod plan;
pub(super) mod report;
pub(super) mod serve;
pub(super) mod show;
pub(super) mod sql;
pub(super) mod timestamp;
pub(super) mod unlock;
pub(super) mod verify;
pub(super) mod witness;
