//! Every weight of the wave score, in one place, with its reason.
//!
//! A weight is what a trait adds (in nats) when shown in full; a part of the trait adds
//! a part of it. Weights of one class are correlated, so the sum of a class is held
//! within [`CLASS_CAP`], and at least [`CLASSES_NEEDED`] classes must speak for a burst
//! before it can be likely: no single class of evidence can make a wave.

/// Independent classes of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// Tokens one-to-one with recipients.
    Token,
    /// How new sender and template are to the archive.
    Novelty,
    /// Whether anybody knew or answered the sender.
    Relation,
    /// Whether the sender is who it says.
    Persona,
    /// Whether the text circulates elsewhere.
    Lure,
    /// Whom it was sent to.
    Audience,
    /// What explains it: lists, cadence, the house's own vendors.
    Bulk,
    /// How it was made.
    Technique,
    /// Other waves of the same hand.
    Campaign,
}

/// A trait's weight.
#[derive(Debug)]
pub(super) struct Weight {
    /// Stable name, shown in the report.
    pub(super) name: &'static str,
    /// Its class.
    pub(super) class: Class,
    /// Nats when shown in full.
    pub(super) nats: f64,
}

/// A trait whose weight comes from how many honest mailings of the archive show it.
#[derive(Debug)]
pub(super) struct Indicator {
    /// Stable name, shown in the report.
    pub(super) name: &'static str,
    /// Its class.
    pub(super) class: Class,
    /// Share of targeted waves held to show it.
    pub(super) typical: f64,
    /// Share of honest mailings held to show it before any is seen.
    pub(super) usual: f64,
    /// Nats that it may add at most, however rare it is here.
    pub(super) most: f64,
}

/// Most that one class may add.
pub(super) const CLASS_CAP: f64 = 3.6;
/// Most that persona and lure may add together: who poses as an outlet will also carry
/// its headlines, so criminals who do so must not look targeted for it twice.
pub(super) const PRETENCE_CAP: f64 = 4.5;
/// Classes that must each add at least [`CLASS_COUNTS_FROM`] for a burst to be likely.
pub(super) const CLASSES_NEEDED: usize = 3;
/// From how much on a class counts.
pub(super) const CLASS_COUNTS_FROM: f64 = 0.5;
/// Logistic calibration of a burst's own evidence, on generated worlds with known truth:
/// each part is stretched by the slope, the intercept is a part of its own.
pub(super) const SLOPE: f64 = 1.15;
/// See [`SLOPE`]; in nats.
pub(super) const INTERCEPT: f64 = -1.5;
/// With fewer classes the sum is held at this, whatever the prior within reason.
pub(super) const FEW_CLASSES_CEILING: f64 = 5.0;

const fn weight(name: &'static str, class: Class, nats: f64) -> Weight {
    Weight { name, class, nats }
}

/// Each sending bears a token of its own: so do all tracked mailings, honest ones too,
/// but most mail of a few recipients does not.
pub(super) const UNIQUE_TOKEN: Weight = weight("recipient_unique_token", Class::Token, 1.2);
/// All recipients got the same URLs: nobody's opening can be told from another's.
pub(super) const NO_UNIQUE_TOKEN: Weight = weight("no_recipient_unique_token", Class::Token, -3.5);
/// The tracking template is shared with other senders: a mailing service's, which
/// operators use too.
pub(super) const COMMON_TEMPLATE: Weight = weight("template_of_many_senders", Class::Novelty, -0.6);
/// The sender writes over a long time.
pub(super) const OLD_SENDER: Weight = weight("long_lived_sender", Class::Novelty, -3.0);

/// Recipients knew the sender.
pub(super) const KNOWN_SENDER: Weight = weight("sender_known_to_recipients", Class::Relation, -1.5);
/// A quarter of the mails, or more, was answered. A victim may answer, so a few answers
/// weigh little.
pub(super) const REPLIED: Weight = weight("replied_to", Class::Relation, -2.2);
/// Somebody inside wrote to the sender at another time.
pub(super) const CORRESPONDENT: Weight = weight("correspondent", Class::Relation, -3.0);

/// Answers go to another domain.
pub(super) const REPLY_ELSEWHERE: Weight = weight("reply_to_elsewhere", Class::Persona, 0.4);
/// The mail is not made as the claimed sender makes its mail.
pub(super) const FOREIGN_FINGERPRINT: Weight =
    weight("fingerprint_unlike_claimed_sender", Class::Technique, 0.4);

/// How alike the recipients are, against this archive's honest bursts (scaled by the
/// e-value, so 1 is one nat).
pub(super) const AUDIENCE: Weight = weight("recipients_alike", Class::Audience, 1.0);
/// A small share of the house.
pub(super) const SMALL_AUDIENCE: Weight = weight("small_audience", Class::Audience, 0.4);
/// A large share of the house.
pub(super) const WIDE_AUDIENCE: Weight = weight("wide_audience", Class::Audience, -2.5);
/// One or two recipients a message.
pub(super) const FEW_PER_MESSAGE: Weight =
    weight("few_recipients_per_message", Class::Technique, 0.2);

/// No list headers.
pub(super) const NO_LIST_HEADERS: Weight = weight("no_list_headers", Class::Bulk, 0.5);
/// List headers: bulk explains itself.
pub(super) const LIST_HEADERS: Weight = weight("list_headers", Class::Bulk, -2.2);
/// Steady recurrence.
pub(super) const CADENCE: Weight = weight("steady_cadence", Class::Bulk, -2.5);
/// A phishing simulation that the house ordered.
pub(super) const SIMULATION: Weight = weight("simulation_vendor", Class::Bulk, -9.0);

/// Linked by two independent classes of evidence to a wave that is likely. The degree
/// is in nats: on generated worlds nine in ten targeted waves have such a link of 3 nats
/// or more, and one in thirteen honest mailings that could be taken for one.
pub(super) const SAME_HAND: Weight = weight("linked_to_likely_wave", Class::Campaign, 1.0);
/// Most that a link may add.
pub(super) const SAME_HAND_MOST: f64 = 2.8;
/// Linked to no likely wave.
pub(super) const STANDS_ALONE: Weight = weight("stands_alone", Class::Campaign, -1.3);
/// A wave that stands alone is held at this sum: one mailing may always be an honest one
/// that happens to look so, and is never almost certain by itself.
pub(super) const ALONE_CEILING: f64 = 9.2;
/// So is, a little higher, one that is linked to another sender's only: an agency's
/// mailings for two clients are made alike as well.
pub(super) const ONE_OTHER_CEILING: f64 = 9.7;

/// The text stands nearer to mail of these days from an established sender than to any
/// older mail: a real article copied, not a common turn of phrase. Ranked among honest
/// mailings, so one is one nat.
pub(super) const COPIED_TEXT: Weight = weight("text_circulates_elsewhere", Class::Lure, 1.0);

const fn indicator(
    name: &'static str,
    class: Class,
    typical: f64,
    usual: f64,
    most: f64,
) -> Indicator {
    Indicator { name, class, typical, usual, most }
}

/// The token sits in something loaded by opening the mail.
pub(super) const TOKEN_LOADED: Indicator =
    indicator("token_in_remote_image", Class::Technique, 0.85, 0.7, 0.4);
/// The tracking template is seen in no other mail, before or after.
pub(super) const NEW_TEMPLATE: Indicator =
    indicator("template_seen_nowhere_else", Class::Novelty, 0.85, 0.3, 1.4);
/// The sender writes on no other day, or only more of the same.
pub(super) const NEW_SENDER: Indicator =
    indicator("sender_seen_only_now", Class::Novelty, 0.85, 0.35, 1.4);
/// No recipient had mail from the sender before.
pub(super) const FIRST_CONTACT: Indicator =
    indicator("first_contact", Class::Relation, 0.95, 0.4, 1.2);
/// Nobody answered; many honest invitations are answered by somebody.
pub(super) const NO_REPLY: Indicator = indicator("no_reply", Class::Relation, 0.95, 0.5, 0.8);
/// The sending domain imitates a known one.
pub(super) const LOOKALIKE: Indicator =
    indicator("look_alike_domain", Class::Persona, 0.35, 0.03, 2.8);
/// Name or signature claims a known outlet or office whose domain is another. Operators
/// pose as outlets; honest freelancers do write under an outlet's name.
pub(super) const PERSONA_MISMATCH: Indicator =
    indicator("persona_against_domain", Class::Persona, 0.5, 0.05, 2.6);
/// Nothing in name or signature fits the sending domain; honest senders mostly, not
/// always, name the house that the domain is of.
pub(super) const PERSONA_UNFIT: Indicator =
    indicator("persona_unlike_domain", Class::Persona, 0.75, 0.35, 1.2);
/// The name of somebody whom the house corresponds with, at an address that is not theirs.
pub(super) const KNOWN_NAME: Indicator =
    indicator("known_name_from_elsewhere", Class::Persona, 0.15, 0.02, 2.0);
/// People are written to at the office and by an account linked to them, too.
pub(super) const LINKED_TOO: Indicator =
    indicator("linked_account_too", Class::Audience, 0.5, 0.03, 2.2);
/// The subject is that of other, established senders' mail of these days.
pub(super) const COPIED_SUBJECT: Indicator =
    indicator("headline_of_the_day", Class::Lure, 0.35, 0.03, 1.8);
