//! demarche: demarche.
