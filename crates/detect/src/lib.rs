//! demarche: detect.
