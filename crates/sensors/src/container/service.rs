//! The service: what runs is made to agree with what should run, at the start and whenever something is announced.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use squall_bus::{Exchange, Heard, Listener, Message};
use squall_model::{Id, Sensor};
use squall_python::{PythonHost, PythonOptions, SensorRequest, SensorStatus};
use squall_service::{Context, Service, ServiceError, Settings};
use squall_store::{Error as StoreError, Query};
use tracing::warn;

use super::request::{RequestError, request_of};
use super::running::RunningSensor;
use super::{lease, report};

/// How long to rest after the store could not answer.
const REST: Duration = Duration::from_millis(250);

/// Runs the enabled sensors.
pub struct SensorContainer {
    host: Arc<PythonHost>,
}

impl SensorContainer {
    pub fn new(host: Arc<PythonHost>) -> Self {
        Self { host }
    }

    /// Returns the container that finds Python where the settings say.
    pub fn from_settings(settings: &Settings) -> Self {
        Self::new(Arc::new(PythonHost::new(PythonOptions {
            interpreter: settings.python_binary.clone(),
            virtualenvs: Some(settings.data_dir.join("virtualenvs")),
            ..PythonOptions::new(&settings.python_shim_dir)
        })))
    }
}

#[async_trait::async_trait]
impl Service for SensorContainer {
    fn name(&self) -> &'static str {
        "sensorcontainer"
    }

    async fn run(self: Box<Self>, context: Context) -> Result<(), ServiceError> {
        let changes = context.bus.listen(&[Exchange::Sensor, Exchange::Trigger, Exchange::Catalogue]).await?;
        let mut container =
            Container { context, host: self.host, sensors: HashMap::new(), refused: HashMap::new(), changes };
        container.run().await;
        container.stop_all().await;
        Ok(())
    }
}

struct Container {
    context: Context,
    host: Arc<PythonHost>,
    sensors: HashMap<Id, RunningSensor>,
    /// Sensors that could not be started, so that each is told once.
    refused: HashMap<Id, RequestError>,
    changes: Box<dyn Listener>,
}

/// What is to be looked at again.
#[derive(Debug, Default, Clone, Copy)]
struct Stale {
    sensors: bool,
    triggers: bool,
}

impl Container {
    async fn run(&mut self) {
        let mut stale = Stale { sensors: true, triggers: false };
        while !self.context.tasks.is_stopping() {
            if let Err(error) = self.work(stale).await {
                warn!(%error, "sensors could not be looked at; trying again");
                self.context.clock.sleep(REST).await;
                continue;
            }
            match self.wait().await {
                Some(found) => stale = found,
                None => return,
            }
        }
    }

    async fn work(&mut self, stale: Stale) -> Result<(), StoreError> {
        if stale.sensors {
            self.reconcile().await?;
        }
        if stale.triggers {
            for sensor in self.sensors.values_mut() {
                sensor.tell_triggers(&self.context).await?;
            }
        }
        let now = self.context.now();
        for sensor in self.sensors.values_mut().filter(|sensor| sensor.renew_at() <= now) {
            sensor.renew_token(&self.context).await;
        }
        Ok(())
    }

    /// Waits until something is stale; `None` at the end.
    async fn wait(&mut self) -> Option<Stale> {
        let renewal = self.sensors.values().map(RunningSensor::renew_at).min();
        let mut shutdown = self.context.tasks.shutdown();
        let (clock, settings) = (&self.context.clock, &self.context.settings);
        let renew = async {
            match renewal {
                Some(moment) => clock.sleep_until(moment).await,
                None => std::future::pending().await,
            }
        };
        // Among several processes, one may have died and left its sensors.
        let sweep = async {
            if settings.embedded {
                std::future::pending().await
            } else {
                clock.sleep(Duration::from_secs(settings.sweep_seconds)).await
            }
        };
        tokio::select! {
            biased;
            () = shutdown.wait() => None,
            stale = hear(self.changes.as_mut()) => stale,
            () = renew => Some(Stale::default()),
            () = sweep => Some(Stale { sensors: true, triggers: true }),
        }
    }

    async fn reconcile(&mut self) -> Result<(), StoreError> {
        let sensors = self.context.store.sensors.list(&Query::all()).await?.items;
        let mut enabled: HashMap<Id, Sensor> = HashMap::new();
        for sensor in sensors.iter().filter(|sensor| sensor.enabled) {
            enabled.insert(sensor.id, sensor.clone());
        }
        self.stop_unwanted(&enabled).await?;
        settle_states(&self.context, &sensors, &enabled).await?;
        for sensor in enabled.into_values() {
            self.start_or_keep(sensor).await?;
        }
        Ok(())
    }

    async fn stop_unwanted(&mut self, enabled: &HashMap<Id, Sensor>) -> Result<(), StoreError> {
        let unwanted: Vec<Id> = self.sensors.keys().filter(|id| !enabled.contains_key(id)).copied().collect();
        self.refused.retain(|id, _| enabled.contains_key(id));
        for id in unwanted {
            if let Some(sensor) = self.sensors.remove(&id) {
                sensor.stop(&self.context).await?;
            }
        }
        Ok(())
    }

    async fn start_or_keep(&mut self, sensor: Sensor) -> Result<(), StoreError> {
        let wanted = match request_of(&self.context, &sensor).await? {
            Ok(wanted) => wanted,
            Err(error) => return self.refuse(sensor, error).await,
        };
        self.refused.remove(&sensor.id);
        if self.sensors.get(&sensor.id).is_some_and(|running| running.fits(&wanted)) {
            return Ok(());
        }
        if let Some(running) = self.sensors.remove(&sensor.id) {
            running.stop(&self.context).await?;
        }
        self.start(sensor, wanted).await
    }

    async fn start(&mut self, sensor: Sensor, wanted: SensorRequest) -> Result<(), StoreError> {
        if lease::claim(&self.context, &sensor).await? {
            let id = sensor.id;
            let running = RunningSensor::start(&self.context, &self.host, sensor, wanted).await?;
            self.sensors.insert(id, running);
        }
        Ok(())
    }

    /// Says once why a sensor can't run; it is looked at again when it is registered again.
    async fn refuse(&mut self, sensor: Sensor, error: RequestError) -> Result<(), StoreError> {
        if let Some(running) = self.sensors.remove(&sensor.id) {
            running.stop(&self.context).await?;
        }
        if self.refused.get(&sensor.id) == Some(&error) {
            return Ok(());
        }
        warn!(sensor = %sensor.reference, %error, "the sensor can't be started");
        let status = SensorStatus { last_error: Some(error.to_string()), ..SensorStatus::default() };
        report::write(&self.context, &sensor, &status).await;
        self.refused.insert(sensor.id, error);
        Ok(())
    }

    async fn stop_all(&mut self) {
        let stopping = self.sensors.drain().map(|(_, sensor)| sensor.stop(&self.context));
        for outcome in futures::future::join_all(stopping).await {
            if let Err(error) = outcome {
                warn!(%error, "a stopped sensor could not be marked as such");
            }
        }
    }
}

/// Corrects what a former process left: states of sensors that are gone or disabled.
async fn settle_states(context: &Context, all: &[Sensor], enabled: &HashMap<Id, Sensor>) -> Result<(), StoreError> {
    let by_state: HashMap<Id, &Sensor> = all.iter().map(|sensor| (lease::state_id(sensor), sensor)).collect();
    for state in context.store.sensor_states.list(&Query::all()).await?.items {
        match by_state.get(&state.id) {
            None => {
                context.store.sensor_states.delete(&state.id).await?;
            }
            Some(sensor) if !enabled.contains_key(&sensor.id) && state.status != "stopped" => {
                lease::release(context, state, "stopped").await?;
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Waits for an announcement that concerns sensors, and takes in what was announced together with it; `None` when the bus is closed.
async fn hear(changes: &mut dyn Listener) -> Option<Stale> {
    let mut stale = Stale::default();
    while !stale.sensors && !stale.triggers {
        note(&mut stale, &changes.next().await?);
    }
    while let Some(Some(heard)) = changes.next().now_or_never() {
        note(&mut stale, &heard);
    }
    Some(stale)
}

fn note(stale: &mut Stale, heard: &Heard) {
    match heard {
        Heard::Message(Message::Sensors { .. } | Message::Catalogue { kind: "config" | "sensor", .. }) => {
            stale.sensors = true
        }
        Heard::Message(Message::Triggers { .. }) => stale.triggers = true,
        Heard::Message(_) => {}
        Heard::Missed(_) => *stale = Stale { sensors: true, triggers: true },
    }
}
