//! A stand-in for the code of actions: it takes its time, notes that it ran, and ends as its parameters say.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use squall_model::{Id, Map, Status};
use squall_runners::{Outcome, OutputType, RunIo, RunRequest, Runner, RunnerKind, RunnerMeta};

use crate::sim::Sim;

pub(crate) const NAME: &str = "simulated";

pub(crate) struct SimulatedRunner {
    pub(crate) sim: Arc<Sim>,
    pub(crate) process: usize,
    pub(crate) meta: RunnerMeta,
}

pub(crate) fn meta() -> RunnerMeta {
    RunnerMeta {
        name: NAME.to_owned(),
        aliases: Vec::new(),
        old_names: Vec::new(),
        description: String::new(),
        runner_package: NAME.to_owned(),
        runner_module: NAME.to_owned(),
        runner_parameters: Map::new(),
        output_key: None,
        output_schema: Map::new(),
        kind: RunnerKind::Action,
    }
}

#[async_trait]
impl Runner for SimulatedRunner {
    fn meta(&self) -> &RunnerMeta {
        &self.meta
    }

    async fn run(&self, request: RunRequest, mut io: RunIo) -> Outcome {
        let Ok(id) = request.execution_id.parse::<Id>() else { return Outcome::error("not an id") };
        self.sim.may_die(self.process).await;
        self.sim.tell(format_args!("p{} runs {id}", self.process));
        *self.sim.outcomes.lock().effects.entry(id).or_default() += 1;
        if self.sim.below(4) == 0 {
            io.output.line(OutputType::Stdout, "working");
        }
        let work = self.sim.sleep(self.duration());
        tokio::select! {
            biased;
            () = io.cancellation.canceled() => return Outcome::new(Status::Canceled, Value::Null),
            () = work => {}
        }
        self.sim.may_die(self.process).await;
        end(&id, request.action_parameters.get("mode").and_then(Value::as_str).unwrap_or("good"))
    }
}

impl SimulatedRunner {
    fn duration(&self) -> Duration {
        if self.sim.fault(self.sim.plan.rates.long_action) {
            return Duration::from_secs(self.sim.dice(|dice| dice.between(5, 25)));
        }
        Duration::from_millis(self.sim.dice(|dice| dice.one_of(&[0, 0, 3, 40, 1_500])))
    }
}

fn end(id: &Id, mode: &str) -> Outcome {
    let is_good = match mode {
        "bad" => false,
        "flaky" => id.as_bytes()[0].is_multiple_of(2),
        _ => true,
    };
    let status = if is_good { Status::Succeeded } else { Status::Failed };
    Outcome::new(status, json!({"good": is_good}))
}
