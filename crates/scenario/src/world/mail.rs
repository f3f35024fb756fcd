//! Writes a world's mail, and tells what became of it.

use std::io;
use std::path::{Path, PathBuf};

use super::{Counts, Simple, World, wave_name};
use crate::background;
use crate::cloud::Mailboxes;
use crate::dice::{Dice, key};
use crate::grown::families::FAMILIES;
use crate::mail::plan::{Entry, Kind};
use crate::mail::store::Store;
use crate::mail::{render, write};
use crate::people::Size;
use crate::time::{self, DAY, HOUR};
use crate::truth;
use crate::web::{self, Client, Hit, Shown};

impl World {
    /// Writes all mail; returns message ids by mailbox, fetches by
    /// institution, waves and exposures.
    #[allow(clippy::type_complexity)]
    pub(super) fn mail(
        &self,
        root: &Path,
        counts: &mut Counts,
        mut simple: Option<&mut Simple>,
        background: &[PathBuf],
    ) -> io::Result<(Mailboxes, Vec<Vec<Hit>>, Vec<truth::Wave>, Vec<truth::Exposure>)> {
        let scene = self.scene();
        let mut store =
            Store::new(root, self.seed, matches!(self.size, Size::M | Size::L) && scene.grown);
        // Mail older than an audit log and its first quarter is not read there.
        let lately = scene.grown;
        let mut mailboxes: Mailboxes = vec![vec![]; self.people.people.len()];
        let mut hits: Vec<Vec<Hit>> = vec![vec![]; self.people.institutions.len()];
        let mut exposures = vec![];
        let mut waves: Vec<truth::Wave> = vec![];
        if let Some(attack) = &self.attack {
            for (number, wave) in attack.waves.iter().enumerate() {
                let hand = self.hands.all.get(wave.operator);
                waves.push(truth::Wave {
                    wave: wave_name(number),
                    operator: Self::operator(wave.operator),
                    group: self.people.groups[wave.group].name.clone(),
                    aim: hand.map(|h| h.aim.name().to_owned()).unwrap_or_default(),
                    family: hand.map(|h| FAMILIES[h.family].name.to_owned()).unwrap_or_default(),
                    ..truth::Wave::default()
                });
            }
        }
        for (_, entry) in self.plan.entries() {
            let made = render::make(&self.plan, &scene, entry);
            let body = write::render(&made.message);
            let at = made.message.time;
            if let Some(sender) = made.sender {
                let keeps = key(self.seed, &made.message.id, &[9]) % 100 < 62;
                if keeps {
                    store.keep(&self.people, sender, true, &made.message.from, at, &body)?;
                }
            }
            let (kind, spec_time) = match entry {
                Entry::Item(burst, item) => {
                    let it = &self.plan.bursts[burst as usize];
                    (Some(self.plan.specs[it.spec].kind), it.items[item as usize].time)
                }
                Entry::Turn(..) => (None, at),
            };
            let mut kept = vec![];
            for &person in &made.to {
                let who = &self.people.people[person];
                let house = &self.people.institutions[who.institution];
                let header = match house.key {
                    "newsroom" => [0, 0, 2, 2][person % 4],
                    "board" => 1,
                    _ => [0, 0, 0, 1][person % 4],
                };
                let mx = format!(
                    "mx{}.{}",
                    1 + person % 2,
                    if person < self.people.staff {
                        house.domain.as_str()
                    } else {
                        who.address.split('@').next_back().unwrap_or("local")
                    }
                );
                let delivery = write::Delivery {
                    mailbox: &who.address,
                    header,
                    mx: &mx,
                    spf: made.auth.0,
                    dkim: made.auth.1,
                    key: key(self.seed, &made.message.id, &[person as u64]),
                };
                let mut text = write::trace(&made.message, &delivery);
                text.push_str(&body);
                if !store.keep(&self.people, person, false, &made.message.from, at + 2, &text)? {
                    continue;
                }
                kept.push(person);
                if !lately || at >= self.people.to - (house.cloud_days + 90) * DAY {
                    mailboxes[person].push((at, made.message.id.clone()));
                }
                if let Some(simple) = simple.as_deref_mut().filter(|_| made.sender.is_none()) {
                    let (image, link) = (made.pixel.as_deref(), made.link.as_deref());
                    simple.mail.see(&made.message, &who.address, image, link);
                }
                self.fetches(
                    entry,
                    kind,
                    spec_time,
                    person,
                    &made,
                    &mut hits[who.institution],
                    &mut exposures,
                );
            }
            if let Some(Kind::Wave(number)) = kind.filter(|_| !kept.is_empty()) {
                let wave = &mut waves[number];
                let stamp = time::rfc3339(at);
                if !wave.message_ids.contains(&made.message.id) {
                    wave.message_ids.push(made.message.id.clone());
                }
                wave.recipients.extend(kept.iter().map(|&p| self.people.people[p].address.clone()));
                if wave.first_seen.is_empty() {
                    wave.first_seen.clone_from(&stamp);
                }
                wave.last_seen = stamp;
            }
        }
        for path in background {
            background::mix(&self.people, self.seed, path, &mut store)?;
        }
        counts.copies = store.copies;
        store.finish()?;
        // What nobody kept is no wave of this evidence.
        waves.retain(|w| !w.message_ids.is_empty());
        Ok((mailboxes, hits, waves, exposures))
    }

    #[allow(clippy::too_many_arguments)]
    fn fetches(
        &self,
        entry: Entry,
        kind: Option<Kind>,
        at: i64,
        person: usize,
        made: &render::Made,
        hits: &mut Vec<Hit>,
        exposures: &mut Vec<truth::Exposure>,
    ) {
        let Some(kind) = kind else { return };
        let urls: Vec<&String> = made.pixel.iter().chain(made.link.iter()).collect();
        if urls.is_empty() {
            return;
        }
        let (burst, item) = match entry {
            Entry::Item(b, i) => (u64::from(b), u64::from(i)),
            Entry::Turn(..) => return,
        };
        let draw = key(self.seed, "act", &[burst, item, person as u64]);
        let mut act = web::act(draw, kind, at);
        if let Kind::Wave(number) = kind {
            for it in &self.intrusions {
                if it.person == person && it.joined.is_some_and(|j| j.0 == number) {
                    let click = it.joined.map_or(at, |j| j.1);
                    act = web::Act { open: Some(click - 40), click: Some(click), inside: true };
                }
            }
        }
        if made.pixel.is_none() && act.click.is_none()
            || made.link.is_none() && made.pixel.is_none()
        {
            act.open = None;
        }
        if made.link.is_none() {
            act.click = None;
        }
        let staff = person < self.people.staff;
        let mut dice = Dice::keyed(key(draw, "fetch", &[]));
        let logged = web::begin(&self.people, self.people.people[person].institution)
            .is_some_and(|begin| at >= begin - 40 * DAY);
        if staff && logged {
            let house = &self.people.institutions[self.people.people[person].institution];
            if house.key == "parliament" {
                for url in &urls {
                    hits.push(Hit {
                        time: at + dice.range(2, 25),
                        person,
                        url: (*url).clone(),
                        client: Client::Gateway,
                    });
                }
            }
            let proxied = house.key == "newsroom" && person.is_multiple_of(3);
            if let Some(pixel) = made.pixel.as_ref().filter(|_| proxied) {
                hits.push(Hit {
                    time: at + dice.range(60, 3 * HOUR),
                    person,
                    url: pixel.clone(),
                    client: Client::Proxy,
                });
            }
            if act.inside {
                if let (Some(open), Some(pixel)) = (act.open, &made.pixel) {
                    hits.push(Hit {
                        time: open,
                        person,
                        url: pixel.clone(),
                        client: Client::Person,
                    });
                }
                if let (Some(click), Some(link)) = (act.click, &made.link) {
                    hits.push(Hit {
                        time: click,
                        person,
                        url: link.clone(),
                        client: Client::Person,
                    });
                }
            }
        }
        if let Kind::Wave(number) = kind {
            let begin = web::begin(&self.people, self.people.people[person].institution);
            let covered = staff && begin.is_some_and(|b| at >= b);
            let visible = |url: &Option<String>| {
                url.as_ref()
                    .map_or(Shown::Nothing, |u| web::shown(self.seed, &self.people, person, u))
            };
            let (image, link) = (visible(&made.pixel), visible(&made.link));
            let before_end = |t: Option<i64>| t.is_some_and(|t| t < self.people.to);
            let clicked = act.inside && before_end(act.click);
            let opened = act.inside && (before_end(act.open) && made.pixel.is_some());
            let state = if !covered || (image == Shown::Nothing && link == Shown::Nothing) {
                "unknown"
            } else if clicked && link == Shown::Url {
                "clicked"
            } else if opened && image != Shown::Nothing || clicked && link != Shown::Nothing {
                "fetched"
            } else {
                "targeted"
            };
            let true_state = if act.click.is_some() {
                "clicked"
            } else if act.open.is_some() {
                "fetched"
            } else {
                "targeted"
            };
            exposures.push(truth::Exposure {
                wave: wave_name(number),
                recipient: self.people.people[person].address.clone(),
                state: state.to_owned(),
                true_state: true_state.to_owned(),
            });
        }
    }
}
