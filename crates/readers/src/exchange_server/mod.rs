//! Logs of Exchange Server: comma-separated, with `#` lines before them
//! (learn.microsoft.com/exchange, "Message tracking"; "HttpProxy logs"; ECP server logs, in
//! which set-up of a virtual directory leaves `S:CMD=...`).
//!
//! `#Log-type:` says which log it is, `#Fields:` names the columns of the rows after it;
//! both may change within a file put together from several. HttpProxy logs repeat the
//! columns as a first line without `#`.
//!
//! * **Message tracking**: one event for each recipient of a row (workload
//!   `MessageTracking`, operation the `event-id`): who received a mail also where the mail
//!   itself is gone. `account` is the recipient, `actor` the sender, so that what the
//!   roster says about a person's evidence holds for each recipient's event.
//!   `source_ip` is the host that handed the mail over, no device of the recipient.
//! * **HttpProxy, ECP and the like**: one event a row. `account` is who was
//!   authenticated; an `AnchorMailbox` stays in `detail`, since the client chooses it.

mod header;
mod row;

use demarche_core::source::Member;
use demarche_core::{Event, Record};

use crate::lines::{Rows, first_lines, sniff_text};
use crate::registry::{Format, ReadError, Sink};
use header::Header;

/// Exchange Server's own logs.
pub const LOG: Format = Format { name: "exchange-server", sniff, read };

fn sniff(prefix: &[u8]) -> bool {
    let text = sniff_text(prefix);
    let mut header = Header::default();
    for line in first_lines(&text, 16) {
        header.take_line(&String::from_utf8_lossy(line));
    }
    header.is_exchange() && header.columns().len() > 2
}

fn read(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let mut rows = Rows::new(member);
    let mut header = Header::default();
    let mut number = 0;
    while let Some(row) = rows.next(member)? {
        if let Some(fault) = row.piece.fault {
            let evidence = row.piece.cite(member);
            sink.anomaly(evidence, fault);
            continue;
        }
        if row.piece.bytes.starts_with(b"#") {
            header.take_row(&row);
            continue;
        }
        if header.is_repeated(&row) {
            continue;
        }
        let evidence = row.piece.cite_row(member, number);
        number += 1;
        match row::events(&row, &header) {
            Ok((events, doubts)) => {
                for doubt in doubts {
                    sink.anomaly(evidence.clone(), doubt);
                }
                for event in events {
                    let evidence = evidence.clone();
                    sink.record(Record::Event(Box::new(Event { evidence, ..event })));
                }
            }
            Err(reason) => sink.anomaly(evidence, reason),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
