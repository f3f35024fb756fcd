//! Waves and campaigns.
