//! Tables that readers and features fill: one file a unit.

use arrow::array::RecordBatch;
use arrow::datatypes::DataType::{Int32, Int64, UInt16, UInt32, UInt64};
use arrow::datatypes::FieldRef;
use demarche_core::{
    Anomaly, Call, ContextEntry, CoverageEntry, DeepAttachment, Event, EvidenceRef, Fetch,
    MailFeatures, Message, MessageUid, Network, Observable, PassiveDns, RecordLookup, Registration,
    RosterEntry,
};
use serde::{Deserialize, Serialize};

use super::field::{
    evidence, flag, group, list, number, optional_evidence, optional_group, optional_number,
    optional_text, text, texts, time,
};
use super::{Row, columns};
use crate::LakeError;

/// Where a copy of a message lay: one row for every copy found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrence {
    /// Which message.
    pub message_uid: MessageUid,
    /// Its delivery headers, from which the mailbox is told.
    pub delivered_to: Vec<String>,
    /// The folder it lay in.
    pub folder: String,
    /// Where.
    pub evidence: EvidenceRef,
}

impl Row for Occurrence {
    const TABLE: &'static str = "records/occurrences/v1";
    const UNIQUE: &'static [&'static str] = &["message_uid", "evidence.sha256"];
    fn fields() -> Vec<FieldRef> {
        vec![text("message_uid"), texts("delivered_to"), text("folder"), evidence()]
    }
}

impl Row for Message {
    const TABLE: &'static str = "records/messages/v1";
    const UNIQUE: &'static [&'static str] =
        &["message_uid", "message_id", "headers", "text", "html", "evidence.sha256"];
    fn fields() -> Vec<FieldRef> {
        vec![
            text("message_uid"),
            text("message_id"),
            text("from"),
            text("from_name"),
            text("sender"),
            texts("reply_to"),
            text("return_path"),
            texts("to"),
            texts("cc"),
            texts("delivered_to"),
            text("folder"),
            time("date"),
            text("date_text"),
            optional_number("date_offset_minutes", Int32),
            time("received"),
            text("subject"),
            texts("in_reply_to"),
            texts("references"),
            text("headers"),
            text("text"),
            text("html"),
            list("urls", group("item", vec![text("url"), text("place"), text("shown")])),
            list(
                "attachments",
                group(
                    "item",
                    vec![
                        text("name"),
                        text("content_type"),
                        number("size", UInt64),
                        text("sha256"),
                    ],
                ),
            ),
            text("language"),
            number("size", UInt64),
            optional_text("identity"),
            authentication(),
            evidence(),
        ]
    }
}

fn authentication() -> FieldRef {
    let dkim = vec![
        text("domain"),
        text("selector"),
        text("algorithm"),
        texts("headers"),
        time("signed"),
        time("expires"),
        optional_number("body_length", UInt64),
        optional_text("body_hash"),
        optional_text("signature"),
        text("key"),
    ];
    let arc = vec![
        number("instance", UInt32),
        text("chain"),
        text("domain"),
        text("selector"),
        time("sealed"),
        text("results"),
        optional_text("body_hash"),
        optional_text("signature"),
        optional_text("seal"),
    ];
    let result = vec![text("server"), text("method"), text("result"), text("about")];
    let fields = vec![
        list("dkim", group("item", dkim)),
        list("arc", group("item", arc)),
        flag("arc_whole"),
        list("results", group("item", result)),
    ];
    optional_group("authentication", fields)
}

impl Row for MailFeatures {
    const TABLE: &'static str = "features/mail/v1";
    const UNIQUE: &'static [&'static str] = &["message_uid"];
    fn fields() -> Vec<FieldRef> {
        vec![
            text("message_uid"),
            text("from_domain"),
            list(
                "urls",
                group(
                    "item",
                    vec![
                        text("url"),
                        text("place"),
                        text("host"),
                        text("domain"),
                        text("template"),
                        text("grammar"),
                        texts("tokens"),
                    ],
                ),
            ),
            list("minhash", number("item", UInt32)),
            number("words", UInt32),
            text("skeleton"),
            number("skeleton_tags", UInt32),
            text("header_order"),
            text("message_id_shape"),
            text("boundary_shape"),
            text("mailer"),
            texts("bulk_markers"),
            flag("is_reply"),
            text("origin_ip"),
            text("origin_host"),
            texts("dkim_domains"),
            text("subject_key"),
            texts("persona_words"),
            texts("claimed_domains"),
            flag("confusable_name"),
        ]
    }
}

impl Row for DeepAttachment {
    const TABLE: &'static str = "features/deep/v1";
    fn fields() -> Vec<FieldRef> {
        let url = vec![text("url"), text("place"), text("member")];
        let member = vec![text("path"), number("size", UInt64), text("sha256"), text("kind")];
        let module = vec![text("name"), text("member"), text("sha256"), texts("runs")];
        vec![
            text("sha256"),
            text("name"),
            number("size", UInt64),
            text("content_type"),
            text("kind"),
            text("tlsh"),
            list("urls", group("item", url)),
            list("members", group("item", member)),
            list("macros", group("item", module)),
            text("message_uid"),
            evidence(),
        ]
    }
}

impl Row for Event {
    const TABLE: &'static str = "records/events/v1";
    const UNIQUE: &'static [&'static str] =
        &["event_uid", "record_id", "detail", "evidence.sha256"];
    fn batch(rows: &[Self]) -> Result<RecordBatch, LakeError> {
        columns::events(rows)
    }
    fn fields() -> Vec<FieldRef> {
        vec![
            text("event_uid"),
            text("record_id"),
            text("provider"),
            time("time"),
            text("workload"),
            text("operation"),
            text("account"),
            text("actor"),
            text("source_ip"),
            text("user_agent"),
            text("session"),
            text("app_id"),
            text("target"),
            text("outcome"),
            texts("message_ids"),
            texts("folders"),
            text("detail"),
            evidence(),
        ]
    }
}

impl Row for Fetch {
    const TABLE: &'static str = "records/fetches/v1";
    fn fields() -> Vec<FieldRef> {
        vec![
            text("fetch_uid"),
            text("kind"),
            time("time"),
            text("client"),
            text("account"),
            text("method"),
            text("url"),
            text("host"),
            number("status", UInt16),
            text("user_agent"),
            text("referrer"),
            evidence(),
        ]
    }
}

impl Row for Call {
    const TABLE: &'static str = "records/calls/v1";
    fn fields() -> Vec<FieldRef> {
        vec![
            text("call_uid"),
            time("time"),
            text("caller"),
            text("callee"),
            number("duration_seconds", Int64),
            number("billed_seconds", Int64),
            text("disposition"),
            text("unique_id"),
            evidence(),
        ]
    }
}

impl Row for RecordLookup {
    const TABLE: &'static str = "records/record_lookups/v1";
    fn fields() -> Vec<FieldRef> {
        vec![
            text("lookup_uid"),
            time("time"),
            text("operator"),
            text("source_ip"),
            text("subject_number"),
            number("rows", Int64),
            text("purpose"),
            evidence(),
        ]
    }
}

impl Row for RosterEntry {
    const TABLE: &'static str = "records/roster/v1";
    fn fields() -> Vec<FieldRef> {
        vec![
            text("person_id"),
            text("name"),
            texts("addresses"),
            texts("phones"),
            texts("roles"),
            texts("groups"),
            text("institution"),
            text("kind"),
            time("from"),
            time("to"),
            text("privilege"),
            text("consent_ref"),
            time("consent_until"),
            evidence(),
        ]
    }
}

impl Row for CoverageEntry {
    const TABLE: &'static str = "records/coverage/v1";
    fn fields() -> Vec<FieldRef> {
        vec![
            text("source"),
            text("account"),
            time("from"),
            time("to"),
            flag("inferred"),
            text("note"),
            optional_evidence(),
        ]
    }
}

impl Row for ContextEntry {
    const TABLE: &'static str = "records/context/v1";
    fn fields() -> Vec<FieldRef> {
        vec![text("kind"), text("value"), time("from"), time("to"), text("note"), evidence()]
    }
}

impl Row for Network {
    const TABLE: &'static str = "records/networks/v1";
    fn fields() -> Vec<FieldRef> {
        vec![
            text("start"),
            text("end"),
            number("asn", UInt32),
            text("country"),
            text("name"),
            evidence(),
        ]
    }
}

impl Row for PassiveDns {
    const TABLE: &'static str = "records/passive_dns/v1";
    fn fields() -> Vec<FieldRef> {
        vec![
            text("dns_uid"),
            text("name"),
            text("kind"),
            text("data"),
            time("first_seen"),
            time("last_seen"),
            number("count", UInt64),
            flag("from_zone"),
            text("sensor"),
            evidence(),
        ]
    }
}

impl Row for Registration {
    const TABLE: &'static str = "records/registrations/v1";
    fn fields() -> Vec<FieldRef> {
        vec![
            text("registration_uid"),
            text("kind"),
            text("name"),
            text("handle"),
            text("start"),
            text("end"),
            text("registrar"),
            text("registrant"),
            text("country"),
            time("registered"),
            time("changed"),
            time("expires"),
            time("observed"),
            texts("name_servers"),
            texts("status"),
            evidence(),
        ]
    }
}

impl Row for Observable {
    const TABLE: &'static str = "observables";
    // One record gives several, far apart.
    const UNIQUE: &'static [&'static str] = &[];
    // Their bounds say which groups a look-up can pass by.
    const GROUP_ROWS: usize = 1 << 14;
    fn batch(rows: &[Self]) -> Result<RecordBatch, LakeError> {
        columns::observables(rows)
    }
    fn fields() -> Vec<FieldRef> {
        vec![
            text("type"),
            text("value"),
            text("uid"),
            text("where"),
            text("subject"),
            time("time"),
            evidence(),
        ]
    }
}

impl Row for Anomaly {
    const TABLE: &'static str = "records/anomalies/v1";
    fn fields() -> Vec<FieldRef> {
        vec![evidence(), text("reader"), text("reason")]
    }
}

/// A source as `show sources` prints it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct SourceRow {
    pub(crate) path: String,
    pub(crate) source: String,
    pub(crate) bytes: u64,
    pub(crate) formats: Vec<String>,
    pub(crate) records: u64,
}

impl Row for SourceRow {
    const TABLE: &'static str = "sources";
    fn fields() -> Vec<FieldRef> {
        vec![
            text("path"),
            text("source"),
            number("bytes", UInt64),
            texts("formats"),
            number("records", UInt64),
        ]
    }
}

#[cfg(test)]
mod tests {
    use demarche_core::{Authentication, Check, DkimSignature, Identity, Locator};

    use super::*;

    #[test]
    fn a_derived_message_comes_back() {
        let evidence = EvidenceRef {
            locator: Some(Locator { pst_node: Some(0x20_0024), ..Locator::default() }),
            ..EvidenceRef::default()
        };
        let authentication = Authentication {
            dkim: vec![DkimSignature { body_hash: Some(Check::NoKeyThen), ..Default::default() }],
            ..Authentication::default()
        };
        let derived = Message {
            identity: Some(Identity::Derived),
            authentication: Some(Box::new(authentication)),
            evidence,
            ..Message::default()
        };
        let rows = vec![derived, Message::default()];
        let batch = serde_arrow::to_record_batch(&Message::fields(), &rows).unwrap();
        let back: Vec<Message> = serde_arrow::from_record_batch(&batch).unwrap();
        assert_eq!(back, rows);
    }
}
