#![allow(clippy::disallowed_methods)] // reads back what the tests wrote

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::families::{FAMILIES, Split};
use super::hands::Aim;
use crate::mail::plan::Kind;
use crate::mail::{render, write};
use crate::people::Size;
use crate::truth::Line;
use crate::world::{World, WorldKind};

const GROWN: WorldKind = WorldKind::Grown(Split::Any);

fn hashes(root: &Path, out: &mut BTreeMap<String, blake3::Hash>) {
    for entry in std::fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            hashes(&path, out);
        } else {
            let bytes = std::fs::read(&path).unwrap();
            out.insert(path.to_string_lossy().into_owned(), blake3::hash(&bytes));
        }
    }
}

fn lines(folder: &Path) -> Vec<Line> {
    std::fs::read_to_string(folder.join("truth.jsonl"))
        .unwrap()
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

#[test]
fn a_grown_world_is_the_same_twice_and_says_who_did_what() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = vec![];
    for name in ["one", "two"] {
        let out = folder.path().join(name);
        let counts = World::draw_kind(21, Size::Xs, false, GROWN).write(&out).unwrap();
        assert!((1_500..8_000).contains(&counts.copies), "{counts:?}");
        let mut files = BTreeMap::new();
        hashes(&out, &mut files);
        all.push(files.into_values().collect::<Vec<_>>());
    }
    assert_eq!(all[0], all[1]);
    let lines = lines(&folder.path().join("one"));
    let Line::World(world) = &lines[0] else { unreachable!() };
    assert_eq!((world.worlds.as_str(), world.split.as_str()), ("grown", "any"));
    assert_eq!(world.domains.len(), 5);
    assert!(world.prevalence > 0.0 && world.user_years > 10.0);
    let waves: Vec<_> =
        lines.iter().filter_map(|l| if let Line::Wave(w) = l { Some(w) } else { None }).collect();
    let operators: BTreeSet<&str> = waves.iter().map(|w| w.operator.as_str()).collect();
    assert_eq!(operators.len(), 2);
    for wave in waves {
        assert!(!wave.message_ids.is_empty() && wave.recipients.len() >= 3, "{wave:?}");
        assert!(FAMILIES.iter().any(|f| f.name == wave.family));
        assert!(["political", "economic", "repressive"].contains(&wave.aim.as_str()));
    }
}

#[test]
fn a_control_world_has_the_same_innocent_mail() {
    let with = World::draw_kind(22, Size::Xs, false, GROWN);
    let without = World::draw_kind(22, Size::Xs, true, GROWN);
    assert!(without.attack.is_none() && without.intrusions.is_empty());
    let n = without.plan.specs.len();
    assert!(with.plan.specs.len() > n);
    for (a, b) in with.plan.specs[..n].iter().zip(&without.plan.specs) {
        assert_eq!(format!("{a:?}"), format!("{b:?}"));
    }
    // What was copied from operators stays, so the operators are known.
    assert_eq!(with.hands.all.len(), without.hands.all.len());
}

#[test]
fn operators_come_from_the_split_that_was_asked_for() {
    for seed in 0..12 {
        for split in [Split::Fit, Split::Score] {
            let world = World::draw_kind(seed, Size::Xs, false, WorldKind::Grown(split));
            let allowed = split.families();
            assert!(world.hands.all.iter().all(|h| allowed.contains(&h.family)));
            assert!(world.hands.all.iter().all(|h| !h.groups.is_empty()));
        }
    }
}

#[test]
fn worlds_differ_in_prevalence_traps_and_ways() {
    let mut traps = BTreeSet::new();
    let mut ways = BTreeSet::new();
    let mut aims = BTreeSet::new();
    let (mut fewest, mut most) = (usize::MAX, 0);
    for seed in 0..10 {
        let world = World::draw_kind(seed, Size::S, false, GROWN);
        assert!(world.hands.all.len() >= 4);
        traps.extend(world.hands.traps.iter().copied());
        ways.extend(world.intrusions.iter().map(crate::attack::intrusion::Intrusion::way));
        aims.extend(world.hands.all.iter().map(|h| h.aim.name()));
        let plan = &world.plan;
        let reached: usize = plan
            .bursts
            .iter()
            .filter(|b| matches!(plan.specs[b.spec].kind, Kind::Wave(_)))
            .map(|b| b.items.iter().map(|i| 1 + usize::from(i.also.is_some())).sum::<usize>())
            .sum();
        (fewest, most) = (fewest.min(reached), most.max(reached));
        for kind in [Kind::Simulation, Kind::Press, Kind::Advocacy, Kind::Diaspora, Kind::Crime] {
            assert!(plan.specs.iter().any(|s| s.kind == kind), "seed {seed}: {kind:?}");
        }
        for it in &world.intrusions {
            let style = it.style.as_ref().unwrap();
            assert!(style.sittings.windows(2).all(|w| w[0] < w[1] || w[1] == world.people.to - 1));
            assert!(style.sittings.iter().all(|&t| t < world.people.to));
        }
    }
    assert!(most > 2 * fewest, "{fewest} to {most}");
    for trap in ["one_wave", "shared_host", "shared_template", "false_flag", "copied_template"] {
        assert!(traps.contains(trap), "{trap}");
    }
    assert_eq!(aims.len(), 3);
    assert!(ways.len() >= 7, "{ways:?}");
}

#[test]
fn aims_choose_who_is_written_to() {
    assert!(Aim::Repressive.wants("cause:diaspora-association"));
    assert!(!Aim::Economic.wants("cause:diaspora-association"));
    assert!(Aim::Political.wants("party:candidates"));
    // Every aim finds groups in worlds of every size.
    for size in [Size::Xs, Size::S, Size::M] {
        let people = super::people::draw(3, size);
        for aim in [Aim::Political, Aim::Economic, Aim::Repressive] {
            let n = people.groups.iter().filter(|g| aim.wants(&g.name)).count();
            assert!(n >= 4, "{size:?} {aim:?}: {n}");
        }
    }
}

#[test]
fn messages_of_the_largest_size_are_short() {
    // The plan of five million messages is not drawn here: the people and
    // texts of XS in the largest size's manner.
    let mut world = World::draw_kind(4, Size::Xs, false, GROWN);
    world.size = Size::L;
    let scene = world.scene();
    let entries = world.plan.entries();
    let sizes: Vec<usize> = entries
        .iter()
        .step_by(5)
        .map(|(_, e)| write::render(&render::make(&world.plan, &scene, *e).message).len())
        .collect();
    // The receiving side adds some 400 bytes.
    let mut sorted = sizes.clone();
    sorted.sort_unstable();
    let long = sizes.iter().filter(|&&s| s > 1_600).count();
    let at = |share: usize| sorted[sorted.len() * share / 100];
    assert!(long * 50 < sizes.len(), "{long} of {}: {:?}", sizes.len(), (at(50), at(90), at(98)));
}
