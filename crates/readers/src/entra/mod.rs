//! Microsoft Entra (Azure AD) sign-in and audit logs: what Microsoft Graph answers
//! (`{"value": [...]}`, an array, one object a line; also as `PowerShell` writes it, with
//! keys in capitals), Azure Monitor's diagnostic records (the same under `properties`),
//! and the portal's CSV files.
//!
//! Fields: learn.microsoft.com/graph/api/resources/signin and `directoryaudit`. The
//! Microsoft 365 audit log holds most of these events too, in other words and under
//! other ids: see `docs/formats.md`.

mod csv;
mod event;
mod json;

use crate::registry::Format;

/// Graph, Azure Monitor.
pub const JSON: Format = Format { name: "entra-json", sniff: json::sniff, read: json::read };

/// The portal's downloads.
pub const CSV: Format = Format { name: "entra-csv", sniff: csv::sniff, read: csv::read };

#[cfg(test)]
mod tests;
