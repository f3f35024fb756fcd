//! Small worlds made by hand.
