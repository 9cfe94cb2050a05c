//! The file of a backup: a tar with a manifest of checksums as its last entry, so that a cut or changed file is noticed.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const MANIFEST: &str = "MANIFEST.json";
const FORMAT: u64 = 1;

/// An archive that is being written. It is complete when [`Writer::finish`] has returned.
pub(super) struct Writer {
    tar: tar::Builder<BufWriter<File>>,
    checksums: BTreeMap<String, String>,
}

impl Writer {
    /// Creates the file for its owner alone: there are keys in it.
    pub(super) fn create(path: &Path) -> Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let file = file.with_context(|| path.display().to_string())?;
        Ok(Self { tar: tar::Builder::new(BufWriter::new(file)), checksums: BTreeMap::new() })
    }

    pub(super) fn add(&mut self, name: &str, path: &Path) -> Result<()> {
        let shown = || path.display().to_string();
        let file = File::open(path).with_context(shown)?;
        let metadata = file.metadata().with_context(shown)?;
        let mut header = header(metadata.len(), metadata.permissions().mode());
        let mut reader = Hashing { inner: BufReader::new(file.take(metadata.len())), hasher: Sha256::new() };
        self.tar.append_data(&mut header, name, &mut reader).with_context(shown)?;
        self.checksums.insert(name.to_owned(), hex(&reader.hasher.finalize()));
        Ok(())
    }

    /// Adds what is below a directory, in order. A link to a file is the file; one to a directory is left out.
    pub(super) fn add_directory(&mut self, name: &str, directory: &Path) -> Result<()> {
        let entries = fs::read_dir(directory).with_context(|| directory.display().to_string())?;
        let mut entries = entries.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let Some(own) = entry.file_name().to_str().map(str::to_owned) else { continue };
            let inner = format!("{name}/{own}");
            if entry.file_type()?.is_dir() {
                self.add_directory(&inner, &entry.path())?;
            } else if entry.path().is_file() {
                self.add(&inner, &entry.path())?;
            }
        }
        Ok(())
    }

    /// Writes the manifest and waits until everything is on disk; returns how many files there are.
    pub(super) fn finish(mut self) -> Result<usize> {
        let manifest = json!({"format": FORMAT, "version": env!("CARGO_PKG_VERSION"), "sha256": self.checksums});
        let text = serde_json::to_vec_pretty(&manifest)?;
        self.tar.append_data(&mut header(text.len() as u64, 0o600), MANIFEST, text.as_slice())?;
        let mut buffered = self.tar.into_inner()?;
        buffered.flush()?;
        buffered.get_ref().sync_all()?;
        Ok(self.checksums.len())
    }
}

fn header(size: u64, mode: u32) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(mode & 0o777);
    header.set_entry_type(tar::EntryType::Regular);
    header
}

/// Computes the checksum of what is read through it.
struct Hashing<R> {
    inner: R,
    hasher: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An archive to be read.
pub(super) struct Archive {
    tar: tar::Archive<BufReader<File>>,
}

impl Archive {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| path.display().to_string())?;
        Ok(Self { tar: tar::Archive::new(BufReader::new(file)) })
    }

    /// Extracts everything below a new directory, and fails unless it is what the manifest says; returns how many files there are.
    pub(super) fn extract(mut self, directory: &Path) -> Result<usize> {
        let mut found = BTreeMap::new();
        let mut manifest = None;
        for entry in self.tar.entries().context("the backup can't be read")? {
            let mut entry = entry.context("the backup is cut or damaged")?;
            let name = entry.path()?.to_str().context("a name in the backup is no text")?.to_owned();
            if name == MANIFEST {
                let mut text = String::new();
                entry.read_to_string(&mut text)?;
                manifest = Some(serde_json::from_str::<Value>(&text).context("the manifest is damaged")?);
                break;
            }
            let checksum = extract_file(&mut entry, &name, directory)?;
            found.insert(name, checksum);
        }
        let manifest = manifest.context("the backup is cut: it has no manifest")?;
        ensure!(manifest["format"] == FORMAT, "the backup has the format {}, not {FORMAT}", manifest["format"]);
        ensure!(
            manifest["sha256"] == json!(found),
            "the backup is damaged: its checksums are not those of the manifest"
        );
        Ok(found.len())
    }
}

fn extract_file(entry: &mut tar::Entry<'_, impl Read>, name: &str, directory: &Path) -> Result<String> {
    let stays_below = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    if !stays_below || !entry.header().entry_type().is_file() {
        bail!("the backup holds `{name}`, which is no file below the data directory");
    }
    let path = directory.join(name);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mode = entry.header().mode()? & 0o755;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode | 0o600).open(&path)?;
    let mut reader = Hashing { inner: entry, hasher: Sha256::new() };
    io::copy(&mut reader, &mut file).with_context(|| path.display().to_string())?;
    file.sync_all()?;
    Ok(hex(&reader.hasher.finalize()))
}
