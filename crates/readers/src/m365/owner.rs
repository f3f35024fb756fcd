//! Whose mailbox an event acts on.
//!
//! Mailbox audit records name the owner (`MailboxOwnerUPN`). Cmdlets name it in the
//! `Mailbox` or `Identity` parameter or in `ObjectId`, in any of Exchange's ways: as
//! address, as alias (`jane`, `jane\Rule name`), as distinguished name
//! (`...Hosted Organizations/tenant.onmicrosoft.com/jane`) or as legacy DN.

/// Nouns of cmdlets that act on one mailbox, besides those that begin with `mailbox`.
const NOUNS: [&str; 6] = [
    "casmailbox",
    "calendarprocessing",
    "inboxrule",
    "recipientpermission",
    "sweeprule",
    "userphoto",
];

/// `Mailbox...` nouns that do not.
const NOT: [&str; 4] = ["mailboxdatabase", "mailboxplan", "mailboxsearch", "mailboxserver"];

/// Whether `operation` is a cmdlet that acts on one mailbox: `Set-Mailbox`,
/// `New-InboxRule`, `Add-MailboxPermission`...
pub(super) fn is_mailbox_cmdlet(operation: &str) -> bool {
    let Some((_, noun)) = operation.split_once('-') else { return false };
    let noun = noun.to_ascii_lowercase();
    NOUNS.contains(&noun.as_str()) || noun.starts_with("mailbox") && !NOT.contains(&noun.as_str())
}

/// Under it are the accounts of Exchange Online's own services, not of a tenant.
const SERVICE: &str = ".prod.outlook.com";

/// The owner that `named` means, lower case; empty when it names none.
///
/// An alias becomes an address: the actor's when it is the actor's own local part,
/// else under the actor's domain, else under `organization`. A GUID, a display name or
/// a system mailbox stays as it stands. The evidence's own text remains in `detail`.
pub(super) fn resolve(named: &str, actor: &str, organization: &str) -> String {
    let alias = alias(named.trim()).trim().to_lowercase();
    if alias.is_empty() || alias.contains('@') || !is_plain(&alias) {
        return alias;
    }
    match actor.split_once('@') {
        Some((local, _)) if local == alias => actor.to_owned(),
        Some((_, domain)) if !domain.is_empty() && !domain.ends_with(SERVICE) => {
            format!("{alias}@{domain}")
        }
        _ if organization.contains('.') => format!("{alias}@{}", organization.to_lowercase()),
        _ => alias,
    }
}

/// The part of an Exchange identity that names the mailbox.
fn alias(named: &str) -> &str {
    const HOSTED: &str = "Hosted Organizations/";
    let mut name = named;
    if let Some(at) = name.find(HOSTED) {
        let inside = &name[at + HOSTED.len()..];
        name = inside.split_once('/').map_or(inside, |(_tenant, name)| name);
    } else if name.starts_with("/o=") {
        name = name.rsplit_once("cn=").map_or(name, |(_, tail)| tail);
        // 32 hex digits, a hyphen, the alias.
        name = match name.split_at_checked(33) {
            Some((id, alias)) if id.ends_with('-') && !alias.is_empty() => alias,
            _ => name,
        };
    }
    // `jane:\Calendar`, `jane\Rule name`.
    name.split([':', '\\']).next().unwrap_or("")
}

/// Whether an alias can be the local part of an address and is no GUID.
fn is_plain(alias: &str) -> bool {
    let guid = alias.len() >= 36
        && alias.bytes().filter(|b| *b == b'-').count() >= 4
        && alias.bytes().take(36).all(|b| b.is_ascii_hexdigit() || b == b'-');
    !guid && alias.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cmdlets() {
        for name in ["Set-Mailbox", "New-InboxRule", "Add-MailboxPermission", "set-casmailbox"] {
            assert!(is_mailbox_cmdlet(name), "{name}");
        }
        for name in
            ["New-TransportRule", "UserLoggedIn", "New-MailboxSearch", "Add-RoleGroupMember"]
        {
            assert!(!is_mailbox_cmdlet(name), "{name}");
        }
    }

    #[test]
    fn identities() {
        let of = |named| resolve(named, "kim@house.example", "house.onmicrosoft.com");
        assert_eq!(of("Jane@House.example"), "jane@house.example");
        assert_eq!(of("kim\\Forward all"), "kim@house.example");
        assert_eq!(of("jane:\\Calendar"), "jane@house.example");
        let dn = "EUR.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/house.onmicrosoft.com/JaneD";
        assert_eq!(of(dn), "janed@house.example");
        let legacy = "/o=ExchangeLabs/ou=x/cn=Recipients/cn=0123456789abcdef0123456789abcdef-jane";
        assert_eq!(of(legacy), "jane@house.example");
        let guid = "90605863-dee4-4c57-9cbc-2b52ce230213";
        assert_eq!(of(guid), guid);
        assert_eq!(of("\\rule"), "");
        let service = "provisioning@eurprd04.prod.outlook.com";
        assert_eq!(resolve("jane", service, "House.example"), "jane@house.example");
        assert_eq!(resolve("jane", "nt authority\\system", "House.example"), "jane@house.example");
    }
}
