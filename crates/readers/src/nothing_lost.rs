//! Nothing lost, for every format of lines, rows or JSON: each byte of a damaged member is
//! in a record, in an anomaly, or is framing that the format is known to have.

use demarche_core::Record;
use proptest::prelude::*;

use crate::lines::testing::{cited, member};
use crate::registry::{FORMATS, Sink};

/// What may lie between records.
#[derive(Clone, Copy, PartialEq)]
enum Framing {
    /// Blank lines, comments, a header.
    Lines,
    /// The same; a call is told by two rows and cites the first.
    Pairs,
    /// Brackets, commas, and an envelope before the first and behind the last record.
    Json,
}

const SAMPLES: &[(&str, Framing, &[u8])] = &[
    ("dnsmasq", Framing::Lines, include_bytes!("dns/testdata/dnsmasq.log")),
    ("bind", Framing::Lines, include_bytes!("dns/testdata/queries.log")),
    ("unbound", Framing::Lines, include_bytes!("dns/testdata/unbound.log")),
    ("combined", Framing::Lines, include_bytes!("web/testdata/combined.log")),
    ("squid", Framing::Lines, include_bytes!("web/testdata/squid.log")),
    ("zeek-http-tsv", Framing::Lines, include_bytes!("web/testdata/http.log")),
    ("zeek-dns-tsv", Framing::Lines, include_bytes!("web/testdata/dns.log")),
    ("zeek-ssl-tsv", Framing::Lines, include_bytes!("web/testdata/ssl.log")),
    ("w3c-extended", Framing::Lines, include_bytes!("iis/testdata/u_ex240326.log")),
    ("exchange-server", Framing::Lines, include_bytes!("exchange_server/testdata/tracking.log")),
    ("exchange-server", Framing::Lines, include_bytes!("exchange_server/testdata/httpproxy.log")),
    ("freeswitch-csv", Framing::Lines, include_bytes!("calls/testdata/freeswitch.csv")),
    ("cucm-cdr", Framing::Lines, include_bytes!("calls/testdata/cucm.csv")),
    ("kamailio-csv", Framing::Pairs, include_bytes!("calls/testdata/acc.csv")),
    ("pgaudit-csv", Framing::Lines, include_bytes!("pgaudit/testdata/postgresql.csv")),
    ("m365-csv", Framing::Lines, include_bytes!("m365/testdata/purview.csv")),
    ("entra-csv", Framing::Lines, include_bytes!("entra/testdata/sign-ins.csv")),
    ("entra-csv", Framing::Lines, include_bytes!("entra/testdata/audit.csv")),
    ("exchange-trace-csv", Framing::Lines, include_bytes!("exchange_trace/testdata/trace.csv")),
    ("inbox-rules-csv", Framing::Lines, include_bytes!("inbox_rules/testdata/rules.csv")),
    (
        "asterisk-cdr",
        Framing::Lines,
        b"\"\",\"100\",\"200\",\"in\",\"\"\"Ann\"\" <100>\",\"SIP/1\",\"SIP/2\",\"Dial\",\"x\",\
          \"2024-03-01 10:00:00\",\"2024-03-01 10:00:05\",\"2024-03-01 10:01:00\",60,55,\
          \"ANSWERED\",\"DOCUMENTATION\",\"1.1\",\"\"\n",
    ),
    ("networks", Framing::Lines, b"192.0.2.0\t192.0.2.255\t64500\tZZ\tExample\n"),
    (
        "roster",
        Framing::Lines,
        b"person_id,name,addresses,kind\np1,Ann,ann@a.example;b@a.example,staff\n",
    ),
    ("coverage", Framing::Lines, b"source,account,from,to,note\nmail,,2024-01-01T00:00:00Z,,\n"),
    ("context", Framing::Lines, b"kind,value,from,to,note\nvpn,192.0.2.1,,,x\n"),
    (
        "record-lookups",
        Framing::Lines,
        b"time,operator,source_ip,subject_number,rows,purpose\n\
          2024-01-01T00:00:00Z,ann,192.0.2.1,+4912345,3,x\n",
    ),
    ("zeek-http-json", Framing::Json, include_bytes!("web/testdata/http.json")),
    ("zeek-dns-json", Framing::Json, include_bytes!("web/testdata/dns.json")),
    ("zeek-ssl-json", Framing::Json, include_bytes!("web/testdata/ssl.json")),
    ("m365-json", Framing::Json, include_bytes!("m365/testdata/audit.json")),
    ("cloudtrail", Framing::Json, include_bytes!("cloudtrail/testdata/trail.json")),
    (
        "google-workspace",
        Framing::Json,
        include_bytes!("google_workspace/testdata/activities.json"),
    ),
    ("gmail-log", Framing::Json, include_bytes!("google_workspace/testdata/gmail.jsonl")),
    ("okta", Framing::Json, include_bytes!("okta/testdata/log.json")),
    ("dropbox", Framing::Json, include_bytes!("dropbox/testdata/events.json")),
    ("box", Framing::Json, include_bytes!("box_events/testdata/events.json")),
    ("entra-json", Framing::Json, include_bytes!("entra/testdata/graph.json")),
    ("freeswitch-json", Framing::Json, include_bytes!("calls/testdata/freeswitch.json")),
    ("pgaudit-json", Framing::Json, include_bytes!("pgaudit/testdata/postgresql.json")),
    ("passive-dns", Framing::Json, include_bytes!("enrichment/testdata/passive_dns.json")),
    ("rdap", Framing::Json, include_bytes!("enrichment/testdata/rdap.json")),
    ("whois-json", Framing::Json, include_bytes!("enrichment/testdata/whois.json")),
];

/// What a reader made of bytes.
struct Read {
    /// Which bytes are cited.
    covered: Vec<bool>,
    records: usize,
    /// Lines or rows that an anomaly says are passed over, by their number.
    counted: u64,
    /// An anomaly says that reading ended before the end.
    ended: bool,
}

fn read(name: &str, bytes: &[u8]) -> Read {
    let format = FORMATS.iter().find(|format| format.name == name).unwrap();
    let mut out = Read { covered: vec![false; bytes.len()], records: 0, counted: 0, ended: false };
    let mut emit = |record: Record| {
        let evidence = record.evidence().unwrap().clone();
        match &record {
            Record::Anomaly(anomaly) => {
                let number: String =
                    anomaly.reason.chars().take_while(char::is_ascii_digit).collect();
                out.counted += number.parse::<u64>().unwrap_or(0);
                if evidence.length == 0 {
                    return;
                }
            }
            _ => out.records += 1,
        }
        cited(bytes, &evidence);
        let start = usize::try_from(evidence.offset).unwrap();
        let length = usize::try_from(evidence.length).unwrap();
        out.covered[start..start + length].fill(true);
    };
    let ended = (format.read)(&mut member(bytes), &mut Sink::new(format.name, &mut emit)).is_err();
    out.ended = ended;
    out
}

/// Lines behind the header of which some byte is cited by nothing, framing left out.
fn lost_lines<'b>(bytes: &'b [u8], header: usize, read: &Read) -> Vec<&'b [u8]> {
    let mut lost = Vec::new();
    let mut at = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let covered = &read.covered[at..at + line.len()];
        let in_header = at < header;
        at += line.len();
        let text = line.trim_ascii();
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        if text.is_empty() || text.starts_with(b"#") || text.starts_with(b"sep=") {
            continue;
        }
        let whole = line.iter().zip(covered).all(|(byte, c)| *c || byte.is_ascii_whitespace());
        if !whole && !in_header {
            lost.push(line);
        }
    }
    lost
}

/// Runs of uncited bytes between the first and the last cited one that are no brackets.
fn lost_json<'b>(bytes: &'b [u8], read: &Read) -> Vec<&'b [u8]> {
    let first = read.covered.iter().position(|c| *c).unwrap_or(0);
    let last = read.covered.iter().rposition(|c| *c).unwrap_or(0);
    let mut lost = Vec::new();
    let mut at = first;
    while at < last {
        let end = (at..last).find(|n| read.covered[*n] != read.covered[at]).unwrap_or(last);
        let framing = |b: &u8| {
            b.is_ascii_whitespace() || matches!(b, b',' | b'[' | b']' | 0xef | 0xbb | 0xbf)
        };
        if !read.covered[at] && !bytes[at..end].iter().all(framing) {
            lost.push(&bytes[at..end]);
        }
        at = end;
    }
    lost
}

#[derive(Clone, Debug)]
enum Edit {
    Put(prop::sample::Index, u8),
    Cut(prop::sample::Index, usize),
    /// A line or element put in before another.
    Line(prop::sample::Index, &'static str),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let lines = ["LOST and not found\n", "1,2,3\n", "\n", "LOST\t1\t2\n", "{\"LOST\": 1}\n"];
    let edit = prop_oneof![
        (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, byte)| Edit::Put(at, byte)),
        (any::<prop::sample::Index>(), 1_usize..60).prop_map(|(at, n)| Edit::Cut(at, n)),
        (any::<prop::sample::Index>(), prop::sample::select(lines.to_vec()))
            .prop_map(|(at, line)| Edit::Line(at, line)),
    ];
    proptest::collection::vec(edit, 0..4)
}

/// Applies edits behind `keep`, where a header would be hurt otherwise.
fn apply(bytes: &[u8], keep: usize, edits: &[Edit]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for edit in edits {
        let room = out.len().saturating_sub(keep);
        if room == 0 {
            break;
        }
        match edit {
            Edit::Put(at, byte) => out[keep + at.index(room)] = *byte,
            Edit::Cut(at, n) => {
                let at = keep + at.index(room);
                drop(out.drain(at..(at + n).min(bytes.len()).min(out.len()).max(at)));
            }
            Edit::Line(at, line) => {
                let at = keep + at.index(room);
                let start = out[..at].iter().rposition(|b| *b == b'\n').map_or(keep, |n| n + 1);
                let start = start.max(keep);
                drop(out.splice(start..start, line.bytes()));
            }
        }
    }
    out
}

/// Where the first cited byte is: what is before it is the header.
fn first_record(name: &str, bytes: &[u8]) -> usize {
    read(name, bytes).covered.iter().position(|c| *c).unwrap_or(0)
}

/// `header` is how many bytes stand before the first record.
fn check(name: &str, framing: Framing, bytes: &[u8], header: usize) -> Result<(), TestCaseError> {
    let read = read(name, bytes);
    if read.ended {
        return Ok(());
    }
    let shown = |lost: &[&[u8]]| {
        let lost: Vec<_> = lost.iter().map(|piece| String::from_utf8_lossy(piece)).collect();
        format!("{name}: {lost:?} of {}", String::from_utf8_lossy(bytes))
    };
    match framing {
        Framing::Json => {
            let lost = lost_json(bytes, &read);
            let lines = lost.iter().flat_map(|piece| piece.split(|byte| *byte == b'\n'));
            let lines = lines.filter(|line| !line.trim_ascii().is_empty()).count();
            prop_assert!(lines as u64 <= read.counted, "{}", shown(&lost));
        }
        Framing::Lines | Framing::Pairs => {
            let lost = lost_lines(bytes, header, &read);
            let told =
                read.counted + if framing == Framing::Pairs { read.records as u64 } else { 0 };
            prop_assert!(lost.len() as u64 <= told, "{told} told, {}", shown(&lost));
        }
    }
    Ok(())
}

#[test]
fn of_the_samples_themselves() {
    for (name, framing, bytes) in SAMPLES {
        assert!(read(name, bytes).records > 0, "{name}");
        check(name, *framing, bytes, first_record(name, bytes)).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn of_damaged_members(sample in 0..SAMPLES.len(), edits in edits()) {
        let (name, framing, bytes) = SAMPLES[sample];
        let keep = first_record(name, bytes);
        let damaged = apply(bytes, keep, &edits);
        check(name, framing, &damaged, keep)?;
    }
}
