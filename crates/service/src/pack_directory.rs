//! Where the files of a pack are for this process.

use std::path::PathBuf;

use squall_store::Result;

use crate::Context;

/// Returns the directory of a pack; none when it is neither registered nor in a directory of packs.
///
/// What is stored is where the process that registered the pack found it. A pack may have moved since, and among several processes
/// each has its own directories of packs, so those are looked at as well, and first where the store is shared.
pub async fn pack_directory(context: &Context, pack: &str) -> Result<Option<PathBuf>> {
    let registered = context.store.packs.find(pack).await?.and_then(|found| found.value.path).map(PathBuf::from);
    // A name, never a way out of the directory.
    let name = Some(pack).filter(|name| !name.is_empty() && !name.starts_with('.') && !name.contains('/'));
    let own = context.settings.packs_dirs.iter().filter_map(|directory| Some(directory.join(name?)));
    let mut candidates: Vec<PathBuf> = registered.iter().cloned().chain(own).collect();
    if !context.settings.embedded {
        candidates.rotate_left(usize::from(registered.is_some()));
    }
    Ok(candidates.into_iter().find(|directory| directory.is_dir()).or(registered))
}
