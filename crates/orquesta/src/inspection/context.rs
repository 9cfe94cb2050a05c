//! Variables that are read before anything sets them: a walk from the start tasks with the set of names known so far.

use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;

use serde_json::{Map, Value};

use super::TASKS_SCHEMA_PATH;
use super::entry::{Inspection, InspectionType, MISTAKES};
use super::names::{NameNumbers, NameSet};
use crate::expressions::referenced_variables;
use crate::spec::inline_parameters::parse_inline_parameters;
use crate::spec::{Relations, TaskSpec, TransitionSpec, WorkflowSpec};

const TRANSITIONS_SCHEMA_PATH: &str = r"properties.tasks.patternProperties.^\w+$.properties.next.items";

/// What the walk may cost before it settles for what it has seen: so much for the whole, and for each task.
const WORK: usize = 1_000_000;
const WORK_PER_TASK: usize = 400;
/// What looking at a task or a transition costs, besides copying the set of names.
const LOOK: usize = 100;

/// Where in the definition, and in its schema, a property stands. The paths are only spelled out for a mistake.
#[derive(Clone, Copy)]
struct Property<'a> {
    base: &'a str,
    schema_base: &'a str,
    key: &'a str,
}

impl Property<'_> {
    fn spec_path(&self, index: Option<usize>) -> String {
        let dot = if self.base.is_empty() { "" } else { "." };
        let index = index.map(|index| format!("[{index}]")).unwrap_or_default();
        format!("{}{dot}{}{index}", self.base, self.key)
    }

    fn schema_path(&self) -> String {
        let dot = if self.schema_base.is_empty() { "" } else { "." };
        format!("{}{dot}properties.{}", self.schema_base, self.key.replace('.', ".properties."))
    }
}

pub(super) fn inspect(spec: &WorkflowSpec, relations: &Relations<'_>, given: &[&str]) -> Vec<Inspection> {
    let mut walk = Walk { spec, relations, numbers: NameNumbers::default(), entries: Vec::new(), work: 0 };
    let mut known = NameSet::default();
    for name in given {
        known.insert(walk.numbers.number(name));
    }
    let top = |key| Property { base: "", schema_base: "", key };
    walk.check(spec.raw.get("input"), top("input"), &mut known, true);
    walk.check(spec.raw.get("vars"), top("vars"), &mut known, true);
    let mut known = walk.tasks(known);
    walk.check(spec.raw.get("output"), top("output"), &mut known, true);
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
    fn check(&mut self, value: Option<&Value>, property: Property<'_>, known: &mut NameSet, sets_names: bool) {
        let Some(value) = value.filter(|value| crate::expressions::is_truthy(value)) else { return };
        let inline = value.as_str().map(parse_inline_parameters).filter(|inline| !inline.is_empty());
        let inline =
            inline.map(|inline| inline.into_iter().map(|pair| Value::Object(Map::from_iter([pair]))).collect());
        match inline.as_ref().unwrap_or(value) {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.check_value(item, property, Some(index), known);
                    if sets_names {
                        self.set_names(item, known);
                    }
                }
            }
            value => {
                self.check_value(value, property, None, known);
                if sets_names {
                    self.set_names(value, known);
                }
            }
        }
    }

    fn check_value(&mut self, value: &Value, property: Property<'_>, index: Option<usize>, known: &NameSet) {
        for reference in referenced_variables(value) {
            let name = &reference.name;
            let mut report = |message: String| {
                let (spec_path, schema_path) = (property.spec_path(index), property.schema_path());
                let entry = Inspection::new(InspectionType::Context, message, spec_path, schema_path);
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
            if self.work > WORK + WORK_PER_TASK * self.relations.len() || self.entries.len() >= MISTAKES {
                break;
            }
            traversed.insert(task);
            let known = known.unwrap_or_else(|| Rc::new(joined.get(&task).cloned().unwrap_or_default()));
            let name = self.relations.name(task);
            self.work += known.weight() + LOOK;
            all.extend(&known);
            let Some(task_spec) = self.spec.tasks.get(name) else { continue };
            self.check_task(task_spec, &format!("tasks.{name}"), &known);
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

    /// Nothing in a task sets names before its transitions do.
    fn check_task(&mut self, task: &TaskSpec, base: &str, known: &NameSet) {
        let mut known = known.clone();
        let mut check = |value: Option<&Value>, key: &str| {
            let property = Property { base, schema_base: TASKS_SCHEMA_PATH, key };
            self.check(value, property, &mut known, false);
        };
        check(raw(task.delay.as_ref()), "delay");
        if let Some(items) = &task.items {
            check(Some(&items.written), "with.items");
            check(raw(items.concurrency.as_ref()), "with.concurrency");
        }
        check(raw(task.action.as_ref()), "action");
        check(raw(task.input.as_ref()), "input");
    }

    /// Answers what is known after the transition.
    fn check_transition(&mut self, transition: &TransitionSpec, base: &str, known: &Rc<NameSet>) -> Rc<NameSet> {
        let mut branch = (**known).clone();
        self.work += branch.weight() + LOOK;
        let property = |key| Property { base, schema_base: TRANSITIONS_SCHEMA_PATH, key };
        let when = transition.when.as_ref().map(|when| &when.raw);
        self.check(when, property("when"), &mut branch, false);
        self.check(Some(&transition.publish_raw), property("publish"), &mut branch, true);
        self.check(Some(&transition.do_raw), property("do"), &mut branch, false);
        if branch == **known { Rc::clone(known) } else { Rc::new(branch) }
    }
}

fn raw(property: Option<&crate::spec::Property>) -> Option<&Value> {
    property.map(|property| &property.raw)
}

/// Every transition of a task, once per target.
fn targets(task: &TaskSpec) -> impl Iterator<Item = (&TransitionSpec, usize, &str)> {
    let transitions = task.transitions.iter().enumerate();
    transitions.flat_map(|(index, transition)| {
        transition.targets.iter().map(move |target| (transition, index, target.as_str()))
    })
}
