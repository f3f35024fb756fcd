//! Registrable domains by the public suffix list (publicsuffix.org).

use std::net::IpAddr;

/// The registrable domain of a host name, lower case; the host itself where there is
/// none (addresses, single labels, public suffixes).
///
/// ```
/// assert_eq!(demarche_features::registrable("a.b.parliament.uk"), "parliament.uk");
/// assert_eq!(demarche_features::registrable("192.0.2.1"), "192.0.2.1");
/// ```
#[must_use]
pub fn registrable(host: &str) -> String {
    let host = host.trim_end_matches('.').to_lowercase();
    if host.parse::<IpAddr>().is_ok() || host.starts_with('[') {
        return host;
    }
    psl::domain_str(&host).map(str::to_owned).unwrap_or(host)
}

/// The registrable domain of a mail address; empty when it has none.
pub(crate) fn of_address(address: &str) -> String {
    address.rsplit_once('@').map(|(_, host)| registrable(host)).unwrap_or_default()
}

/// Whether `text` can be a host name with at least two labels: letters, digits and `-`
/// (also beyond ASCII), the last label not a number.
pub(crate) fn is_host(text: &str) -> bool {
    let mut labels = 0;
    let mut last = "";
    for label in text.split('.') {
        let good = |c: char| c.is_alphanumeric() || c == '-';
        if label.is_empty() || label.len() > 63 || !label.chars().all(good) {
            return false;
        }
        labels += 1;
        last = label;
    }
    labels >= 2 && last.chars().count() >= 2 && last.chars().all(char::is_alphabetic)
}

/// Whether the list knows the host's suffix and a name stands before it.
pub(crate) fn has_known_suffix(host: &str) -> bool {
    psl::domain(host.as_bytes()).is_some_and(|domain| domain.suffix().is_known())
}
