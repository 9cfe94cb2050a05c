//! Which interpreter runs a pack, and what it finds on its import path. Counterpart: st2common/util/sandboxing.py.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use squall_spawn::{Child, Spawn, SpawnError, Stdin};

#[derive(Debug, thiserror::Error)]
pub enum PythonError {
    #[error("the Python shim is missing at `{path}`")]
    ShimMissing { path: PathBuf },
    #[error(transparent)]
    Spawn(#[from] SpawnError),
}

/// Where Python is.
#[derive(Debug, Clone)]
pub struct PythonOptions {
    /// The interpreter for packs without a virtualenv.
    pub interpreter: PathBuf,
    /// The directory with the shim packages: `python/` of the distribution.
    pub shim: PathBuf,
    /// The directory that holds one virtualenv per pack.
    pub virtualenvs: Option<PathBuf>,
    /// Puts `lib/` of the pack on the import path (StackStorm's `packs.enable_common_libs`).
    pub common_libs: bool,
}

impl PythonOptions {
    pub fn new(shim: impl Into<PathBuf>) -> Self {
        Self { interpreter: PathBuf::from("python3"), shim: shim.into(), virtualenvs: None, common_libs: false }
    }
}

/// Starts Python processes.
#[derive(Debug, Clone)]
pub struct PythonHost {
    options: PythonOptions,
}

impl PythonHost {
    /// Asks the interpreter once where it really is. Blocks for the time of one start of Python.
    pub fn new(mut options: PythonOptions) -> Self {
        if let Some(interpreter) = real_interpreter(&options.interpreter) {
            options.interpreter = interpreter;
        }
        Self { options }
    }

    /// Starts one of the shim's entry points for a pack; the socket is the child's channel.
    pub(crate) fn start(
        &self,
        script: &str,
        pack: &str,
        pack_path: Option<&Path>,
        environment: BTreeMap<String, String>,
    ) -> Result<Child, PythonError> {
        let script = self.options.shim.join(script);
        if !script.is_file() {
            return Err(PythonError::ShimMissing { path: script });
        }
        let virtualenv = self.virtualenv(pack);
        let mut spawn = Spawn::new(self.interpreter(virtualenv.as_deref()));
        // -u: output appears when it is printed. -S: the shim looks at site-packages when an import needs them.
        spawn.args = ["-u", "-S"].into_iter().map(OsString::from).chain([script.into_os_string()]).collect();
        if let Some(virtualenv) = &virtualenv {
            put_first_in_search_path(&mut spawn.environment, &virtualenv.join("bin"));
        }
        spawn.environment.insert("PYTHONIOENCODING".to_owned(), "utf-8".to_owned());
        spawn.environment.extend(environment.into_iter().filter(|(name, _)| !name.eq_ignore_ascii_case("pythonpath")));
        spawn.environment.insert("PYTHONPATH".to_owned(), self.import_path(pack_path));
        spawn.stdin = Stdin::Channel;
        Ok(spawn.start()?)
    }

    fn virtualenv(&self, pack: &str) -> Option<PathBuf> {
        let path = self.options.virtualenvs.as_ref()?.join(pack);
        path.join("bin/python").is_file().then_some(path)
    }

    fn interpreter(&self, virtualenv: Option<&Path>) -> PathBuf {
        virtualenv.map_or_else(|| self.options.interpreter.clone(), |path| path.join("bin/python"))
    }

    fn import_path(&self, pack_path: Option<&Path>) -> String {
        let mut entries = Vec::new();
        if let Some(pack) = pack_path {
            if self.options.common_libs {
                entries.push(pack.join("lib"));
            }
            entries.push(pack.join("actions/lib"));
        }
        entries.push(self.options.shim.clone());
        entries.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(":")
    }
}

/// Sees through the scripts that version managers put in the search path: one costs more than the interpreter itself.
fn real_interpreter(interpreter: &Path) -> Option<PathBuf> {
    let output = std::process::Command::new(interpreter)
        .args(["-I", "-S", "-c", "import sys; sys.stdout.write(sys.executable)"])
        .output()
        .inspect_err(|error| tracing::warn!(%error, interpreter = %interpreter.display(), "python does not start"))
        .ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?);
    (output.status.success() && path.is_absolute()).then_some(path)
}

fn put_first_in_search_path(environment: &mut BTreeMap<String, String>, directory: &Path) {
    let rest = environment.get("PATH").map(String::as_str).unwrap_or_default();
    let path = format!("{}:{rest}", directory.display());
    environment.insert("PATH".to_owned(), path);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtualenv_is_used_once_it_has_an_interpreter() {
        let directory = tempfile::tempdir().unwrap();
        let mut options = PythonOptions::new("/shim");
        options.virtualenvs = Some(directory.path().to_owned());
        options.interpreter = PathBuf::from("/no/such/python");
        let host = PythonHost::new(options);
        assert_eq!(host.virtualenv("slack"), None);

        let bin = directory.path().join("slack/bin");
        std::fs::create_dir_all(&bin).unwrap();
        std::fs::write(bin.join("python"), "").unwrap();
        let virtualenv = host.virtualenv("slack");
        assert_eq!(host.interpreter(virtualenv.as_deref()), bin.join("python"));
        assert_eq!(host.interpreter(None), PathBuf::from("/no/such/python"), "what cannot be asked is used as given");
    }

    #[test]
    fn the_import_path_has_the_pack_before_the_shim() {
        let mut options = PythonOptions::new("/shim");
        let pack = Path::new("/packs/slack");
        assert_eq!(PythonHost::new(options.clone()).import_path(Some(pack)), "/packs/slack/actions/lib:/shim");
        options.common_libs = true;
        let host = PythonHost::new(options);
        assert_eq!(host.import_path(Some(pack)), "/packs/slack/lib:/packs/slack/actions/lib:/shim");
        assert_eq!(host.import_path(None), "/shim");
    }
}
