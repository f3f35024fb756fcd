//! Every weight of intrusion finding, in nats, in one place, with its reason.
//!
//! Most are judgements about how much more often a thing is seen in an intruder's
//! sittings than in an owner's, set from the public record of mailbox espionage and
//! kept modest on purpose: features of one class are capped together, and no class can
//! carry a verdict alone. Those of stretches are fitted on grown worlds, none on one world;
//! `docs/intrusions.md` says on which, and how good they are on others.

/// Prior that a candidate (a group of an account's sittings that differ from the rest
/// of its life) is an intruder. Candidates are made freely, a few for each account and
/// year, so most are travel, new devices and applications.
pub const PRIOR: f64 = 0.003;

/// A class weighs at least this much before it counts as a class of its own.
pub const CLASS_FLOOR: f64 = 0.7;
/// No class speaks against with more than this: an intruder can imitate anything.
pub const CLASS_LOW: f64 = -4.0;
/// The same of the classes that stretches of sittings are told by.
pub const STRETCH_LOW: f64 = -12.0;
/// Posterior that one class alone may reach.
pub const ONE_CLASS_LIMIT: f64 = 0.25;
/// Posterior that two classes together may reach: "likely", not "almost certain".
pub const TWO_CLASS_LIMIT: f64 = 0.85;

/// Network never or hardly used by the account: everybody travels now and then.
pub const NETWORK_RARE: f64 = 0.9;
/// The account's own network: relays are rented in the victim's city, so less than it seems.
pub const NETWORK_OWN: f64 = -1.2;
/// The house's own egress, VPN or an address regular for several colleagues.
pub const NETWORK_HOUSE: f64 = -3.0;
/// Nobody else of the house is ever seen on that network.
pub const NETWORK_UNSEEN_AT_PEERS: f64 = 0.5;
/// Three or more networks, each for a while, with one agent: rotating exits.
pub const NETWORK_ROTATION: f64 = 1.0;
/// Agent or client hardly used by the account: people do get new devices.
pub const AGENT_RARE: f64 = 0.9;
/// Nobody of the house uses that agent: scripts, odd builds.
pub const AGENT_UNSEEN_AT_PEERS: f64 = 0.8;
/// Agent that the owner uses all the time: cheap to copy, so little.
pub const AGENT_OWN: f64 = -0.4;
/// A new device on the owner's networks that stays and replaces: a new phone.
pub const NEW_DEVICE: f64 = -3.0;
/// The owner's phone and desk client together on a foreign network.
pub const OWN_DEVICES: f64 = -2.0;
/// Cap of the profile class.
pub const PROFILE_CAP: f64 = 3.0;

/// Owner active elsewhere on the same days, for each day beyond what travel shows;
/// likelihoods of such a day under an intruder and under travel or a move.
pub const SAME_DAY_INTRUDER: f64 = 0.75;
/// See [`SAME_DAY_INTRUDER`].
pub const SAME_DAY_TRAVEL: f64 = 0.30;
/// Sitting that overlaps with one of the owner elsewhere, beyond the account's own rate
/// of such overlaps (a phone beside a desk).
pub const OVERLAP_EACH: f64 = 0.7;
/// Share of what such days show that counts: second homes and relays have them too.
pub const SAME_DAY_SHARE: f64 = 0.25;
/// Cap of the concurrency class: shared networks and second devices do it too.
pub const CONCURRENCY_CAP: f64 = 3.0;
/// Comes back over weeks while the owner stays: neither a trip nor a move.
pub const RECURS_EACH_WEEK: f64 = 0.35;
/// A trip: one run of days, the owner nowhere else meanwhile.
pub const TRAVEL: f64 = -2.5;

/// Reads but never writes, against the owner's own rate of writing; cap.
pub const READ_ONLY_CAP: f64 = 2.0;
/// Writes, moves and sends as the owner does.
pub const WRITES_LIKE_OWNER: f64 = -2.5;
/// For each doubling of reads a sitting over the owner's own sittings.
pub const VOLUME_DOUBLING: f64 = 0.35;
/// Whole folders synchronised by a client that the owner does not use.
pub const SYNC_BY_STRANGER: f64 = 1.0;
/// Files fetched at sixteen times own and peers' pace, less for less.
pub const FILES_AT_VOLUME: f64 = 2.5;
/// Cap of the volume class.
pub const VOLUME_CAP: f64 = 2.5;
/// Cap of the collection class.
pub const COLLECTION_CAP: f64 = 3.0;

/// Forwarding, redirecting or blind-copying outside the house.
pub const RULE_EXTERNAL: f64 = 2.2;
/// Such a rule over the whole organisation's mail flow.
pub const RULE_TRANSPORT: f64 = 2.8;
/// A rule that deletes or hides what arrives.
pub const RULE_HIDING: f64 = 1.2;
/// A rule whose name is made not to be noticed (a dot, a blank).
pub const RULE_NAMELESS: f64 = 0.8;
/// Cap of the rules class.
pub const RULES_CAP: f64 = 4.0;

/// Full access or send-as granted by somebody who is not seen to administer.
pub const GRANT: f64 = 1.6;
/// Further mailboxes opened by the same hand within the period, each.
pub const GRANT_MORE: f64 = 0.5;
/// Consent to mail or file scopes for an application that few use.
pub const CONSENT_SCOPES: f64 = 1.8;
/// Further such consents, each.
pub const CONSENT_MORE: f64 = 0.4;
/// Consent that many colleagues gave too.
pub const CONSENT_COMMON: f64 = -2.0;
/// The application begins to read after the consent.
pub const APP_READS_AFTER_CONSENT: f64 = 3.0;
/// An application reads which hardly anybody else uses, without a consent in sight.
pub const APP_RARE_READS: f64 = 0.4;
/// The application reads in three accounts or more.
pub const APP_SHARED: f64 = -2.5;
/// Cap of the grants class.
pub const GRANTS_CAP: f64 = 5.5;

/// Password, MFA or recovery data changed from within the suspect sittings.
pub const CREDENTIAL_CHANGE: f64 = 1.0;
/// A burst of failed sign-ins on the account in the two days before.
pub const FAILED_BURST: f64 = 0.8;
/// The address failed on several accounts and then came in: guessing.
pub const SPRAYING_ADDRESS: f64 = 2.2;
/// Sign-in without a browser or by a legacy protocol or device code.
pub const LEGACY_SIGN_IN: f64 = 0.8;
/// Cap of the entry class.
pub const ENTRY_CAP: f64 = 3.5;

/// Clicked a lure of a wave in the weeks before.
pub const CLICK_BEFORE: f64 = 2.5;
/// Loaded a lure's tracking image in the weeks before.
pub const FETCH_BEFORE: f64 = 0.9;
/// Was merely written to by a wave in the weeks before.
pub const TARGETED_BEFORE: f64 = 0.5;

/// The first access follows the lure on the same day; half of it for two days more.
pub const LURE_SAME_DAY: f64 = 2.0;
/// Cap of the class of waves.
pub const WAVE_CAP: f64 = 4.5;

/// The same foreign address is a candidate in another account too.
pub const SHARED_ADDRESS: f64 = 1.8;
/// The same rare agent is a candidate in another account too.
pub const SHARED_AGENT: f64 = 0.8;
/// Cap of the cross-account class.
pub const CROSS_CAP: f64 = 2.5;

/// Hours unlike the owner's, at most.
pub const HOURS_CAP: f64 = 1.0;
/// One session used from a second network by another agent while the first goes on.
pub const TOKEN_REPLAY: f64 = 2.2;
/// The same, one after the other.
pub const TOKEN_MOVED: f64 = 0.5;

/// A detection rule matched an event of the period, by severity.
pub const FINDING_HIGH: f64 = 1.5;
/// See [`FINDING_HIGH`].
pub const FINDING_MEDIUM: f64 = 0.7;
/// Cap of the findings class.
pub const FINDINGS_CAP: f64 = 2.0;

/// Somebody else in the mailbox, from outside the house or of another institution.
pub const STRANGER_DELEGATE: f64 = 1.5;
/// A delegate of long standing, steady, or of the same institution.
pub const STANDING_DELEGATE: f64 = -2.5;

/// Of a single odd sitting, for finding where a stretch begins and ends: the owner was at
/// work within half a day.
pub const OWNER_NEAR: f64 = 0.9;
/// The owner was not.
pub const OWNER_AWAY: f64 = -0.5;
/// Something was written in it.
pub const WROTE: f64 = -2.5;
/// Nothing was.
pub const DID_NOT_WRITE: f64 = 0.1;

/// A sitting that shows this by itself is hardly the owner's.
pub const CLEAR: f64 = 0.7;

// Stretches as a whole: fitted by logistic regression (L2) on eleven grown worlds of the
// families kept for fitting, seeds 4001 to 4011, 2,045 user-years; see docs/intrusions.md.

/// For each root of the nats by which the pace of sessions apart exceeds what is usual.
pub const APART_PACE: f64 = 0.4;
/// What stretches of trips and weekends have of it.
pub const APART_PACE_USUAL: f64 = 0.9;
/// For each natural logarithm of the number of sessions apart.
pub const APART_SESSIONS: f64 = 3.7;
/// See [`APART_PACE_USUAL`].
pub const APART_SESSIONS_USUAL: f64 = 2.75;
/// The same of the owner's sessions at strange exits: second homes and relays do it too.
pub const MOVED_PACE: f64 = 0.95;
/// See [`MOVED_PACE`].
pub const MOVED_PACE_USUAL: f64 = 2.9;
/// See [`MOVED_PACE`].
pub const MOVED_SESSIONS: f64 = 3.7;
/// See [`MOVED_PACE`].
pub const MOVED_SESSIONS_USUAL: f64 = 3.7;
/// Cap of the episode class.
pub const EPISODE_CAP: f64 = 5.0;
/// Share of the log-likelihood ratio of a stranger's sessions apart that counts.
pub const APART: f64 = 0.5;
/// All sessions are seen where the owner works too.
pub const VOUCHED: f64 = -3.0;
/// Cap of the ties class.
pub const TIES_CAP: f64 = 6.0;
/// For each root of what reads at a time show in nats.
pub const READS_AT_A_TIME: f64 = 1.55;
/// Cap of the class of reads at a time.
pub const READS_CAP: f64 = 5.0;
/// Times the share of sittings in which something is written.
pub const WRITES: f64 = -13.0;
/// For each root of what the owner's whereabouts show in nats.
pub const BESIDE: f64 = 0.7;

/// Few sittings: whatever they show may be chance.
pub const SINGLE_SITTING: f64 = -0.8;

/// Look-ups: prior for an operator and a protected subject.
pub const LOOKUP_PRIOR: f64 = 0.01;
/// The stated purpose is empty where the operator and peers usually give one; cap.
pub const LOOKUP_NO_PURPOSE_CAP: f64 = 2.5;
/// Share of what purposes and hours show that counts: their lack is common enough.
pub const LOOKUP_MANNERS: f64 = 0.7;
/// Outside the hours in which the operator and peers work; cap.
pub const LOOKUP_HOURS_CAP: f64 = 2.0;
/// The same number again and again, against how often numbers are asked for; cap.
pub const LOOKUP_REPEAT_CAP: f64 = 2.5;
/// Several protected numbers at one go, more so of one household; cap.
pub const LOOKUP_FAMILY_CAP: f64 = 5.0;
/// Another protected number asked for within the hour on a further day again, for each
/// natural logarithm of one more than how often.
pub const LOOKUP_COMPANY: f64 = 2.5;
/// Many more rows than look-ups usually return; cap.
pub const LOOKUP_BULK_CAP: f64 = 1.5;
/// From an address the operator does not use otherwise.
pub const LOOKUP_ADDRESS: f64 = 1.4;
/// The operator's share of protected subjects against peers; cap.
pub const LOOKUP_FOCUS_CAP: f64 = 2.0;
/// No other protected number within the hour.
pub const LOOKUP_ALONE: f64 = -2.5;
