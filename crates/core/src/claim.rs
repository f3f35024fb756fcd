//! What somebody said: rows of the contract's `claims` table.
//!
//! A claim is others' word and never found evidence. It is kept with its exact place in the
//! text, who said it, and with what the case's own evidence says to each part of it that can
//! be checked.

use serde::{Deserialize, Serialize};

use crate::{EvidenceRef, UtcMicros};

/// The kinds of speech act that are told apart.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Says that somebody did wrong.
    #[default]
    Accuse,
    /// Says which actor stands behind an activity.
    Attribute,
    /// Charges or indicts before a court.
    Charge,
    /// Puts under sanctions.
    Sanction,
    /// Warns others.
    Warn,
    /// Says that something did happen, often to oneself.
    Confirm,
    /// Says that it is not so.
    Deny,
    /// Protests or condemns.
    Protest,
    /// Answers an accusation with another.
    CounterAccuse,
    /// Calls in an ambassador.
    Summon,
    /// Announces measures against somebody.
    Threaten,
}

impl Act {
    /// All of them, in the contract's order.
    pub const ALL: [Self; 11] = [
        Self::Accuse,
        Self::Attribute,
        Self::Charge,
        Self::Sanction,
        Self::Warn,
        Self::Confirm,
        Self::Deny,
        Self::Protest,
        Self::CounterAccuse,
        Self::Summon,
        Self::Threaten,
    ];

    /// The contract's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Accuse => "accuse",
            Self::Attribute => "attribute",
            Self::Charge => "charge",
            Self::Sanction => "sanction",
            Self::Warn => "warn",
            Self::Confirm => "confirm",
            Self::Deny => "deny",
            Self::Protest => "protest",
            Self::CounterAccuse => "counter_accuse",
            Self::Summon => "summon",
            Self::Threaten => "threaten",
        }
    }

    /// By the contract's name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.name() == name)
    }

    /// Whether it lays something at somebody's door: what a denial can answer.
    #[must_use]
    pub fn blames(self) -> bool {
        matches!(
            self,
            Self::Accuse | Self::Attribute | Self::Charge | Self::Sanction | Self::CounterAccuse
        )
    }

    /// Whether it can answer an accusation.
    #[must_use]
    pub fn answers(self) -> bool {
        matches!(self, Self::Deny | Self::Protest | Self::CounterAccuse | Self::Threaten)
    }
}

/// A number that a claim states.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Quantity {
    /// As it stands: `more than 10,000 emails`.
    pub text: String,
    /// The number.
    pub value: u64,
    /// `exactly`, `more_than`, `at_least`, `at_most`, `about`.
    pub bound: String,
    /// What is counted, lower case, as it stands: `emails`.
    pub unit: String,
}

/// The time a claim is about. Days are `YYYY-MM-DD`; an end that is not stated is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Period {
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
    /// As it stands; empty where no period is stated.
    pub text: String,
}

/// Where a claim stands in its text: Unicode characters from the text's beginning (of HTML
/// and PDF, of the text as extracted).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// First character.
    pub start: u64,
    /// One past the last.
    pub end: u64,
    /// Lower-case hex SHA-256 of the span's UTF-8 bytes.
    pub sha256: String,
}

/// What the case's evidence says to one checkable part of a claim.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stance {
    /// Which part: `quantity: more than 10,000 emails`.
    pub part: String,
    /// `supported by`, `contradicted by` or `outside coverage`; never "absent".
    pub stance: String,
    /// Ids of waves, intrusions, campaigns and hypotheses, sorted.
    pub records: Vec<String>,
    /// In plain words, with the figures.
    pub detail: String,
}

/// One speech act.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// `s1:` + hash of source, span, act and speaker.
    pub claim_id: String,
    /// State, institution or organisation that speaks.
    pub speaker: String,
    /// Office and person through whom it speaks; may be empty.
    pub authority: String,
    /// What is done by saying it.
    pub act: Act,
    /// Whom it is about: states, intrusion sets, persons; as named, states by their English
    /// short name.
    pub about: Vec<String>,
    /// The claim that it answers.
    pub replies_to: Option<String>,
    /// The word of doubt or confidence, as it stands; empty without.
    pub hedge: String,
    /// Numbers stated.
    pub quantities: Vec<Quantity>,
    /// The time it is about.
    pub period: Period,
    /// Day it was said, `YYYY-MM-DD`; empty when it cannot be told.
    pub said_on: String,
    /// Who passes it on: an outlet named, else the document.
    pub reported_by: String,
    /// Where in the text.
    pub span: Span,
    /// SHA-256 of the document, `sha256:...`.
    pub source: String,
    /// The document's name.
    pub path: String,
    /// `en`, `de` or `fr`; empty for rows of a table.
    pub language: String,
    /// The words of the span.
    pub text: String,
    /// Words in quotation marks within it.
    pub quoted: Vec<String>,
    /// The bytes that hold the span: of plain text exactly these, else the whole document.
    pub evidence: EvidenceRef,
    /// `proposed`, `confirmed`, `edited` or `rejected`.
    pub status: String,
    /// Who decided so; empty while proposed.
    pub decided_by: String,
    /// When.
    pub decided_at: Option<UtcMicros>,
    /// One entry for each part that can be checked.
    pub stance_of_evidence: Vec<Stance>,
}

/// A designation (sanctions, an indictment) whose name stands in a claim or in knowledge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedDesignation {
    /// Whose list.
    pub list: String,
    /// The list's own reference.
    pub reference: String,
    /// `person`, `entity`, `vessel`, `aircraft`, or empty.
    pub kind: String,
    /// Primary name.
    pub name: String,
    /// The others.
    pub other_names: Vec<String>,
    /// Regime or programme.
    pub programme: String,
    /// The legal act, where the list names it.
    pub legal_act: String,
    /// Where a name like it stands, sorted.
    pub matched: Vec<NameMatch>,
    /// What a match means: [`Self::NOTE`].
    pub note: String,
}

impl NamedDesignation {
    /// Shown beside every match.
    pub const NOTE: &'static str = "two names read alike: a match is never attribution";
}

/// Where a name was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NameMatch {
    /// `claim`, `intrusion set` or `actor`.
    pub kind: String,
    /// Claim id, ATT&CK id or the actor's name.
    pub id: String,
    /// As it stands there.
    pub name: String,
    /// As the list has it.
    pub listed_as: String,
}
