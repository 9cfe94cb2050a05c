//! `/_sim/newrelic/open` and `/close`: change the incident under the lock, send without it, remember the outcome.

use serde::Deserialize;
use serde_json::{Value, json};

use super::delivery::{self, Delivery, Outbound};
use super::incident::{Form, Incident, Sent};
use super::{OpenRequest, Phase, alert};
use crate::call::Call;
use crate::mask::mask_url;
use crate::reply::{Refusal, Reply};
use crate::server::Simulator;
use crate::service::Answer;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CloseRequest {
    incident: Option<String>,
    application: Option<String>,
    hook_url: Option<String>,
    form: Option<Form>,
}

/// What has to be done to tell a hook about an incident.
enum Plan {
    Send(Outbound),
    AlreadyDelivered(Delivery),
    Underway,
}

/// Opens an incident and alerts.
pub(crate) async fn open(simulator: &Simulator, call: &Call) -> Answer {
    let request: OpenRequest = call.read()?;
    check_hook(&request.hook_url)?;
    let id = {
        let mut world = simulator.lock();
        let world = &mut *world;
        world.newrelic.open(request, &mut world.env)
    };
    let view = tell(simulator, &id, Phase::Opening).await?;
    Ok(Reply::json(status(&view), view).noting(format!("incident {id} opened")))
}

/// Closes incidents and tells that they recovered.
pub(crate) async fn close(simulator: &Simulator, call: &Call) -> Answer {
    let request: CloseRequest = call.read()?;
    if let Some(url) = &request.hook_url {
        check_hook(url)?;
    }
    let ids = {
        let mut world = simulator.lock();
        let now = world.env.now;
        let ids = world.newrelic.close(request.incident.as_deref(), request.application.as_deref(), now);
        for incident in &ids {
            if let Some(incident) = world.newrelic.incident(incident) {
                redirect(incident, &request);
            }
        }
        ids
    };
    if ids.is_empty() {
        return Err(Refusal::new(404, "no such incident"));
    }
    let mut closed = Vec::new();
    for id in &ids {
        closed.push(tell(simulator, id, Phase::Closing).await?);
    }
    let status = closed.iter().map(status).max().unwrap_or(200);
    Ok(Reply::json(status, json!({"closed": closed})).noting(format!("incidents {} closed", ids.join(", "))))
}

fn redirect(incident: &mut Incident, request: &CloseRequest) {
    if let Some(url) = &request.hook_url {
        incident.request.hook_url.clone_from(url);
    }
    incident.request.form = request.form.unwrap_or(incident.request.form);
}

/// Sends one alert unless it was delivered before, and shows how that went.
async fn tell(simulator: &Simulator, id: &str, phase: Phase) -> Result<Value, Refusal> {
    let delivery = match plan(simulator, id, phase)? {
        Plan::AlreadyDelivered(delivery) => delivery,
        Plan::Underway => return Err(Refusal::new(409, format!("the alert of incident {id} is being sent"))),
        Plan::Send(outbound) => {
            let delivery = delivery::send(&simulator.client, &outbound, simulator.alert_retry).await;
            remember(simulator, id, phase, &outbound, &delivery);
            delivery
        }
    };
    let mut world = simulator.lock();
    let incident = world.newrelic.incident(id).ok_or_else(|| Refusal::new(409, "the simulator was reset"))?;
    Ok(json!({"incident": id, "application": incident.request.application, "state": incident.state(),
        "delivery": delivery.view()}))
}

fn plan(simulator: &Simulator, id: &str, phase: Phase) -> Result<Plan, Refusal> {
    let mut world = simulator.lock();
    let now = world.env.now;
    let incident = world.newrelic.incident(id).ok_or_else(|| Refusal::new(404, "no such incident"))?;
    match incident.sent(phase).clone() {
        Sent::Underway => return Ok(Plan::Underway),
        Sent::Tried(delivery) if delivery.is_delivered() => return Ok(Plan::AlreadyDelivered(delivery)),
        Sent::Tried(_) | Sent::No => {}
    }
    *incident.sent(phase) = Sent::Underway;
    let headers = incident.request.headers.clone().into_iter().collect();
    Ok(Plan::Send(Outbound {
        url: incident.request.hook_url.clone(),
        headers,
        body: alert::body(incident, phase, now),
    }))
}

fn remember(simulator: &Simulator, id: &str, phase: Phase, outbound: &Outbound, delivery: &Delivery) {
    let mut world = simulator.lock();
    if let Some(incident) = world.newrelic.incident(id) {
        *incident.sent(phase) = Sent::Tried(delivery.clone());
    }
    let status = delivery.answer.as_ref().map_or(0, |(status, _)| *status);
    let note = format!("{phase:?} of incident {id}, {} attempts", delivery.attempts);
    if let Err(error) = world.append("newrelic-alert", &mask_url(&outbound.url), status, note) {
        tracing::error!(%error, "the journal cannot be written");
    }
}

fn check_hook(url: &str) -> Result<(), Refusal> {
    if delivery::is_loopback(url) {
        Ok(())
    } else {
        Err(Refusal::bad_request("hook_url has to be http on a loopback address"))
    }
}

fn status(view: &Value) -> u16 {
    if view["delivery"]["delivered"] == true { 200 } else { 502 }
}
