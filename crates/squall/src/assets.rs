//! The built-in packs and the Python shim: carried by the binary, laid out below the data directory.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::{fs, io};

use squall_model::Id;

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Lays the files out below `directory` unless this very version of them is there.
pub(crate) fn unpack(directory: &Path) -> io::Result<()> {
    let stamp = directory.join("version");
    let version = version();
    if fs::read_to_string(&stamp).is_ok_and(|found| found == version) {
        return Ok(());
    }
    for part in ["packs", "python"] {
        match fs::remove_dir_all(directory.join(part)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    for (name, executable, content) in FILES {
        let path = directory.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mode = if *executable { 0o755 } else { 0o644 };
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path)?;
        file.write_all(content)?;
    }
    fs::write(stamp, version)
}

/// Returns a text that differs whenever a file does.
fn version() -> String {
    let parts: Vec<String> =
        FILES.iter().map(|(name, _, content)| format!("{name}\0{}", String::from_utf8_lossy(content))).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    Id::derived(&parts).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unpacks_once_and_again_when_something_is_older() {
        let directory = tempfile::tempdir().unwrap();
        unpack(directory.path()).unwrap();
        assert!(directory.path().join("packs/autoscale/pack.yaml").is_file());
        let stray = directory.path().join("packs/stray");
        fs::write(&stray, "").unwrap();
        unpack(directory.path()).unwrap();
        assert!(stray.exists(), "the same version is left alone");
        fs::write(directory.path().join("version"), "older").unwrap();
        unpack(directory.path()).unwrap();
        assert!(!stray.exists(), "another version replaces everything");
    }
}
