//! Letters to the people concerned: what was aimed at you, what was read, what is not
//! known, what to do now. Plain words, in English, German and French.
//!
//! Whoever reads a mailbox also reads the letter that warns its owner, so a letter says that
//! it is to be handed over by another way, and nothing here sends it. Somebody whose mailbox
//! is the institution's gets steps that the institution takes for them; the owner of a
//! private or family account gets steps for them alone, since nobody else can take them.

use std::collections::BTreeMap;

use demarche_core::{Exposure, ExposureState, Intrusion, IntrusionStatus, Wave};

use crate::bundle::BundleError;
use crate::catalogue::{self, Language, say, tr};
use crate::document::Document;
use crate::inert::inert;
use crate::model::{Person, Report};
use crate::words::{self, is_likely};
use crate::{markdown, pdf, plain_page};

/// A letter as files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Name without its ending: the person's id in the house, else a short hash.
    pub name: String,
    /// A page to print.
    pub html: String,
    /// The same for paper.
    pub pdf: Vec<u8>,
    /// The same as text.
    pub markdown: String,
}

/// What one person's letter is about.
#[derive(Default)]
struct Concerned<'a> {
    person: Option<&'a Person>,
    mailboxes: Vec<&'a str>,
    exposures: Vec<(&'a Wave, &'a Exposure)>,
    intrusions: Vec<&'a Intrusion>,
}

/// One letter for each person in a likely wave or intrusion, sorted by name of file.
///
/// `privileged` says of a mailbox whether its bodies are kept out of the investigation,
/// `contact` is whom a reader can ask.
///
/// # Errors
/// [`BundleError::Pdf`] when a page cannot be made.
pub fn letters(
    report: &Report,
    privileged: &dyn Fn(&str) -> bool,
    contact: &str,
) -> Result<Vec<Letter>, BundleError> {
    let mut letters = Vec::new();
    for (name, concerned) in concerned(report) {
        let document = catalogue::with(Language::of(&report.language), || {
            letter(report, &concerned, privileged, contact)
        });
        let (html, markdown, pdf) = catalogue::with(Language::of(&report.language), || {
            let html = plain_page::render(&document);
            (html, markdown::render(&document), pdf::render(&document, ""))
        });
        letters.push(Letter { name, html, pdf: pdf?, markdown });
    }
    Ok(letters)
}

/// By name of file. A private account gets a letter of its own, even of a person who has
/// one for an official mailbox: it goes another way and asks for other steps.
fn concerned(report: &Report) -> BTreeMap<String, Concerned<'_>> {
    let people: BTreeMap<&str, &Person> =
        report.people.iter().map(|person| (person.mailbox.as_str(), person)).collect();
    let waves: BTreeMap<&str, &Wave> = report
        .waves
        .iter()
        .filter(|wave| is_likely(wave.probability))
        .map(|wave| (wave.wave_id.as_str(), wave))
        .collect();
    let mut all: BTreeMap<String, Concerned<'_>> = BTreeMap::new();
    let key = |mailbox: &str| -> String {
        match people.get(mailbox) {
            Some(person) if !person.person_id.is_empty() => {
                let id: String = person
                    .person_id
                    .chars()
                    .map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' })
                    .take(60)
                    .collect();
                if person.kind == "linked" { format!("{id}-private") } else { id }
            }
            _ => demarche_core::id::short_hash(&[mailbox.as_bytes()])[..12].to_owned(),
        }
    };
    for exposure in &report.exposures {
        let Some(wave) = waves.get(exposure.wave_id.as_str()) else { continue };
        let entry = all.entry(key(&exposure.recipient)).or_default();
        entry.exposures.push((wave, exposure));
        entry.add(&exposure.recipient, &people);
    }
    for intrusion in report.intrusions.iter().filter(|row| is_likely(row.probability)) {
        let entry = all.entry(key(&intrusion.account)).or_default();
        entry.intrusions.push(intrusion);
        entry.add(&intrusion.account, &people);
    }
    for entry in all.values_mut() {
        entry.exposures.sort_by_key(|(wave, row)| (wave.first_seen, &wave.wave_id, &row.recipient));
        entry.intrusions.sort_by_key(|row| (row.first_access, &row.intrusion_id));
    }
    all
}

impl<'a> Concerned<'a> {
    fn add(&mut self, mailbox: &'a str, people: &BTreeMap<&str, &'a Person>) {
        if !self.mailboxes.contains(&mailbox) {
            self.mailboxes.push(mailbox);
            self.mailboxes.sort_unstable();
        }
        self.person = self.person.or_else(|| people.get(mailbox).copied());
    }
}

fn letter(
    report: &Report,
    about: &Concerned<'_>,
    privileged: &dyn Fn(&str) -> bool,
    contact: &str,
) -> Document {
    let private = about.person.is_some_and(|person| person.kind == "linked");
    let mut document = Document {
        title: tr("Notice to a person concerned").into_owned(),
        language: catalogue::current().code(),
        tlp: "RED".to_owned(),
        mark: report.generated_at.map(|time| time.date()).unwrap_or_default(),
        blocks: Vec::new(),
    };
    let name = about.person.map_or("", |person| person.name.as_str());
    let name = if name.is_empty() { about.mailboxes.first().copied().unwrap_or("") } else { name };
    document.paragraph(say!("For {name}, personally", name = inert(name, 80)));
    document.paragraph(tr("This letter is to be handed to you in person, read to you over a telephone number known beforehand, or given on paper. It must not be sent through the mailbox or number that it is about: whoever reads that would read this. Please do not answer from there either, and do not forward it."));
    document.paragraph(if private {
        tr("You get it because an account of yours, or of your family, was looked at with your consent in an investigation, and something was found there.")
    } else {
        tr("You get it because your work mailbox, account or number was looked at in an investigation, and something was found there.")
    });
    let boxes: Vec<String> = about.mailboxes.iter().map(|mailbox| inert(mailbox, 80)).collect();
    document.quiet(say!("It is about: {mailboxes}", mailboxes = words::list(&boxes, 8)));
    if about.mailboxes.iter().any(|mailbox| privileged(mailbox)) {
        document.paragraph(tr("This mailbox is privileged. Nobody in the investigation has read the text of your messages, and none of it is kept: what follows rests on headers and technical marks alone. Reading a single message would take two persons and a recorded reason."));
    }
    aimed_at_you(&mut document, about);
    was_read(&mut document, about);
    document.heading(2, tr("What is not known"));
    document.paragraph(tr("The logs cover part of the time only. That something is not mentioned here does not mean that it did not happen. Other accounts and devices of yours were not looked at."));
    steps(&mut document, about, private);
    document.heading(2, tr("Whom you can ask"));
    document.paragraph(if contact.is_empty() {
        tr("The person who hands you this letter.").into_owned()
    } else {
        inert(contact, 300)
    });
    document.paragraph(tr("You did nothing wrong. Mail of this kind is made to be opened, and having opened it is no reproach."));
    document
}

fn aimed_at_you(document: &mut Document, about: &Concerned<'_>) {
    document.heading(2, tr("What was aimed at you"));
    if about.exposures.is_empty() {
        document.paragraph(tr(
            "No message of the kind we looked for was found addressed to you in what was covered.",
        ));
        return;
    }
    document.paragraph(tr("You got messages that look like ordinary mail and that tell their sender, by a hidden picture or link made for you alone, when, where and on which device you read them:"));
    for (wave, row) in about.exposures.iter().take(30) {
        let what = match row.state {
            ExposureState::Unknown => tr("whether it was opened is not known"),
            ExposureState::Targeted => tr("no opening was seen in the logs at hand"),
            ExposureState::Fetched => tr(
                "its picture was loaded: your address on the network, device and rough place went out",
            ),
            ExposureState::Clicked => tr("its link was followed"),
        };
        document.item(
            words::day(wave.first_seen),
            format!("\u{201c}{}\u{201d}: {what}.", inert(&wave.subject, 100)),
        );
    }
}

fn was_read(document: &mut Document, about: &Concerned<'_>) {
    document.heading(2, tr("What was read"));
    if about.intrusions.is_empty() {
        document.paragraph(tr("No access by a stranger was found in the logs at hand."));
        return;
    }
    for row in &about.intrusions {
        let kinds: Vec<String> = row.kinds.iter().map(|kind| words::intrusion_kind(kind)).collect();
        let read = if row.read.is_empty() {
            tr("what was read is not known").into_owned()
        } else {
            say!("read: {amounts}", amounts = words::list(&words::amounts(&row.read), 6))
        };
        let status = match row.status {
            IntrusionStatus::Active => tr("it went on at the end of the logs"),
            IntrusionStatus::Ended => tr("it ended as far as the logs reach"),
            IntrusionStatus::Unknown => tr("whether it goes on is not known"),
        };
        document.paragraph(say!(
            "Somebody else had access to your {kinds}, {span}; {status}; {read}. How sure we are: {likely}.",
            kinds = words::list(&kinds, 5),
            span = crate::narrative::rows::short_span(row),
            status = status,
            read = inert(&read, 200),
            likely = words::likelihood(row.probability)
        ));
    }
}

fn steps(document: &mut Document, about: &Concerned<'_>, private: bool) {
    document.heading(2, tr("What to do now"));
    let numbers = about.intrusions.iter().any(|row| row.kinds.iter().any(|k| k == "call_records"));
    let broken = about.intrusions.iter().any(|row| row.kinds.iter().any(|k| k != "call_records"));
    let mut steps = vec![
        tr(
            "Do not open these messages again, nor their pictures and links, not even to look. Do not delete them either: they are evidence.",
        ),
        tr("Do not speak of this by mail or chat from the devices and accounts concerned."),
    ];
    if broken && private {
        steps.push(tr("From a device that was not used with this account: sign out all sessions in the provider\u{2019}s security page, then change the password, then set up sign-in with a second factor anew."));
        steps.push(tr("Look there for forwarding addresses, filter rules, connected applications and recovery addresses that you do not know. Take a picture of each before you remove it."));
        steps.push(tr("The institution has no power over this account and will not ask for its password. Nobody who asks you for it comes from us."));
    } else if broken {
        steps.push(tr("The institution signs out your sessions and renews your password and second factor together with you, on a clean device. Until then use the account for nothing that matters."));
        steps.push(tr("Tell the person who hands you this letter about rules, forwardings, applications or delegates in your mailbox that you did not set up yourself."));
    } else if private {
        steps.push(tr("Switch off the automatic loading of pictures in your mail program, and set up sign-in with a second factor."));
    } else {
        steps.push(tr("Leave the automatic loading of pictures switched off in your mail program, on your telephone too."));
    }
    if numbers {
        steps.push(tr("Somebody looked up whom you called and when. Think of whom that could endanger, and tell the person who hands you this letter, by word of mouth."));
    }
    steps.push(if private {
        tr("If you want, your national cyber-security centre or police can help you; ask for a written confirmation for your provider.")
    } else {
        tr("Private accounts of yours and of your family may be targets too. If you want them looked at, that needs their consent.")
    });
    for (at, step) in steps.into_iter().enumerate() {
        document.item(format!("{}.", at + 1), step);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn each_person_gets_a_letter_about_themselves_alone() {
        for language in ["en", "de", "fr"] {
            let mut report = sample::report();
            language.clone_into(&mut report.language);
            for (at, person) in report.people.iter_mut().enumerate() {
                person.person_id = format!("p{at}");
            }
            report.people[7].kind = "linked".to_owned();
            let letters = letters(&report, &|mailbox| mailbox.starts_with("g.novak"), "").unwrap();
            let named = |name: &str| letters.iter().find(|l| l.name == name).unwrap();
            let petrov = named("p0");
            assert!(petrov.html.contains("Ana Petrov") && !petrov.html.contains("Lindqvist"));
            assert!(petrov.html.contains("TLP:RED") && petrov.html.contains("412"));
            assert!(petrov.html.contains(&format!("lang=\"{language}\"")));
            assert!(!petrov.html.contains("<script>") && petrov.html.contains("&lt;script&gt;"));
            let private = named("p7-private");
            assert_ne!(
                petrov.html.contains("cyber"),
                private.html.to_lowercase().contains("cyber")
            );
            let privileged = ["privileged", "geschützt", "protégée"];
            assert!(privileged.iter().any(|word| named("p6").html.contains(word)));
            assert!(letters.iter().all(|letter| letter.pdf.starts_with(b"%PDF")));
        }
    }
}
