//! Synthetic worlds with ground truth, and scores against it.
//!
//! A world is a parliament, an electoral board, a newsroom, a party and a
//! firm in three countries and languages, with their mail, audit logs, web
//! logs and telephone records, and, unless it is a control world, two
//! operators who write to them and break into some accounts. The evidence
//! goes into `evidence/`, the truth beside it into `truth.jsonl`.
//!
//! No mark tells the attack by itself: honest and hostile senders draw
//! mailers, hosts, zones, URL shapes, token formats and HTML skeletons from
//! the same pools (see [`mail::engine`] and [`attack`]), and honest life in
//! the cloud holds all that an intruder does (see [`cloud`]). A test counts
//! it. What tells is the conjunction.
//!
//! Scoring ([`score`]) reads the product only through its command line.

pub mod attack;
pub mod background;
pub mod baseline;
pub mod calls;
pub mod cloud;
pub mod dice;
pub mod grown;
pub mod mail;
pub mod net;
pub mod people;
pub mod score;
pub mod selftest;
pub mod tables;
pub mod text;
pub mod time;
pub mod truth;
pub mod web;
pub mod world;

#[cfg(test)]
mod tests;
