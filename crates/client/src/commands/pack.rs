//! `pack show`, `search`, `register`, `install` and `remove` (`commands/pack.py` of the original).

mod index;
mod install;
mod remove;
mod watch;

pub(crate) use self::index::{register, search, show};
pub(crate) use self::install::{InstallPacks, install};
pub(crate) use self::remove::{RemovePacks, remove};

use super::execution::DetailOptions;

/// How packs are shown once the work is done.
#[derive(Debug, Clone)]
pub(crate) struct PackView {
    pub(crate) packs: Vec<String>,
    pub(crate) attributes: Vec<String>,
    pub(crate) widths: Vec<usize>,
    pub(crate) detail: bool,
}

impl PackView {
    /// How the execution is shown when it fails.
    fn failure_details(&self) -> DetailOptions {
        DetailOptions {
            depth: 1,
            widths: self.widths.clone(),
            attributes: self.attributes.clone(),
            detail: self.detail,
            ..DetailOptions::default()
        }
    }
}

/// What is shown of packs.
pub(crate) const RESULT_ATTRIBUTES: &[&str] = &["ref", "name", "description", "version", "author"];
