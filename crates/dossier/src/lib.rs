//! What leaves the house: the report model and the outputs made from it.
pub mod model;
