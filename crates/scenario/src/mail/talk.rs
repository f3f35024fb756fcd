//! Conversations: inside an institution, with people outside, and at home.

use super::engine;
use super::plan::{Contact, Party, Plan, Scene, Thread, Url, draw_zone, host, working};
use crate::dice::{Dice, key};
use crate::net::NetKind;
use crate::people::{ascii, draw_name, invented};
use crate::text::Lang;
use crate::time::{DAY, HOUR, MINUTE};

/// Draws contacts and conversations into the plan.
pub fn draw(plan: &mut Plan, scene: &Scene<'_>) {
    contacts(plan, scene);
    internal(plan, scene);
    external(plan, scene);
    family(plan, scene);
}

fn contacts(plan: &mut Plan, scene: &Scene<'_>) {
    let mut dice = Dice::new(scene.seed, "contacts");
    let count = ((scene.people.staff as f64) * 2.2) as usize;
    for _ in 0..count {
        let lang = *dice.of(&[Lang::En, Lang::De, Lang::Fr]);
        let (first, last) = draw_name(&mut dice, lang);
        let word = invented(&mut dice);
        let mut org = word.clone();
        org[..1].make_ascii_uppercase();
        let (domain, org) = if dice.chance(0.2) {
            (
                (dice.pick(&["gmail.com", "gmx.net", "outlook.com", "orange.fr"])).to_owned(),
                String::new(),
            )
        } else if dice.chance(0.12) {
            let outlet = dice.of(&plan.outlets);
            (outlet.domain.clone(), outlet.name.clone())
        } else {
            (
                super::plan::domain(&mut dice, &word),
                format!(
                    "{org} {}",
                    dice.pick(&[
                        "Institute",
                        "GmbH",
                        "SARL",
                        "Ltd",
                        "Association",
                        "e.V.",
                        "Council"
                    ])
                ),
            )
        };
        let free = org.is_empty();
        let local = if free {
            format!("{}{}.{}", ascii(&first), ascii(&last), dice.hex(4))
        } else {
            format!("{}.{}", ascii(&first), ascii(&last))
        };
        let sender = host(
            &mut dice,
            scene.nets,
            if free { NetKind::Cloud } else { NetKind::Hosting },
            &domain,
        );
        let pixel = if dice.chance(0.08) {
            Some(Url {
                https: dice.chance(0.7),
                host: format!("{}track.com", invented(&mut dice)),
                shape: dice.pick(&engine::PIXELS),
            })
        } else {
            None
        };
        plan.contacts.push(Contact {
            name: format!("{first} {last}"),
            org,
            address: format!("{local}@{domain}"),
            lang,
            engine: if free && domain == "gmail.com" { 4 } else { dice.below(engine::ENGINES) },
            zone: if dice.chance(0.12) { Some(draw_zone(&mut dice)) } else { None },
            host: sender,
            pixel,
        });
    }
}

fn turns(
    scene: &Scene<'_>,
    dice: &mut Dice,
    start: i64,
    parties: usize,
    mean: f64,
    lang: Lang,
) -> Vec<(i64, usize)> {
    let mut out: Vec<(i64, usize)> = vec![(start, 0)];
    let mut time = start;
    let more = (dice.exponential(mean) as usize).min(7);
    for _ in 0..more {
        time += 4 * MINUTE + dice.exponential(7.0 * HOUR as f64) as i64;
        if dice.chance(0.3) {
            time = working(dice, time + DAY / 2, lang).max(time + MINUTE);
        }
        if time >= scene.people.to {
            break;
        }
        let last = out.last().map_or(0, |t| t.1);
        let mut sender = dice.below(parties);
        if sender == last && !dice.chance(0.1) {
            sender = (sender + 1) % parties;
        }
        out.push((time, sender));
    }
    out
}

fn internal(plan: &mut Plan, scene: &Scene<'_>) {
    let mut dice = Dice::new(scene.seed, "internal");
    let people = scene.people;
    let count = (3_300.0 * scene.draws()) as usize;
    for nth in 0..count {
        let starter = dice.below(people.staff);
        let lang = people.lang(starter);
        let time = Plan::time(scene, &mut dice, lang);
        let institution = people.people[starter].institution;
        let mine: Vec<usize> = people
            .groups
            .iter()
            .enumerate()
            .filter(|(_, g)| !g.cause && g.members.contains(&starter))
            .map(|(i, _)| i)
            .collect();
        let group = if mine.is_empty() { 0 } else { *dice.of(&mine) };
        let pool: Vec<usize> = if dice.chance(0.7) {
            people.groups[group].members.clone()
        } else {
            people.staff_of(institution)
        };
        let pool: Vec<usize> =
            pool.into_iter().filter(|&p| p != starter && people.present(p, time)).collect();
        if pool.is_empty() || !people.present(starter, time) {
            continue;
        }
        let n = 1 + (dice.exponential(1.6) as usize).min(9);
        let mut parties = vec![Party::Person(starter)];
        parties.extend(dice.sample(&pool, n).into_iter().map(Party::Person));
        let calendar = dice.chance(0.13);
        let turns = if calendar {
            vec![(time, 0)]
        } else {
            turns(scene, &mut dice, time, parties.len(), 1.7, lang)
        };
        let topic = if dice.chance(0.6) { people.groups[group].topic } else { dice.below(20) };
        plan.threads.push(Thread {
            key: key(scene.seed, "thread", &[nth as u64]),
            lang,
            topic,
            parties,
            turns,
            calendar,
        });
    }
}

fn external(plan: &mut Plan, scene: &Scene<'_>) {
    let mut dice = Dice::new(scene.seed, "external");
    let people = scene.people;
    let count = (3_600.0 * scene.draws()) as usize;
    let mut known: Vec<Vec<usize>> = vec![vec![]; people.staff];
    for nth in 0..count {
        let person = dice.below(people.staff);
        let fresh = known[person].is_empty() || dice.chance(0.18);
        let contact = if fresh {
            let contact = dice.below(plan.contacts.len());
            known[person].push(contact);
            contact
        } else {
            *dice.of(&known[person])
        };
        let lang = if dice.chance(0.8) { people.lang(person) } else { plan.contacts[contact].lang };
        let time = Plan::time(scene, &mut dice, lang);
        if !people.present(person, time) {
            continue;
        }
        let mut parties = vec![Party::Contact(contact), Party::Person(person)];
        if dice.chance(0.22) {
            let colleagues = people.staff_of(people.people[person].institution);
            let other = *dice.of(&colleagues);
            if other != person && people.present(other, time) {
                parties.push(Party::Person(other));
            }
        }
        if dice.chance(0.4) {
            parties.swap(0, 1);
        }
        let calendar = dice.chance(0.06);
        let turns = if calendar {
            vec![(time, 0)]
        } else {
            turns(scene, &mut dice, time, parties.len(), 1.6, lang)
        };
        plan.threads.push(Thread {
            key: key(scene.seed, "talk", &[nth as u64]),
            lang,
            topic: dice.below(20),
            parties,
            turns,
            calendar,
        });
    }
}

fn family(plan: &mut Plan, scene: &Scene<'_>) {
    let mut dice = Dice::new(scene.seed, "family");
    let people = scene.people;
    for account in people.staff..people.people.len() {
        let Some((of, _)) = people.people[account].linked else { continue };
        let lang = people.lang(of);
        let count = (22.0 * scene.scale().max(0.25)).min(60.0) as usize;
        for nth in 0..count {
            let time = Plan::time(scene, &mut dice, lang);
            if !people.present(of, time) {
                continue;
            }
            let parties = if dice.chance(0.55) {
                let contact = dice.below(plan.contacts.len());
                vec![Party::Contact(contact), Party::Person(account)]
            } else {
                vec![Party::Person(of), Party::Person(account)]
            };
            let turns = turns(scene, &mut dice, time, 2, 0.8, lang);
            plan.threads.push(Thread {
                key: key(scene.seed, "home", &[account as u64, nth as u64]),
                lang,
                topic: dice.below(20),
                parties,
                turns,
                calendar: false,
            });
        }
    }
}
