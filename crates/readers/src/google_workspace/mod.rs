//! Google Workspace's Reports API (`activities.list`): admin, login, drive, token,
//! groups and the other applications, as the interface answers (`{"items": [...]}`), as
//! a bare array, one activity a line, or as ALFA saves it (`{"activities": [...]}`).
//!
//! An activity holds one or more events that happened at once; each becomes a record
//! that cites the whole activity. The activity's id is time, application and
//! `uniqueQualifier`; an event adds its number. Fields:
//! developers.google.com/admin-sdk/reports/reference/rest/v1/activities.

mod event;
mod gmail;

use demarche_core::source::Member;

use crate::audit;
use crate::registry::{Format, ReadError, Sink};

/// Activities.
pub const ACTIVITIES: Format =
    Format { name: "google-workspace", sniff: sniff_activities, read: read_activities };

/// Gmail's log in `BigQuery`, exported as JSON lines.
pub const GMAIL: Format = Format { name: "gmail-log", sniff: gmail::sniff, read: gmail::read };

fn sniff_activities(prefix: &[u8]) -> bool {
    audit::json::sniff(prefix, |first| {
        first.has_all(&["uniqueQualifier", "applicationName", "events"])
    })
}

fn read_activities(member: &mut Member<'_>, sink: &mut Sink<'_>) -> Result<(), ReadError> {
    let records = audit::json::read(member, sink, &event::events)?;
    // A page holds 1,000 at most; saved without its wrapper it does not name the next.
    audit::say_full(records, &[1_000], member, sink);
    Ok(())
}

#[cfg(test)]
mod tests;
