//! The rules that ship with the program, one line each: `rules/<line>.yml`, its page
//! `rules/<line>.md` and its cases `rules/<line>.cases.json`.

macro_rules! documents {
    ($($rule:literal),+ $(,)?) => {
        &[$((
            concat!("rules/", $rule, ".yml"),
            include_str!(concat!("../../../../rules/", $rule, ".yml")),
        )),+]
    };
}

/// Path and text of every rule that ships.
pub const DOCUMENTS: &[(&str, &str)] = documents![
    "applications/application-permission-granted",
    "applications/consent-for-everybody",
    "applications/consent-given",
    "applications/credential-added",
    "applications/mail-or-files-scope-granted",
    "applications/owner-added",
    "applications/service-principal-added",
    "audit-logs/audit-switched-off",
    "audit-logs/mailbox-audit-bypassed",
    "ediscovery/content-exported",
    "ediscovery/content-searched",
    "files/anonymous-link-made",
    "files/anonymous-link-used",
    "files/file-downloaded",
    "files/site-administrator-added",
    "identity/conditional-access-weakened",
    "identity/device-code-sign-in",
    "identity/federation-changed",
    "identity/old-protocol-sign-in",
    "identity/password-reset-by-other",
    "identity/role-granted",
    "identity/second-factor-removed",
    "mailbox/folder-permission-granted",
    "mailbox/folder-synchronised",
    "mailbox/full-access-granted",
    "mailbox/inbox-rule-forwards-inside",
    "mailbox/inbox-rule-forwards-outside",
    "mailbox/inbox-rule-hides-mail",
    "mailbox/mailbox-forwards-inside",
    "mailbox/mailbox-forwards-outside",
    "mailbox/old-protocol-enabled",
    "mailbox/read-by-application",
    "mailbox/read-by-non-owner",
    "mailbox/read-throttled",
    "mailbox/send-as-granted",
    "mailbox/transport-rule-copies-mail",
];
