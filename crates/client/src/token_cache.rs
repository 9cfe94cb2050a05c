//! Tokens that outlive a command: `~/.st2/token-<user>`, readable by nobody else.

use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::output::date;
use crate::resource::Resource;

/// A token that expires within these seconds is not used any more.
const GRACE_SECONDS: i64 = 15;

#[derive(Debug, Serialize, Deserialize)]
struct CachedToken {
    token: String,
    expire_timestamp: i64,
}

/// What the cache says about a user's token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cached {
    Token(String),
    /// There is none, or it has expired.
    Missing,
    /// The file makes no sense; the text says why.
    Corrupted(String),
}

/// Where the token of a user is kept.
pub(crate) fn path(home: &Path, username: &str) -> PathBuf {
    home.join(".st2").join(format!("token-{}", username.replace('/', "_")))
}

/// The token of a user, if it is still good.
pub(crate) fn load(home: &Path, username: &str, now: Timestamp) -> Cached {
    let Ok(text) = std::fs::read_to_string(path(home, username)) else { return Cached::Missing };
    match serde_json::from_str::<CachedToken>(&text) {
        Ok(cached) if cached.expire_timestamp - GRACE_SECONDS < now.as_second() => Cached::Missing,
        Ok(cached) => Cached::Token(cached.token),
        Err(error) => Cached::Corrupted(error.to_string()),
    }
}

/// Whether others could change the token of a user, and where it is.
pub(crate) fn is_open_to_others(home: &Path, username: &str) -> Option<PathBuf> {
    let path = path(home, username);
    let mode = std::fs::metadata(&path).ok()?.permissions().mode();
    (mode & 0o7 >= 2).then_some(path)
}

/// Keeps a token.
pub(crate) fn store(home: &Path, token: &Resource) -> io::Result<()> {
    let expire_timestamp = date::parse(token.text("expiry")).map_or(0, Timestamp::as_second);
    let cached = CachedToken { token: token.text("token").to_owned(), expire_timestamp };
    write_private(&path(home, token.text("user")), &serde_json::to_string(&cached)?)
}

/// Writes a file that only its owner and group can read, and its directory.
pub(crate) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o2770).create(directory)?;
    }
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o660).open(path)?;
    file.set_permissions(std::fs::Permissions::from_mode(0o660))?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keeps_a_token_until_shortly_before_it_expires() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let token = json!({"user": "ada", "token": "secret", "expiry": "2024-01-01T01:00:00Z"});
        store(home.path(), &Resource::from_value(token)).expect("the cache can be written");
        let at = |time: &str| load(home.path(), "ada", time.parse().expect("a valid time"));
        assert_eq!(at("2024-01-01T00:59:40Z"), Cached::Token("secret".to_owned()));
        assert_eq!(at("2024-01-01T00:59:50Z"), Cached::Missing);
        assert_eq!(load(home.path(), "bob", Timestamp::UNIX_EPOCH), Cached::Missing);
        let mode = std::fs::metadata(path(home.path(), "ada")).expect("the file exists").permissions().mode();
        assert_eq!(mode & 0o777, 0o660);
        assert_eq!(is_open_to_others(home.path(), "ada"), None);
    }

    #[test]
    fn notices_a_corrupted_file() {
        let home = tempfile::tempdir().expect("a temporary directory");
        write_private(&path(home.path(), "ada"), "nonsense").expect("the cache can be written");
        assert!(matches!(load(home.path(), "ada", Timestamp::UNIX_EPOCH), Cached::Corrupted(_)));
    }
}
