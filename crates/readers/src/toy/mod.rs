//! The toy resolver log: one query a line, `TIME CLIENT NAME`.

use demarche_core::id::short_hash;
use demarche_core::source::Member;
use demarche_core::{Fetch, Record, UtcMicros};

use crate::lines::{Lines, first_lines, most, sniff_text};
use crate::registry::{Format, ReadError, Sink};

/// A resolver's query log.
pub const DNS: Format = Format { name: "toy-dns", sniff, read };

fn sniff(prefix: &[u8]) -> bool {
    let text = sniff_text(prefix);
    most(&first_lines(&text, 10), |line| parse(line).is_ok())
}

fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let mut lines = Lines::new(member);
    while let Some(line) = lines.next(member)? {
        if line.bytes.is_empty() {
            continue;
        }
        let evidence = line.cite(member);
        let parsed = match line.fault {
            Some(fault) => Err(fault),
            None => parse(line.bytes),
        };
        match parsed {
            Ok(fetch) => {
                let fetch_uid = format!("f1:{}", short_hash(&[line.bytes]));
                sink.record(Record::Fetch(Box::new(Fetch { fetch_uid, evidence, ..fetch })));
            }
            Err(reason) => sink.anomaly(evidence, reason),
        }
    }
    Ok(())
}

fn parse(line: &[u8]) -> Result<Fetch, &'static str> {
    let text = String::from_utf8_lossy(line);
    let fields: Vec<&str> = text.split(' ').collect();
    let [time, client, name] = fields[..] else { return Err("not three fields") };
    Ok(Fetch {
        kind: "toy-dns".into(),
        time: Some(UtcMicros::parse(time).map_err(|_| "no time")?),
        client: client.to_owned(),
        host: name.to_lowercase(),
        url: name.to_owned(),
        ..Fetch::default()
    })
}

#[cfg(test)]
mod tests {
    use demarche_core::Record;

    use crate::lines::testing::{cited, read};

    const LOG: &[u8] = include_bytes!("testdata/queries.log");

    #[test]
    fn reads_queries_and_says_what_it_cannot() {
        let (name, records, anomalies) = read(LOG);
        assert_eq!(name, Some("toy-dns"));
        assert_eq!((records.len(), anomalies.len()), (2, 1));
        let Record::Fetch(fetch) = &records[0] else { panic!() };
        assert_eq!(fetch.host, "tracker.example");
        assert_eq!(cited(LOG, &fetch.evidence), LOG.split(|b| *b == b'\n').next().unwrap());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>) {
            let _ = super::parse(&bytes);
            let _ = read(&[LOG, &bytes].concat());
        }
    }
}
