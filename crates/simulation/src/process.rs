//! One simulated process: the real services, on the models.

use std::sync::Arc;
use std::time::Duration;

use squall_actionrunner::{ActionRunner, Runners};
use squall_model::{Id, RunnerInfo, Secret};
use squall_service::{Context, ContextParts, Entropy, Service, ServiceTokens, Settings, TaskKind, Tasks, leases};

use crate::Mutation;
use crate::bus::SimulatedBus;
use crate::executor::ProcessSpawner;
use crate::runner::{SimulatedRunner, meta};
use crate::sim::{Life, Process, Sim, WORLD};
use crate::store::store_of;
use crate::time::SimulatedClock;

/// Starts a process, which starts again whenever it dies.
pub(crate) fn start(sim: &Arc<Sim>) {
    let number = {
        let mut processes = sim.processes.lock();
        let number = processes.len();
        processes.push(Process { id: Id::derived(&["process", &number.to_string()]), life: Life::Runs, context: None });
        number
    };
    let context = context(sim, number);
    sim.processes.lock()[number].context = Some(context.clone());
    sim.tell(format_args!("p{number} starts"));
    let (own, services) = (context.clone(), services(sim, number));
    context.tasks.spawn(TaskKind::Essential, "start", async move {
        if leases::keep_heartbeat(&own, vec!["all".to_owned()]).await.is_err() {
            return own.tasks.stop();
        }
        for service in services {
            run(&own, service);
        }
        let mut stopping = own.tasks.shutdown();
        stopping.wait().await;
    });
    let (watching, sim) = (context, Arc::clone(sim));
    let watcher = Arc::clone(&sim);
    watcher.spawn(WORLD, "supervisor", Box::pin(async move { supervise(&sim, number, &watching).await }));
}

fn context(sim: &Arc<Sim>, process: usize) -> Context {
    let settings = Settings {
        embedded: sim.plan.embedded,
        heartbeat_seconds: if sim.mutation == Some(Mutation::TheDeadLive) { 1_000_000 } else { 2 },
        packs_dirs: Vec::new(),
        ..Settings::default()
    };
    Context::new(ContextParts {
        store: store_of(sim, process),
        bus: Arc::new(SimulatedBus { sim: Arc::clone(sim), process }),
        clock: Arc::new(SimulatedClock(Arc::clone(sim))),
        entropy: Arc::new(SeededEntropy(Arc::clone(sim))),
        settings,
        datastore_key: None,
        service_tokens: ServiceTokens::new(Secret::new("simulated")),
        tasks: Tasks::run_by(Arc::new(ProcessSpawner { sim: Arc::clone(sim), process })),
        process: sim.processes.lock()[process].id,
        runner_info: RunnerInfo { hostname: "simulated".to_owned(), pid: process as u32 },
    })
}

fn services(sim: &Arc<Sim>, process: usize) -> Vec<Box<dyn Service>> {
    let runner = SimulatedRunner { sim: Arc::clone(sim), process, meta: meta() };
    vec![
        Box::new(squall_scheduler::Scheduler),
        Box::new(ActionRunner::new(Arc::new(Runners::only(vec![Arc::new(runner)])))),
        Box::new(squall_workflow::WorkflowEngine),
        Box::new(squall_rules::RulesEngine),
        Box::new(squall_sensors::Timers),
        Box::new(squall_notifier::Notifier),
    ]
}

/// Waits until the process is told to stop or dies, sees to the rest, and starts another in its place.
async fn supervise(sim: &Arc<Sim>, process: usize, context: &Context) {
    context.tasks.shutdown().wait().await;
    if sim.is_alive(process) {
        sim.sleep(Duration::from_millis(sim.dice(|dice| dice.between(0, 3_000)))).await;
        let (own, leaving) = (context.clone(), Arc::clone(sim));
        context.tasks.spawn(TaskKind::Background, "retire", async move {
            // Whoever cannot leave properly is missed after three heartbeats.
            let _left = leases::retire(&own).await;
            leaving.doom(process);
        });
        sim.sleep(Duration::from_secs(5)).await;
        sim.doom(process);
    }
    let rest = sim.dice(|dice| dice.one_of(&[0, 500, 7_000, 20_000]));
    sim.sleep(Duration::from_millis(rest)).await;
    start(sim);
}

fn run(context: &Context, service: Box<dyn Service>) {
    let (name, own) = (service.name(), context.clone());
    context.tasks.spawn(TaskKind::Essential, name, async move {
        // However it ends, the process does not go on without it.
        let _ended = service.run(own).await;
    });
}

struct SeededEntropy(Arc<Sim>);

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let number = self.0.next_u64().to_le_bytes();
            chunk.copy_from_slice(&number[..chunk.len()]);
        }
    }
}
