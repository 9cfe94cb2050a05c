//! What is wrong with a definition, all of it at once, as StackStorm lists it.

mod context;
mod entry;
mod expressions;
mod joins;
mod names;
mod schema;
mod semantics;
mod syntax;
mod unknown;

pub(crate) use entry::by_category;
pub use entry::{Inspection, InspectionType};
pub use unknown::{UnknownName, unknown_names};

use crate::spec::Relations;
use crate::workflow::Workflow;
use entry::TASKS_SCHEMA_PATH;

/// The keys that a mapping of a definition may have, by the part of the schema that an entry names.
pub fn known_keys(schema_path: &str) -> Vec<&'static str> {
    let mut segments = schema_path.split('.').filter(|segment| *segment != "additionalProperties");
    let mapping = segments.try_fold(&*schema::WORKFLOW, |schema, segment| schema.get(segment));
    let properties = mapping.and_then(|mapping| mapping.get("properties")?.as_object());
    properties.into_iter().flatten().map(|(key, _)| key.as_str()).collect()
}

/// Places are looked up for this many entries; who has more mistakes than that will be back.
const PLACED_ENTRIES: usize = 100;

/// `given` are the names every workflow of the application starts with, besides its inputs.
pub(crate) fn inspect(workflow: &Workflow, given: &[&str]) -> Vec<Inspection> {
    let spec = &workflow.spec;
    let relations = Relations::of(spec);
    let mut entries = syntax::inspect(spec);
    entries.extend(semantics::inspect(spec, &relations));
    if workflow.too_complex {
        let message = crate::graph::TooComplex.to_string();
        entries.push(Inspection::semantic(message, "tasks".to_owned(), "properties.tasks".to_owned()));
    }
    entries.extend(expressions::inspect(spec));
    if !workflow.trusts_variables {
        entries.extend(context::inspect(spec, &relations, given));
    }
    let by_path = |left: &Inspection, right: &Inspection| {
        let key = |entry: &Inspection| (entry.kind, entry.schema_path.clone(), entry.spec_path.clone());
        key(left).cmp(&key(right))
    };
    entries.sort_by(by_path);
    for entry in entries.iter_mut().take(PLACED_ENTRIES) {
        let position = workflow.position(entry.spec_path.as_deref().unwrap_or_default());
        (entry.line, entry.column) = position.unzip();
    }
    entries
}
