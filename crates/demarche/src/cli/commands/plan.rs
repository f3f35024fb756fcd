//! `demarche plan`: what to export and hold now, before it expires.

use demarche_core::{UtcMicros, custody};

use crate::cli::exit::{Failure, Status};
use crate::cli::with_stdout;

/// What to export and to hold now, from which systems, before it expires
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Count from this day instead of today (RFC 3339)
    #[arg(long, value_name = "TIME")]
    today: Option<UtcMicros>,
}

/// A system whose records expire.
struct System {
    name: &'static str,
    what: &'static str,
    /// Days it keeps them as delivered; 0 when the house decides.
    days: i64,
    how: &'static str,
    /// Where the vendor says so.
    source: &'static str,
}

/// Shortest retention first: that is the order to work in.
const SYSTEMS: &[System] = &[
    System {
        name: "Microsoft Entra ID, free licence",
        what: "sign-in and audit logs",
        days: 7,
        how: "Entra admin centre > Monitoring > Sign-in logs, Audit logs > Download (JSON)",
        source: "learn.microsoft.com/entra/identity/monitoring-health/reference-reports-data-retention",
    },
    System {
        name: "Microsoft Entra ID, P1 or P2",
        what: "sign-in and audit logs",
        days: 30,
        how: "as above, each log type (interactive, non-interactive, service principal)",
        source: "learn.microsoft.com/entra/identity/monitoring-health/reference-reports-data-retention",
    },
    System {
        name: "Exchange Online",
        what: "message trace, which names recipients of lures that were deleted",
        days: 90,
        how: "Exchange admin centre > Mail flow > Message trace > extended report (CSV)",
        source: "learn.microsoft.com/exchange/monitoring/trace-an-email-message",
    },
    System {
        name: "Microsoft Purview audit, standard",
        what: "unified audit log: mailbox reads, rules, consents, file access",
        days: 180,
        how: "Purview > Audit > search day by day (an export stops silently at 50,000 rows)",
        source: "learn.microsoft.com/purview/audit-log-retention-policies",
    },
    System {
        name: "Google Workspace",
        what: "login, token, drive, admin and Gmail log events",
        days: 180,
        how: "Reports API or Admin console > Reporting > Audit and investigation > export",
        source: "support.google.com/a/answer/7061566",
    },
    System {
        name: "Microsoft Purview audit, premium (E5)",
        what: "unified audit log",
        days: 365,
        how: "as for standard; consider an audit retention policy of ten years",
        source: "learn.microsoft.com/purview/audit-log-retention-policies",
    },
    System {
        name: "Web proxy, firewall and DNS resolver",
        what: "requests with time, client, user and URL: who opened or clicked a lure",
        days: 0,
        how: "copy the log folder whole; stop rotation first",
        source: "the house's own configuration",
    },
    System {
        name: "Telephone exchange and carrier",
        what: "call records, look-ups of call records, forwarding and SIM changes",
        days: 0,
        how: "CDR export; ask the carrier in writing to hold its access logs",
        source: "the house's own configuration; the carrier's legal retention",
    },
    System {
        name: "Mailboxes",
        what: "all folders with full headers, deleted items too; private accounts by consent",
        days: 0,
        how: "litigation hold first, then export to PST or mbox; note who consented, and until when",
        source: "learn.microsoft.com/exchange/security-and-compliance/in-place-and-litigation-holds",
    },
];

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let today = arguments.today.unwrap_or_else(custody::now);
    with_stdout(|out| {
        writeln!(
            out,
            "What to export and hold, most urgent first (counted from {}).",
            today.date()
        )?;
        writeln!(out, "Hold before you export; do not open any link or image in a suspect mail.")?;
        for (number, system) in SYSTEMS.iter().enumerate() {
            writeln!(out, "\n[ ] {}. {}: {}", number + 1, system.name, system.what)?;
            if system.days > 0 {
                let first = today.saturating_add(-system.days * UtcMicros::DAY);
                writeln!(
                    out,
                    "    kept {} days: what is older than {} is gone, and a day more each day",
                    system.days,
                    first.date()
                )?;
            } else {
                writeln!(
                    out,
                    "    kept as long as the house has set: look it up, and stop deletion"
                )?;
            }
            writeln!(out, "    how: {}", system.how)?;
            writeln!(out, "    see: {}", system.source)?;
        }
        writeln!(
            out,
            "\nThen write down in roster.csv who is who, in coverage.csv what each log covers,"
        )?;
        writeln!(out, "in context.csv your own addresses and gateways, and run:")?;
        writeln!(out, "    demarche investigate EVIDENCE... --case DIR")?;
        Ok(())
    })
}
