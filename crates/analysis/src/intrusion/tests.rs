//! Small hand-made cases.
