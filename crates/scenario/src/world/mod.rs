//! Makes a world: draws everyone and everything, then writes the evidence
//! and, apart from it, the truth.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

mod mail;

use crate::attack::{self, Attack, intrusion};
use crate::baseline;
use crate::calls;
use crate::cloud::{self, House, Mailboxes, Seen};
use crate::dice::{Dice, key};
use crate::grown;
use crate::grown::families::Split;
use crate::grown::hands::Hands;
use crate::mail::plan::{Plan, Scene};
use crate::net::Networks;
use crate::people::{CloudForm, People, Size};
use crate::time::{self, DAY};
use crate::truth::{self, Line};
use crate::web;

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

/// What is written beside the evidence and the truth.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What simpler methods say of the world, into `baselines/`.
    pub baselines: bool,
    /// Mail archives that join its mail.
    pub background: Vec<PathBuf>,
}

fn wave_name(number: usize) -> String {
    format!("W{}", number + 1)
}

/// Collectors of the simpler methods.
#[derive(Default)]
struct Simple {
    mail: baseline::mail::Collector,
    audit: baseline::audit::Collector,
}

/// How a world is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WorldKind {
    /// Two operators, seven waves, two years at most.
    #[default]
    Classic,
    /// More operators, from the families of a split (see [`grown`]).
    Grown(Split),
}

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
    /// How it was drawn.
    pub kind: WorldKind,
    /// Operators of a grown world, there in a control world too.
    pub hands: Hands,
}

impl World {
    /// Draws a world.
    #[must_use]
    pub fn draw(seed: u64, size: Size, control: bool) -> Self {
        Self::draw_kind(seed, size, control, WorldKind::Classic)
    }

    /// Draws a world of a kind. Size L is there for grown worlds only; a
    /// classic one is drawn as M.
    #[must_use]
    pub fn draw_kind(seed: u64, size: Size, control: bool, kind: WorldKind) -> Self {
        let is_grown = kind != WorldKind::Classic;
        let size = if is_grown || size != Size::L { size } else { Size::M };
        let mut people =
            if is_grown { grown::people::draw(seed, size) } else { People::draw(seed, size) };
        let offices: Vec<(&'static str, String)> =
            people.institutions.iter().map(|i| (i.lang.country(), i.name.clone())).collect();
        let nets = Networks::draw(seed, &offices);
        let office = nets.of(crate::net::NetKind::Office, None);
        for (house, net) in people.institutions.iter_mut().zip(office) {
            house.net = net;
        }
        let scene = Scene { seed, size, people: &people, nets: &nets, grown: is_grown };
        let mut plan = Plan::draw(&scene);
        let (hands, attack) = match kind {
            WorldKind::Classic => {
                (Hands::default(), (!control).then(|| attack::draw(&mut plan, &scene)))
            }
            WorldKind::Grown(split) => grown::draw(&mut plan, &scene, split, control),
        };
        let break_in = if is_grown { grown::intruders::draw } else { intrusion::draw };
        let intrusions = attack.as_ref().map(|a| break_in(&plan, &scene, a)).unwrap_or_default();
        Self { seed, size, control, people, nets, plan, attack, intrusions, kind, hands }
    }

    /// What its parts were drawn with.
    #[must_use]
    pub fn scene(&self) -> Scene<'_> {
        Scene {
            seed: self.seed,
            size: self.size,
            people: &self.people,
            nets: &self.nets,
            grown: self.kind != WorldKind::Classic,
        }
    }

    /// Writes `evidence/` and `truth.jsonl` below `out`.
    ///
    /// # Errors
    ///
    /// Where `out` exists with evidence, or a file cannot be written.
    pub fn write(&self, out: &Path) -> io::Result<Counts> {
        self.write_with(out, &Options::default())
    }

    /// Writes the same, and what `options` ask for.
    ///
    /// # Errors
    ///
    /// As [`World::write`].
    pub fn write_with(&self, out: &Path, options: &Options) -> io::Result<Counts> {
        let root = out.join("evidence");
        if root.exists() {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                format!("{} exists", root.display()),
            ));
        }
        std::fs::create_dir_all(&root)?;
        let mut counts = Counts::default();
        let mut simple = options.baselines.then(Simple::default);
        let (mailboxes, mut hits, waves, exposures) =
            self.mail(&root, &mut counts, simple.as_mut(), &options.background)?;
        let seen = self.cloud(&root, &mailboxes, &mut counts, simple.as_mut())?;
        if let Some(simple) = simple {
            simple.mail.write(&out.join("baselines"))?;
            simple.audit.write(&out.join("baselines"))?;
        }
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
        // Not every house writes down whom it lets test its people.
        let vendors: Vec<String> = match self.kind {
            WorldKind::Classic => vec![],
            WorldKind::Grown(_) => grown::decoys::vendors(&self.scene())
                .into_iter()
                .take(2)
                .map(|(_, domain)| domain)
                .collect(),
        };
        crate::tables::context(
            self.seed,
            &self.people,
            &self.nets,
            &cloud::apps(self.seed),
            &vendors,
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
            domains: self.people.institutions.iter().map(|i| i.domain.clone()).collect(),
            user_years: self.user_years(),
            worlds: match self.kind {
                WorldKind::Classic => "classic".to_owned(),
                WorldKind::Grown(_) => "grown".to_owned(),
            },
            split: match self.kind {
                WorldKind::Classic => String::new(),
                WorldKind::Grown(split) => split.name().to_owned(),
            },
            prevalence: waves.iter().map(|w| w.recipients.len()).sum::<usize>() as f64
                / counts.copies.max(1) as f64,
            traps: self.hands.traps.iter().map(|t| (*t).to_owned()).collect(),
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
        char::from(b'A' + (at % 26) as u8).to_string()
    }

    /// Years of staff accounts that audit logs cover and nobody broke into.
    fn user_years(&self) -> f64 {
        let broken: std::collections::BTreeSet<usize> =
            self.intrusions.iter().map(|i| i.person).collect();
        let people = &self.people;
        let clean = (0..people.staff).filter(|p| !broken.contains(p));
        let covered = clean.map(|p| {
            let person = &people.people[p];
            let days = people.institutions[person.institution].cloud_days;
            let begin = (people.to - days * DAY).max(people.from);
            let from = person.from.map_or(begin, |f| f.max(begin));
            let to = person.to.map_or(people.to, |t| t.min(people.to));
            (to - from).max(0) as f64 / (365.0 * DAY as f64)
        });
        covered.sum()
    }

    fn intrusion_lines(&self, seen: &[Option<Seen>], subjects: &[calls::Subject]) -> Vec<Line> {
        let mut out = vec![];
        for (at, it) in self.intrusions.iter().enumerate() {
            let line = |account: String, seen: Seen, secondary: bool| {
                let (censored, active) = (it.older(), it.active());
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
                    joined_wave: it.joined.map(|j| wave_name(j.0)),
                    secondary,
                    records: seen.records,
                    method: it.way().to_owned(),
                    sessions: seen.sittings,
                    longest_gap_days: seen.longest_gap as f64 / DAY as f64,
                    usual_gap_days: seen.usual_gap as f64 / DAY as f64,
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
                if let Some(delegate) = it.style.as_ref().and_then(|s| s.delegate) {
                    out.push(line(self.people.people[delegate].address.clone(), *seen, true));
                }
            }
        }
        out
    }

    fn cloud(
        &self,
        root: &Path,
        mailboxes: &Mailboxes,
        counts: &mut Counts,
        mut simple: Option<&mut Simple>,
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
                grown: self.kind != WorldKind::Classic,
            };
            let mut first = true;
            let mut events_seen = 0;
            let seen = house.run(|day, events| {
                let mut dice =
                    Dice::keyed(key(self.seed, "export", &[institution as u64, day as u64]));
                // Exports overlap: a day may come twice, and single rows too.
                let twice = dice.chance(0.28);
                events_seen += events.len() as u64;
                if let Some(simple) = simple.as_deref_mut() {
                    events.iter().for_each(|event| simple.audit.see(event, &self.nets));
                }
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
