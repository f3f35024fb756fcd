//! demarche: scenario.
