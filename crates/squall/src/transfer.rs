//! `squall move`: everything that is stored, from one store to another.
//!
//! Whatever has been copied already is left as it is, so that a move that was interrupted is simply begun again.

mod copy;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use squall_store::{Query, Store};

use self::copy::{ALIVE, Copied, copy_all, living};
use crate::args::MoveArgs;
use crate::backends::{self, OpenedStore};
use crate::secrets;

/// One end of a move: a data directory, or a database that processes share.
enum Place {
    Directory(PathBuf),
    Shared(String),
}

impl Place {
    fn parse(text: &str) -> Self {
        if text.contains("://") { Self::Shared(text.to_owned()) } else { Self::Directory(PathBuf::from(text)) }
    }

    /// The name of the place for people: without a password.
    fn shown(&self) -> String {
        match self {
            Self::Directory(path) => path.display().to_string(),
            Self::Shared(url) => crate::config::options::without_password(url),
        }
    }

    async fn open(&self, must_exist: bool) -> Result<OpenedStore> {
        match self {
            Self::Directory(path) if must_exist && !path.join("squall.db").is_file() => {
                bail!("{} has no squall.db; is it a data directory?", path.display())
            }
            Self::Directory(path) => {
                std::fs::create_dir_all(path).with_context(|| path.display().to_string())?;
                backends::open_embedded(&path.join("squall.db"))
            }
            Self::Shared(url) => backends::open_shared(url).await,
        }
    }

    /// Where the keys of the installation are: with the data, or where it was said.
    fn keys_dir(&self, said: Option<&Path>) -> Result<PathBuf> {
        match (self, said) {
            (Self::Directory(path), _) => Ok(path.clone()),
            (Self::Shared(_), Some(path)) => Ok(path.to_owned()),
            (Self::Shared(_), None) => bail!("`--keys-dir` must say where the keys of the shared installation are"),
        }
    }
}

/// Does what was asked for and says how far it has come.
pub(crate) async fn run(args: MoveArgs) -> Result<ExitCode> {
    let (from, to) = (Place::parse(&args.from), Place::parse(&args.to));
    let keys = (from.keys_dir(args.keys_dir.as_deref())?, to.keys_dir(args.keys_dir.as_deref())?);
    let (source, target) = (from.open(true).await?, to.open(false).await?);
    for (place, opened) in [(&from, &source), (&to, &target)] {
        let running = living(&opened.store, matches!(place, Place::Shared(_))).await?;
        if !running.is_empty() {
            bail!(
                "{} is in use by {}; stop them first (one that was killed counts as gone {} s after it was last heard from)",
                place.shown(),
                running.join(", "),
                ALIVE.as_secs()
            );
        }
    }
    if !args.resume && !is_empty(&target.store).await? {
        bail!(
            "{} is not empty; `--resume` goes on with a move from {} that was interrupted, and leaves alone what is there",
            to.shown(),
            from.shown()
        );
    }
    secrets::copy(&keys.0, &keys.1)?;
    let progress = Progress { is_terminal: std::io::stderr().is_terminal() };
    let copied = copy_all(&source.store, &target.store, &|copied| progress.show(copied)).await;
    progress.end();
    say(&summary(&copied?, &from, &to));
    Ok(ExitCode::SUCCESS)
}

async fn is_empty(store: &Store) -> Result<bool> {
    let one = Query::all().limit(1);
    let executions = store.executions.list(&one, false).await?.total;
    Ok(executions == 0 && store.users.list(&one).await?.total == 0 && store.packs.list(&one).await?.total == 0)
}

fn summary(copied: &Copied, from: &Place, to: &Place) -> String {
    let Copied { documents, executions, skipped } = copied;
    let known = if *skipped > 0 { format!(" ({skipped} were there already)") } else { String::new() };
    format!(
        "moved {documents} documents and {executions} executions{known} from {} to {}\n\
         nothing was removed from {}; unfinished work is taken up at the next start",
        from.shown(),
        to.shown(),
        from.shown(),
    )
}

/// One line on a terminal, nothing in a pipe.
struct Progress {
    is_terminal: bool,
}

impl Progress {
    fn show(&self, copied: &Copied) {
        if self.is_terminal {
            self.write(&format!("\r{} documents, {} executions", copied.documents, copied.executions));
        }
    }

    fn end(&self) {
        if self.is_terminal {
            self.write("\r\x1b[K");
        }
    }

    fn write(&self, text: &str) {
        // A terminal that went away hears nothing more.
        let _unheard = std::io::stderr().write_all(text.as_bytes());
    }
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn say(text: &str) {
    println!("{text}");
}
