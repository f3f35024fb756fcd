//! Which folder a copy lay in, by its member's path.

/// Endings that name a container or a mail format, not a folder.
const ENDINGS: &[&str] =
    &[".gz", ".xz", ".zst", ".bz2", ".mbox", ".mbx", ".eml", ".emlx", ".msg", ".pst"];

/// The folder of a mail: for an mbox its path without ending, for a single message the
/// folder it lies in; for a Maildir the folder that holds `cur` and `new`. Archive parts
/// (`a.zip!/`) are left out, unless nothing else is left.
pub(crate) fn of(path: &str, single: bool) -> String {
    let inner = path.rsplit("!/").next().unwrap_or(path);
    if !single {
        return without_endings(inner).to_owned();
    }
    let parent = inner.rsplit_once('/').map_or("", |(parent, _)| parent);
    let parent = match parent.rsplit_once('/') {
        Some((maildir, "cur" | "new" | "tmp")) => maildir,
        _ if matches!(parent, "cur" | "new" | "tmp") => "",
        _ => parent,
    };
    if !parent.is_empty() {
        return parent.to_owned();
    }
    match path.split_once("!/") {
        Some((outer, _)) => {
            let outer = outer.rsplit('/').next().unwrap_or(outer);
            let outer = [".tgz", ".zip", ".tar", ".7z"]
                .iter()
                .fold(without_endings(outer), |name, end| name.strip_suffix(end).unwrap_or(name));
            outer.to_owned()
        }
        None => without_endings(inner).to_owned(),
    }
}

fn without_endings(mut path: &str) -> &str {
    while let Some(ending) = ENDINGS.iter().find(|ending| path.ends_with(**ending)) {
        let shorter = &path[..path.len() - ending.len()];
        if shorter.is_empty() || shorter.ends_with('/') {
            break;
        }
        path = shorter;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        for (path, single, want) in [
            ("mail/alice.mbox", false, "mail/alice"),
            ("mail/alice.mbox.xz", false, "mail/alice"),
            ("mail/alice", false, "mail/alice"),
            ("a.zip!/mail/b.mbox", false, "mail/b"),
            ("alice/INBOX/1.eml", true, "alice/INBOX"),
            ("alice/Maildir/.Sent/cur/1:2,S", true, "alice/Maildir/.Sent"),
            ("x.tar.xz!/phish/1.eml", true, "phish"),
            ("dir/x.tar.xz!/1.eml", true, "x"),
            ("cur/1", true, "cur/1"),
            ("1.eml", true, "1"),
            (".mbox", false, ".mbox"),
        ] {
            assert_eq!(of(path, single), want, "{path}");
        }
    }
}
