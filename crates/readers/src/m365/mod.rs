//! The Microsoft 365 unified audit log, in the shapes it is exported in.
//!
//! * [`CSV`]: Purview's CSV and `Search-UnifiedAuditLog | Export-Csv`; a column
//!   `AuditData` holds the event as JSON, the other columns repeat parts of it.
//! * [`JSON`]: an array, an array under `value` or `Records`, or one object a line; an
//!   object either is the event or carries it as `AuditData`, as text or as object.
//!
//! Fields are those of the Office 365 Management Activity API schema
//! (learn.microsoft.com/office/office-365-management-api). Exports carry duplicates:
//! each row is handed on, equal events under an equal `event_uid`. Exports are cut in
//! silence: [`cut`] looks for signs of it.

mod csv;
mod cut;
mod event;
mod json;
mod owner;

use crate::registry::Format;

/// CSV with a column `AuditData`.
pub const CSV: Format = Format { name: "m365-csv", sniff: csv::sniff, read: csv::read };

/// JSON array, wrapped array, JSON lines.
pub const JSON: Format = Format { name: "m365-json", sniff: json::sniff, read: json::read };

#[cfg(test)]
mod tests;
