//! Outlook's own stores: `.msg`, `.pst`, and TNEF (`winmail.dat`) inside mail.
//!
//! All three keep MAPI properties ([MS-OXPROPS]) and not the message's bytes: [`mapi`]
//! holds them, [`item`] makes a [`Draft`](crate::mail::derived::Draft) of them, [`rtf`]
//! gives back the HTML or text that a body in RTF encapsulates. [`msg`], [`pst`] and
//! [`tnef`] differ in where the properties stand.
//!
//! Messages have `identity = derived`. A message attached to another is read as a part
//! of it, as with `message/rfc822`.

mod codepage;
mod item;
mod mapi;
mod msg;
mod pst;
mod rtf;
pub(crate) mod tnef;

use crate::registry::Format;

/// A message saved by Outlook: a compound file.
pub const MSG: Format = Format { name: "msg", sniff: msg::is_msg, read: msg::read };

/// A store of Outlook: ANSI and Unicode PST.
pub const PST: Format = Format { name: "pst", sniff: pst::is_pst, read: pst::read };

/// Messages inside each other.
const MAX_DEPTH: usize = 8;

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod tests;
