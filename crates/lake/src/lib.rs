//! demarche: lake.
