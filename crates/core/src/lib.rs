//! What every other crate stands on: typed ids, UTC time, evidence references,
//! probabilities, the records that readers produce, and the only code in the
//! workspace that opens evidence.
//!
//! Nothing here knows a file format's meaning, a table or an analysis.

pub mod authentication;
pub mod claim;
pub mod custody;
pub mod deep;
pub mod enrichment;
pub mod feature;
pub mod id;
pub mod judgement;
pub mod number;
pub mod observable;
pub mod portal;
pub mod probability;
pub mod provenance;
pub mod record;
pub mod result;
pub mod source;
pub mod terms;
pub mod time;

pub use authentication::{ArcSet, Authentication, AuthenticationResult, Check, DkimSignature};
pub use claim::{Act, Claim, NameMatch, NamedDesignation, Period, Quantity, Span, Stance};
pub use deep::{Deep, DeepAttachment, DeepMember, DeepPlace, DeepUrl, MacroModule};
pub use enrichment::{PassiveDns, Registration};
pub use feature::{MailFeatures, UrlFeature};
pub use id::{MessageUid, SourceId};
pub use judgement::{AchCell, Judgement};
pub use observable::{Observable, ObservableKind};
pub use probability::{MicroNats, Probability};
pub use provenance::{EvidenceRef, Locator};
pub use record::{
    Anomaly, Attachment, Call, ContextEntry, CoverageEntry, Event, Fetch, Finding, Identity,
    Message, Network, Record, RecordLookup, RosterEntry, UrlPlace, UrlSeen,
};
pub use result::{
    Campaign, Exposure, ExposureState, Gap, Hypothesis, Intrusion, IntrusionStatus, Link,
    ScoredFeature, Support, Wave,
};
pub use time::UtcMicros;
