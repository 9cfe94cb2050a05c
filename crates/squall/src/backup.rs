//! `squall backup` and `squall restore`: everything that an installation with a data directory is, in one file.
//!
//! The database is copied from one snapshot while the server goes on writing; whatever was acknowledged before is in it.

mod archive;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use self::archive::{Archive, Writer};
use crate::args::{BackupArgs, RestoreArgs};

/// The database inside of an archive, and in a data directory.
const DATABASE: &str = "squall.db";
/// What else is worth keeping, as far as it is there: keys, configurations, packs.
const FILES: [&str; 2] = ["datastore-key.json", "service-token-key"];
const DIRECTORIES: [&str; 2] = ["configs", "packs"];

pub(crate) async fn backup(arguments: BackupArgs) -> Result<ExitCode> {
    tokio::task::spawn_blocking(move || write_backup(&arguments)).await?
}

fn write_backup(arguments: &BackupArgs) -> Result<ExitCode> {
    let data_dir = &arguments.data_dir;
    let database = data_dir.join(DATABASE);
    if !database.is_file() {
        bail!("{} has no {DATABASE}; is it a data directory?", data_dir.display());
    }
    if arguments.file.exists() {
        bail!("{} exists already", arguments.file.display());
    }
    // Beside the target: on the disk that has room for it.
    let beside = arguments.file.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let staged = tempfile::Builder::new().prefix(".squall-backup-").tempdir_in(beside)?;
    let snapshot = staged.path().join(DATABASE);
    squall_store_sqlite::snapshot(&database, &snapshot)?;
    let mut archive = Writer::create(&staged.path().join("archive"))?;
    archive.add(DATABASE, &snapshot)?;
    for name in FILES.iter().filter(|name| data_dir.join(name).is_file()) {
        archive.add(name, &data_dir.join(name))?;
    }
    for name in DIRECTORIES.iter().filter(|name| data_dir.join(name).is_dir()) {
        archive.add_directory(name, &data_dir.join(name))?;
    }
    let files = archive.finish()?;
    std::fs::rename(staged.path().join("archive"), &arguments.file)
        .with_context(|| arguments.file.display().to_string())?;
    let bytes = std::fs::metadata(&arguments.file)?.len();
    print(&format!("{}: {files} files, {bytes} bytes", arguments.file.display()));
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn restore(arguments: RestoreArgs) -> Result<ExitCode> {
    tokio::task::spawn_blocking(move || read_backup(&arguments)).await?
}

fn read_backup(arguments: &RestoreArgs) -> Result<ExitCode> {
    let data_dir = &arguments.data_dir;
    std::fs::create_dir_all(data_dir).with_context(|| data_dir.display().to_string())?;
    let _lock = squall_store_sqlite::lock(&data_dir.join(DATABASE))?;
    let is_used = data_dir.join(DATABASE).exists();
    if is_used && !arguments.force {
        bail!("{} has a database already; --force replaces it", data_dir.display());
    }
    // Inside of the data directory, so that what was checked is moved into its place and not copied again.
    let staged = tempfile::Builder::new().prefix(".restore-").tempdir_in(data_dir)?;
    let files = Archive::open(&arguments.file)?.extract(staged.path())?;
    if !staged.path().join(DATABASE).is_file() {
        bail!("{} has no {DATABASE} in it", arguments.file.display());
    }
    squall_store_sqlite::verify(&staged.path().join(DATABASE)).context("the database in the backup is damaged")?;
    replace(staged.path(), data_dir)?;
    print(&format!("{}: restored {} files", data_dir.display(), files));
    Ok(ExitCode::SUCCESS)
}

/// Puts what was extracted in the place of what is there; the database comes last, because with it the directory is one again.
fn replace(staged: &Path, data_dir: &Path) -> Result<()> {
    for stale in ["squall.db", "squall.db-wal", "squall.db-shm"] {
        remove(&data_dir.join(stale))?;
    }
    for name in DIRECTORIES.iter().chain(&FILES).chain([&DATABASE]) {
        let (from, to): (PathBuf, PathBuf) = (staged.join(name), data_dir.join(name));
        if from.exists() {
            remove(&to)?;
            std::fs::rename(&from, &to).with_context(|| to.display().to_string())?;
        }
    }
    // The names are on disk before anybody is told that they are there.
    std::fs::File::open(data_dir)?.sync_all()?;
    Ok(())
}

fn remove(path: &Path) -> Result<()> {
    let removed = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| path.display().to_string())
        }
        _ => Ok(()),
    }
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn print(text: &str) {
    println!("{text}");
}

#[cfg(test)]
mod tests;
