//! Families of mailing hands: each a bundle of pools for URL grammar, HTML,
//! persona, mailer, infrastructure and pace. An operator takes its habits
//! from one family; so do honest agencies, who buy the same kits.
//!
//! Weights may be fitted on worlds of one half of the families and are
//! measured on the other half (`scenario split`). The halves share what is
//! common property (the engines, skeletons and shapes of
//! [`crate::mail::engine`]) and nothing else of the pools.

use crate::net::NetKind;

/// Which families operators are drawn from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Split {
    /// Those that weights may be fitted on.
    Fit,
    /// Those that are kept for scoring.
    Score,
    /// All.
    #[default]
    Any,
}

impl Split {
    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fit => "fit",
            Self::Score => "score",
            Self::Any => "any",
        }
    }

    /// Indexes into [`FAMILIES`].
    #[must_use]
    pub fn families(self) -> Vec<usize> {
        let of = |n: &usize| match self {
            Self::Fit => FAMILIES[*n].fit,
            Self::Score => !FAMILIES[*n].fit,
            Self::Any => true,
        };
        (0..FAMILIES.len()).filter(of).collect()
    }
}

/// Whom a sender claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persona {
    /// A news outlet, by its name.
    Outlet,
    /// A journalist of an outlet.
    Journalist,
    /// An institute, association or foundation.
    Organisation,
    /// An organiser who invites.
    Host,
    /// A service of the house or of a provider.
    Service,
    /// A person, and no more.
    Person,
}

/// How sending domains are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// From the name of whom it claims to be.
    Alike,
    /// An invented word.
    Invented,
    /// A free mail provider; URLs stand at a domain of their own.
    Free,
    /// A host below the domain of a mail service.
    Service,
}

/// A family.
#[derive(Debug)]
pub struct Family {
    /// Name.
    pub name: &'static str,
    /// Whether weights may be fitted on it.
    pub fit: bool,
    /// Shapes of image URLs.
    pub pixels: &'static [&'static str],
    /// Shapes of link URLs.
    pub links: &'static [&'static str],
    /// Token formats.
    pub tokens: &'static [usize],
    /// Skeletons.
    pub skeletons: &'static [usize],
    /// Engines.
    pub engines: &'static [usize],
    /// Personas.
    pub personas: &'static [Persona],
    /// Naming styles.
    pub naming: &'static [Naming],
    /// Networks that it sends from.
    pub nets: &'static [NetKind],
    /// Offsets in Date headers, minutes.
    pub zones: &'static [i64],
    /// Mean seconds between two messages.
    pub gaps: &'static [f64],
    /// Probability that a message has an image; one that has none has a link.
    pub image: f64,
    /// Probability of one message for two.
    pub pairs: f64,
    /// Probability of TLS.
    pub tls: f64,
    /// Probability of a list header.
    pub listed: f64,
    /// Subjects within a sending, at most.
    pub subjects: usize,
}

use NetKind::{Cloud, Consumer, Hosting, MailService, Vpn};

/// All families.
#[rustfmt::skip] // a table: one family a block
pub const FAMILIES: [Family; 16] = [
    Family {
        name: "headline-pixel", fit: true,
        pixels: &["/o/{k}.gif", "/n/{n}/{k}.gif"], links: &["/r/{k}", "/a/{k}"],
        tokens: &[0, 9], skeletons: &[1, 12], engines: &[6, 16],
        personas: &[Persona::Outlet, Persona::Journalist], naming: &[Naming::Alike],
        nets: &[MailService, Hosting], zones: &[0, 480], gaps: &[8.0, 45.0],
        image: 1.0, pairs: 0.1, tls: 0.4, listed: 0.05, subjects: 4,
    },
    Family {
        name: "reporter-slow", fit: false,
        pixels: &["/media/{w}/{k}.png", "/w/{k}/sig.png"], links: &["/article/{n}/{k}", "/q/{k}/{w}"],
        tokens: &[2, 10], skeletons: &[4, 14], engines: &[1, 19],
        personas: &[Persona::Journalist, Persona::Person], naming: &[Naming::Free, Naming::Invented],
        nets: &[Cloud, Hosting], zones: &[60, 180], gaps: &[2400.0, 5400.0],
        image: 0.6, pairs: 0.3, tls: 0.9, listed: 0.0, subjects: 3,
    },
    Family {
        name: "institute-survey", fit: true,
        pixels: &["/wf/open?upn={k}", "/s/{n}/o?p={k}"], links: &["/survey/{n}?t={k}", "/ls/click?upn={k}"],
        tokens: &[6, 11], skeletons: &[10, 13], engines: &[0, 17],
        personas: &[Persona::Organisation], naming: &[Naming::Service, Naming::Invented],
        nets: &[MailService], zones: &[0, 120], gaps: &[2.0, 20.0],
        image: 0.8, pairs: 0.0, tls: 0.95, listed: 0.4, subjects: 1,
    },
    Family {
        name: "conference-host", fit: false,
        pixels: &["/{w}/{k}/1x1.png", "/ev/{n}/{k}.png"], links: &["/register/{k}", "/{w}/rsvp?g={k}"],
        tokens: &[3, 12], skeletons: &[6, 15], engines: &[4, 18],
        personas: &[Persona::Host, Persona::Organisation], naming: &[Naming::Invented, Naming::Alike],
        nets: &[Hosting, MailService], zones: &[60, 330], gaps: &[20.0, 300.0],
        image: 0.7, pairs: 0.2, tls: 0.8, listed: 0.1, subjects: 2,
    },
    Family {
        name: "document-share", fit: true,
        pixels: &["/static/{w}/{k}/header.png", "/d/{k}/thumb.png"], links: &["/d/{k}/view", "/share/{n}/{k}"],
        tokens: &[1, 13], skeletons: &[7, 16], engines: &[5, 20],
        personas: &[Persona::Service, Persona::Person], naming: &[Naming::Alike, Naming::Service],
        nets: &[Hosting, Cloud], zones: &[0, 180], gaps: &[45.0, 900.0],
        image: 0.3, pairs: 0.0, tls: 1.0, listed: 0.0, subjects: 3,
    },
    Family {
        name: "wire-digest", fit: false,
        pixels: &["/i/{n}/{k}.jpg", "/dg/{k}"], links: &["/news/{w}?ref={k}", "/dg/{n}/{k}"],
        tokens: &[5, 9], skeletons: &[3, 17], engines: &[6, 21],
        personas: &[Persona::Outlet], naming: &[Naming::Service, Naming::Alike],
        nets: &[MailService], zones: &[0, -300], gaps: &[8.0, 60.0],
        image: 0.9, pairs: 0.0, tls: 0.5, listed: 0.5, subjects: 4,
    },
    Family {
        name: "exile-letter", fit: true,
        pixels: &["/api/mail/open/{k}", "/l/{k}.gif"], links: &["/letter/{k}", "/s/{k}"],
        tokens: &[7, 10], skeletons: &[8, 18], engines: &[10, 22],
        personas: &[Persona::Person, Persona::Organisation], naming: &[Naming::Free, Naming::Invented],
        nets: &[Hosting, Vpn], zones: &[480, 0], gaps: &[900.0, 5400.0],
        image: 0.7, pairs: 0.4, tls: 0.7, listed: 0.0, subjects: 2,
    },
    Family {
        name: "tender-notice", fit: false,
        pixels: &["/image.php?c={n}&s={k}", "/t.php?i={k}"], links: &["/go.php?to={n}&u={k}", "/tender.php?id={k}"],
        tokens: &[4, 11], skeletons: &[9, 19], engines: &[8, 23],
        personas: &[Persona::Organisation, Persona::Service], naming: &[Naming::Invented],
        nets: &[Hosting], zones: &[180, 120], gaps: &[2.0, 240.0],
        image: 0.6, pairs: 0.0, tls: 0.3, listed: 0.2, subjects: 2,
    },
    Family {
        name: "webmail-alert", fit: true,
        pixels: &["/assets/img/{k}.png", "/m/{n}/{k}.png"], links: &["/account/{k}", "/view?id={k}&src=mail"],
        tokens: &[0, 12], skeletons: &[5, 20], engines: &[12, 16],
        personas: &[Persona::Service], naming: &[Naming::Alike, Naming::Invented],
        nets: &[Hosting, Vpn], zones: &[0, 330], gaps: &[20.0, 600.0],
        image: 0.5, pairs: 0.0, tls: 0.9, listed: 0.0, subjects: 2,
    },
    Family {
        name: "podcast-guest", fit: false,
        pixels: &["/e/{n}/{k}", "/p/{w}/{k}.gif"], links: &["/t/{n}/{k}", "/guest/{w}/{k}"],
        tokens: &[8, 13], skeletons: &[2, 21], engines: &[3, 19],
        personas: &[Persona::Journalist, Persona::Host], naming: &[Naming::Invented, Naming::Free],
        nets: &[Consumer, Hosting], zones: &[-300, -480], gaps: &[600.0, 2400.0],
        image: 0.8, pairs: 0.2, tls: 0.8, listed: 0.0, subjects: 3,
    },
    Family {
        name: "policy-brief", fit: true,
        pixels: &["/{w}/banner.jpg?v={k}", "/brief/{k}.png"], links: &["/{w}.html?s={k}", "/brief/{n}/{k}"],
        tokens: &[6, 9], skeletons: &[11, 22], engines: &[15, 18],
        personas: &[Persona::Organisation, Persona::Person], naming: &[Naming::Alike, Naming::Invented],
        nets: &[MailService, Hosting], zones: &[60, 480], gaps: &[45.0, 300.0],
        image: 0.9, pairs: 0.15, tls: 0.6, listed: 0.15, subjects: 1,
    },
    Family {
        name: "petition-drive", fit: false,
        pixels: &["/track/open.php?u={n}&id={k}", "/x/{k}/{n}.gif"], links: &["/sign/{k}", "/c/{n}/{k}"],
        tokens: &[5, 10], skeletons: &[0, 23], engines: &[14, 17],
        personas: &[Persona::Organisation, Persona::Person], naming: &[Naming::Service],
        nets: &[MailService], zones: &[0, 60], gaps: &[2.0, 45.0],
        image: 0.7, pairs: 0.0, tls: 0.9, listed: 0.4, subjects: 3,
    },
    Family {
        name: "embassy-note", fit: true,
        pixels: &["/img/{k}/logo.png", "/crest/{k}.png"], links: &["/note/{n}/{k}", "/{w}/index.php?q={k}"],
        tokens: &[1, 11], skeletons: &[2, 13], engines: &[13, 23],
        personas: &[Persona::Person, Persona::Host], naming: &[Naming::Alike],
        nets: &[Hosting], zones: &[480, 180], gaps: &[300.0, 2400.0],
        image: 0.8, pairs: 0.5, tls: 0.2, listed: 0.0, subjects: 2,
    },
    Family {
        name: "market-intelligence", fit: false,
        pixels: &["/pixel.gif?r={k}", "/mi/{k}/p"], links: &["/cl/{k}/{w}", "/report/{k}"],
        tokens: &[2, 12], skeletons: &[10, 16], engines: &[5, 20],
        personas: &[Persona::Organisation, Persona::Journalist], naming: &[Naming::Invented, Naming::Service],
        nets: &[MailService, Cloud], zones: &[0, 480], gaps: &[8.0, 600.0],
        image: 0.85, pairs: 0.05, tls: 0.9, listed: 0.25, subjects: 2,
    },
    Family {
        name: "leak-tip", fit: true,
        pixels: &["/k/{k}", "/z/{k}.webp"], links: &["/l/{k}/{n}", "/drop/{k}"],
        tokens: &[13, 7], skeletons: &[4, 20], engines: &[2, 21],
        personas: &[Persona::Person, Persona::Journalist], naming: &[Naming::Free],
        nets: &[Vpn, Cloud], zones: &[0, 120], gaps: &[900.0, 2400.0],
        image: 0.5, pairs: 0.3, tls: 1.0, listed: 0.0, subjects: 4,
    },
    Family {
        name: "anniversary-invite", fit: false,
        pixels: &["/card/{k}.jpg", "/{w}/{n}/{k}.jpg"], links: &["/click?k={k}", "/invite/{w}/{k}"],
        tokens: &[3, 8], skeletons: &[1, 18], engines: &[11, 22],
        personas: &[Persona::Host], naming: &[Naming::Invented, Naming::Alike],
        nets: &[Hosting, MailService], zones: &[330, 60], gaps: &[20.0, 900.0],
        image: 0.75, pairs: 0.25, tls: 0.5, listed: 0.1, subjects: 1,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::engine::{LINKS, PIXELS};
    use crate::mail::kits::{ALL_ENGINES, ALL_SKELETONS, ALL_TOKENS};
    use std::collections::BTreeSet;

    #[test]
    fn there_are_families_enough_on_both_sides_and_they_are_apart() {
        let (fit, score) = (Split::Fit.families(), Split::Score.families());
        assert!(fit.len() >= 6 && score.len() >= 6 && fit.len() + score.len() >= 12);
        assert_eq!(Split::Any.families().len(), FAMILIES.len());
        let own = |list: &[usize]| -> BTreeSet<&str> {
            let shapes =
                list.iter().flat_map(|&f| FAMILIES[f].pixels.iter().chain(FAMILIES[f].links));
            shapes.copied().filter(|s| !PIXELS.contains(s) && !LINKS.contains(s)).collect()
        };
        assert!(own(&fit).is_disjoint(&own(&score)));
        let names: BTreeSet<&str> = FAMILIES.iter().map(|f| f.name).collect();
        assert_eq!(names.len(), FAMILIES.len());
    }

    #[test]
    fn every_pool_is_there_and_within_its_range() {
        for family in &FAMILIES {
            assert!(family.engines.iter().all(|&e| e < ALL_ENGINES), "{}", family.name);
            assert!(family.skeletons.iter().all(|&s| s < ALL_SKELETONS), "{}", family.name);
            assert!(family.tokens.iter().all(|&t| t < ALL_TOKENS), "{}", family.name);
            assert!(family.pixels.iter().chain(family.links).all(|s| s.contains("{k}")));
            assert!(!family.personas.is_empty() && !family.naming.is_empty());
            assert!(!family.nets.is_empty() && !family.gaps.is_empty() && family.subjects > 0);
        }
    }
}
