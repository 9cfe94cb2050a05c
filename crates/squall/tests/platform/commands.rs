//! Every kind of command, by StackStorm's unmodified client and by ours: same exit codes, same facts in the output.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::scenario::{Doing, Expected, Scenario, Step, difference};
use crate::support::server::{Options, Server};
use crate::support::waiting::eventually;
use crate::support::{neighbour, st2client, test_data};

macro_rules! scenarios {
    ($($name:ident),+ $(,)?) => {
        const SCENARIOS: &[&str] = &[$(stringify!($name)),+];

        /// The unmodified client from PyPI.
        mod st2 {
            $(#[test] fn $name() { super::play(stringify!($name), super::st2client::st2()); })+
        }

        /// The same commands of our own binary.
        mod squall {
            $(#[test] fn $name() { super::play(stringify!($name), std::path::Path::new(env!("CARGO_BIN_EXE_squall"))); })+
        }
    };
}

scenarios!(actions, apikeys, control, executions, inquiries, keys, login, packs, rules, run, triggers, workflows);

#[test]
fn every_scenario_is_played() {
    let directory = std::fs::read_dir(test_data().join("cli")).expect("the scenarios are in the repository");
    let mut found: Vec<String> = directory
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".yaml").map(str::to_owned))
        .collect();
    found.sort();
    assert_eq!(found, SCENARIOS);
}

#[test]
fn expected_exit_codes_are_the_recorded_ones() {
    let transcripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/transcripts/cli.jsonl");
    let Ok(text) = std::fs::read_to_string(transcripts) else {
        println!(
            "ATTENTION: the transcripts of the original are not here, so the exit codes were not compared with them"
        );
        return;
    };
    let recorded: BTreeMap<u64, i64> = text
        .lines()
        .filter_map(|line| {
            let run: Value = serde_json::from_str(line).ok()?;
            Some((run["scenario"].as_str()?.split('_').nth(1)?.parse().ok()?, run["exit_code"].as_i64()?))
        })
        .collect();
    for (name, step) in
        SCENARIOS.iter().flat_map(|name| Scenario::read(name).steps.into_iter().map(move |step| (name, step)))
    {
        if let Some(number) = step.recorded {
            assert_eq!(recorded.get(&number).copied(), Some(i64::from(step.expected.exit)), "{name}: {:?}", step.doing);
        }
    }
}

fn play(name: &str, program: &Path) {
    let scenario = Scenario::read(name);
    let options = Options::with_test_pack();
    let server = Server::start(if scenario.auth { options.auth() } else { options });
    let mut player = Player::new(&server, program.to_owned(), scenario.auth);
    for step in &scenario.steps {
        player.play(step);
    }
}

struct Player<'a> {
    server: &'a Server,
    program: PathBuf,
    directory: PathBuf,
    names: BTreeMap<String, String>,
}

impl<'a> Player<'a> {
    fn new(server: &'a Server, program: PathBuf, auth: bool) -> Self {
        let directory = server.directory.path().to_owned();
        let mut names = BTreeMap::new();
        names.insert("directory".to_owned(), directory.display().to_string());
        names.insert("neighbour".to_owned(), format!("http://{}", neighbour::start()));
        if auth {
            let (user, password) = server.administrator();
            names.insert("user".to_owned(), user);
            names.insert("password".to_owned(), password);
        }
        Self { server, program, directory, names }
    }

    fn play(&mut self, step: &Step) {
        match &step.doing {
            Doing::Touch(file) => {
                let file = self.directory.join(self.filled(file));
                std::fs::write(&file, "").unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            }
            Doing::Post { path, body, status } => {
                let body = serde_json::from_str(&self.filled(&body.to_string())).expect("still JSON");
                self.server.post(&self.filled(path), &body).expect(*status);
            }
            Doing::Command(words) => {
                let words: Vec<String> = words.iter().map(|word| self.filled(word)).collect();
                let stdout = if step.until {
                    eventually(&words.join(" "), || self.check(&words, &step.expected))
                } else {
                    self.check(&words, &step.expected).unwrap_or_else(|difference| panic!("{difference}"))
                };
                self.save(&stdout, &step.expected);
            }
        }
    }

    /// Returns what was printed, or what is not as expected.
    fn check(&self, words: &[String], expected: &Expected) -> Result<String, String> {
        let output = self.run(words);
        let [stdout, stderr] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
        let mut wrong: Vec<String> = Vec::new();
        if output.status.code() != Some(expected.exit) {
            wrong.push(format!("{}, expected exit code {}", output.status, expected.exit));
        }
        for text in expected.prints.iter().map(|text| self.filled(text)).filter(|text| !stdout.contains(text.as_str()))
        {
            wrong.push(format!("{text:?} is not printed"));
        }
        for text in expected.omits.iter().map(|text| self.filled(text)).filter(|text| stdout.contains(text.as_str())) {
            wrong.push(format!("{text:?} is printed"));
        }
        if let Some(json) = &expected.json {
            wrong.extend(self.differs(json, first_json(&stdout)));
        }
        if let Some(yaml) = &expected.yaml {
            wrong.extend(self.differs(yaml, squall_yaml::parse(&stdout).map_err(|error| error.to_string())));
        }
        if wrong.is_empty() {
            return Ok(stdout);
        }
        let program = self.program.display();
        Err(format!("{program} {words:?}\n{}\n--- stdout\n{stdout}\n--- stderr\n{stderr}", wrong.join("\n")))
    }

    fn differs(&self, wanted: &Value, found: Result<Value, String>) -> Option<String> {
        let wanted = serde_json::from_str(&self.filled(&wanted.to_string())).expect("still JSON");
        found.map_or_else(Some, |found| difference(&wanted, &found))
    }

    fn run(&self, words: &[String]) -> Output {
        let mut command = Command::new(&self.program);
        let unset = std::env::vars_os()
            .map(|(name, _)| name)
            .filter(|name| name.to_str().is_some_and(|name| name.starts_with("ST2_") || name.starts_with("SQUALL_")));
        unset.for_each(|name| {
            command.env_remove(name);
        });
        command
            .args(words)
            .current_dir(test_data().join("cli/files"))
            .env("HOME", &self.directory)
            .env("ST2_API_URL", format!("http://{}/v1", self.server.api))
            .env("ST2_AUTH_URL", format!("http://{}", self.server.auth))
            .env("ST2_STREAM_URL", format!("http://{}/v1", self.server.stream))
            .env("COLUMNS", "120")
            .env("PYTHONWARNINGS", "ignore")
            .env("PYTHONUTF8", "1")
            .stdin(Stdio::null());
        command.output().unwrap_or_else(|error| panic!("{}: {error}", self.program.display()))
    }

    fn save(&mut self, stdout: &str, expected: &Expected) {
        for (name, path) in &expected.save {
            let printed = first_json(stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"));
            let pointer = format!("/{}", path.replace('.', "/"));
            let value = printed.pointer(&pointer).unwrap_or_else(|| panic!("no {path} in {stdout}"));
            self.names.insert(name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
        for (name, before) in &expected.find {
            let after = stdout.split_once(before.as_str()).unwrap_or_else(|| panic!("no {before:?} in {stdout}")).1;
            let word =
                after.split_whitespace().next().unwrap_or_else(|| panic!("nothing after {before:?} in {stdout}"));
            self.names.insert(name.clone(), word.to_owned());
        }
    }

    fn filled(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, value) in &self.names {
            text = text.replace(&format!("${{{name}}}"), value);
        }
        assert!(!text.contains("${"), "a name without a value in {text}");
        text
    }
}

/// Parses the first JSON value of an output; that of a workflow is followed by a second one with its tasks.
fn first_json(text: &str) -> Result<Value, String> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter();
    values.next().unwrap_or_else(|| Ok(Value::Null)).map_err(|error| format!("{error} in the printed JSON"))
}
