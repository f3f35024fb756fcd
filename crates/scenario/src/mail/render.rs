//! From the plan to messages. Nothing is remembered: a reply makes again
//! what it quotes.

use super::engine::{self, Html};
use super::plan::{Burst, Entry, Kind, Party, Plan, Scene, Spec, Url};
use super::write::{Message, base64_lines};
use crate::dice::{Dice, key};
use crate::text::{self, Lang, Register};
use crate::time;

/// A message with those who have a copy.
pub struct Made {
    /// The message.
    pub message: Message,
    /// Mailboxes that received it.
    pub to: Vec<usize>,
    /// Mailbox that sent it.
    pub sender: Option<usize>,
    /// Remote image of this message.
    pub pixel: Option<String>,
    /// Link of this message.
    pub link: Option<String>,
    /// Results of SPF and DKIM.
    pub auth: (&'static str, &'static str),
}

/// Engine of a person: houses run one mail system, people several clients.
fn person_engine(scene: &Scene<'_>, person: usize) -> usize {
    let mut dice = Dice::keyed(key(scene.seed, "client", &[person as u64]));
    if person >= scene.people.staff {
        let address = &scene.people.people[person].address;
        return if address.ends_with("gmail.com") { 4 } else { dice.below(engine::ENGINES) };
    }
    [1, 1, 1, 13, 13, 3, 7, 2, 15, 11][dice.below(10)]
}

fn wrap(text: &str, prefix: &str, out: &mut String) {
    let mut width = 0;
    out.push_str(prefix);
    for word in text.split(' ') {
        if width > 0 && width + word.len() > 74 {
            out.push('\n');
            out.push_str(prefix);
            width = 0;
        } else if width > 0 {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += word.len();
    }
    out.push('\n');
}

struct Voice {
    name: String,
    address: String,
    engine: usize,
    zone: Option<i64>,
    host: (String, String),
    signature: String,
    pixel: Option<Url>,
}

fn voice(plan: &Plan, scene: &Scene<'_>, party: Party) -> Voice {
    match party {
        Party::Person(person) => {
            let who = &scene.people.people[person];
            let house = &scene.people.institutions[who.institution];
            let linked = person >= scene.people.staff;
            let domain = who.address.split('@').next_back().unwrap_or("local");
            let net =
                if linked { scene.nets.of(crate::net::NetKind::Cloud, None)[0] } else { house.net };
            let mut dice = Dice::keyed(key(
                scene.seed,
                "out",
                &[if linked { person } else { who.institution } as u64],
            ));
            Voice {
                name: who.name.clone(),
                address: who.address.clone(),
                engine: person_engine(scene, person),
                zone: None,
                host: (
                    format!("out{}.{domain}", 1 + person % 2),
                    scene.nets.address(&mut dice, net, None),
                ),
                signature: if linked {
                    who.first.clone()
                } else {
                    format!("{}\n{}\n{}\nTel. {}", who.name, who.role, house.name, who.phone)
                },
                pixel: None,
            }
        }
        Party::Contact(contact) => {
            let who = &plan.contacts[contact];
            Voice {
                name: who.name.clone(),
                address: who.address.clone(),
                engine: who.engine,
                zone: who.zone,
                host: who.host.clone(),
                signature: if who.org.is_empty() {
                    who.name.clone()
                } else {
                    format!("{}\n{}", who.name, who.org)
                },
                pixel: who.pixel.clone(),
            }
        }
        Party::Bulk(burst, _) => {
            let spec = &plan.specs[plan.bursts[burst].spec];
            Voice {
                name: spec.from_name.clone(),
                address: spec.from.clone(),
                engine: spec.engine,
                zone: Some(spec.zone),
                host: spec.host.clone(),
                signature: spec.signature.clone(),
                pixel: None,
            }
        }
    }
}

/// Text of a short message, bytes: it comes twice, as text and as HTML.
const LEAN: usize = 140;

/// The first paragraph, cut to [`LEAN`] bytes.
fn shorten(mut body: Vec<String>) -> Vec<String> {
    body.truncate(1);
    if let Some(text) = body.first_mut() {
        let end = text.char_indices().map(|c| c.0).find(|&at| at >= LEAN);
        text.truncate(end.unwrap_or(text.len()));
    }
    body
}

fn turn_text(plan: &Plan, scene: &Scene<'_>, thread: usize, turn: usize) -> Vec<String> {
    let it = &plan.threads[thread];
    let mut dice = Dice::keyed(key(it.key, "text", &[turn as u64]));
    // Now and then somebody passes on an article of the day.
    if dice.chance(0.04) && turn == 0 && !scene.lean() {
        let day = it.turns[0].0.div_euclid(time::DAY);
        let number = dice.below(super::bulk::ARTICLES);
        let article = text::article(
            scene.seed,
            it.lang,
            day,
            number,
            super::bulk::article_topic(day, number),
        );
        let mut out = text::paragraphs(&mut dice, it.lang, Register::Office, it.topic, 150);
        out.push(article.headline);
        out.extend(article.body);
        return out;
    }
    let bytes =
        (420.0 + dice.exponential(if turn == 0 { 900.0 } else { 450.0 })).min(6000.0) as usize;
    if scene.lean() {
        return shorten(text::paragraphs(&mut dice, it.lang, Register::Office, it.topic, LEAN));
    }
    text::paragraphs(&mut dice, it.lang, Register::Office, it.topic, bytes)
}

fn turn_id(plan: &Plan, scene: &Scene<'_>, thread: usize, turn: usize) -> String {
    let it = &plan.threads[thread];
    let (at, sender) = it.turns[turn];
    let who = voice(plan, scene, it.parties[sender]);
    let domain = who.address.split('@').next_back().unwrap_or("local").to_owned();
    engine::message_id(&mut Dice::keyed(key(it.key, "id", &[turn as u64])), who.engine, at, &domain)
}

fn make_turn(plan: &Plan, scene: &Scene<'_>, thread: usize, turn: usize) -> Made {
    let it = &plan.threads[thread];
    let lex = it.lang.lexicon();
    let (at, sender) = it.turns[turn];
    let who = voice(plan, scene, it.parties[sender]);
    let mut dice = Dice::keyed(key(it.key, "turn", &[turn as u64]));
    let others: Vec<Party> =
        it.parties.iter().enumerate().filter(|(i, _)| *i != sender).map(|(_, p)| *p).collect();
    let mut names: Vec<(String, String)> = others
        .iter()
        .map(|&p| {
            let v = voice(plan, scene, p);
            (v.name, v.address)
        })
        .collect();
    let first =
        names.first().map(|n| n.0.split(' ').next().unwrap_or("").to_owned()).unwrap_or_default();
    if scene.lean() {
        names.truncate(6);
    }
    let cc = if names.len() > 2 { names.split_off(names.len() / 2) } else { vec![] };
    let answered = it
        .parties
        .iter()
        .find_map(|p| if let Party::Bulk(b, i) = p { Some((*b, *i)) } else { None });
    let mut body = turn_text(plan, scene, thread, turn);
    body.insert(
        0,
        text::fill(
            &mut dice,
            it.lang,
            it.topic,
            lex.greetings[dice_index(it.key, turn, lex.greetings.len())],
            &first,
        ),
    );
    let closing = (dice.pick(lex.closings)).to_owned();
    let mut plain = String::new();
    for paragraph in &body {
        wrap(paragraph, "", &mut plain);
        plain.push('\n');
    }
    plain.push_str(&format!("{closing}\n{}\n", who.signature));
    if key(it.key, &who.address, &[]).is_multiple_of(3) && !scene.lean() {
        plain.push_str("\n-- \n");
        wrap(lex.confidential, "", &mut plain);
    }
    let mut extra = vec![];
    let mut quoted: Vec<String> = vec![];
    let prior: Vec<usize> = (0..turn).rev().take(if scene.lean() { 1 } else { 3 }).collect();
    let subject = match answered {
        Some((burst, item)) => bulk_subject(plan, scene, burst, item).0,
        None => text::subject(
            &mut Dice::keyed(key(it.key, "subject", &[])),
            it.lang,
            Register::Office,
            it.topic,
        ),
    };
    if let (Some(&last), _) = (prior.first(), ()) {
        extra.push(("In-Reply-To".to_owned(), format!("<{}>", turn_id(plan, scene, thread, last))));
        let all: Vec<String> = (0..turn)
            .rev()
            .take(if scene.lean() { 2 } else { 6 })
            .map(|t| format!("<{}>", turn_id(plan, scene, thread, t)))
            .collect();
        extra
            .push(("References".to_owned(), all.into_iter().rev().collect::<Vec<_>>().join("\n ")));
    } else if let Some((burst, item)) = answered {
        let id = bulk_id(plan, scene, burst, item);
        extra.push(("In-Reply-To".to_owned(), format!("<{id}>")));
        extra.push(("References".to_owned(), format!("<{id}>")));
        let spec = &plan.specs[plan.bursts[burst].spec];
        let when = time::rfc5322(plan.bursts[burst].items[item].time, 0);
        plain.push('\n');
        plain.push_str(&lex.wrote.replace("{when}", &when).replace("{who}", &spec.from_name));
        plain.push('\n');
        let quote = if scene.lean() { 0 } else { 4 };
        for paragraph in bulk_body(plan, scene, burst, item).1.iter().take(quote) {
            wrap(paragraph, "> ", &mut plain);
            quoted.push(paragraph.clone());
        }
    }
    let mut prefix = String::new();
    for &last in &prior {
        prefix.push_str("> ");
        let (when, by) = it.turns[last];
        let name = voice(plan, scene, it.parties[by]).name;
        plain.push('\n');
        plain.push_str(&prefix[2..]);
        plain.push_str(
            &lex.wrote
                .replace("{when}", &time::rfc5322(when, it.lang.zone()))
                .replace("{who}", &name),
        );
        plain.push('\n');
        let quote = if scene.lean() { 0 } else { usize::MAX };
        for paragraph in turn_text(plan, scene, thread, last).into_iter().take(quote) {
            wrap(&paragraph, &prefix, &mut plain);
            quoted.push(paragraph);
        }
    }
    let have = if scene.lean() { usize::MAX } else { plain.len() };
    let pad = text_pad(&mut dice, it.lang, it.topic, have);
    for paragraph in &pad {
        plain.push('\n');
        wrap(paragraph, "", &mut plain);
    }
    let re = it.lang == Lang::De && turn > 0 && dice.chance(0.5);
    let subject = if turn > 0 || answered.is_some() {
        format!("{}: {subject}", if re { "AW" } else { "Re" })
    } else {
        subject
    };
    let html_mail =
        key(it.key, &who.address, &[1]) % 10 < 6 && !scene.lean() || who.pixel.is_some();
    let token = engine::token(&mut Dice::keyed(key(it.key, "token", &[turn as u64])), 2);
    let pixel = who
        .pixel
        .as_ref()
        .map(|p| engine::url(p.https, &p.host, p.shape, "open", it.key % 90_000, &token));
    let html = html_mail.then(|| {
        let mut all = body.clone();
        all.push(closing.clone());
        all.extend(who.signature.lines().map(str::to_owned));
        all.extend(quoted.iter().take(12).cloned());
        engine::html(
            [2, 4, 9, 11][key(it.key, &who.address, &[2]) as usize % 4],
            &Html { title: "", body: &all, link: None, pixel: pixel.as_deref(), footer: &[] },
        )
    });
    let zone = who.zone.unwrap_or_else(|| time::offset_at(at, it.lang.zone()));
    let attachment = (dice.chance(0.09) && !scene.lean()).then(|| {
        let n = 200 + dice.below(2400);
        let bytes: Vec<u8> = (0..n).map(|_| dice.below(256) as u8).collect();
        let (name, kind) = *dice.of(&[
            (
                "draft.docx",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ),
            ("table.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            ("minutes.pdf", "application/pdf"),
            ("photo.jpg", "image/jpeg"),
        ]);
        (format!("{}-{name}", dice.hex(3)), kind.to_owned(), base64_lines(&bytes))
    });
    let calendar = it.calendar.then(|| {
        let start = at + dice.range(1, 20) * time::DAY;
        let stamp = |t: i64| time::bare(t).replace(['-', ':'], "") + "Z";
        format!("BEGIN:VCALENDAR\nMETHOD:REQUEST\nVERSION:2.0\nPRODID:-//Calendar//EN\nBEGIN:VEVENT\nUID:{:016x}\nDTSTAMP:{}\nDTSTART:{}\nDTEND:{}\nSUMMARY:{subject}\nORGANIZER:mailto:{}\nEND:VEVENT\nEND:VCALENDAR\n", it.key, stamp(at), stamp(start), stamp(start + time::HOUR), who.address)
    });
    let mut to: Vec<usize> = others
        .iter()
        .filter_map(|p| if let Party::Person(x) = p { Some(*x) } else { None })
        .collect();
    to.sort_unstable();
    to.dedup();
    Made {
        message: Message {
            time: at,
            zone,
            engine: who.engine,
            id: turn_id(plan, scene, thread, turn),
            from_name: who.name,
            from: who.address,
            to: names,
            cc,
            subject,
            extra,
            list: vec![],
            text: plain,
            html,
            attachment,
            calendar,
            host: who.host,
            key: key(it.key, "mime", &[turn as u64]),
        },
        to,
        sender: if let Party::Person(person) = it.parties[sender] { Some(person) } else { None },
        pixel,
        link: None,
        auth: ("pass", if it.key.is_multiple_of(11) { "none" } else { "pass" }),
    }
}

fn dice_index(key: u64, turn: usize, n: usize) -> usize {
    (key as usize).wrapping_add(turn * 31) % n
}

/// Paragraphs that bring a short text near two kilobytes: what people paste
/// below their mail.
fn text_pad(dice: &mut Dice, lang: Lang, topic: usize, have: usize) -> Vec<String> {
    if have >= 1500 {
        return vec![];
    }
    text::paragraphs(dice, lang, Register::Office, topic, 1500 - have)
}

fn batch_key(scene: &Scene<'_>, burst: &Burst, at: usize, item: usize) -> u64 {
    key(scene.seed, "bulk-id", &[at as u64, burst.number, u64::from(burst.items[item].batch)])
}

/// Message-ID of a burst's item.
#[must_use]
pub fn bulk_id(plan: &Plan, scene: &Scene<'_>, burst: usize, item: usize) -> String {
    let it = &plan.bursts[burst];
    let spec = &plan.specs[it.spec];
    let batch = it.items[item].batch;
    let first = it.items.iter().find(|i| i.batch == batch).map_or(0, |i| i.time);
    engine::message_id(
        &mut Dice::keyed(batch_key(scene, it, burst, item)),
        spec.engine,
        first,
        &spec.id_domain,
    )
}

fn variant(burst: &Burst, at: usize, item: usize) -> usize {
    key(burst.number, "variant", &[at as u64, item as u64]) as usize % burst.subjects.max(1)
}

fn bulk_article(
    plan: &Plan,
    scene: &Scene<'_>,
    burst: usize,
    item: usize,
) -> Option<text::Article> {
    let it = &plan.bursts[burst];
    let (day, number) = it.article?;
    let number = (number + variant(it, burst, item)) % super::bulk::ARTICLES;
    let lang = plan.specs[it.spec].lang;
    Some(text::article(scene.seed, lang, day, number, super::bulk::article_topic(day, number)))
}

fn bulk_subject(plan: &Plan, scene: &Scene<'_>, burst: usize, item: usize) -> (String, Lang) {
    let it = &plan.bursts[burst];
    let spec = &plan.specs[it.spec];
    let lang = spec.lang;
    if let Some(article) = bulk_article(plan, scene, burst, item) {
        return (article.headline, lang);
    }
    let choice = variant(it, burst, item) as u64;
    let text = it.text.unwrap_or(burst as u64);
    let mut dice = Dice::keyed(key(scene.seed, "bulk-subject", &[text, choice]));
    (text::subject(&mut dice, lang, spec.register, it.topic), lang)
}

/// Title and paragraphs of a burst's item, without greeting.
fn bulk_body(plan: &Plan, scene: &Scene<'_>, burst: usize, item: usize) -> (String, Vec<String>) {
    let (title, body) = whole_body(plan, scene, burst, item);
    (title, if scene.lean() { shorten(body) } else { body })
}

fn whole_body(plan: &Plan, scene: &Scene<'_>, burst: usize, item: usize) -> (String, Vec<String>) {
    let it = &plan.bursts[burst];
    let spec = &plan.specs[it.spec];
    let choice = variant(it, burst, item) as u64;
    let text = it.text.unwrap_or(burst as u64);
    let mut dice = Dice::keyed(key(scene.seed, "bulk-body", &[text, choice]));
    let (title, _) = bulk_subject(plan, scene, burst, item);
    if let Some(article) = bulk_article(plan, scene, burst, item) {
        let mut body = article.body;
        match spec.kind {
            Kind::Wave(_) => {
                if dice.chance(0.5) {
                    let cut = 2 + dice.below(body.len());
                    body.truncate(cut.max(2));
                    body.extend(text::paragraphs(
                        &mut dice,
                        spec.lang,
                        Register::News,
                        it.topic,
                        300,
                    ));
                }
            }
            Kind::Newsletter => {
                if let Some((day, number)) = it.article {
                    let other = (number + 1) % super::bulk::ARTICLES;
                    let more = text::article(
                        scene.seed,
                        spec.lang,
                        day,
                        other,
                        super::bulk::article_topic(day, other),
                    );
                    body.push(more.headline);
                    body.extend(more.body);
                }
            }
            _ => {
                let own = text::paragraphs(&mut dice, spec.lang, spec.register, it.topic, 400);
                body.splice(0..0, own);
            }
        }
        return (title, body);
    }
    // Notices and invitations repeat their few sentences less than articles.
    let want = if spec.register == Register::Notice { it.bytes / 2 } else { it.bytes };
    let mut body = text::paragraphs(&mut dice, spec.lang, spec.register, it.topic, want.min(1500));
    if want > 1500 {
        body.extend(text::paragraphs(&mut dice, spec.lang, Register::News, it.topic, want - 1500));
    }
    (title, body)
}

fn list_headers(spec: &Spec, number: u64, token: &str) -> Vec<(String, String)> {
    let domain = spec.from.split('@').next_back().unwrap_or("local");
    let mut out = vec![];
    if spec.list > 0 {
        out.push((
            "List-Unsubscribe".to_owned(),
            format!("<mailto:unsubscribe@{domain}?subject={token}>"),
        ));
    }
    if spec.list > 1 {
        out.push(("List-Id".to_owned(), format!("<{}.{domain}>", spec.word)));
        out.push(("Feedback-ID".to_owned(), format!("{number}:{}:bulk", spec.word)));
    }
    out
}

fn make_item(plan: &Plan, scene: &Scene<'_>, burst: usize, item: usize) -> Made {
    let it = &plan.bursts[burst];
    let spec = &plan.specs[it.spec];
    let lex = spec.lang.lexicon();
    let entry = it.items[item];
    let mut dice = Dice::keyed(key(scene.seed, "item", &[burst as u64, item as u64]));
    let token = engine::token(&mut dice, spec.token);
    let (title, mut body) = bulk_body(plan, scene, burst, item);
    let mut to: Vec<usize> = vec![entry.to as usize];
    to.extend(entry.also.map(|p| p as usize));
    let people = &scene.people.people;
    let greeted = spec.register != Register::News || key(it.number, "greet", &[]).is_multiple_of(3);
    if greeted {
        let names: Vec<&str> = to
            .iter()
            .map(|&p| {
                if spec.register == Register::Sales {
                    people[p].first.as_str()
                } else {
                    people[p].name.as_str()
                }
            })
            .collect();
        let template = lex.greetings[it.number as usize % lex.greetings.len()];
        body.insert(0, text::fill(&mut dice, spec.lang, it.topic, template, &names.join(", ")));
    }
    let url = |u: &Url| engine::url(u.https, &u.host, u.shape, &spec.word, it.number, &token);
    let pixel = spec.pixel.as_ref().map(url);
    let link = spec.link.as_ref().map(url);
    let mut footer: Vec<String> = vec![];
    if matches!(spec.kind, Kind::Newsletter | Kind::Notice) || spec.list > 0 {
        footer.push(lex.unsubscribe.to_owned());
    }
    if !matches!(spec.kind, Kind::Newsletter | Kind::Notice) {
        footer.push(lex.closings[it.number as usize / 7 % lex.closings.len()].to_owned());
        footer.extend(spec.signature.lines().map(str::to_owned));
    }
    let more = lex.more[it.number as usize / 3 % lex.more.len()];
    let mut plain = format!("{title}\n\n");
    // A short message says what it says in HTML alone, where it has any.
    let stub = scene.lean() && spec.skeleton.is_some();
    for paragraph in body.iter().take(if stub { 0 } else { usize::MAX }) {
        wrap(paragraph, "", &mut plain);
        plain.push('\n');
    }
    if let Some(link) = &link {
        plain.push_str(&format!("{more}: {link}\n\n"));
    }
    if scene.lean() {
        footer.truncate(2);
    }
    for line in footer.iter().take(if stub { 0 } else { usize::MAX }) {
        plain.push_str(line);
        plain.push('\n');
    }
    let html = spec.skeleton.map(|skeleton| {
        engine::html(
            skeleton,
            &Html {
                title: &title,
                body: &body,
                link: link.as_deref().map(|l| (l, more)),
                pixel: pixel.as_deref(),
                footer: &footer,
            },
        )
    });
    let pixel = pixel.filter(|_| html.is_some());
    let mut extra = vec![];
    if let Some(reply) = &spec.reply_to {
        extra.push(("Reply-To".to_owned(), reply.clone()));
    }
    let named = it.number.is_multiple_of(2);
    Made {
        message: Message {
            time: entry.time,
            zone: spec.zone,
            engine: spec.engine,
            id: bulk_id(plan, scene, burst, item),
            from_name: spec.from_name.clone(),
            from: spec.from.clone(),
            to: to
                .iter()
                .map(|&p| {
                    (
                        if named { people[p].name.clone() } else { String::new() },
                        people[p].address.clone(),
                    )
                })
                .collect(),
            cc: vec![],
            subject: title,
            extra,
            list: list_headers(spec, it.number, &token),
            text: plain,
            html,
            attachment: None,
            calendar: None,
            host: spec.host.clone(),
            key: key(scene.seed, "bulk-mime", &[burst as u64, item as u64]),
        },
        to,
        sender: None,
        pixel,
        link,
        auth: spec.auth,
    }
}

/// Bytes of a short message without what the receiving side adds.
const SHORT: usize = 1_550;

/// Makes an entry's message.
#[must_use]
pub fn make(plan: &Plan, scene: &Scene<'_>, entry: Entry) -> Made {
    let mut made = match entry {
        Entry::Turn(thread, turn) => make_turn(plan, scene, thread as usize, turn as usize),
        Entry::Item(burst, item) => make_item(plan, scene, burst as usize, item as usize),
    };
    if scene.lean() && super::write::render(&made.message).len() > SHORT {
        made.message.html = None;
        made.message.calendar = None;
        made.pixel = None;
        made.message.cc.clear();
        made.message.to.truncate(4);
    }
    made
}
