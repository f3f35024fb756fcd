//! The contract's tables as views: duplicates removed, every one in a total order.

/// A table that `show` prints.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its total order.
    pub order: &'static str,
    /// Columns that fit a terminal.
    pub short: &'static str,
}

/// Every table of the contract, in the order it lists them.
pub const TABLES: &[Table] = &[
    Table {
        name: "messages",
        order: "date, message_uid, mailbox",
        short: r#"date, mailbox, "from", subject"#,
    },
    Table {
        name: "events",
        order: "time, event_uid",
        short: "time, account, operation, source_ip, target",
    },
    Table { name: "fetches", order: "time, fetch_uid", short: "time, client, account, url" },
    Table {
        name: "calls",
        order: "time, call_uid",
        short: "time, caller, callee, duration_seconds, disposition",
    },
    Table {
        name: "record_lookups",
        order: "time, lookup_uid",
        short: "time, operator, source_ip, subject_number, rows, purpose",
    },
    Table {
        name: "observables",
        order: r#"type, value, uid, "where", time"#,
        short: r#"type, value, uid, "where""#,
    },
    Table {
        name: "deep",
        order: "sha256",
        short: "name, kind, cardinality(urls) AS urls, cardinality(members) AS members, \
                cardinality(macros) AS macros, sha256",
    },
    Table {
        name: "findings",
        order: "time, rule, finding_uid",
        short: "time, severity, rule, title, subject",
    },
    Table {
        name: "waves",
        order: "probability DESC, wave_id",
        short: "probability, first_seen, subject, cardinality(recipients) AS recipients, wave_id",
    },
    Table {
        name: "campaigns",
        order: "probability DESC, campaign_id",
        short: "probability, first_seen, last_seen, cardinality(wave_ids) AS waves, \
                cardinality(recipients) AS recipients, campaign_id",
    },
    Table {
        name: "exposures",
        order: "wave_id, recipient, state, time",
        short: "recipient, state, time, wave_id",
    },
    Table {
        name: "intrusions",
        order: "CASE status WHEN 'active' THEN 0 WHEN 'unknown' THEN 1 ELSE 2 END, \
                probability DESC, intrusion_id",
        short: "account, status, probability, first_access, last_access, \
                array_to_string(kinds, ' ') AS kinds",
    },
    Table {
        name: "hypotheses",
        order: "campaign_id, tier, probability DESC, name",
        short: "tier, name, probability, term, campaign_id",
    },
    Table {
        name: "claims",
        order: "said_on, path, span['start'], claim_id",
        short: "said_on, speaker, act, array_to_string(about, ' ') AS about, hedge, status, \
                claim_id",
    },
    Table {
        name: "ach",
        order: "campaign_id, tier, item, hypothesis",
        short: "tier, hypothesis, item, mark, diagnosticity, grade, analyst_mark",
    },
    Table {
        name: "judgements",
        order: "number",
        short: "number, kind, tier, name, probability, judged_by, judged_at",
    },
    Table {
        name: "designations",
        order: "list, reference",
        short: "list, reference, name, cardinality(matched) AS matched, note",
    },
    Table {
        name: "coverage",
        order: r#"source, account, "from", "to", inferred, note"#,
        short: r#"source, account, "from", "to", inferred"#,
    },
    Table {
        name: "anomalies",
        order: "evidence['source'], evidence['path'], evidence['offset'], reader, reason",
        short: "evidence['path'] AS path, evidence['offset'] AS offset, reader, reason",
    },
    Table {
        name: "occurrences",
        order: "message_uid, mailbox, evidence['source'], evidence['path'], evidence['offset']",
        short: "message_uid, mailbox, evidence['path'] AS path, evidence['offset'] AS offset",
    },
    Table {
        name: "sources",
        order: "path, source",
        short: "path, bytes, array_to_string(formats, ' ') AS formats, records, \
                substr(source, 8, 12) AS source",
    },
    Table {
        name: "roster",
        order: r#"person_id, "from", evidence['source'], evidence['offset']"#,
        short: "person_id, name, institution, kind, array_to_string(addresses, ' ') AS addresses",
    },
];

/// `CREATE VIEW` bodies, in an order in which each stands on those before it.
pub(super) fn definitions() -> Vec<(&'static str, String)> {
    vec![
        ("messages_whole", messages()),
        (
            "messages",
            r#"SELECT message_uid, message_id, mailbox, "from", "to", date, subject, from_name,
                sender, reply_to, return_path, cc, delivered_to, folder, date_text,
                date_offset_minutes, received, in_reply_to, "references", urls, attachments,
                language, size, identity, authentication, evidence FROM messages_whole"#
                .to_owned(),
        ),
        (
            "message_bodies",
            "SELECT message_uid, mailbox, headers, text, html, evidence FROM messages_whole"
                .to_owned(),
        ),
        (
            "occurrences",
            "SELECT message_uid, mailbox(delivered_to, folder, evidence['path']) AS mailbox, \
             evidence FROM records_occurrences"
                .to_owned(),
        ),
        ("mail_features", first("features_mail", "message_uid", "", MAIL_FEATURE_COLUMNS)),
        (
            "deep",
            first(
                "features_deep",
                "sha256",
                FIRST_EVIDENCE,
                "sha256, name, size, content_type, kind, tlsh, urls, members, macros, \
                 message_uid, evidence",
            ),
        ),
        (
            "events",
            first(
                "records_events",
                "event_uid",
                FIRST_EVIDENCE,
                "event_uid, time, provider, operation, account, source_ip, user_agent, session, \
                 target, evidence, record_id, workload, actor, app_id, outcome, message_ids, \
                 folders, detail",
            ),
        ),
        (
            "fetches",
            first(
                "records_fetches",
                "fetch_uid",
                FIRST_EVIDENCE,
                "fetch_uid, time, client, account, url, evidence, kind, method, host, status, \
                 user_agent, referrer",
            ),
        ),
        (
            "calls",
            first(
                "records_calls",
                "call_uid",
                FIRST_EVIDENCE,
                "call_uid, time, phone_number(caller) AS caller, phone_number(callee) AS callee, \
                 duration_seconds, billed_seconds, disposition, unique_id, evidence",
            ),
        ),
        (
            "record_lookups",
            first(
                "records_record_lookups",
                "lookup_uid",
                FIRST_EVIDENCE,
                "lookup_uid, time, operator, source_ip, phone_number(subject_number) AS \
                 subject_number, rows, purpose, evidence",
            ),
        ),
        ("roster", "SELECT * FROM records_roster".to_owned()),
        ("context", "SELECT * FROM records_context".to_owned()),
        ("networks", "SELECT * FROM records_networks".to_owned()),
        (
            "passive_dns",
            first(
                "records_passive_dns",
                "dns_uid",
                FIRST_EVIDENCE,
                "dns_uid, name, kind, data, first_seen, last_seen, \"count\", from_zone, sensor, \
                 evidence",
            ),
        ),
        (
            "registrations",
            first(
                "records_registrations",
                "registration_uid",
                FIRST_EVIDENCE,
                r#"registration_uid, kind, name, handle, "start", "end", registrar, registrant,
                country, registered, changed, expires, observed, name_servers, status, evidence"#,
            ),
        ),
        (
            "coverage",
            // A stated row that a run has split, for a suspected gap, gives way to its parts.
            r#"SELECT source, account, "from", "to", inferred, note, evidence FROM
               (SELECT *, evidence['source'] AS s, evidence['path'] AS p, evidence['offset'] AS o
               FROM records_coverage) AS stated LEFT ANTI JOIN
               (SELECT evidence['source'] AS s, evidence['path'] AS p, evidence['offset'] AS o
               FROM derived_inferred_coverage WHERE evidence IS NOT NULL) AS split
               ON stated.s = split.s AND stated.p = split.p AND stated.o = split.o
               UNION ALL SELECT source, account, "from", "to", inferred, note, evidence
               FROM derived_inferred_coverage"#
                .to_owned(),
        ),
        (
            "anomalies",
            format!(
                "SELECT evidence, reader, reason FROM records_anomalies UNION ALL \
                 SELECT evidence, reader, reason FROM derived_inferred_anomalies UNION ALL \
                 {} UNION ALL \
                 SELECT evidence, reader, reason FROM derived_hunt_anomalies",
                second_contents()
            ),
        ),
        (
            "observables",
            r#"SELECT DISTINCT type, value, uid, "where", subject, time FROM observables_rows"#
                .to_owned(),
        ),
        ("claims", "SELECT * FROM derived_claims".to_owned()),
        ("ach", "SELECT * FROM derived_ach".to_owned()),
        ("judgements", "SELECT * FROM derived_judgements".to_owned()),
        ("designations", "SELECT * FROM derived_designations".to_owned()),
        // A hunt may find what the run that holds has found, too.
        (
            "findings",
            first(
                "derived_findings",
                "finding_uid",
                "title, subject",
                "finding_uid, rule, title, severity, time, subject, techniques, record_uid, \
                 evidence",
            ),
        ),
        ("waves", "SELECT * FROM derived_waves".to_owned()),
        ("campaigns", "SELECT * FROM derived_campaigns".to_owned()),
        ("exposures", "SELECT * FROM derived_exposures".to_owned()),
        ("intrusions", "SELECT * FROM derived_intrusions".to_owned()),
        ("hypotheses", "SELECT * FROM derived_hypotheses".to_owned()),
    ]
}

const FIRST_EVIDENCE: &str = "evidence['source'], evidence['path'], evidence['offset']";

const MAIL_FEATURE_COLUMNS: &str = "message_uid, from_domain, urls, minhash, words, skeleton, \
    skeleton_tags, header_order, message_id_shape, boundary_shape, mailer, bulk_markers, \
    is_reply, origin_ip, origin_host, dkim_domains, subject_key, persona_words, \
    claimed_domains, confusable_name";

/// An anomaly for every content but one that stands under a provider's record id. Few ids
/// have more than one: they are found first, so that only their events are sorted.
fn second_contents() -> String {
    let twice = "SELECT provider AS p, record_id AS r FROM records_events WHERE record_id <> '' \
                 GROUP BY provider, record_id HAVING min(event_uid) <> max(event_uid)";
    let copies = format!(
        "SELECT evidence, provider, record_id, event_uid, row_number() OVER (PARTITION BY \
         event_uid ORDER BY {FIRST_EVIDENCE}) AS copy FROM records_events AS e LEFT SEMI JOIN \
         ({twice}) AS twice ON e.provider = twice.p AND e.record_id = twice.r"
    );
    format!(
        "SELECT evidence, 'events' AS reader, concat('record id `', record_id, '` stands over more \
         than one content') AS reason FROM (SELECT evidence, record_id, row_number() OVER \
         (PARTITION BY provider, record_id ORDER BY event_uid) AS nth FROM ({copies}) \
         WHERE copy = 1) WHERE nth > 1"
    )
}

/// One row for each value of `key`: the one that comes first by `order`.
fn first(table: &str, key: &str, order: &str, columns: &str) -> String {
    let order = if order.is_empty() { key } else { order };
    format!(
        "SELECT {columns} FROM (SELECT *, row_number() OVER (PARTITION BY {key} ORDER BY {order}) \
         AS nth FROM {table}) WHERE nth = 1"
    )
}

/// One row a message and mailbox. Identity is of the bytes, so the copies of one uid
/// are the same mail; the first copy in evidence order is cited, all are in `occurrences`.
///
/// A mailbox that is an address is known; a folder or file name is only where a copy was
/// found, so copies of one mail in three archives do not make three mailboxes.
fn messages() -> String {
    format!(
        "SELECT * FROM (SELECT *, \
           row_number() OVER (PARTITION BY message_uid, known ORDER BY {FIRST_EVIDENCE}) AS nth, \
           max(known) OVER (PARTITION BY message_uid) AS any_known \
         FROM (SELECT *, CASE WHEN mailbox LIKE '%@%' THEN mailbox ELSE '' END AS known \
         FROM (SELECT *, mailbox(delivered_to, folder, evidence['path']) AS mailbox \
         FROM records_messages))) WHERE nth = 1 AND (known <> '' OR any_known = '')"
    )
}
