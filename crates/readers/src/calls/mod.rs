//! Call detail records of telephone exchanges.

mod asterisk;
mod cucm;
mod freeswitch;
mod freeswitch_xml;
mod kamailio;
mod rows;

use crate::registry::Format;

/// Asterisk's `Master.csv` (cdr_csv) and CSV exports of its `cdr` database table.
pub const ASTERISK_CDR: Format =
    Format { name: "asterisk-cdr", sniff: asterisk::sniff, read: asterisk::read };

/// FreeSWITCH `mod_cdr_csv` and exports of its database table.
pub const FREESWITCH_CSV: Format =
    Format { name: "freeswitch-csv", sniff: freeswitch::sniff_csv, read: freeswitch::read_csv };

/// FreeSWITCH `mod_json_cdr`.
pub const FREESWITCH_JSON: Format =
    Format { name: "freeswitch-json", sniff: freeswitch::sniff_json, read: freeswitch::read_json };

/// FreeSWITCH `mod_xml_cdr`.
pub const FREESWITCH_XML: Format =
    Format { name: "freeswitch-xml", sniff: freeswitch_xml::sniff, read: freeswitch_xml::read };

/// Cisco Unified Communications Manager.
pub const CUCM: Format = Format { name: "cucm-cdr", sniff: cucm::sniff, read: cucm::read };

/// Kamailio `acc` as CSV.
pub const KAMAILIO_CSV: Format =
    Format { name: "kamailio-csv", sniff: kamailio::sniff_csv, read: kamailio::read_csv };

/// Kamailio `acc` as JSON.
pub const KAMAILIO_JSON: Format =
    Format { name: "kamailio-json", sniff: kamailio::sniff_json, read: kamailio::read_json };

#[cfg(test)]
mod exchanges_tests;
#[cfg(test)]
mod tests;
