//! Small worlds made by hand: each decoy, each class of evidence, each state.

mod decoys;
mod exposures;
mod links;
mod traces;
mod waves;
mod world;
