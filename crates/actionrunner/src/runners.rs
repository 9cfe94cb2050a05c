//! The runners of this process, as services see them.

use std::collections::BTreeMap;
use std::sync::Arc;

use squall_model::{Id, RunnerType};
use squall_python::PythonOptions;
use squall_runners::{Runner, RunnerRegistry, RunnerSettings};
use squall_service::Settings;
use squall_spawn::{Registry, RegistryError};
use tracing::warn;

pub struct Runners {
    registry: RunnerRegistry,
}

impl Runners {
    /// Makes the runners, after killing what a process that was killed itself left running.
    pub fn start(settings: &Settings) -> Result<Self, RegistryError> {
        let processes = Arc::new(Registry::open(settings.data_dir.join("processes"))?);
        let strays = processes.reap_strays()?;
        if !strays.is_empty() {
            warn!(executions = ?strays, "killed the processes that a former server left behind");
        }
        let python = PythonOptions {
            interpreter: settings.python_binary.clone(),
            virtualenvs: Some(settings.data_dir.join("virtualenvs")),
            ..PythonOptions::new(&settings.python_shim_dir)
        };
        let settings = RunnerSettings { python, processes: Some(processes) };
        Ok(Self { registry: RunnerRegistry::new(&settings) })
    }

    /// Only these runners: for a process that is simulated.
    pub fn only(runners: Vec<Arc<dyn Runner>>) -> Self {
        Self { registry: RunnerRegistry::of(runners) }
    }

    pub(crate) fn get(&self, name: &str) -> Option<Arc<dyn Runner>> {
        self.registry.get(name)
    }

    /// Returns every name that a pack may use, with the runner's proper name.
    pub fn names(&self) -> BTreeMap<String, String> {
        let mut names = BTreeMap::new();
        for meta in self.registry.metas() {
            let all = [&meta.name].into_iter().chain(&meta.aliases).chain(&meta.old_names);
            names.extend(all.map(|name| (name.clone(), meta.name.clone())));
        }
        names
    }

    /// Returns the runners as the API shows them.
    pub fn types(&self) -> Vec<RunnerType> {
        let types = self.registry.metas().flat_map(squall_runners::RunnerMeta::runner_types);
        types.map(|found| RunnerType { id: Id::derived(&["runner_type", &found.name]), ..found }).collect()
    }
}
