//! Small hand-made cases: one for each kind of intrusion and each decoy.

mod accounts;
mod decoys;
mod house;
mod lookups;
mod sessions;
