//! Copies of a database that others may be writing to.

use std::fs::File;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use squall_store::{Error, Result};

use crate::{failure, lock_beside};

/// Writes everything that is committed now to a new file. Nobody waits for it: readers and writers go on.
pub fn snapshot(database: &Path, target: &Path) -> Result<()> {
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(failure)?;
    let target = target.to_str().ok_or_else(|| Error::Unavailable("the path of the copy is no text".to_owned()))?;
    connection.execute("VACUUM INTO ?1", [target]).map_err(failure)?;
    File::open(target).and_then(|file| file.sync_all()).map_err(|error| Error::Unavailable(error.to_string()))
}

/// Checks that a database is whole.
pub fn verify(database: &Path) -> Result<()> {
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(failure)?;
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(failure)?;
    if found == "ok" { Ok(()) } else { Err(Error::Corrupt(found)) }
}

/// Keeps a data directory to this process, as a server does.
pub struct Lock {
    _file: File,
}

/// Takes the lock of a database; refuses while a server has it.
pub fn lock(database: &Path) -> Result<Lock> {
    lock_beside(database).map(|file| Lock { _file: file })
}
