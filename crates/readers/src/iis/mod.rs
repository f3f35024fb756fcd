//! W3C extended log files (www.w3.org/TR/WD-logfile), as IIS writes them for web sites,
//! SMTP and FTP services and for `HTTP.sys` errors (learn.microsoft.com/iis, "IIS log file
//! formats").
//!
//! `#Fields:` names the columns of the lines after it and changes within a file whenever
//! the service restarts or its logging is set anew; `#Date:` gives the day where lines have
//! only a time. Times are UTC by the specification. A line is an event: provider `iis`
//! (`w3c` when another software says it wrote the file), operation the method.

mod header;

use demarche_core::id::short_hash;
use demarche_core::source::Member;
use demarche_core::{Event, Record, UtcMicros};

use crate::lines::{Lines, first_lines, sniff_text};
use crate::registry::{Format, ReadError, Sink};
use crate::serverlog::{Fields, address, outcome};
use header::Header;

/// W3C extended log files.
pub const W3C: Format = Format { name: "w3c-extended", sniff, read };

fn sniff(prefix: &[u8]) -> bool {
    let text = sniff_text(prefix);
    let lines = first_lines(&text, 16);
    let mut header = Header::default();
    lines.first().is_some_and(|line| line.starts_with(b"#"))
        && lines.iter().take_while(|line| line.starts_with(b"#")).any(|line| {
            header.take(&String::from_utf8_lossy(line));
            header.has("time")
                && ["cs-method", "cs-uri-stem", "cs-uri"].iter().any(|n| header.has(n))
        })
}

fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let mut lines = Lines::new(member);
    let mut header = Header::default();
    while let Some(line) = lines.next(member)? {
        if line.bytes.trim_ascii().is_empty() {
            continue;
        }
        let evidence = line.cite(member);
        if let Some(fault) = line.fault {
            sink.anomaly(evidence, fault);
        } else if line.bytes.starts_with(b"#") {
            header.take(&line.text());
        } else {
            match event(&line.text(), &header) {
                Ok((event, doubts)) => {
                    for doubt in doubts {
                        sink.anomaly(evidence.clone(), doubt);
                    }
                    sink.record(Record::Event(Box::new(Event { evidence, ..event })));
                }
                Err(reason) => sink.anomaly(evidence, reason),
            }
        }
    }
    Ok(())
}

/// The event of a line, without evidence, and what is doubtful in it.
fn event(line: &str, header: &Header) -> Result<(Event, Vec<&'static str>), &'static str> {
    let columns = header.columns();
    if columns.is_empty() {
        return Err("a line before any #Fields");
    }
    let values: Vec<&str> = line.split([' ', '\t']).filter(|value| !value.is_empty()).collect();
    if values.len() != columns.len() {
        return Err("another number of fields than #Fields names");
    }
    let mut fields = Fields::default();
    for (name, value) in columns.iter().zip(values) {
        fields.add(name, if value == "-" { "" } else { value });
    }
    let mut doubts = Vec::new();
    let time = header.time(fields.get("date"), fields.get("time"));
    if time.is_none() {
        doubts.push("no readable date and time");
    }
    let account = fields.get("cs-username").to_lowercase();
    let (stem, query) = (fields.first(&["cs-uri-stem", "cs-uri"]), fields.get("cs-uri-query"));
    let mut event = Event {
        provider: header.provider().to_owned(),
        time,
        workload: fields.get("s-sitename").to_owned(),
        operation: fields.get("cs-method").to_owned(),
        actor: account.clone(),
        account,
        source_ip: address(fields.get("c-ip")),
        // Spaces of a header stand as plus signs; `detail` keeps it as logged.
        user_agent: fields.get("cs(user-agent)").replace('+', " "),
        target: if query.is_empty() { stem.to_owned() } else { format!("{stem}?{query}") },
        outcome: outcome(fields.get("sc-status")).to_owned(),
        ..Event::default()
    };
    let names = short_hash(&[columns.join(" ").as_bytes()]);
    doubts.extend(fields.finish(&mut event, &[b"iis", names.as_bytes(), line.as_bytes()]));
    Ok((event, doubts))
}

/// `date` and `time` as one time.
fn joined(date: &str, time: &str) -> Option<UtcMicros> {
    UtcMicros::parse(&format!("{date}T{time}Z")).ok()
}

#[cfg(test)]
mod tests;
