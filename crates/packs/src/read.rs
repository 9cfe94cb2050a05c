//! A pack directory as a whole. Counterpart: st2common/content/loader.py, st2common/util/pack.py.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use squall_chain::{Chain, ChainError};
use squall_mistral::{MistralError, Translation, is_mistral};
use squall_model::{
    Action, ActionAlias, ConfigSchema, Id, Map, Pack, Policy, ResourceRef, Rule, Sensor, Tag, TriggerType,
};
use squall_orquesta::Workflow;

use crate::diagnostic::{Diagnostic, Severity};
use crate::fields::{self, Fields};
use crate::metadata::{MetadataFile, read_text};

/// Everything in one pack that could be read.
#[derive(Debug, Clone)]
pub struct PackContent {
    pub pack: Pack,
    pub directory: PathBuf,
    pub trigger_types: Vec<TriggerType>,
    pub sensors: Vec<Sensor>,
    pub actions: Vec<Action>,
    pub rules: Vec<Rule>,
    pub aliases: Vec<ActionAlias>,
    pub policies: Vec<Policy>,
    pub config_schema: Option<ConfigSchema>,
}

/// A pack as far as it could be read, and all that is wrong with it.
#[derive(Debug)]
pub struct PackReading {
    pub content: Option<PackContent>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Finds the packs below the directories; the first directory that has a pack wins.
pub fn find_packs(directories: &[PathBuf]) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    for directory in directories {
        let Ok(entries) = fs::read_dir(directory) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with(['.', '_']) && path.join("pack.yaml").is_file() {
                found.entry(name).or_insert(path);
            }
        }
    }
    found
}

/// Reads a pack. `runners` maps every runner name and alias to the runner's proper name.
pub fn read_pack(directory: &Path, runners: &BTreeMap<String, String>) -> PackReading {
    let mut diagnostics = Vec::new();
    let content = read_manifest(directory, &mut diagnostics).map(|pack| {
        let mut reader = Reader { directory, pack: &pack.reference, runners, diagnostics: &mut diagnostics };
        let mut trigger_types = reader.all("triggers", &fields::TRIGGER_TYPE, Reader::trigger_type);
        let sensors = reader.sensors(&mut trigger_types);
        PackContent {
            trigger_types,
            sensors,
            actions: reader.all("actions", &fields::ACTION, Reader::action),
            rules: reader.all("rules", &fields::RULE, Reader::rule),
            aliases: reader.all("aliases", &fields::ALIAS, Reader::alias),
            policies: reader.all("policies", &fields::POLICY, Reader::policy),
            config_schema: reader.config_schema(),
            directory: directory.to_owned(),
            pack: pack.clone(),
        }
    });
    PackReading { content, diagnostics }
}

fn read_manifest(directory: &Path, diagnostics: &mut Vec<Diagnostic>) -> Option<Pack> {
    let path = directory.join("pack.yaml");
    let file = match MetadataFile::read(directory, &path) {
        Ok(file) => file,
        Err(diagnostic) => {
            diagnostics.push(diagnostic);
            return None;
        }
    };
    let mut fields = file.fields.clone();
    let reference = match pack_reference(directory, &fields) {
        Some(reference) => reference,
        None => {
            diagnostics.push(file.error(&["ref"], "the pack has no valid ref: it must consist of a-z, 0-9 and _"));
            return None;
        }
    };
    fields.insert("ref".to_owned(), json!(reference));
    fields.insert("uid".to_owned(), json!(format!("pack:{reference}")));
    fields.insert("id".to_owned(), json!(Id::derived(&["pack", &reference])));
    fields.insert("path".to_owned(), json!(directory));
    fields.insert("files".to_owned(), json!(list_files(directory)));
    let version = fields.get("version").map(version_text);
    fields.insert("version".to_owned(), json!(version.unwrap_or_default()));
    fields.entry("name").or_insert_with(|| json!(reference));
    let versions = fields.get("python_versions").and_then(Value::as_array).cloned().unwrap_or_default();
    fields.insert("python_versions".to_owned(), versions.iter().map(|version| json!(scalar_text(version))).collect());
    file.parse(fields, diagnostics)
}

/// Returns `ref`, else the directory's name, else `name`, whichever is a valid one first.
fn pack_reference(directory: &Path, fields: &Map) -> Option<String> {
    let directory_name = directory.file_name().map(|name| name.to_string_lossy().into_owned());
    let text = |key: &str| fields.get(key).and_then(Value::as_str).map(str::to_owned);
    let valid = |name: &String| {
        let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
        !name.is_empty() && name != "_global" && name.chars().all(fits)
    };
    match text("ref") {
        Some(reference) => Some(reference).filter(valid),
        None => directory_name.filter(valid).or_else(|| text("name").filter(valid)),
    }
}

/// Returns the version as text; `1.2` becomes `1.2.0`.
fn version_text(value: &Value) -> String {
    let text = scalar_text(value);
    if text.split('.').count() == 2 { format!("{text}.0") } else { text }
}

fn scalar_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn list_files(directory: &Path) -> Vec<String> {
    let mut files = Vec::new();
    collect_files(directory, directory, &mut files);
    files.sort_unstable();
    files
}

fn collect_files(root: &Path, directory: &Path, files: &mut Vec<String>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let skipped = name.starts_with('.') || name == "__pycache__" || name.ends_with(".pyc") || files.len() > 10_000;
        match entry.file_type() {
            Ok(_) if skipped => {}
            Ok(kind) if kind.is_dir() => collect_files(root, &path, files),
            Ok(kind) if kind.is_file() => files.push(path.strip_prefix(root).unwrap_or(&path).display().to_string()),
            _ => {}
        }
    }
}

/// Reads the parts of one pack.
struct Reader<'a> {
    directory: &'a Path,
    pack: &'a str,
    runners: &'a BTreeMap<String, String>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    /// Reads every metadata file of a subdirectory; files with errors are left out.
    fn all<T>(&mut self, subdirectory: &str, kind: &Fields, read: fn(&mut Self, &MetadataFile) -> Option<T>) -> Vec<T> {
        let mut things = Vec::new();
        for path in metadata_files(&self.directory.join(subdirectory)) {
            let file = match MetadataFile::read(self.directory, &path) {
                Ok(file) => file,
                Err(diagnostic) => {
                    self.diagnostics.push(diagnostic);
                    continue;
                }
            };
            let before = self.errors();
            file.check_fields(kind, self.diagnostics);
            self.check_pack(&file);
            let thing =
                if kind.required.iter().all(|key| file.fields.contains_key(*key)) { read(self, &file) } else { None };
            if self.errors() == before {
                things.extend(thing);
            }
        }
        things
    }

    fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|found| found.severity == Severity::Error).count()
    }

    fn check_pack(&mut self, file: &MetadataFile) {
        if let Some(named) = file.fields.get("pack").and_then(Value::as_str)
            && named != self.pack
        {
            let message = format!("the file says pack `{named}`, but it is in the pack `{}`", self.pack);
            self.diagnostics.push(file.error(&["pack"], message));
        }
    }

    /// Returns the fields with what follows from the place of the file.
    fn placed(&self, file: &MetadataFile, kind: &str, name: &str) -> Map {
        let mut fields = file.fields.clone();
        let reference = ResourceRef::new(self.pack, name).to_string();
        fields.insert("pack".to_owned(), json!(self.pack));
        fields.insert("name".to_owned(), json!(name));
        fields.insert("uid".to_owned(), json!(format!("{kind}:{}:{name}", self.pack)));
        fields.insert("id".to_owned(), json!(Id::derived(&[kind, &reference])));
        fields.insert("ref".to_owned(), json!(reference));
        fields.insert("metadata_file".to_owned(), json!(file.shown));
        fields.retain(|_, value| !value.is_null());
        fields
    }

    fn name(&mut self, file: &MetadataFile) -> Option<String> {
        let name = file.fields.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
        if name.is_none() {
            self.diagnostics.push(file.error(&["name"], "`name` must be a text that is not empty"));
        }
        name.map(str::to_owned)
    }

    fn action(&mut self, file: &MetadataFile) -> Option<Action> {
        let name = self.name(file)?;
        let mut action: Action = file.parse(self.placed(file, "action", &name), self.diagnostics)?;
        let Some(runner) = self.runners.get(runner_name(&action)) else {
            let known: Vec<&str> = self.runners.keys().map(String::as_str).collect();
            let hint =
                crate::diagnostic::nearest(&action.runner_type, &known).map(|near| format!("did you mean `{near}`?"));
            let message = format!("unknown runner `{}`", action.runner_type);
            self.diagnostics.push(file.error(&["runner_type"], message).hint(hint));
            return None;
        };
        action.runner_type = runner.clone();
        self.check_parameters(file, &action);
        self.check_entry_point(file, &action);
        Some(action)
    }

    fn check_parameters(&mut self, file: &MetadataFile, action: &Action) {
        let mut positions = BTreeSet::new();
        for (name, schema) in &action.parameters {
            let Value::Object(schema) = schema else {
                let message = format!("the parameter `{name}` must be described by a mapping");
                self.diagnostics.push(file.error(&["parameters", name], message));
                continue;
            };
            if let Some(position) = schema.get("position").and_then(Value::as_u64)
                && !positions.insert(position)
            {
                let message = format!("the position {position} is taken twice");
                self.diagnostics.push(file.error(&["parameters", name, "position"], message));
            }
        }
    }

    fn check_entry_point(&mut self, file: &MetadataFile, action: &Action) {
        if action.entry_point.is_empty() {
            return;
        }
        let path = self.directory.join("actions").join(&action.entry_point);
        let escapes = Path::new(&action.entry_point).components().any(|part| part.as_os_str() == "..");
        if escapes || Path::new(&action.entry_point).is_absolute() {
            self.diagnostics.push(file.error(&["entry_point"], "the entry point must be below the pack's actions"));
        } else if !path.is_file() {
            let message = format!("the entry point `{}` does not exist", action.entry_point);
            self.diagnostics.push(file.warning(&["entry_point"], message));
        } else if action.runner_type == "orquesta" {
            self.check_workflow(&path);
        } else if action.runner_type == "action-chain" {
            self.check_chain(&path, &action.name);
        }
    }

    /// Reads a chain; it stays registered, and fails with the same mistake when it is run.
    fn check_chain(&mut self, path: &Path, action: &str) {
        let text = match read_text(path) {
            Ok(text) => text,
            Err(diagnostic) => return self.diagnostics.push(diagnostic),
        };
        let message = |error: &ChainError| match error {
            ChainError::Unreadable { .. } => error.to_string(),
            _ => error.describe(action, &path.display().to_string()),
        };
        let found = match Chain::compile(&text) {
            Err(error) => vec![error],
            Ok(_) => Chain::unknown_fields(&text),
        };
        for error in found {
            self.diagnostics.push(Diagnostic::warning(path, message(&error)).at(error.position()));
        }
    }

    /// Inspects a workflow; it stays registered, and fails with the same mistakes when it is run.
    fn check_workflow(&mut self, path: &Path) {
        let text = match read_text(path) {
            Ok(text) => text,
            Err(diagnostic) => return self.diagnostics.push(diagnostic),
        };
        if is_mistral(&text) {
            return self.check_mistral(path, &text);
        }
        match Workflow::compile(&text) {
            Err(error) => self.diagnostics.push(Diagnostic::warning(path, error.to_string())),
            Ok(workflow) => {
                let given = Map::from_iter([("st2".to_owned(), json!({})), ("parent".to_owned(), json!({}))]);
                for mistake in workflow.inspect(&given) {
                    let place = mistake.line.zip(mistake.column);
                    self.diagnostics.push(Diagnostic::warning(path, mistake.message.clone()).at(place));
                }
            }
        }
    }

    /// As [`Self::check_workflow`], for a definition that is translated.
    fn check_mistral(&mut self, path: &Path, text: &str) {
        let mut texts: Vec<String> =
            squall_mistral::workflows(text).iter().map(|name| squall_mistral::choose(text, name)).collect();
        if texts.is_empty() {
            texts.push(text.to_owned());
        }
        let given = Map::from_iter([("st2".to_owned(), json!({})), ("parent".to_owned(), json!({}))]);
        for text in texts {
            let mistakes = match Translation::of(&text) {
                Ok(translation) => translation.inspect(&given),
                Err(MistralError::Mistakes(mistakes)) => mistakes,
                Err(error) => return self.diagnostics.push(Diagnostic::warning(path, error.to_string())),
            };
            for mistake in mistakes {
                self.diagnostics.push(Diagnostic::warning(path, mistake.message).at(mistake.place));
            }
        }
    }

    fn rule(&mut self, file: &MetadataFile) -> Option<Rule> {
        let name = self.name(file)?;
        let mut fields = self.placed(file, "rule", &name);
        fields.entry("criteria").or_insert_with(|| json!({}));
        file.parse(fields, self.diagnostics)
    }

    fn alias(&mut self, file: &MetadataFile) -> Option<ActionAlias> {
        let name = self.name(file)?;
        file.parse(self.placed(file, "action_alias", &name), self.diagnostics)
    }

    fn policy(&mut self, file: &MetadataFile) -> Option<Policy> {
        let name = self.name(file)?;
        file.parse(self.placed(file, "policy", &name), self.diagnostics)
    }

    fn trigger_type(&mut self, file: &MetadataFile) -> Option<TriggerType> {
        let name = self.name(file)?;
        file.parse(self.placed(file, "trigger_type", &name), self.diagnostics)
    }

    /// Reads the sensors; the trigger types that they declare join `trigger_types`.
    fn sensors(&mut self, trigger_types: &mut Vec<TriggerType>) -> Vec<Sensor> {
        let read = self.all("sensors", &fields::SENSOR, Self::sensor);
        let mut sensors = Vec::new();
        for (sensor, declared) in read {
            trigger_types.extend(declared);
            sensors.push(sensor);
        }
        sensors
    }

    fn sensor(&mut self, file: &MetadataFile) -> Option<(Sensor, Vec<TriggerType>)> {
        let class = file.fields.get("class_name").and_then(Value::as_str).map(str::to_owned)?;
        if file.fields.get("poll_interval").and_then(Value::as_u64).is_some_and(|seconds| seconds < 4) {
            self.diagnostics.push(file.error(&["poll_interval"], "the poll interval must be at least 4 seconds"));
        }
        let declared = self.declared_trigger_types(file);
        let entry = file.fields.get("entry_point").and_then(Value::as_str).unwrap_or_default();
        let source = self.directory.join("sensors").join(entry);
        if !source.is_file() {
            self.diagnostics.push(file.error(&["entry_point"], format!("the entry point `{entry}` does not exist")));
        }
        let mut fields = self.placed(file, "sensor", &class);
        let module = entry.trim_end_matches(".py").replace('/', ".");
        fields.insert("uid".to_owned(), json!(format!("sensor_type:{}:{class}", self.pack)));
        fields.insert("artifact_uri".to_owned(), json!(format!("file://{}", source.display())));
        fields.insert("entry_point".to_owned(), json!(format!("{module}.{class}")));
        let references: Vec<&String> = declared.iter().map(|found| &found.reference).collect();
        fields.insert("trigger_types".to_owned(), json!(references));
        file.parse(fields, self.diagnostics).map(|sensor| (sensor, declared))
    }

    fn declared_trigger_types(&mut self, file: &MetadataFile) -> Vec<TriggerType> {
        let mut declared = Vec::new();
        for entry in file.fields.get("trigger_types").and_then(Value::as_array).into_iter().flatten() {
            let Some(name) = entry.get("name").and_then(Value::as_str) else {
                self.diagnostics.push(file.error(&["trigger_types"], "every trigger type needs a `name`"));
                continue;
            };
            let object = |key: &str| entry.get(key).and_then(Value::as_object).cloned().unwrap_or_default();
            let tags: Vec<Tag> =
                entry.get("tags").cloned().and_then(|tags| serde_json::from_value(tags).ok()).unwrap_or_default();
            let found = TriggerType {
                tags,
                uid: String::new(),
                metadata_file: Some(file.shown.clone()),
                name: name.to_owned(),
                reference: String::new(),
                description: entry.get("description").and_then(Value::as_str).map(str::to_owned),
                pack: self.pack.to_owned(),
                payload_schema: object("payload_schema"),
                parameters_schema: object("parameters_schema"),
                id: Id::default(),
            }
            .with_references();
            declared.push(TriggerType { id: Id::derived(&["trigger_type", &found.reference]), ..found });
        }
        declared
    }

    fn config_schema(&mut self) -> Option<ConfigSchema> {
        let path = self.directory.join("config.schema.yaml");
        if !path.is_file() {
            return None;
        }
        match MetadataFile::read(self.directory, &path) {
            Ok(file) => Some(ConfigSchema {
                id: Id::derived(&["config_schema", self.pack]),
                pack: self.pack.to_owned(),
                attributes: file.fields,
            }),
            Err(diagnostic) => {
                self.diagnostics.push(diagnostic);
                None
            }
        }
    }
}

/// The runner that an action means. Under the old names one runner took commands and scripts.
fn runner_name(action: &Action) -> &str {
    match (action.runner_type.as_str(), action.entry_point.is_empty()) {
        ("run-local", false) => "run-local-script",
        ("run-remote", false) => "run-remote-script",
        (name, _) => name,
    }
}

/// Returns the metadata files directly in a directory, sorted by name.
fn metadata_files(directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(directory)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml"))
        .filter(|path| path.is_file() && path.file_name().is_some_and(|name| name != "config.yaml"))
        .collect();
    files.sort_unstable();
    files
}
