//! What to do about an account, in an order that does not warn an intruder too early.
//!
//! First what he cannot see: keep the logs, copy what is set up, talk to the owner by
//! another way, find every account of his. Then, at one go, everything that lets him in;
//! the password alone is the least of it. The program takes none of these steps.

use std::collections::BTreeSet;

use demarche_core::{ExposureState, IntrusionStatus};
use serde::{Deserialize, Serialize};

use super::Life;
use crate::words::is_likely;

/// One step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Whether an intruder can notice it: such steps are taken together, at the end.
    pub noticeable: bool,
    /// Imperative.
    pub text: String,
}

fn step(steps: &mut Vec<Step>, noticeable: bool, text: impl Into<String>) {
    steps.push(Step { noticeable, text: text.into() });
}

/// The steps for an account.
pub(super) fn of(life: &Life) -> Vec<Step> {
    let mut steps = Vec::new();
    let likely = life.intrusions.iter().filter(|row| is_likely(row.probability));
    let open: Vec<_> = likely.clone().filter(|row| row.status != IntrusionStatus::Ended).collect();
    let broken = likely.count() > 0;
    let clicked =
        life.waves.iter().any(|w| is_likely(w.probability) && w.state == ExposureState::Clicked);
    let reached = life.waves.iter().any(|wave| is_likely(wave.probability));
    if !broken && !clicked && !reached {
        return steps;
    }
    let of_calls = broken
        && life.intrusions.iter().all(|row| row.kinds.iter().all(|kind| kind == "call_records"));
    if of_calls {
        return of_call_records(life, !open.is_empty());
    }
    if broken || clicked {
        step(
            &mut steps,
            false,
            "Put sign-in, audit and mailbox logs of this account on hold and export them; keep \
             the devices as they are.",
        );
        step(
            &mut steps,
            false,
            "Export its rules, forwarding, delegates, consents, devices and ways to sign in, \
             before anything is changed.",
        );
    }
    let person = match life.kind.as_str() {
        "linked" => {
            "Tell the owner in person or by call-back: only he can ask his provider for \
                     logs and close sessions. Nothing more of it is read than he consents to."
        }
        _ => {
            "Speak with the owner in person or by call-back to a number known before; never \
              through this mailbox, which may be read."
        }
    };
    step(&mut steps, false, person);
    if !broken {
        let text = "Leave the links and pictures of the mail unopened; hand over the mail itself.";
        step(&mut steps, false, text);
        if clicked {
            step(
                &mut steps,
                false,
                "Look through its sign-ins since the click for one that the owner does not know.",
            );
        }
        return steps;
    }
    let campaigns: BTreeSet<&str> =
        life.intrusions.iter().filter_map(|row| row.campaign_id.as_deref()).collect();
    let with = if campaigns.is_empty() {
        String::new()
    } else {
        let names: Vec<&str> = campaigns.into_iter().collect();
        format!(" (campaign {})", names.join(", "))
    };
    step(
        &mut steps,
        false,
        format!(
            "Find the other accounts with the same sessions, networks and applications{with}: \
             they are cut off in the same hour, or the intruder moves on."
        ),
    );
    if open.is_empty() {
        step(
            &mut steps,
            true,
            "Take away what was left behind, listed above, and what the exports show besides.",
        );
    } else {
        step(
            &mut steps,
            true,
            "In one go, from a clean machine: block sign-in and revoke every session and refresh token.",
        );
    }
    let mut kinds: BTreeSet<&str> = life
        .lasting
        .iter()
        .filter(|thing| thing.removed.is_none())
        .map(|thing| thing.what.as_str())
        .collect();
    if !kinds.is_empty() {
        let named: Vec<&str> = std::mem::take(&mut kinds).into_iter().collect();
        step(
            &mut steps,
            true,
            format!("Remove: {}. Each outlives a new password.", named.join("; ")),
        );
    }
    step(
        &mut steps,
        true,
        "Then set a new password and enrol the second factor anew, the owner being present.",
    );
    step(
        &mut steps,
        false,
        "Look again after a day, a week and a month: new sign-ins, rules and consents.",
    );
    step(
        &mut steps,
        false,
        "Tell those whose messages were read, and those this account wrote to, by another way.",
    );
    steps
}

fn of_call_records(life: &Life, open: bool) -> Vec<Step> {
    let operators: BTreeSet<&str> = life
        .intrusions
        .iter()
        .map(|row| row.actor.as_str())
        .filter(|actor| !actor.is_empty())
        .collect();
    let operators: Vec<&str> = operators.into_iter().collect();
    let named = match operators.is_empty() {
        true => "the login in question".to_owned(),
        false => operators.join(", "),
    };
    let mut steps = Vec::new();
    step(
        &mut steps,
        false,
        format!("Keep the look-up system's own logs, and list whom {named} looked up besides."),
    );
    step(
        &mut steps,
        false,
        "Speak with the person and the family in person: their numbers, and whom they called, \
         are known to somebody.",
    );
    if open {
        step(&mut steps, true, format!("Suspend {named}, with its sessions and tokens."));
    }
    step(
        &mut steps,
        false,
        "Ask the other carriers: their look-ups cannot be seen from here. New numbers, if the \
         person wants them, are given out by hand.",
    );
    steps
}
