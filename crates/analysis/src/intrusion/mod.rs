//! Intrusions.
