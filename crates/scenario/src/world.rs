//! Makes a world: draws everyone and everything, then writes the evidence
//! and, apart from it, the truth.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::attack::{self, Attack, intrusion};
use crate::calls;
use crate::cloud::{self, House, Mailboxes, Seen};
use crate::dice::{Dice, key};
use crate::mail::plan::{Entry, Kind, Plan, Scene};
use crate::mail::store::Store;
use crate::mail::{render, write};
use crate::net::Networks;
use crate::people::{CloudForm, People, Size};
use crate::time::{self, DAY, HOUR};
use crate::truth::{self, Line};
use crate::web::{self, Client, Hit, Shown};

/// What was made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Copies of messages in mailboxes, without those kept twice.
    pub copies: u64,
    /// Different audit events.
    pub events: u64,
    /// Lines of web logs.
    pub fetches: u64,
}

const WAVES: [&str; 7] = ["W1", "W2", "W3", "W4", "W5", "W6", "W7"];

/// A drawn world before anything is written.
pub struct World {
    /// Seed.
    pub seed: u64,
    /// Size.
    pub size: Size,
    /// Whether the attack is left out.
    pub control: bool,
    /// People.
    pub people: People,
    /// Networks.
    pub nets: Networks,
    /// Mail.
    pub plan: Plan,
    /// Attack; none in a control world.
    pub attack: Option<Attack>,
    /// Intrusions; none in a control world.
    pub intrusions: Vec<intrusion::Intrusion>,
}

impl World {
    /// Draws a world.
    #[must_use]
    pub fn draw(seed: u64, size: Size, control: bool) -> Self {
        let mut people = People::draw(seed, size);
        let offices: Vec<(&'static str, String)> =
            people.institutions.iter().map(|i| (i.lang.country(), i.name.clone())).collect();
        let nets = Networks::draw(seed, &offices);
        let office = nets.of(crate::net::NetKind::Office, None);
        for (house, net) in people.institutions.iter_mut().zip(office) {
            house.net = net;
        }
        let scene = Scene { seed, size, people: &people, nets: &nets };
        let mut plan = Plan::draw(&scene);
        let attack = (!control).then(|| attack::draw(&mut plan, &scene));
        let intrusions =
            attack.as_ref().map(|a| intrusion::draw(&plan, &scene, a)).unwrap_or_default();
        Self { seed, size, control, people, nets, plan, attack, intrusions }
    }

    fn scene(&self) -> Scene<'_> {
        Scene { seed: self.seed, size: self.size, people: &self.people, nets: &self.nets }
    }

    /// Writes `evidence/` and `truth.jsonl` below `out`.
    ///
    /// # Errors
    ///
    /// Where `out` exists with evidence, or a file cannot be written.
    pub fn write(&self, out: &Path) -> io::Result<Counts> {
        let root = out.join("evidence");
        if root.exists() {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                format!("{} exists", root.display()),
            ));
        }
        std::fs::create_dir_all(&root)?;
        let mut counts = Counts::default();
        let (mailboxes, mut hits, waves, exposures) = self.mail(&root, &mut counts)?;
        let seen = self.cloud(&root, &mailboxes, &mut counts)?;
        std::fs::create_dir_all(root.join("web"))?;
        let sites: Vec<String> = self.plan.outlets.iter().map(|o| o.domain.clone()).collect();
        let logger =
            web::Logger { seed: self.seed, people: &self.people, nets: &self.nets, sites: &sites };
        for (institution, hits) in hits.iter_mut().enumerate() {
            counts.fetches += logger.write(&root, institution, std::mem::take(hits))?;
        }
        let subjects = self.phones(&root)?;
        let tables = root.join("tables");
        std::fs::create_dir_all(&tables)?;
        crate::tables::roster(&self.people, &tables.join("roster.csv"))?;
        crate::tables::coverage(&self.people, &tables.join("coverage.csv"))?;
        crate::tables::context(
            self.seed,
            &self.people,
            &self.nets,
            &cloud::apps(self.seed),
            &tables.join("context.csv"),
        )?;
        std::fs::write(tables.join("ip2net.tsv"), self.nets.table())?;
        let mut lines = vec![Line::World(truth::World {
            seed: self.seed,
            size: self.size.name().to_owned(),
            control: self.control,
            institutions: self.people.institutions.iter().map(|i| i.name.clone()).collect(),
            from: time::rfc3339(self.people.from),
            to: time::rfc3339(self.people.to),
            institution_years: self.people.institutions.len() as f64
                * (self.people.to - self.people.from) as f64
                / (365.0 * DAY as f64),
            copies: counts.copies,
            events: counts.events,
        })];
        lines.extend(waves.into_iter().map(Line::Wave));
        lines.extend(self.intrusion_lines(&seen, &subjects));
        lines.extend(exposures.into_iter().map(Line::Exposure));
        let mut file = BufWriter::new(std::fs::File::create(out.join("truth.jsonl"))?);
        for line in lines {
            writeln!(file, "{}", serde_json::to_string(&line)?)?;
        }
        file.flush()?;
        Ok(counts)
    }

    fn phones(&self, root: &Path) -> io::Result<Vec<calls::Subject>> {
        let folder = root.join("calls");
        std::fs::create_dir_all(&folder)?;
        let scale = self.scene().scale().max(0.1);
        let n = (4000.0 * scale) as usize;
        calls::records(self.seed, &self.people, 0, true, n, &folder.join("parliament-cdr.csv"))?;
        calls::records(self.seed, &self.people, 3, false, n / 2, &folder.join("party-cdr.csv"))?;
        calls::lookups(
            self.seed,
            &self.people,
            &self.nets,
            &self.intrusions,
            (6000.0 * scale) as usize,
            &folder.join("record_lookups.csv"),
        )
    }

    fn operator(at: usize) -> String {
        ["A", "B"][at % 2].to_owned()
    }

    fn intrusion_lines(&self, seen: &[Option<Seen>], subjects: &[calls::Subject]) -> Vec<Line> {
        let mut out = vec![];
        for (at, it) in self.intrusions.iter().enumerate() {
            let line = |account: String, seen: Seen, secondary: bool| {
                let censored = it.method == intrusion::Method::Long;
                let active = it.method == intrusion::Method::Consent;
                Line::Intrusion(truth::Intrusion {
                    intrusion: format!("I{}", at + 1),
                    operator: Self::operator(it.operator),
                    account,
                    kinds: it.kinds().iter().map(|k| (*k).to_owned()).collect(),
                    first_access: time::rfc3339(seen.first),
                    last_access: time::rfc3339(seen.last),
                    true_first_access: time::rfc3339(if censored { it.from } else { seen.first }),
                    status: if active { "active" } else { "ended" }.to_owned(),
                    start_censored: censored,
                    end_censored: active,
                    joined_wave: it.joined.map(|j| WAVES[j.0].to_owned()),
                    secondary,
                    records: seen.records,
                })
            };
            if it.method == intrusion::Method::Records {
                out.extend(
                    subjects
                        .iter()
                        .filter(|s| s.intrusion == at)
                        .map(|s| line(s.phone.clone(), s.seen, !s.main)),
                );
            } else if let Some(Some(seen)) = seen.get(at) {
                out.push(line(self.people.people[it.person].address.clone(), *seen, false));
            }
        }
        out
    }

    /// Writes all mail; returns message ids by mailbox, fetches by
    /// institution, waves and exposures.
    #[allow(clippy::type_complexity)]
    fn mail(
        &self,
        root: &Path,
        counts: &mut Counts,
    ) -> io::Result<(Mailboxes, Vec<Vec<Hit>>, Vec<truth::Wave>, Vec<truth::Exposure>)> {
        let scene = self.scene();
        let mut store = Store::new(root, self.seed);
        let mut mailboxes: Mailboxes = vec![vec![]; self.people.people.len()];
        let mut hits: Vec<Vec<Hit>> = vec![vec![]; self.people.institutions.len()];
        let mut exposures = vec![];
        let mut waves: Vec<truth::Wave> = vec![];
        if let Some(attack) = &self.attack {
            for (number, wave) in attack.waves.iter().enumerate() {
                waves.push(truth::Wave {
                    wave: WAVES[number].to_owned(),
                    operator: Self::operator(wave.operator),
                    group: self.people.groups[wave.group].name.clone(),
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
                store.keep(&self.people, person, false, &made.message.from, at + 2, &text)?;
                mailboxes[person].push((at, made.message.id.clone()));
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
            if let Some(Kind::Wave(number)) = kind {
                let wave = &mut waves[number];
                let stamp = time::rfc3339(at);
                if !wave.message_ids.contains(&made.message.id) {
                    wave.message_ids.push(made.message.id.clone());
                }
                wave.recipients
                    .extend(made.to.iter().map(|&p| self.people.people[p].address.clone()));
                if wave.first_seen.is_empty() {
                    wave.first_seen.clone_from(&stamp);
                }
                wave.last_seen = stamp;
            }
        }
        counts.copies = store.copies;
        store.finish()?;
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
        if staff {
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
                wave: WAVES[number].to_owned(),
                recipient: self.people.people[person].address.clone(),
                state: state.to_owned(),
                true_state: true_state.to_owned(),
            });
        }
    }

    fn cloud(
        &self,
        root: &Path,
        mailboxes: &Mailboxes,
        counts: &mut Counts,
    ) -> io::Result<Vec<Option<Seen>>> {
        let folder = root.join("cloud");
        std::fs::create_dir_all(&folder)?;
        let apps = cloud::apps(self.seed);
        let mut all: Vec<Option<Seen>> = vec![None; self.intrusions.len()];
        for institution in 0..self.people.institutions.len() {
            let form = self.people.institutions[institution].cloud;
            let key_name = self.people.institutions[institution].key;
            let name = match form {
                CloudForm::Csv => format!("{key_name}-audit-export.csv"),
                CloudForm::Array => format!("{key_name}-auditlog.json"),
                CloudForm::Lines => format!("{key_name}-audit.jsonl"),
            };
            let mut file = BufWriter::new(std::fs::File::create(folder.join(name))?);
            match form {
                CloudForm::Csv => writeln!(
                    file,
                    "RecordId,CreationDate,RecordType,Operation,UserId,AuditData,AssociatedAdminUnits,AssociatedAdminUnitsNames"
                )?,
                CloudForm::Array => writeln!(file, "[")?,
                CloudForm::Lines => {}
            }
            let house = House {
                seed: self.seed,
                size: self.size,
                people: &self.people,
                nets: &self.nets,
                institution,
                mailboxes,
                intrusions: &self.intrusions,
                apps: &apps,
            };
            let mut first = true;
            let mut events_seen = 0;
            let seen = house.run(|day, events| {
                let mut dice =
                    Dice::keyed(key(self.seed, "export", &[institution as u64, day as u64]));
                // Exports overlap: a day may come twice, and single rows too.
                let twice = dice.chance(0.28);
                events_seen += events.len() as u64;
                for pass in 0..if form == CloudForm::Csv { 2 } else { 1 } {
                    for event in &events {
                        if pass == 1 && !twice && !dice.chance(0.55) {
                            continue;
                        }
                        let data = event.json(self.seed);
                        match form {
                            CloudForm::Csv => writeln!(
                                file,
                                "{},{}.0000000Z,{},{},{},\"{}\",,",
                                event.id(self.seed),
                                time::bare(event.time),
                                event.record_type().0,
                                event.operation(),
                                event.user,
                                data.replace('"', "\"\"")
                            )?,
                            CloudForm::Array => {
                                if !first {
                                    writeln!(file, ",")?;
                                }
                                first = false;
                                write!(file, "{data}")?;
                            }
                            CloudForm::Lines => writeln!(file, "{data}")?,
                        }
                    }
                }
                Ok(())
            })?;
            if form == CloudForm::Array {
                writeln!(file, "\n]")?;
            }
            file.flush()?;
            counts.events += events_seen;
            for (at, s) in seen {
                all[at] = Some(s);
            }
        }
        Ok(all)
    }
}
