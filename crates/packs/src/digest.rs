//! A fingerprint of a pack's directory, so that an unchanged pack is not registered again at every start.

use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use squall_model::Id;

/// The most files that a fingerprint looks at.
const MOST_FILES: usize = 100_000;

/// Returns the fingerprint of names, sizes and times below the directory.
pub(crate) fn of_directory(directory: &Path) -> String {
    let mut entries = Vec::new();
    collect(directory, directory, &mut entries);
    entries.sort_unstable();
    let parts: Vec<&str> =
        std::iter::once(env!("CARGO_PKG_VERSION")).chain(entries.iter().map(String::as_str)).collect();
    Id::derived(&parts).to_string()
}

fn collect(root: &Path, directory: &Path, entries: &mut Vec<String>) {
    let Ok(listing) = fs::read_dir(directory) else { return };
    for entry in listing.flatten() {
        let name = entry.file_name();
        if entries.len() >= MOST_FILES || name == "__pycache__" || name == ".git" {
            continue;
        }
        let Ok(metadata) = entry.metadata() else { continue };
        let path = entry.path();
        if metadata.is_dir() {
            collect(root, &path, entries);
            continue;
        }
        let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        entries.push(format!("{shown}\0{}\0{}", metadata.len(), modified.unwrap_or_default().as_nanos()));
    }
}
