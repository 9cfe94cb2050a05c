//! `execution tail`: output while it is produced, also that of a workflow's tasks.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::Value;

use super::wait::{fetch, interrupt};
use crate::api::StreamEvent;
use crate::commands::{CommandError, Context, Outcome};
use crate::execution::{is_completed, task_name};
use crate::exit::ExitCode;
use crate::resource::Resource;

const EVENTS: [&str; 2] = ["st2.execution__update", "st2.execution.output__create"];
/// How long to wait before a broken stream is opened again.
const RECONNECT_DELAY: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Default)]
pub(crate) struct TailOptions {
    pub(crate) output_type: Option<String>,
    pub(crate) include_metadata: bool,
}

pub(crate) async fn tail(context: &mut Context<'_>, id: &str, options: &TailOptions) -> Outcome {
    let execution = if id == "last" {
        let query = vec![("limit".to_owned(), "1".to_owned())];
        context.api.list("/executions/", &query).await?.items.into_iter().next()
    } else {
        Some(fetch(context, id).await.map_err(|error| match error {
            CommandError::Failed(_) => CommandError::Failed(format!("Execution  with id {id} not found.")),
            other => other,
        })?)
    };
    match execution {
        Some(execution) => tail_execution(context, &execution, options).await?,
        None => context.print("No executions found in db.")?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows the output of an execution until it has finished.
pub(super) async fn tail_execution(
    context: &mut Context<'_>,
    execution: &Resource,
    options: &TailOptions,
) -> Result<(), CommandError> {
    let id = execution.id();
    if is_completed(execution.text("status")) {
        return show_finished(context, execution, options).await;
    }
    let mut tail = Tail::new(context, execution, options).await?;
    loop {
        match follow(context, &mut tail).await? {
            Followed::Finished => return Ok(()),
            Followed::Broken(reason) => {
                context.note(&format!("The event stream has ended; opening it again. ({reason})"))?
            }
        }
        context.io.host.clone().sleep(RECONNECT_DELAY).await;
        // What ended while the stream was away will not be told again.
        match fetch(context, id).await {
            Ok(current) if is_completed(current.text("status")) => {
                return context.print(&format!("\nExecution {id} has completed (status={}).", current.text("status")));
            }
            Ok(_) => {}
            Err(CommandError::Api(error)) if error.is_passing() => {}
            Err(error) => return Err(error),
        }
    }
}

async fn show_finished(
    context: &mut Context<'_>,
    execution: &Resource,
    options: &TailOptions,
) -> Result<(), CommandError> {
    let output = context.api.execution_output(execution.id(), options.output_type.as_deref()).await?;
    context.print(&output)?;
    context.print(&format!("Execution {} has completed (status={}).", execution.id(), execution.text("status")))
}

enum Followed {
    Finished,
    Broken(String),
}

/// Reads the stream until the execution has finished or the stream breaks.
async fn follow(context: &mut Context<'_>, tail: &mut Tail) -> Result<Followed, CommandError> {
    let host = context.io.host.clone();
    let mut stream = match context.api.listen(&EVENTS, &tail.id).await {
        Ok(stream) => stream,
        Err(error) if error.is_passing() => return Ok(Followed::Broken(error.to_string())),
        Err(error) => return Err(error.into()),
    };
    loop {
        let next = tokio::select! {
            biased;
            () = host.interrupted() => return Err(interrupt(context, &tail.id)?),
            next = stream.next() => next,
        };
        let event = match next {
            Ok(Some(event)) => event,
            Ok(None) => return Ok(Followed::Broken("the server has closed it".to_owned())),
            Err(error) => return Ok(Followed::Broken(error.to_string())),
        };
        let step = tail.step(&event);
        if !step.text.is_empty() {
            context.write(&step.text)?;
        }
        if step.is_last {
            return Ok(Followed::Finished);
        }
    }
}

/// What one event adds to the output.
#[derive(Debug, Default, PartialEq, Eq)]
struct Step {
    text: String,
    is_last: bool,
}

/// Knows which executions belong to the one that is followed.
#[derive(Debug)]
struct Tail {
    id: String,
    is_child: bool,
    family: HashSet<String>,
    options: TailOptions,
}

impl Tail {
    async fn new(context: &Context<'_>, execution: &Resource, options: &TailOptions) -> Result<Self, CommandError> {
        let id = execution.id().to_owned();
        let query = vec![("include_attributes".to_owned(), "id,children".to_owned())];
        let current = context.api.find_execution(&id, &query).await?.unwrap_or_default();
        let children = current.get("children").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut family: HashSet<String> = children.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        family.insert(id.clone());
        let is_child = execution.has("parent") || !execution.text("context.parent.execution_id").is_empty();
        Ok(Self { id, is_child, family, options: options.clone() })
    }

    fn step(&mut self, event: &StreamEvent) -> Step {
        let resource = Resource::from_value(event.data.clone());
        if resource.text("status").is_empty() { self.output(&resource) } else { self.execution(&resource) }
    }

    fn execution(&mut self, execution: &Resource) -> Step {
        let parent = execution.text("context.parent.execution_id");
        let is_child = !parent.is_empty();
        let relative = if is_child && !self.is_child { parent } else { execution.id() };
        if !self.family.contains(relative) {
            return Step::default();
        }
        self.family.insert(execution.id().to_owned());
        let status = execution.text("status");
        if is_child { self.child_status(execution, status) } else { self.own_status(execution, status) }
    }

    fn child_status(&self, execution: &Resource, status: &str) -> Step {
        let (task, id) = (task_name(execution).unwrap_or("unknown"), execution.id());
        if status == "running" {
            let text = format!("Child execution (task={task}) {id} has started.\n\n");
            return Step { text, is_last: false };
        }
        if is_completed(status) {
            let text = format!("\nChild execution (task={task}) {id} has finished (status={status}).\n");
            return Step { text, is_last: self.is_child };
        }
        Step::default()
    }

    fn own_status(&self, execution: &Resource, status: &str) -> Step {
        let id = &self.id;
        if status == "running" && !execution.has("children") {
            return Step { text: format!("Execution {id} has started.\n\n"), is_last: false };
        }
        if is_completed(status) {
            return Step { text: format!("\nExecution {id} has completed (status={status}).\n"), is_last: true };
        }
        Step::default()
    }

    fn output(&self, output: &Resource) -> Step {
        let kind = output.text("output_type");
        let wanted = self.options.output_type.as_deref().filter(|wanted| *wanted != "all");
        if !self.family.contains(output.text("execution_id")) || wanted.is_some_and(|wanted| wanted != kind) {
            return Step::default();
        }
        let data = output.text("data");
        let text = if self.options.include_metadata {
            format!("[{}][{kind}] {data}", output.text("timestamp"))
        } else {
            data.to_owned()
        };
        Step { text, is_last: false }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tail() -> Tail {
        Tail {
            id: "w".to_owned(),
            is_child: false,
            family: HashSet::from(["w".to_owned()]),
            options: TailOptions::default(),
        }
    }

    fn texts(tail: &mut Tail, events: &[Value]) -> String {
        let event = |data: &Value| StreamEvent { name: String::new(), data: data.clone() };
        events.iter().map(|data| tail.step(&event(data)).text).collect()
    }

    #[test]
    fn follows_the_tasks_of_a_workflow_and_nobody_else() {
        let context = json!({"parent": {"execution_id": "w"}, "orquesta": {"task_name": "t1"}});
        let events = [
            json!({"id": "w", "status": "running", "context": {}}),
            json!({"id": "x", "status": "running", "context": {}}),
            json!({"id": "c", "status": "running", "context": context}),
            json!({"execution_id": "c", "output_type": "stdout", "data": "hello\n"}),
            json!({"execution_id": "x", "output_type": "stdout", "data": "other\n"}),
            json!({"id": "c", "status": "succeeded", "context": context}),
            json!({"id": "w", "status": "succeeded", "context": {}}),
        ];
        let expected = "Execution w has started.\n\nChild execution (task=t1) c has started.\n\nhello\n\n\
                        Child execution (task=t1) c has finished (status=succeeded).\n\n\
                        Execution w has completed (status=succeeded).\n";
        assert_eq!(texts(&mut tail(), &events), expected);
    }

    #[test]
    fn filters_by_kind_of_output() {
        let mut tail = tail();
        tail.options = TailOptions { output_type: Some("stderr".to_owned()), include_metadata: true };
        let events = [
            json!({"execution_id": "w", "output_type": "stdout", "data": "out\n", "timestamp": "T"}),
            json!({"execution_id": "w", "output_type": "stderr", "data": "err\n", "timestamp": "T"}),
        ];
        assert_eq!(texts(&mut tail, &events), "[T][stderr] err\n");
    }
}
