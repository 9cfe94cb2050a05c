//! Conducts the workflow of a script, with every action ending as the script says.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::report::{Outcome, Report};
use super::script::{Mock, Script, Subject};
use crate::conductor::{Accumulated, Conductor, ConductorError, Report as TaskReport, RestoreError};
use crate::host::{Answers, Host};
use crate::status::Status;
use crate::workflow::Workflow;

/// A workflow that runs tasks this often in a rehearsal would do so for ever.
const RUNS: usize = 10_000;

/// The rehearsal cannot be held at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RehearsalError {
    #[error("the workflow has no task `{task_id}`")]
    UnknownTask { mock: usize, task_id: String },
    #[error("task `{task_id}` has items: a mock of it needs an `item_id`")]
    ItemWithoutNumber { mock: usize, task_id: String },
    #[error("the tasks ran {RUNS} times without coming to an end; does a cycle never stop?")]
    Endless,
    #[error("the workflow cannot go on: {0}")]
    Conductor(#[from] ConductorError),
    #[error("`workflow_state` is not the state of this workflow: {0}")]
    State(#[from] RestoreError),
}

/// Holds the rehearsal. The results that stand in files are to be in the mocks by now.
pub fn perform(script: &Script, workflow: &Arc<Workflow>, host: &dyn Host) -> Result<Report, RehearsalError> {
    check_mocks(script, workflow)?;
    let inspection = workflow.inspect(&Map::new());
    if !script.expected.inspection.is_empty() || !inspection.is_empty() {
        return Ok(Report::of_inspection(&script.expected, inspection));
    }
    let answers = Answers::new(host, Vec::new());
    let mut stage =
        Stage { conductor: begin(script, workflow, &answers)?, mocks: script.mocks.clone(), items: HashMap::new() };
    stage.play(workflow, &answers)?;
    if stage.conductor.status().is_completed() {
        stage.conductor.render_output(&answers);
    }
    Ok(Report::of_outcome(&script.expected, Outcome::of(&stage.conductor)))
}

fn check_mocks(script: &Script, workflow: &Workflow) -> Result<(), RehearsalError> {
    for (mock, given) in script.mocks.iter().enumerate() {
        let task_id = given.task_id.clone();
        match workflow.spec().tasks.get(&task_id) {
            None => return Err(RehearsalError::UnknownTask { mock, task_id }),
            Some(task) if task.has_items() && given.item_id.is_none() => {
                return Err(RehearsalError::ItemWithoutNumber { mock, task_id });
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn begin(script: &Script, workflow: &Arc<Workflow>, answers: &Answers<'_>) -> Result<Conductor, RehearsalError> {
    match &script.subject {
        Subject::Workflow(_) => {
            let mut conductor = Conductor::new(Arc::clone(workflow), Map::new(), script.inputs.clone(), answers);
            // A workflow whose inputs cannot be rendered has failed already.
            if !conductor.status().is_completed() {
                conductor.request_status(Status::Running)?;
            }
            Ok(conductor)
        }
        Subject::State { state, rerun } => {
            let mut conductor = Conductor::restore(Arc::clone(workflow), state.clone())?;
            conductor.request_rerun(rerun, answers)?;
            Ok(conductor)
        }
    }
}

struct Stage {
    conductor: Conductor,
    /// What is left of the mocks.
    mocks: Vec<Mock>,
    /// The results of the items so far, by task.
    items: HashMap<Arc<str>, Vec<Value>>,
}

impl Stage {
    /// Round by round: everything that is ready starts, then everything that runs ends.
    fn play(&mut self, workflow: &Workflow, answers: &Answers<'_>) -> Result<(), RehearsalError> {
        let mut runs = 0;
        loop {
            let mut running = VecDeque::new();
            for task in self.conductor.next_tasks(answers) {
                let report = TaskReport::Action { status: Status::Running, result: Value::Null };
                self.conductor.update_task(&task.task_id, task.route, &report, answers)?;
                running.push_back((task.task_id, task.route, self.conductor.runs().saturating_sub(1)));
            }
            if running.is_empty() {
                return Ok(());
            }
            runs += running.len();
            if runs > RUNS {
                return Err(RehearsalError::Endless);
            }
            for (task_id, route, place) in running {
                let report = self.end_of(workflow, &task_id, place);
                self.conductor.update_task(&task_id, route, &report, answers)?;
            }
        }
    }

    fn end_of(&mut self, workflow: &Workflow, task_id: &Arc<str>, place: usize) -> TaskReport {
        let mock = self.take_mock(task_id, place);
        let (status, result) =
            mock.as_ref().map_or((Status::Succeeded, Value::Null), |mock| (mock.status, mock.result.clone()));
        let has_items = workflow.spec().tasks.get(&**task_id).is_some_and(crate::spec::TaskSpec::has_items);
        if !has_items {
            return TaskReport::Action { status, result };
        }
        let results = self.items.entry(Arc::clone(task_id)).or_default();
        let item_id = mock.and_then(|mock| mock.item_id).unwrap_or(results.len());
        if results.len() <= item_id {
            results.resize(item_id + 1, Value::Null);
        }
        results[item_id] = result.clone();
        let accumulated = Accumulated::Given(Value::Array(results.clone()));
        TaskReport::Item { item_id, status, result, accumulated }
    }

    /// The mock that is for this place in the sequence, or else the first one that is for the task.
    fn take_mock(&mut self, task_id: &str, place: usize) -> Option<Mock> {
        let mut usable = self.mocks.iter_mut().filter(|mock| mock.task_id == task_id && mock.uses > 0);
        let first = usable.next()?;
        let for_place = if first.seq_id == Some(place) {
            Some(first)
        } else {
            let general = first.seq_id.is_none().then_some(first);
            usable.find(|mock| mock.seq_id == Some(place)).or(general)
        };
        let mock = for_place?;
        mock.uses -= 1;
        Some(mock.clone())
    }
}
