//! demarche: from evidence to a dossier.
//!
//! [`case`] runs the pipeline and knows no terminal; [`cli`] turns arguments into calls
//! of it and results into text. A server will stand on [`case`] too, never on [`cli`].

pub mod case;
pub mod cli;
