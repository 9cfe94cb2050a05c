//! What a power loss can leave of a database: its files as they were at the last sync, with any part of what was written since.
//!
//! `power/record.c`, preloaded into the server, records each write and each sync in their order; [`Files`] plays the record up to a cut.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::fleet::Member;
use crate::support::dice::Dice;

/// Its files are `squall.db` and `squall.db-wal`; what is in `squall.db-shm` is made anew.
pub(crate) const DATABASE: &str = "squall.db";
/// What a disk writes whole or not at all.
const SECTOR: usize = 512;
const HEADER: usize = 32;

/// The preloaded library.
pub(crate) struct Recorder {
    library: PathBuf,
}

impl Recorder {
    /// Compiles it; none where there is no compiler for it.
    pub(crate) fn build(directory: &Path) -> Option<Self> {
        let library = directory.join("record.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/matrix/power/record.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O2", "-Wall", "-pthread", "-o"]).arg(&library).arg(source);
        (cfg!(target_os = "linux") && compiler.status().is_ok_and(|status| status.success()))
            .then_some(Self { library })
    }

    /// Makes the next life of the server record what it does in `data`.
    pub(crate) fn attach(&self, server: &mut Member, data: &Path, record: &Path) {
        server.set("LD_PRELOAD", self.library.to_str());
        server.set("SQUALL_POWER_DIRECTORY", data.to_str());
        server.set("SQUALL_POWER_RECORD", record.to_str());
    }
}

/// One line of the record.
pub(crate) struct Entry {
    pub(crate) at: SystemTime,
    path: PathBuf,
    change: Change,
}

#[derive(Clone)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate(usize),
    Sync,
}

/// Reads a record. The server died while it wrote, so that the last entry may be torn; it had not happened for anybody then.
pub(crate) fn read(record: &Path) -> Vec<Entry> {
    let bytes = fs::read(record).expect("the record of the server");
    let mut rest = bytes.as_slice();
    let mut entries = Vec::new();
    while let Some((entry, after)) = parse(rest) {
        entries.push(entry);
        rest = after;
    }
    entries
}

fn parse(bytes: &[u8]) -> Option<(Entry, &[u8])> {
    let (header, rest) = bytes.split_at_checked(HEADER)?;
    let long = |at: usize| header[at..at + 8].try_into().map(u64::from_ne_bytes).expect("eight bytes");
    let short = |at: usize| header[at..at + 4].try_into().map(u32::from_ne_bytes).expect("four bytes");
    let size = |number: u64| usize::try_from(number).expect("a length in memory");
    let (path, rest) = rest.split_at_checked(short(20) as usize)?;
    let (written, rest) = rest.split_at_checked(size(long(24)))?;
    let change = match short(16) {
        0 => Change::Write { offset: size(long(8)), bytes: written.to_vec() },
        1 => Change::Sync,
        2 => Change::Truncate(size(long(8))),
        other => panic!("the record has an entry of kind {other}"),
    };
    let path = PathBuf::from(String::from_utf8_lossy(path).into_owned());
    Some((Entry { at: UNIX_EPOCH + Duration::from_nanos(long(0)), path, change }, rest))
}

/// The files of the database: what is on the disk for good, and what may be.
#[derive(Clone)]
pub(crate) struct Files {
    directory: PathBuf,
    files: BTreeMap<PathBuf, Content>,
}

#[derive(Clone, Default)]
struct Content {
    durable: Vec<u8>,
    /// Written after the last sync.
    pending: Vec<Change>,
    /// Whether the directory with its name was synced.
    has_durable_name: bool,
}

impl Files {
    /// Reads the files of a server that is not running.
    pub(crate) fn of(directory: &Path) -> Self {
        let mut files = BTreeMap::new();
        for path in paths(directory) {
            if let Ok(durable) = fs::read(&path) {
                files.insert(path, Content { durable, pending: Vec::new(), has_durable_name: true });
            }
        }
        Self { directory: directory.to_owned(), files }
    }

    pub(crate) fn apply(&mut self, entry: &Entry) {
        if entry.path == self.directory {
            self.files.values_mut().for_each(|content| content.has_durable_name = true);
        } else if paths(&self.directory).contains(&entry.path) {
            let content = self.files.entry(entry.path.clone()).or_default();
            match &entry.change {
                Change::Sync => content.sync(),
                change => content.pending.push(change.clone()),
            }
        }
    }

    /// Writes what the next start finds into `directory`.
    pub(crate) fn lose_power(&self, dice: &mut Dice, directory: &Path) {
        for path in paths(directory) {
            let _absent = fs::remove_file(path);
        }
        let _absent = fs::remove_file(directory.join(format!("{DATABASE}-shm")));
        for (path, content) in &self.files {
            if content.has_durable_name || dice.below(2) == 0 {
                let name = path.file_name().expect("a file has a name");
                fs::write(directory.join(name), content.after_power_loss(dice)).expect("a file is written");
            }
        }
    }
}

impl Content {
    fn sync(&mut self) {
        for change in std::mem::take(&mut self.pending) {
            change.apply_to(&mut self.durable);
        }
    }

    /// None, all, or any of what was not synced, each write whole or torn.
    fn after_power_loss(&self, dice: &mut Dice) -> Vec<u8> {
        let mut left = self.durable.clone();
        let luck = dice.below(3);
        for change in &self.pending {
            let luck = if luck == 2 { dice.below(3) } else { luck };
            match luck {
                0 => {}
                1 => change.apply_to(&mut left),
                _ => change.torn(dice).apply_to(&mut left),
            }
        }
        left
    }
}

impl Change {
    fn apply_to(&self, file: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => {
                let end = offset + bytes.len();
                file.resize(file.len().max(end), 0);
                file[*offset..end].copy_from_slice(bytes);
            }
            Self::Truncate(length) => file.resize(*length, 0),
            Self::Sync => {}
        }
    }

    /// Its first sectors only.
    fn torn(&self, dice: &mut Dice) -> Self {
        match self {
            Self::Write { offset, bytes } => {
                let kept = dice.below(bytes.len() / SECTOR + 1) * SECTOR;
                Self::Write { offset: *offset, bytes: bytes[..kept].to_vec() }
            }
            other => other.clone(),
        }
    }
}

fn paths(directory: &Path) -> [PathBuf; 2] {
    [directory.join(DATABASE), directory.join(format!("{DATABASE}-wal"))]
}
