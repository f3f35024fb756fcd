//! Mail: who writes, what it looks like, where it is kept.

pub mod bulk;
pub mod engine;
pub mod kits;
pub mod plan;
pub mod render;
pub mod store;
pub mod talk;
pub mod write;
