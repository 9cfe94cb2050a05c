//! Where the files of a pack are for this process.

use std::path::PathBuf;

use squall_store::Result;

use crate::Context;

/// Returns the directory of a registered pack; none when the pack is not registered.
///
/// What is stored is where the process that registered the pack found it. A pack may have moved since, and among several processes
/// each has its own directories of packs, so those are looked at as well, and first where the store is shared.
pub async fn pack_directory(context: &Context, pack: &str) -> Result<Option<PathBuf>> {
    let Some(found) = context.store.packs.find(pack).await? else { return Ok(None) };
    let registered = found.value.path.map(PathBuf::from);
    let own = context.settings.packs_dirs.iter().map(|directory| directory.join(&found.value.reference));
    let mut candidates: Vec<PathBuf> = registered.iter().cloned().chain(own).collect();
    if !context.settings.embedded {
        candidates.rotate_left(usize::from(registered.is_some()));
    }
    Ok(candidates.into_iter().find(|directory| directory.join("pack.yaml").is_file()).or(registered))
}
