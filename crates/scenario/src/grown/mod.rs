//! Grown worlds: more operators, more families, more that misleads.
//!
//! The honest mail is drawn as in the classic worlds, at other sizes and with
//! people who come and go ([`people`]). Then agencies get the kits that
//! operators use as well, and decoys join ([`decoys`]). Operators
//! ([`hands`]) take their habits from one family each ([`families`]), follow
//! an aim, drift over the years, and share hosts, templates and flags; their
//! waves come last ([`waves`]), so that a control world is the same world
//! without them, with what others copied from them still in it.

pub mod decoys;
pub mod families;
pub mod hands;
pub mod intruders;
pub mod life;
pub mod people;
pub mod waves;

#[cfg(test)]
mod tests;

use crate::attack::Attack;
use crate::mail::plan::{Plan, Scene};
use families::Split;
use hands::Hands;

/// Draws what makes a world grown into its plan.
#[must_use]
pub fn draw(
    plan: &mut Plan,
    scene: &Scene<'_>,
    split: Split,
    control: bool,
) -> (Hands, Option<Attack>) {
    decoys::kits(plan, scene);
    decoys::draw(plan, scene);
    let hands = hands::draw(scene, split);
    decoys::copies(plan, scene, &hands);
    let attack = (!control).then(|| waves::draw(plan, scene, &hands));
    (hands, attack)
}
