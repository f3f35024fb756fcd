//! demarche: dossier.
