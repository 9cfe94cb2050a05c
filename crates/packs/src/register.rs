//! Registration: what packs hold becomes stored resources. Counterpart: st2common/bootstrap/*registrar.py.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use squall_bus::{Bus, Change, Message};
use squall_model::{Config, Id, Map, Registration, Resource, Rule, RunnerType, Sensor, TriggerType};
use squall_store::{Document, Error as StoreError, Resources, Store, Write};

use crate::diagnostic::{Diagnostic, Severity};
use crate::read::{PackContent, find_packs, read_pack};
use crate::triggers::{TriggerError, ensure_trigger, shadow_trigger};
use crate::{digest, system};

/// What to register of a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContentType {
    Triggers,
    Sensors,
    Actions,
    Rules,
    Aliases,
    Policies,
    Configs,
}

impl ContentType {
    pub const ALL: [Self; 7] =
        [Self::Triggers, Self::Sensors, Self::Actions, Self::Rules, Self::Aliases, Self::Policies, Self::Configs];

    /// The name under which it is counted.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Triggers => "triggers",
            Self::Sensors => "sensors",
            Self::Actions => "actions",
            Self::Rules => "rules",
            Self::Aliases => "aliases",
            Self::Policies => "policies",
            Self::Configs => "configs",
        }
    }
}

/// What came of a registration.
#[derive(Debug, Default)]
pub struct RegistrationReport {
    pub counts: BTreeMap<&'static str, usize>,
    /// By pack.
    pub diagnostics: Vec<(String, Diagnostic)>,
    /// Packs that had not changed since they were registered.
    pub unchanged: usize,
}

impl RegistrationReport {
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|(_, found)| found.severity == Severity::Error)
    }
}

/// Registers packs with a store.
pub struct Registrar<'a> {
    pub store: &'a Store,
    pub bus: &'a dyn Bus,
    pub packs_dirs: &'a [PathBuf],
    pub configs_dir: &'a Path,
    /// Every runner name and alias, with the proper name of the runner.
    pub runners: BTreeMap<String, String>,
}

impl Registrar<'_> {
    /// Stores what the platform itself brings: runners, trigger types, policy types.
    pub async fn register_system(&self, runners: &[RunnerType]) -> Result<(), StoreError> {
        let mut writes = Vec::new();
        for runner in runners {
            let known = self.store.runner_types.find(&runner.name).await?;
            // An operator's switch outlives a new start.
            let enabled = known.as_ref().is_none_or(|found| found.value.enabled);
            let runner = RunnerType { enabled, ..runner.clone() };
            if known.is_none_or(|found| found.value != runner) {
                writes.push(Write::Put(Document::of(&runner)?));
            }
        }
        for policy_type in system::policy_types() {
            self.put_changed(self.store.policy_types.as_ref(), policy_type, &mut writes).await?;
        }
        self.trigger_types(&system::trigger_types(), &mut writes).await?;
        self.commit(writes).await
    }

    /// Registers these packs (all that are found when none is named), also when they have not changed.
    pub async fn register(
        &self,
        packs: &[String],
        types: &BTreeSet<ContentType>,
    ) -> Result<RegistrationReport, StoreError> {
        self.register_all(self.chosen(packs), types, RegistrationReport::default()).await
    }

    /// Registers the packs that are new or changed since they were registered: for the start.
    pub async fn register_changed(&self) -> Result<RegistrationReport, StoreError> {
        let mut report = RegistrationReport::default();
        let mut changed = BTreeMap::new();
        for (name, directory) in self.chosen(&[]) {
            let fingerprint = self.fingerprint(&name, &directory);
            let known = self.store.registrations.find(&name).await?;
            if known.is_some_and(|known| known.value.digest == fingerprint) {
                report.unchanged += 1;
                continue;
            }
            changed.insert(name, directory);
        }
        self.register_all(changed, &BTreeSet::from(ContentType::ALL), report).await
    }

    /// Registers the packs: their rules last, because a rule may listen to another pack's trigger.
    async fn register_all(
        &self,
        packs: BTreeMap<String, PathBuf>,
        types: &BTreeSet<ContentType>,
        mut report: RegistrationReport,
    ) -> Result<RegistrationReport, StoreError> {
        let mut read = Vec::new();
        for (name, directory) in packs {
            let fingerprint = self.fingerprint(&name, &directory);
            if let Some(content) = self.register_content(&name, &directory, types, &mut report).await? {
                read.push((name, fingerprint, content));
            }
        }
        for (name, fingerprint, content) in read {
            if types.contains(&ContentType::Rules) {
                self.rules(&content, &mut report).await?;
            }
            if types.len() == ContentType::ALL.len() {
                let id = Id::derived(&["registration", &name]);
                self.store.registrations.put(Registration { id, pack: name, digest: fingerprint }).await?;
            }
        }
        Ok(report)
    }

    fn chosen(&self, packs: &[String]) -> BTreeMap<String, PathBuf> {
        let mut found = find_packs(self.packs_dirs);
        if !packs.is_empty() {
            found.retain(|name, _| packs.contains(name));
        }
        found
    }

    fn fingerprint(&self, pack: &str, directory: &Path) -> String {
        let config = self.configs_dir.join(format!("{pack}.yaml"));
        let config = std::fs::read_to_string(config).unwrap_or_default();
        Id::derived(&[&digest::of_directory(directory), &directory.display().to_string(), &config]).to_string()
    }

    /// Stores everything of a pack but its rules; none when its manifest can't be read.
    async fn register_content(
        &self,
        name: &str,
        directory: &Path,
        types: &BTreeSet<ContentType>,
        report: &mut RegistrationReport,
    ) -> Result<Option<PackContent>, StoreError> {
        let reading = read_pack(directory, &self.runners);
        report.diagnostics.extend(reading.diagnostics.into_iter().map(|found| (name.to_owned(), found)));
        let Some(content) = reading.content else { return Ok(None) };
        let mut writes = vec![Write::Put(Document::of(&content.pack)?)];
        if let Some(schema) = &content.config_schema {
            writes.push(Write::Put(Document::of(schema)?));
        }
        self.content(&content, types, &mut writes, report).await?;
        self.commit(writes).await?;
        for sensor in content.sensors.iter().filter(|_| types.contains(&ContentType::Sensors)) {
            self.announce(Message::Sensors { change: Change::Update, sensor: sensor.reference.clone() }).await;
        }
        Ok(Some(content))
    }

    /// Collects the writes for everything but rules, which need their triggers stored first.
    async fn content(
        &self,
        content: &PackContent,
        types: &BTreeSet<ContentType>,
        writes: &mut Vec<Write>,
        report: &mut RegistrationReport,
    ) -> Result<(), StoreError> {
        for kind in types {
            let count = match kind {
                ContentType::Triggers => {
                    self.trigger_types(&content.trigger_types, writes).await?;
                    content.trigger_types.len()
                }
                ContentType::Sensors => {
                    for sensor in &content.sensors {
                        self.put_sensor(sensor, writes).await?;
                    }
                    content.sensors.len()
                }
                ContentType::Actions => {
                    for action in &content.actions {
                        self.put(self.store.actions.as_ref(), action.clone(), |found, id| found.id = id, writes)
                            .await?;
                    }
                    content.actions.len()
                }
                ContentType::Aliases => {
                    for alias in &content.aliases {
                        self.put(self.store.aliases.as_ref(), alias.clone(), |found, id| found.id = id, writes).await?;
                    }
                    content.aliases.len()
                }
                ContentType::Policies => {
                    for policy in &content.policies {
                        self.put(self.store.policies.as_ref(), policy.clone(), |found, id| found.id = id, writes)
                            .await?;
                    }
                    content.policies.len()
                }
                ContentType::Configs => self.config(content, writes, report)?,
                ContentType::Rules => continue,
            };
            *report.counts.entry(kind.name()).or_insert(0) += count;
        }
        Ok(())
    }

    async fn trigger_types(&self, types: &[TriggerType], writes: &mut Vec<Write>) -> Result<(), StoreError> {
        for trigger_type in types {
            self.put_changed(self.store.trigger_types.as_ref(), trigger_type.clone(), writes).await?;
            if let Some(shadow) = shadow_trigger(trigger_type) {
                self.put_changed(self.store.triggers.as_ref(), shadow, writes).await?;
            }
        }
        Ok(())
    }

    async fn put_sensor(&self, sensor: &Sensor, writes: &mut Vec<Write>) -> Result<(), StoreError> {
        self.put(self.store.sensors.as_ref(), sensor.clone(), |found, id| found.id = id, writes).await
    }

    /// Stores a resource under the id that its reference has already, if any.
    async fn put<T: Resource>(
        &self,
        resources: &dyn Resources<T>,
        mut value: T,
        set_id: fn(&mut T, Id),
        writes: &mut Vec<Write>,
    ) -> Result<(), StoreError> {
        if let Some(key) = value.unique_key()
            && let Some(found) = resources.find(&key).await?
        {
            set_id(&mut value, found.value.id());
        }
        writes.push(Write::Put(Document::of(&value)?));
        Ok(())
    }

    /// Stores a resource if it differs from what is stored; its id follows from its reference.
    async fn put_changed<T: Resource + PartialEq>(
        &self,
        resources: &dyn Resources<T>,
        value: T,
        writes: &mut Vec<Write>,
    ) -> Result<(), StoreError> {
        let Some(key) = value.unique_key() else { return Ok(()) };
        let known = resources.find(&key).await?;
        if known.as_ref().is_none_or(|found| found.value.id() == value.id() && found.value != value) {
            writes.push(Write::Put(Document::of(&value)?));
        }
        Ok(())
    }

    fn config(
        &self,
        content: &PackContent,
        writes: &mut Vec<Write>,
        report: &mut RegistrationReport,
    ) -> Result<usize, StoreError> {
        let pack = &content.pack.reference;
        let path = self.configs_dir.join(format!("{pack}.yaml"));
        if !path.is_file() {
            return Ok(0);
        }
        let mut found = Vec::new();
        let values = read_config(&path, &mut found);
        report.diagnostics.extend(found.into_iter().map(|diagnostic| (pack.clone(), diagnostic)));
        let Some(values) = values else { return Ok(0) };
        let config = Config { id: Id::derived(&["config", pack]), pack: pack.clone(), values };
        writes.push(Write::Put(Document::of(&config)?));
        Ok(1)
    }

    async fn rules(&self, content: &PackContent, report: &mut RegistrationReport) -> Result<(), StoreError> {
        for rule in &content.rules {
            match self.rule(rule).await {
                Ok(()) => *report.counts.entry("rules").or_insert(0) += 1,
                Err(TriggerError::Store(error)) => return Err(error),
                Err(error) => {
                    let file = content.directory.join(&rule.metadata_file);
                    report
                        .diagnostics
                        .push((content.pack.reference.clone(), Diagnostic::error(file, error.to_string())));
                }
            }
        }
        Ok(())
    }

    async fn rule(&self, rule: &Rule) -> Result<(), TriggerError> {
        let trigger = ensure_trigger(self.store, self.bus, &rule.trigger.kind, &rule.trigger.parameters).await?;
        let mut rule = rule.clone();
        rule.trigger.reference = trigger.reference.clone();
        if let Some(found) = self.store.rules.find(&rule.reference).await? {
            rule.id = found.value.id;
        }
        self.store.rules.put(rule).await?;
        self.announce(Message::Triggers { change: Change::Update, trigger: trigger.reference }).await;
        Ok(())
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        if !writes.is_empty() {
            self.store.batch.commit(writes).await?;
        }
        Ok(())
    }

    async fn announce(&self, message: Message) {
        // Whoever listens also looks at the store from time to time.
        let _unheard = self.bus.publish(message).await;
    }
}

fn read_config(path: &Path, found: &mut Vec<Diagnostic>) -> Option<Map> {
    let text = match crate::metadata::read_text(path) {
        Ok(text) => text,
        Err(diagnostic) => {
            found.push(diagnostic);
            return None;
        }
    };
    match squall_yaml::parse(&text) {
        Ok(serde_json::Value::Object(values)) => Some(values),
        Ok(serde_json::Value::Null) => Some(Map::new()),
        Ok(_) => {
            found.push(Diagnostic::error(path, "the file must hold a mapping").at(Some((1, 1))));
            None
        }
        Err(error) => {
            found.push(Diagnostic::error(path, error.message.clone()).at(Some((error.line, error.column))));
            None
        }
    }
}
