//! Variables that are read before anything sets them: a walk from the start tasks with the set of names known so far.

use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;

use serde_json::{Map, Value};

use super::TASKS_SCHEMA_PATH;
use super::entry::{Inspection, InspectionType};
use super::names::{NameNumbers, NameSet};
use crate::expressions::referenced_variables;
use crate::spec::inline_parameters::parse_inline_parameters;
use crate::spec::{Property, Relations, TaskSpec, TransitionSpec, WorkflowSpec};

/// What the walk may cost before it settles for what it has seen.
const WORK: usize = 2_000_000;

pub(super) fn inspect(spec: &WorkflowSpec, relations: &Relations<'_>, given: &[&str]) -> Vec<Inspection> {
    let mut walk = Walk { spec, relations, numbers: NameNumbers::default(), entries: Vec::new(), work: 0 };
    let mut known = NameSet::default();
    for name in given {
        known.insert(walk.numbers.number(name));
    }
    for key in ["input", "vars"] {
        walk.check(spec.raw.get(key), key, &format!("properties.{key}"), &mut known, true);
    }
    let mut known = walk.tasks(known);
    walk.check(spec.raw.get("output"), "output", "properties.output", &mut known, true);
    walk.entries
}

struct Walk<'a> {
    spec: &'a WorkflowSpec,
    relations: &'a Relations<'a>,
    numbers: NameNumbers,
    entries: Vec<Inspection>,
    work: usize,
}

impl Walk<'_> {
    /// Checks one property. Lists are checked item by item, and when the property sets names, each item knows those
    /// before it.
    fn check(&mut self, value: Option<&Value>, path: &str, schema_path: &str, known: &mut NameSet, sets_names: bool) {
        let Some(value) = value.filter(|value| crate::expressions::is_truthy(value)) else { return };
        let inline = value.as_str().map(parse_inline_parameters).filter(|inline| !inline.is_empty());
        let inline =
            inline.map(|inline| inline.into_iter().map(|pair| Value::Object(Map::from_iter([pair]))).collect());
        match inline.as_ref().unwrap_or(value) {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.check_value(item, &format!("{path}[{index}]"), schema_path, known);
                    if sets_names {
                        self.set_names(item, known);
                    }
                }
            }
            value => {
                self.check_value(value, path, schema_path, known);
                if sets_names {
                    self.set_names(value, known);
                }
            }
        }
    }

    fn check_value(&mut self, value: &Value, path: &str, schema_path: &str, known: &NameSet) {
        for reference in referenced_variables(value) {
            let name = &reference.name;
            let mut report = |message: String| {
                let entry = Inspection::new(InspectionType::Context, message, path.to_owned(), schema_path.to_owned());
                self.entries.push(entry.about(Some(reference.language), reference.expression.clone()));
            };
            if name.starts_with("__") {
                report(format!(
                    "Variable \"{name}\" that is prefixed with double underscores is considered a private variable \
                     and cannot be referenced."
                ));
            }
            if !known.contains(self.numbers.number(name)) {
                report(format!("Variable \"{name}\" is referenced before assignment."));
            }
        }
    }

    fn set_names(&mut self, value: &Value, known: &mut NameSet) {
        match value {
            Value::String(name) => known.insert(self.numbers.number(name)),
            Value::Object(map) => map.keys().for_each(|name| known.insert(self.numbers.number(name))),
            _ => {}
        }
    }

    /// Walks all tasks; answers every name that is known at the end.
    fn tasks(&mut self, start: NameSet) -> NameSet {
        let start = Rc::new(start);
        let mut all = (*start).clone();
        let mut joined: HashMap<usize, NameSet> = HashMap::new();
        let mut last_seen: HashMap<usize, Rc<NameSet>> = HashMap::new();
        let mut traversed = HashSet::new();
        let mut queue: VecDeque<(usize, Option<Rc<NameSet>>)> =
            self.relations.start_tasks().into_iter().map(|task| (task, Some(Rc::clone(&start)))).collect();
        while let Some((task, known)) = queue.pop_front() {
            if self.work > WORK {
                break;
            }
            traversed.insert(task);
            let known = known.unwrap_or_else(|| Rc::new(joined.get(&task).cloned().unwrap_or_default()));
            let name = self.relations.name(task);
            self.work += known.weight() + 1;
            all.extend(&known);
            let Some(task_spec) = self.spec.tasks.get(name) else { continue };
            self.check_task(task_spec, &format!("tasks.{name}"), &known, &mut all);
            for (transition_spec, index, target) in targets(task_spec) {
                let branch = self.check_transition(transition_spec, &format!("tasks.{name}.next[{index}]"), &known);
                let Some(target) = self.relations.number(target) else { continue };
                if traversed.contains(&target) || !self.relations.is_known(target) {
                    continue;
                }
                let is_join = self.relations.is_join(target) && !self.joins_nothing(target);
                if is_join {
                    joined.entry(target).or_default().extend(&branch);
                    queue.push_back((target, None));
                } else if last_seen.get(&target) != Some(&branch) {
                    last_seen.insert(target, Rc::clone(&branch));
                    queue.push_back((target, Some(branch)));
                }
            }
        }
        all
    }

    /// `join: 0` is no join here, as upstream has it.
    fn joins_nothing(&self, task: usize) -> bool {
        let join = self.spec.tasks.get(self.relations.name(task)).and_then(|task| task.join);
        join == Some(crate::spec::Join::Count(0))
    }

    fn check_task(&mut self, task: &TaskSpec, path: &str, known: &NameSet, all: &mut NameSet) {
        let mut known = known.clone();
        let mut property = |property: Option<&Value>, key: &str, known: &mut NameSet| {
            let schema_key = key.replace('.', ".properties.");
            self.check(
                property,
                &format!("{path}.{key}"),
                &format!("{TASKS_SCHEMA_PATH}.properties.{schema_key}"),
                known,
                false,
            );
        };
        let raw = |property: &Option<Property>| property.as_ref().map(|property| property.raw.clone());
        property(raw(&task.delay).as_ref(), "delay", &mut known);
        if let Some(items) = &task.items {
            property(Some(&items.written), "with.items", &mut known);
            property(raw(&items.concurrency).as_ref(), "with.concurrency", &mut known);
        }
        property(raw(&task.action).as_ref(), "action", &mut known);
        property(raw(&task.input).as_ref(), "input", &mut known);
        all.extend(&known);
    }

    /// Answers what is known after the transition.
    fn check_transition(&mut self, transition: &TransitionSpec, path: &str, known: &Rc<NameSet>) -> Rc<NameSet> {
        let schema = |key: &str| format!("{TASKS_SCHEMA_PATH}.properties.next.items.properties.{key}");
        let mut branch = (**known).clone();
        self.work += branch.weight() + 1;
        let when = transition.when.as_ref().map(|when| &when.raw);
        self.check(when, &format!("{path}.when"), &schema("when"), &mut branch, false);
        self.check(Some(&transition.publish_raw), &format!("{path}.publish"), &schema("publish"), &mut branch, true);
        self.check(Some(&transition.do_raw), &format!("{path}.do"), &schema("do"), &mut branch, false);
        if branch == **known { Rc::clone(known) } else { Rc::new(branch) }
    }
}

/// Every transition of a task, once per target.
fn targets(task: &TaskSpec) -> impl Iterator<Item = (&TransitionSpec, usize, &str)> {
    let transitions = task.transitions.iter().enumerate();
    transitions.flat_map(|(index, transition)| {
        transition.targets.iter().map(move |target| (transition, index, target.as_str()))
    })
}
