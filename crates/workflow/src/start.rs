//! The beginning of a workflow: its definition read, its execution claimed, its first event appended.

use std::sync::Arc;

use serde_json::{Value, json};
use squall_chain::{Chain, SharedHost};
use squall_mistral::{Mistake, MistralError, is_mistral};
use squall_model::{Execution, Id, Map, Status};
use squall_orquesta::{EventKind, NoHost};
use squall_service::rendering::{self, ConfigError, Scope};
use squall_service::{Context, move_to, pack_directory};
use squall_store::{Error as StoreError, Patch};
use tracing::{info, warn};

use crate::definition;
use crate::drive::{DriveError, drive_with, refused_result};
use crate::live::{Live, workflow_id};
use crate::machine::{Language, Machine, Program, ProgramError};
use crate::record::Record;

/// Claims the execution and starts its workflow; `slot` is locked and gets the workflow.
pub(crate) async fn start(
    context: &Context,
    slot: &mut Option<Live>,
    execution: Arc<Execution>,
) -> Result<(), DriveError> {
    // What clients see of a workflow that has not ended; of a chain they see nothing more.
    let shown = match Language::of(&execution) {
        Language::Orquesta => {
            let shown = shown_workflow(context, &execution).await?;
            let context = Map::from_iter([("workflow_execution".to_owned(), shown)]);
            Patch { context, ..Patch::result(&json!({"output": null})) }
        }
        Language::ActionChain => Patch::default(),
    };
    let patch = Patch {
        owner: Some(context.process),
        runner_info: Some(context.runner_info.clone()),
        // Not from `paused`, which a late message must not end.
        only_from: Some(&[Status::Scheduled]),
        ..shown
    };
    let claimed = move_to(context, execution, Status::Running, patch, Vec::new()).await?;
    let Some(execution) = claimed.moved() else { return Ok(()) };
    begin(context, slot, execution).await
}

/// Returns the id of the workflow as clients see it: tasks that run again belong to the workflow they ran in first.
async fn shown_workflow(context: &Context, execution: &Execution) -> Result<Value, StoreError> {
    let first = match rerun_of(execution) {
        Some(rerun) => context.store.executions.get(&rerun.of).await?,
        None => None,
    };
    let known = first.and_then(|first| first.context.get("workflow_execution").cloned());
    Ok(known.unwrap_or_else(|| json!(workflow_id(&execution.id))))
}

/// Starts the workflow of a claimed execution.
pub(crate) async fn begin(
    context: &Context,
    slot: &mut Option<Live>,
    execution: Arc<Execution>,
) -> Result<(), DriveError> {
    let prepared = match prepare(context, &execution).await {
        Ok(prepared) => prepared,
        Err(BeginError::Store(error)) => return Err(error.into()),
        Err(BeginError::Refused(errors)) => return refuse(context, execution, errors).await,
    };
    let Prepared { engine, definition, earlier, kind } = prepared;
    let mut live = Live { engine, definition: definition.clone().into(), sequence: 0, snapshot_at: 0, execution };
    let definition = earlier.is_empty().then_some(definition);
    drive_with(context, &mut live, kind, definition, earlier).await?;
    *slot = Some(live);
    Ok(())
}

struct Prepared {
    engine: Machine,
    definition: String,
    /// The log of the workflow that this one runs again.
    earlier: Vec<Record>,
    kind: EventKind,
}

enum BeginError {
    Store(StoreError),
    /// The workflow can't begin; the list is what its result says.
    Refused(Value),
}

impl From<StoreError> for BeginError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

async fn prepare(context: &Context, execution: &Execution) -> Result<Prepared, BeginError> {
    if let Some(rerun) = rerun_of(execution) {
        return prepare_rerun(context, rerun).await;
    }
    let definition = chosen(execution, read_definition(context, execution).await?);
    let program = definition::compile(Language::of(execution), &definition);
    let program = program.map_err(|error| unreadable(execution, &error))?;
    let kind = match &program {
        Program::Orquesta(workflow) => {
            let started = start_context(context, execution);
            let mistakes = squall_service::inspection::inspect(context, workflow, &started).await?;
            if !mistakes.is_empty() {
                return Err(BeginError::Refused(json!(mistakes)));
            }
            EventKind::Started { inputs: inputs(context, execution).await?.action, context: started }
        }
        Program::ActionChain(chain) => start_of_chain(execution, chain, inputs(context, execution).await?),
    };
    Ok(Prepared { engine: Machine::new(&program), definition, earlier: Vec::new(), kind })
}

fn unreadable(execution: &Execution, error: &ProgramError) -> BeginError {
    match error {
        ProgramError::Orquesta(error) => {
            BeginError::Refused(json!([{"type": "content", "message": error.to_string()}]))
        }
        ProgramError::Mistral(MistralError::Mistakes(mistakes)) => {
            let file = shown_file(execution);
            let told = mistakes.iter().map(|Mistake { message, place }| {
                let (line, column) = place.unwrap_or((1, 1));
                json!({"type": "content", "message": format!("{file}:{line}:{column}: {message}")})
            });
            BeginError::Refused(told.collect())
        }
        ProgramError::Mistral(error) => BeginError::Refused(json!([{"type": "content", "message": error.to_string()}])),
        ProgramError::ActionChain(error) => {
            let action = &execution.snapshot.action;
            let file = shown_file(execution);
            let (line, column) = error.position().unwrap_or((1, 1));
            let place = format!("  File \"{file}\", line {line}, column {column}\n");
            BeginError::Refused(json!([{"message": error.describe(&action.name, &file), "traceback": place}]))
        }
    }
}

fn shown_file(execution: &Execution) -> String {
    format!("actions/{}", execution.snapshot.action.entry_point)
}

/// Returns the first event of a chain.
fn start_of_chain(execution: &Execution, chain: &Chain, inputs: Inputs) -> EventKind {
    let mut parent = Map::from_iter([("execution_id".to_owned(), json!(execution.id))]);
    parent.extend(execution.context.clone());
    let runner = |name: &str| inputs.runner.get(name).cloned();
    let notify_of_action = Some(&execution.snapshot.action.notify).filter(|notify| !notify.is_empty());
    let settings = json!({
        "parent": parent,
        // It may hold secrets, and the event is stored.
        "config": if chain.names_config() { inputs.config } else { Map::new() },
        "notify": execution.notify.clone().or_else(|| notify_of_action.map(|notify| json!(notify))),
        "skip_notify": runner("skip_notify").filter(Value::is_array).unwrap_or_else(|| json!([])),
        "display_published": runner("display_published").and_then(|shown| shown.as_bool()).unwrap_or(true),
        "file": shown_file(execution),
    });
    let context = settings.as_object().cloned().unwrap_or_default();
    EventKind::Started { inputs: inputs.action, context }
}

/// Returns what stands for the workflow of a workbook that the execution is of: the one that its parent called, or the one that its
/// parameter `workflow` names. Any other definition stays as it is.
fn chosen(execution: &Execution, definition: String) -> String {
    let parameter = || {
        let default = execution.snapshot.action.parameters.get("workflow").and_then(|schema| schema.get("default"));
        execution.parameters.get("workflow").or(default).and_then(Value::as_str)
    };
    match within(execution).or_else(parameter).filter(|name| !name.is_empty()) {
        Some(name) if is_mistral(&definition) => squall_mistral::choose(&definition, name),
        _ => definition,
    }
}

/// The workflow of its parent's workbook that an execution is of.
fn within(execution: &Execution) -> Option<&str> {
    execution.parent.and_then(|_| execution.context.get("mistral")?.get("workflow")?.as_str())
}

/// What a workflow is given: the parameters of its runner and its own, and the configuration of its pack.
struct Inputs {
    runner: Map,
    action: Map,
    config: Map,
}

async fn read_definition(context: &Context, execution: &Execution) -> Result<String, BeginError> {
    let action = &execution.snapshot.action;
    let refused = |message: String| BeginError::Refused(json!([{"message": message}]));
    let Some(directory) = pack_directory(context, &action.pack).await? else {
        return Err(refused(format!("the pack \"{}\" is not registered", action.pack)));
    };
    let path = directory.join("actions").join(&action.entry_point);
    // Read in place: a small file, and a thread of its own would cost more than the reading.
    let read = std::fs::read_to_string(&path);
    read.map_err(|error| refused(format!("the definition {} can't be read: {error}", action.entry_point)))
}

async fn inputs(context: &Context, execution: &Execution) -> Result<Inputs, BeginError> {
    if within(execution).is_some() {
        return Ok(Inputs { runner: Map::new(), action: execution.parameters.clone(), config: Map::new() });
    }
    let pack = &execution.snapshot.action.pack;
    let user = execution.user().unwrap_or_default();
    let refused = |message: String| BeginError::Refused(json!([{"message": message}]));
    let config = rendering::pack_config(context, pack, user).await.map_err(|error| match error {
        ConfigError::Invalid(reason) => refused(reason),
        ConfigError::Store(error) => BeginError::Store(error),
    })?;
    let scope = Scope {
        user: user.to_owned(),
        action_context: execution.context.clone(),
        config_context: config.clone(),
        ..Scope::default()
    };
    let rendered = rendering::final_parameters(context, &execution.snapshot, &execution.parameters, &scope).await;
    let refused = |message: String| BeginError::Refused(json!([{"message": message}]));
    let (runner, action) = rendered.map_err(refused)?;
    Ok(Inputs { runner, action, config })
}

/// Returns what the workflow's context holds besides its inputs: `st2`, and `parent` in a child workflow.
fn start_context(context: &Context, execution: &Execution) -> Map {
    let action = &execution.snapshot.action;
    let mut own = json!({
        "workflow_execution_id": workflow_id(&execution.id),
        "action_execution_id": execution.id,
        "api_url": context.settings.api_url,
        "user": execution.user(),
        "pack": action.pack,
        "action": action.reference,
        "runner": execution.snapshot.runner.name,
    });
    for optional in ["api_user", "source_channel"] {
        if let Some(value) = execution.context.get(optional) {
            own[optional] = value.clone();
        }
    }
    let mut started = Map::from_iter([("st2".to_owned(), own)]);
    if let Some(parent) = execution.context.get("parent") {
        started.insert("parent".to_owned(), parent.clone());
    }
    started
}

/// Which tasks of which execution are to run again.
struct Rerun {
    of: Id,
    tasks: Vec<String>,
    reset: Vec<String>,
}

fn rerun_of(execution: &Execution) -> Option<Rerun> {
    let rerun = execution.context.get("re-run")?;
    let names = |key: &str| -> Vec<String> {
        let list = rerun.get(key).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let tasks = names("tasks");
    let of = rerun.get("ref")?.as_str()?.parse().ok()?;
    (!tasks.is_empty()).then(|| Rerun { of, tasks, reset: names("reset") })
}

async fn prepare_rerun(context: &Context, rerun: Rerun) -> Result<Prepared, BeginError> {
    let refused = |message: String| BeginError::Refused(json!([{"message": message}]));
    let events = context.store.workflows.events(&workflow_id(&rerun.of), 0).await?;
    let mut earlier: Vec<Record> = Vec::new();
    for event in events {
        let record = serde_json::from_str(event.event.get()).map_err(|error| refused(error.to_string()))?;
        earlier.push(record);
    }
    let Some(definition) = earlier.first().and_then(|record| record.definition.clone()) else {
        return Err(refused("Unable to rerun workflow because it has no history.".to_owned()));
    };
    let compiled = definition::compile(Language::Orquesta, &definition);
    let compiled = compiled.map_err(|error| refused(error.to_string()))?;
    let nobody: SharedHost = Arc::new(NoHost);
    let mut engine = Machine::new(&compiled);
    for record in &mut earlier {
        engine.apply(&mut record.event, &nobody).map_err(|error| refused(error.to_string()))?;
    }
    let kind = EventKind::RerunRequested { tasks: rerun.tasks, reset: rerun.reset };
    if let Err(error) = engine.clone().apply(&mut kind.clone().into(), &nobody) {
        return Err(refused(error.to_string()));
    }
    Ok(Prepared { engine, definition, earlier, kind })
}

async fn refuse(context: &Context, execution: Arc<Execution>, errors: Value) -> Result<(), DriveError> {
    info!(execution_id = %execution.id, %errors, "the workflow can't begin");
    let result = match Language::of(&execution) {
        Language::Orquesta => refused_result(errors),
        Language::ActionChain => refused_chain(&errors),
    };
    let patch = Patch::result(&result);
    let id = execution.id;
    if move_to(context, execution, Status::Failed, patch, Vec::new()).await?.moved().is_none() {
        warn!(execution_id = %id, "the workflow that could not begin had ended already");
    }
    Ok(())
}

/// Returns the result of a chain that could not begin.
fn refused_chain(errors: &Value) -> Value {
    let first = errors.get(0).unwrap_or(&Value::Null);
    let text = |key: &str| first.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    json!({"error": text("message"), "traceback": text("traceback")})
}
