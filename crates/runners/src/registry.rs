//! The list of runners.

use std::sync::Arc;

use squall_python::{PythonHost, PythonOptions};
use squall_spawn::Registry;

use crate::announcement::Announce;
use crate::http_request::HttpRequest;
use crate::inquirer::Inquirer;
use crate::local_shell_cmd::LocalShellCommand;
use crate::local_shell_script::LocalShellScript;
use crate::meta::RunnerMeta;
use crate::noop::Noop;
use crate::python_script::PythonScript;
use crate::request::Runner;

/// What runners need to know of this installation.
#[derive(Debug, Clone)]
pub struct RunnerSettings {
    pub python: PythonOptions,
    /// Remembers processes for a successor of this server.
    pub processes: Option<Arc<Registry>>,
}

/// Every runner type that is known, and the runners of those that are run here.
#[derive(Clone)]
pub struct RunnerRegistry {
    runners: Vec<Arc<dyn Runner>>,
    described: Vec<RunnerMeta>,
}

/// Runner types without a runner here: other services take care of them, or they are only known by name.
const DESCRIBED: &[&str] = &[
    include_str!("metadata/action-chain.json"),
    include_str!("metadata/orquesta.json"),
    include_str!("metadata/remote-shell-cmd.json"),
    include_str!("metadata/remote-shell-script.json"),
    include_str!("metadata/winrm-cmd.json"),
    include_str!("metadata/winrm-ps-cmd.json"),
    include_str!("metadata/winrm-ps-script.json"),
];

impl RunnerRegistry {
    pub fn new(settings: &RunnerSettings) -> Self {
        let processes = || settings.processes.clone();
        let runners: Vec<Arc<dyn Runner>> = vec![
            Arc::new(Noop { meta: meta(include_str!("metadata/noop.json")) }),
            Arc::new(Announce { meta: meta(include_str!("metadata/announcement.json")) }),
            Arc::new(HttpRequest::new(meta(include_str!("metadata/http-request.json")))),
            Arc::new(Inquirer { meta: meta(include_str!("metadata/inquirer.json")) }),
            Arc::new(LocalShellCommand {
                meta: meta(include_str!("metadata/local-shell-cmd.json")),
                processes: processes(),
            }),
            Arc::new(LocalShellScript {
                meta: meta(include_str!("metadata/local-shell-script.json")),
                processes: processes(),
            }),
            Arc::new(PythonScript {
                meta: meta(include_str!("metadata/python-script.json")),
                host: PythonHost::new(settings.python.clone()),
                processes: processes(),
            }),
        ];
        let described = DESCRIBED.iter().map(|text| meta(text)).collect();
        Self { runners, described }
    }

    /// Returns a registry of these runners, and of nothing that is only described.
    pub fn of(runners: Vec<Arc<dyn Runner>>) -> Self {
        Self { runners, described: Vec::new() }
    }

    /// Returns the runner of that name, alias or old name.
    pub fn get(&self, name: &str) -> Option<Arc<dyn Runner>> {
        self.runners.iter().find(|runner| runner.meta().answers_to(name)).cloned()
    }

    /// Returns the description of that name, alias or old name, also where nothing here can run it.
    pub fn describe(&self, name: &str) -> Option<&RunnerMeta> {
        self.metas().find(|meta| meta.answers_to(name))
    }

    /// Every runner type.
    pub fn metas(&self) -> impl Iterator<Item = &RunnerMeta> {
        self.runners.iter().map(|runner| runner.meta()).chain(&self.described)
    }
}

fn meta(text: &str) -> RunnerMeta {
    serde_json::from_str(text).expect("the metadata is part of this crate and parsed by its tests")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registry() -> RunnerRegistry {
        RunnerRegistry::new(&RunnerSettings { python: PythonOptions::new("/shim"), processes: None })
    }

    #[test]
    fn every_name_means_one_runner() {
        let registry = registry();
        for (name, expected) in [
            ("noop", "noop"),
            ("run-local", "local-shell-cmd"),
            ("run-local-script", "local-shell-script"),
            ("run-python", "python-script"),
            ("http-runner", "http-request"),
            ("orchestra", "orquesta"),
            ("mistral-v2", "orquesta"),
            ("run-remote-script", "remote-shell-script"),
            ("run-remote", "remote-shell-cmd"),
        ] {
            assert_eq!(registry.describe(name).map(|meta| meta.name.as_str()), Some(expected), "{name}");
        }
        assert!(registry.describe("nosuch").is_none());
        assert!(registry.get("orquesta").is_none(), "the workflow engine runs it");
        assert!(registry.describe("orquesta").is_some_and(RunnerMeta::is_workflow));
        assert!(registry.get("run-python").is_some());
    }

    #[test]
    fn the_listed_types_are_those_of_stackstorm() {
        let registry = registry();
        let mut names: Vec<String> =
            registry.metas().flat_map(RunnerMeta::runner_types).map(|runner_type| runner_type.name).collect();
        names.sort();
        assert_eq!(
            names,
            [
                "action-chain",
                "announcement",
                "http-request",
                "inquirer",
                "local-shell-cmd",
                "local-shell-script",
                "noop",
                "orchestra",
                "orquesta",
                "python-script",
                "remote-shell-cmd",
                "remote-shell-script",
                "winrm-cmd",
                "winrm-ps-cmd",
                "winrm-ps-script"
            ]
        );
    }
}
