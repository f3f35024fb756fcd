//! demarche: from evidence to a dossier.
//!
//! [`case`] runs the pipeline and knows no terminal; [`cli`] turns arguments into calls
//! of it and results into text. [`server`] stands on [`case`] too; it and [`cli`]'s
//! commands never work for each other.

pub mod case;
pub mod cli;
pub mod server;
