//! Classes of evidence that links rest on, and sets of them that a run leaves out: what
//! remains of a campaign when an operator is thought to fake its hours or headers.

/// A class of evidence that two waves are one hand's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkClass {
    /// Grammar of the tracking URLs.
    UrlGrammar,
    /// HTML skeleton.
    Skeleton,
    /// Header order, Message-ID, boundary and mailer.
    Headers,
    /// Domains, networks, addresses, signers.
    Infrastructure,
    /// Hours and zone of sending.
    Hours,
    /// Texts, subjects and personas.
    Lure,
    /// Recipients in common.
    Recipients,
}

impl LinkClass {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::UrlGrammar,
        Self::Skeleton,
        Self::Headers,
        Self::Infrastructure,
        Self::Hours,
        Self::Lure,
        Self::Recipients,
    ];

    /// Its name in a link's `classes`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::UrlGrammar => "url_grammar",
            Self::Skeleton => "skeleton",
            Self::Headers => "headers",
            Self::Infrastructure => "infrastructure",
            Self::Hours => "hours",
            Self::Lure => "lure",
            Self::Recipients => "recipients",
        }
    }
}

/// A set of classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LinkClasses(u8);

impl LinkClasses {
    /// This set and one class more.
    #[must_use]
    pub fn with(self, class: LinkClass) -> Self {
        Self(self.0 | 1 << class as u8)
    }

    /// Whether a class is in it.
    #[must_use]
    pub fn contains(self, class: LinkClass) -> bool {
        self.0 & (1 << class as u8) != 0
    }
}

impl FromIterator<LinkClass> for LinkClasses {
    fn from_iter<T: IntoIterator<Item = LinkClass>>(classes: T) -> Self {
        classes.into_iter().fold(Self::default(), Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set: LinkClasses = [LinkClass::Hours, LinkClass::Headers].into_iter().collect();
        let held: Vec<&str> =
            LinkClass::ALL.into_iter().filter(|c| set.contains(*c)).map(LinkClass::name).collect();
        assert_eq!(held, ["headers", "hours"]);
    }
}
