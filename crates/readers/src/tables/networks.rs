//! IP-to-network tables: `start end asn country name` separated by tabs, addresses in
//! text form, with or without a header, `asn` with or without `AS`; the shape that
//! iptoasn.com and others publish. `#` begins a comment.

use std::net::IpAddr;

use demarche_core::source::Member;
use demarche_core::{EvidenceRef, Network, Record};

use crate::lines::{Lines, first_lines, most, sniff_text};
use crate::registry::{ReadError, Sink};

pub(super) fn sniff(prefix: &[u8]) -> bool {
    let text = sniff_text(prefix);
    let lines = first_lines(&text, 8);
    let data: Vec<_> =
        lines.into_iter().filter(|line| !is_comment(line) && !is_header(line)).collect();
    most(&data, |line| parse(line).is_ok())
}

pub(super) fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let mut lines = Lines::new(member);
    let mut first = true;
    while let Some(line) = lines.next(member)? {
        if let Some(fault) = line.fault {
            let evidence = line.cite(member);
            sink.anomaly(evidence, fault);
            continue;
        }
        if line.bytes.trim_ascii().is_empty() || is_comment(line.bytes) {
            continue;
        }
        if std::mem::take(&mut first) && is_header(line.bytes) {
            continue;
        }
        let evidence = line.cite(member);
        match parse(line.bytes) {
            Ok(network) => sink.record(Record::Network(Box::new(Network { evidence, ..network }))),
            Err(reason) => sink.anomaly(evidence, reason),
        }
    }
    Ok(())
}

fn is_comment(line: &[u8]) -> bool {
    line.starts_with(b"#")
}

fn is_header(line: &[u8]) -> bool {
    let lower = line.to_ascii_lowercase();
    lower.starts_with(b"start\tend\tasn")
}

fn parse(line: &[u8]) -> Result<Network, &'static str> {
    let text = String::from_utf8_lossy(line);
    let mut fields = text.split('\t').map(str::trim);
    let mut field = || fields.next().unwrap_or("");
    let (start, end, asn, country) = (field(), field(), field(), field());
    let address = |text: &str| text.parse::<IpAddr>().map_err(|_| "not an IP address");
    let (start, end) = (address(start)?, address(end)?);
    if start.is_ipv4() != end.is_ipv4() || start > end {
        return Err("start and end are no range of addresses");
    }
    let digits = asn.get(..2).filter(|p| p.eq_ignore_ascii_case("as")).map_or(asn, |_| &asn[2..]);
    let asn = digits.parse().map_err(|_| "asn is not a number")?;
    let is_code = country.len() == 2 && country.bytes().all(|b| b.is_ascii_alphabetic());
    let country = if is_code { country.to_uppercase() } else { String::new() };
    let evidence = EvidenceRef::default();
    let name = field().to_owned();
    Ok(Network { start: start.to_string(), end: end.to_string(), asn, country, name, evidence })
}
