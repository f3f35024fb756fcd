//! What kind of act an event is, by provider and operation.

use demarche_core::Event;

/// What kind of act an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Act {
    SignIn,
    SignInFailed,
    /// Single messages read.
    MailRead,
    /// Folders synchronised: assume all of them read.
    MailSync,
    FileRead,
    /// What owners do and readers need not: send, move, edit, upload.
    Write,
    Rule,
    Grant,
    Consent,
    Credential,
    Other,
}

/// Classifies an event.
pub(crate) fn act_of(event: &Event) -> Act {
    match event.provider.as_str() {
        "google" => google(event),
        "okta" => okta(event),
        "aws" => aws(event),
        _ => microsoft(event),
    }
}

/// Event names of the Reports API's applications `login`, `drive`, `token` and
/// `user_accounts` (developers.google.com/workspace/admin/reports/v1/appendix/activity).
fn google(event: &Event) -> Act {
    match (event.workload.as_str(), event.operation.as_str()) {
        ("login", "login_success") => Act::SignIn,
        ("login", "login_failure") => Act::SignInFailed,
        ("drive", "view" | "download" | "copy" | "print" | "preview" | "sync_item_content") => {
            Act::FileRead
        }
        ("drive", "edit" | "create" | "upload" | "rename" | "move" | "trash" | "delete") => {
            Act::Write
        }
        (_, "email_forwarding_out_of_domain") => Act::Rule,
        ("token", "authorize") => Act::Consent,
        (
            _,
            "password_edit"
            | "2sv_disable"
            | "2sv_enroll"
            | "recovery_email_edit"
            | "recovery_phone_edit",
        ) => Act::Credential,
        _ => Act::Other,
    }
}

/// Event types of Okta's system log (developer.okta.com/docs/reference/api/event-types).
fn okta(event: &Event) -> Act {
    match event.operation.as_str() {
        "user.session.start" | "user.authentication.sso" if event.outcome == "failed" => {
            Act::SignInFailed
        }
        "user.session.start" | "user.authentication.sso" => Act::SignIn,
        "user.mfa.factor.activate"
        | "user.mfa.factor.deactivate"
        | "user.mfa.factor.reset_all"
        | "user.account.reset_password"
        | "user.account.update_password" => Act::Credential,
        "app.oauth2.as.consent.grant" => Act::Consent,
        _ => Act::Other,
    }
}

/// Event names of `CloudTrail`: console sign-ins, and object reads where data events were
/// logged.
fn aws(event: &Event) -> Act {
    match event.operation.as_str() {
        "ConsoleLogin" if event.outcome == "failed" => Act::SignInFailed,
        "ConsoleLogin" => Act::SignIn,
        "GetObject" | "SelectObjectContent" if event.outcome != "failed" => Act::FileRead,
        "PutObject" | "DeleteObject" | "CopyObject" => Act::Write,
        "CreateAccessKey" | "UpdateLoginProfile" | "CreateLoginProfile" => Act::Credential,
        _ => Act::Other,
    }
}

/// Names of Microsoft's audit log activities page.
fn microsoft(event: &Event) -> Act {
    let operation = event.operation.trim_end_matches(['.', ' ']);
    match operation {
        // Entra's own log calls both by one name.
        "Sign-in activity" if event.outcome == "failed" => Act::SignInFailed,
        "UserLoggedIn" | "Sign-in activity" => Act::SignIn,
        "UserLoginFailed" => Act::SignInFailed,
        "MailItemsAccessed" if is_sync(&event.detail) => Act::MailSync,
        "MailItemsAccessed" | "MessageBind" | "FolderBind" => Act::MailRead,
        "FileDownloaded"
        | "FileAccessed"
        | "FileAccessedExtended"
        | "FilePreviewed"
        | "FileSyncDownloadedFull"
        | "FileSyncDownloadedPartial"
        | "FileCopied" => Act::FileRead,
        "Send"
        | "SendAs"
        | "SendOnBehalf"
        | "Create"
        | "Update"
        | "Move"
        | "MoveToDeletedItems"
        | "SoftDelete"
        | "FileModified"
        | "FileModifiedExtended"
        | "FileUploaded"
        | "FileSyncUploadedFull"
        | "FileRenamed"
        | "FileMoved"
        | "FileCheckedIn"
        | "FolderCreated"
        | "FolderModified"
        | "MessageSent"
        | "MessageCreated"
        | "ChatCreated"
        | "MeetingParticipantDetail" => Act::Write,
        "New-InboxRule"
        | "Set-InboxRule"
        | "Enable-InboxRule"
        | "UpdateInboxRules"
        | "Remove-InboxRule"
        | "Disable-InboxRule"
        | "New-TransportRule"
        | "Set-TransportRule"
        | "Remove-TransportRule"
        | "Set-Mailbox" => Act::Rule,
        "Add-MailboxPermission"
        | "Add-RecipientPermission"
        | "Add-MailboxFolderPermission"
        | "Set-MailboxFolderPermission"
        | "ModifyFolderPermissions"
        | "AddFolderPermissions"
        | "Remove-MailboxPermission"
        | "Remove-RecipientPermission"
        | "Remove-MailboxFolderPermission" => Act::Grant,
        "Consent to application"
        | "Add delegated permission grant"
        | "Add app role assignment grant to user"
        | "Add app role assignment to service principal"
        | "Add OAuth2PermissionGrant"
        | "Remove delegated permission grant"
        | "Remove OAuth2PermissionGrant"
        | "Remove app role assignment from user" => Act::Consent,
        "Change user password"
        | "Reset user password"
        | "Reset password"
        | "User registered security info"
        | "User registered all required security info"
        | "User deleted security info"
        | "User changed default security info"
        | "Disable Strong Authentication" => Act::Credential,
        _ => Act::Other,
    }
}

/// Whether a `MailItemsAccessed` detail says `MailAccessType` Sync, folded or not;
/// looked for as text, because these are most of an export's bytes.
fn is_sync(detail: &str) -> bool {
    detail.find("MailAccessType").is_some_and(|at| {
        let rest = &detail.as_bytes()[at..];
        let window = &rest[..rest.len().min(48)];
        window.windows(6).any(|bytes| bytes == b"\"Sync\"")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sync_is_found_folded_or_not() {
        assert!(is_sync(r#"{"OperationProperties":{"MailAccessType":"Sync"}}"#));
        assert!(is_sync(r#"[{"Name":"MailAccessType","Value":"Sync"}]"#));
        assert!(!is_sync(r#"{"OperationProperties":{"MailAccessType":"Bind"}}"#));
        assert!(!is_sync("MailAccessType\u{e9}"));
    }

    #[test]
    fn each_provider_by_its_own_names() {
        let act = |provider: &str, workload: &str, operation: &str, outcome: &str| {
            act_of(&Event {
                provider: provider.into(),
                workload: workload.into(),
                operation: operation.into(),
                outcome: outcome.into(),
                ..Event::default()
            })
        };
        assert_eq!(act("m365", "", "UserLoggedIn", ""), Act::SignIn);
        assert_eq!(act("entra", "", "Sign-in activity", "failed"), Act::SignInFailed);
        assert_eq!(act("google", "drive", "download", ""), Act::FileRead);
        assert_eq!(act("google", "login", "login_failure", "failed"), Act::SignInFailed);
        assert_eq!(act("okta", "", "user.session.start", "succeeded"), Act::SignIn);
        assert_eq!(act("aws", "", "ConsoleLogin", "failed"), Act::SignInFailed);
        // A name of one provider means nothing in another's log.
        assert_eq!(act("okta", "", "UserLoggedIn", ""), Act::Other);
    }
}
