//! The alert bodies: the 2015 form, the 2016-2023 channel JSON, and the workflow JSON of today.

use serde_json::{Value, json};

use super::incident::{Form, Incident, Phase};
use crate::moment::Moment;

/// A body and what kind of body it is.
#[derive(Clone, Debug)]
pub(crate) struct AlertBody {
    pub(crate) content_type: &'static str,
    pub(crate) text: String,
}

/// What the hook is told about an incident.
pub(crate) fn body(incident: &Incident, phase: Phase, now: Moment) -> AlertBody {
    match incident.request.form {
        Form::Legacy => {
            let alert = legacy(incident, phase, now).to_string();
            let text = form_urlencoded::Serializer::new(String::new()).append_pair("alert", &alert).finish();
            AlertBody { content_type: "application/x-www-form-urlencoded", text }
        }
        Form::Channel => json_body(&channel(incident, phase, now)),
        Form::Workflow => json_body(&workflow(incident, phase, now)),
    }
}

fn json_body(value: &Value) -> AlertBody {
    AlertBody { content_type: "application/json", text: value.to_string() }
}

fn legacy(incident: &Incident, phase: Phase, now: Moment) -> Value {
    let request = &incident.request;
    let is_about_servers = !request.servers.is_empty();
    let subject = if is_about_servers { request.servers.join(", ") } else { request.application.clone() };
    let default_policy =
        if is_about_servers { "Default server alert policy" } else { "Default application alert policy" };
    let told = match phase {
        Phase::Opening => "Alert opened",
        Phase::Closing => "Alert ended",
    };
    let time = now.to_seconds_text();
    let mut alert = json!({
        "created_at": time, "account_name": "Simulated", "alert_policy_name": request.policy.as_deref().unwrap_or(default_policy),
        "severity": request.severity, "message": format!("{told} on {subject}"),
        "short_description": format!("{told} on {subject}"),
        "long_description": format!("{told}: {} on {subject}", request.severity),
        "alert_url": format!("https://rpm.newrelic.com/accounts/1/incidents/{}", incident.id),
    });
    if is_about_servers {
        let event = |server: &String| json!({"server": server, "created_at": time, "message": told});
        alert["servers"] = json!(request.servers);
        alert["server_events"] = request.servers.iter().map(event).collect();
    } else {
        alert["application_name"] = json!(request.application);
    }
    alert
}

fn channel(incident: &Incident, phase: Phase, now: Moment) -> Value {
    let request = &incident.request;
    let target =
        |(kind, name): (&str, &String)| json!({"id": name, "name": name, "type": kind, "link": "", "labels": {}});
    let targets: Vec<Value> = if request.servers.is_empty() {
        vec![target(("Application", &request.application))]
    } else {
        request.servers.iter().map(|server| target(("Server", server))).collect()
    };
    json!({
        "account_id": 1, "account_name": "Simulated", "condition_id": 1, "condition_name": "Simulated condition",
        "current_state": if phase == Phase::Opening { "open" } else { "closed" }, "details": "simulated",
        "event_type": "INCIDENT", "incident_id": incident.id,
        "incident_url": format!("https://alerts.newrelic.com/accounts/1/incidents/{}", incident.id),
        "policy_name": request.policy.as_deref().unwrap_or("Simulated policy"), "severity": request.severity.to_uppercase(),
        "targets": targets, "timestamp": now.as_millis(), "owner": "", "runbook_url": null,
        "open_violations_count_critical": u8::from(phase == Phase::Opening), "open_violations_count_warning": 0,
    })
}

fn workflow(incident: &Incident, phase: Phase, now: Moment) -> Value {
    let request = &incident.request;
    let entities =
        if request.servers.is_empty() { std::slice::from_ref(&request.application) } else { &request.servers };
    let (state, trigger) = match phase {
        Phase::Opening => ("ACTIVATED", "STATE_CHANGE"),
        Phase::Closing => ("CLOSED", "INCIDENT_CLOSED"),
    };
    json!({
        "id": incident.id, "issueId": incident.id,
        "issueUrl": format!("https://radar-api.service.newrelic.com/accounts/1/issues/{}", incident.id),
        "title": format!("{} is {}", request.application, request.severity), "priority": request.severity.to_uppercase(),
        "impactedEntities": entities, "totalIncidents": 1, "state": state, "trigger": trigger, "isCorrelated": false,
        "createdAt": incident.opened.as_millis(), "updatedAt": now.as_millis(), "sources": ["newrelic"],
        "alertPolicyNames": [request.policy.as_deref().unwrap_or("Simulated policy")],
        "alertConditionNames": ["Simulated condition"], "workflowName": "Simulated workflow",
    })
}
