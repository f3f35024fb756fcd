//! Lasting changes of every account, found once: rules, grants, consents, credentials.

use std::collections::{BTreeMap, BTreeSet};

use demarche_core::Event;

use super::acts::Act;
use super::evidence::{Artefact, consents, detail, rules};
use super::view::View;
use crate::input::{Context, Roster};

/// Changes by the access that made them.
pub(crate) fn find(
    view: &View<'_>,
    roster: &Roster,
    context: &Context,
) -> BTreeMap<usize, Vec<Artefact>> {
    let domains = domains(view, roster);
    let users = consenting(view);
    let accounts = u32::try_from(view.accounts().len()).unwrap_or(u32::MAX);
    let mut found: BTreeMap<usize, Vec<Artefact>> = BTreeMap::new();
    for (index, access) in view.accesses.iter().enumerate() {
        let made: Vec<Artefact> = match access.act {
            Act::Rule => rules::assess(access.event, index, &domains, roster),
            Act::Grant => consents::grant(access.event, index).into_iter().collect(),
            Act::Consent if consents::is_consent(access.event) => {
                let app = consents::application(access.event);
                let users = users.get(&app).map_or(1, BTreeSet::len);
                let users = u32::try_from(users).unwrap_or(u32::MAX);
                consents::consent(access.event, index, context, users, accounts)
                    .into_iter()
                    .collect()
            }
            Act::Credential => consents::credential(access.event, index).into_iter().collect(),
            _ => continue,
        };
        if !made.is_empty() {
            found.insert(index, made);
        }
    }
    found
}

/// The house's own mail domains: those of accounts seen and of the roster's staff.
fn domains(view: &View<'_>, roster: &Roster) -> BTreeSet<String> {
    let domain = |address: &str| address.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
    let staff = roster.entries().iter().filter(|entry| entry.kind != "linked");
    let listed = staff.flat_map(|entry| &entry.addresses).filter_map(|address| domain(address));
    view.accounts()
        .iter()
        .filter_map(|range| domain(view.names.text(view.accesses[range.start].account)))
        .chain(listed)
        .collect()
}

/// Accounts that consented to each application.
fn consenting(view: &View<'_>) -> BTreeMap<String, BTreeSet<u32>> {
    let mut users: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for access in view.accesses.iter().filter(|a| a.act == Act::Consent) {
        if consents::is_consent(access.event) {
            users.entry(consents::application(access.event)).or_default().insert(access.account);
        }
    }
    users
}

/// What an event takes away: the object's name, as [`Artefact::object`] has it.
pub(crate) fn removed(event: &Event) -> Option<String> {
    let operation = event.operation.as_str();
    if operation.starts_with("Remove delegated") || operation.starts_with("Remove OAuth2") {
        return Some(consents::application(event));
    }
    if !rules::removes(event) {
        return None;
    }
    let pairs = detail::pairs(&detail::parse(&event.detail));
    if operation.contains("Permission") {
        let user = detail::get(&pairs, "User").or_else(|| detail::get(&pairs, "Trustee"))?;
        return Some(user.to_lowercase().rsplit('/').next().unwrap_or_default().to_owned());
    }
    Some(rules::object(event, &pairs))
}
