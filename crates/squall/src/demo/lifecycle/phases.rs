//! What each phase does, and what must hold after it.

use std::future::Future;
use std::pin::Pin;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::checks::{self, active_servers, complete, enabled_members, undrained_removal};
use super::wait::until;
use super::{LifeCycle, PhaseReport};

type Playing<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

pub(super) struct Phase {
    pub(super) title: &'static str,
    play: for<'a> fn(&'a LifeCycle) -> Playing<'a>,
}

pub(super) const ALL: [Phase; 5] = [
    Phase { title: "create the group", play: |life| Box::pin(life.create()) },
    Phase { title: "an alert opens, the group expands", play: |life| Box::pin(life.alert()) },
    Phase { title: "the governor expands up to the maximum", play: |life| Box::pin(life.govern()) },
    Phase { title: "recovery, then down to the minimum", play: |life| Box::pin(life.recover()) },
    Phase { title: "delete the group", play: |life| Box::pin(life.delete()) },
];

const LEGACY_INCIDENT: &str = "incident-1";
const ISSUE: &str = "incident-2";
/// Seconds: the pack takes its time before it writes it down.
const CLOCKS_DIFFER: f64 = 0.5;

impl LifeCycle {
    pub(super) async fn play_phase(&self, number: usize, phase: &Phase) -> Result<PhaseReport> {
        let started = Instant::now();
        let nodes_before = self.nodes().await?;
        let before = self.executions().await?;
        (phase.play)(self).await.with_context(|| format!("phase {number}, {}", phase.title))?;
        let executions = self.executions().await?.saturating_sub(before);
        let nodes_after = self.nodes().await?;
        Ok(PhaseReport {
            number,
            title: phase.title,
            duration: started.elapsed(),
            executions,
            nodes_before,
            nodes_after,
        })
    }

    /// The governor is a timer rule of 30 seconds, off until somebody has a group; for the demo its interval is set to one.
    pub(super) async fn hurry_the_governor(&self) -> Result<()> {
        let path = "/rules/autoscale.autoscale_tick";
        let mut rule = self.platform.get(path).await?.body;
        rule["trigger"] = json!({"type": "core.st2.IntervalTimer", "parameters": {"unit": "seconds", "delta": 1}});
        rule["enabled"] = json!(true);
        let id = rule["id"].as_str().with_context(|| format!("no governor rule: {rule}"))?.to_owned();
        let answer = self.platform.put(&format!("/rules/{id}"), &rule).await?;
        if answer.status != 200 {
            bail!("the governor's interval could not be set: {} {}", answer.status, answer.body);
        }
        Ok(())
    }

    async fn create(&self) -> Result<()> {
        let group = &self.group;
        let id = self.platform.run("demo-create", "autoscale.asg_create", &group.parameters()).await?;
        self.succeeded(&id).await?;
        self.holds("the group is complete", |state| complete(state, &group.name, &self.zone(), group.min_nodes))
            .await?;
        self.holds("people were told", |state| at_least(state, "/slack/messages", 3 + group.min_nodes)).await
    }

    async fn alert(&self) -> Result<()> {
        let group = &self.group;
        self.open_incident(LEGACY_INCIDENT, "legacy").await?;
        self.open_incident(ISSUE, "workflow").await?;
        self.datastore_says("active_incident", "True").await?;
        let expected = (group.min_nodes + group.expand_by).min(group.max_nodes);
        self.grown_to(expected).await
    }

    async fn govern(&self) -> Result<()> {
        let group = &self.group;
        self.grown_to(group.max_nodes).await?;
        self.holds("the group is complete at its maximum", |state| {
            complete(state, &group.name, &self.zone(), group.max_nodes)
        })
        .await?;
        until("the second expansion to end", group.limit, || async {
            let count = self.expansions().await?.len();
            Ok(if count >= 2 { Ok(()) } else { Err(format!("{count} expansions have ended")) })
        })
        .await?;
        self.expansions_were_throttled().await
    }

    async fn recover(&self) -> Result<()> {
        let group = &self.group;
        self.close_incident(LEGACY_INCIDENT).await?;
        self.open_incidents_are(1).await?;
        let still_open = self.datastore("active_incident").await?;
        if still_open.as_deref() != Some("True") {
            bail!("one of two incidents was closed, and the group counts as recovered: {still_open:?}");
        }
        self.observer.checked("one of two incidents closed: the group is still active");
        self.close_incident(ISSUE).await?;
        self.datastore_says("active_incident", "False").await?;
        self.holds("the group is complete at its minimum", |state| {
            complete(state, &group.name, &self.zone(), group.min_nodes)
        })
        .await?;
        let journal = self.simulator.get("/journal?since=0").await?;
        if let Some(path) = undrained_removal(&journal) {
            bail!("a node was removed from the load balancer without being drained: {path}");
        }
        self.observer.checked("every node was drained before it was removed");
        Ok(())
    }

    async fn delete(&self) -> Result<()> {
        let group = &self.group;
        let id = self.platform.run("demo-delete", "autoscale.asg_delete", &json!({"name": group.name})).await?;
        self.succeeded(&id).await?;
        let tagged = self.simulator.get(&format!("/tagged/{}", group.name)).await?;
        if tagged["count"] != json!(0) {
            bail!("something of the group is left: {}", tagged["items"]);
        }
        self.observer.checked("nothing that carries the group's name is left in any service");
        let keys = self.platform.get(&format!("/keys?prefix=asg.{}.&limit=-1", group.name)).await?.body;
        if keys.as_array().is_none_or(|keys| !keys.is_empty()) {
            bail!("datastore keys of the group are left: {keys}");
        }
        self.observer.checked("no datastore key of the group is left");
        Ok(())
    }

    fn zone(&self) -> String {
        format!("{}.{}", self.group.name, self.group.domain)
    }

    async fn state(&self) -> Result<Value> {
        self.simulator.get("/state").await
    }

    async fn nodes(&self) -> Result<usize> {
        Ok(enabled_members(&self.state().await?, &self.group.name))
    }

    async fn executions(&self) -> Result<u64> {
        let answer = self.platform.get("/executions?limit=1&include_attributes=id").await?;
        answer.total.context("the platform does not say how many executions there are")
    }

    /// Waits for the execution to succeed.
    async fn succeeded(&self, id: &str) -> Result<()> {
        let path = format!("/executions/{id}");
        let execution = until(&format!("execution {id}"), self.group.limit, || async {
            let execution = self.platform.get(&path).await?.body;
            let status = execution["status"].as_str().unwrap_or_default().to_owned();
            let over = ["succeeded", "failed", "timeout", "abandoned", "canceled"].contains(&status.as_str());
            Ok(if over { Ok(execution) } else { Err(format!("it is {status}")) })
        })
        .await?;
        if execution["status"] != json!("succeeded") {
            bail!("{} ended {}: {}", execution["action"]["ref"], execution["status"], execution["result"]);
        }
        Ok(())
    }

    /// Waits until the simulator's state is as it should be.
    async fn holds(&self, what: &str, check: impl Fn(&Value) -> std::result::Result<(), String>) -> Result<()> {
        until(what, self.group.limit, || async { Ok(check(&self.state().await?)) }).await?;
        self.observer.checked(what);
        Ok(())
    }

    /// Waits until so many nodes are in service; more than the maximum are an error at any time.
    async fn grown_to(&self, nodes: usize) -> Result<()> {
        let group = &self.group;
        until(&format!("{nodes} nodes in service"), group.limit, || async {
            let state = self.state().await?;
            let machines = checks::servers(&state, &group.name).len();
            if machines > group.max_nodes {
                bail!("{machines} machines, and the maximum is {}", group.max_nodes);
            }
            let (active, serving) = (active_servers(&state, &group.name), enabled_members(&state, &group.name));
            Ok(if serving >= nodes { Ok(()) } else { Err(format!("{serving} in service, {active} machines active")) })
        })
        .await?;
        self.observer.checked(&format!("{nodes} nodes are in service"));
        Ok(())
    }

    async fn open_incident(&self, incident: &str, form: &str) -> Result<()> {
        let body = json!({
            "application": self.group.application,
            "incident": incident,
            "form": form,
            "severity": "critical",
            "hook_url": self.platform.hook_url("newrelic"),
        });
        let answer = self.simulator.post("/newrelic/open", &body).await?;
        if answer.status != 200 {
            bail!("the alert was not taken: {} {}", answer.status, answer.body);
        }
        self.observer.checked(&format!("the platform took a New Relic alert ({form} form)"));
        Ok(())
    }

    async fn close_incident(&self, incident: &str) -> Result<()> {
        let body = json!({"incident": incident, "hook_url": self.platform.hook_url("newrelic")});
        let answer = self.simulator.post("/newrelic/close", &body).await?;
        if answer.status != 200 {
            bail!("the recovery was not taken: {} {}", answer.status, answer.body);
        }
        Ok(())
    }

    async fn datastore(&self, key: &str) -> Result<Option<String>> {
        let answer = self.platform.get(&format!("/keys/asg.{}.{key}", self.group.name)).await?;
        Ok(answer.body["value"].as_str().map(str::to_owned))
    }

    /// Waits until the group knows of so many open incidents.
    async fn open_incidents_are(&self, expected: usize) -> Result<()> {
        until(&format!("{expected} open incidents"), self.group.limit, || async {
            let stored = self.datastore("incidents").await?.unwrap_or_default();
            let incidents: Value = serde_json::from_str(&stored).unwrap_or_default();
            let count = incidents.as_object().map_or(0, serde_json::Map::len);
            Ok(if count == expected { Ok(()) } else { Err(format!("there are {count}")) })
        })
        .await
    }

    async fn datastore_says(&self, key: &str, expected: &str) -> Result<()> {
        until(&format!("the datastore key {key} to be {expected}"), self.group.limit, || async {
            let value = self.datastore(key).await?;
            Ok(if value.as_deref() == Some(expected) { Ok(()) } else { Err(format!("it is {value:?}")) })
        })
        .await?;
        self.observer.checked(&format!("the group's {key} is {expected}"));
        Ok(())
    }

    /// Returns the expansions that added nodes, in the order of their start.
    async fn expansions(&self) -> Result<Vec<Value>> {
        let path = "/executions?action=autoscale.asg_expand&status=succeeded&limit=100&sort_asc=True";
        let mut executions = self.platform.get(path).await?.body;
        let did_something = |execution: &Value| {
            execution.pointer("/result/output/names").and_then(Value::as_array).is_some_and(|names| !names.is_empty())
        };
        let all = executions.as_array_mut().map(std::mem::take).unwrap_or_default();
        Ok(all.into_iter().filter(did_something).collect())
    }

    /// Checks that no two expansions that did something came closer than the group's delay.
    async fn expansions_were_throttled(&self) -> Result<()> {
        let path = "/executions?action=autoscale.asg_expand&status=succeeded&limit=100&sort_asc=True&show_secrets=true";
        let executions = self.platform.get(path).await?.body;
        let names = executions.as_array().into_iter().flatten().filter_map(|execution| {
            let names = execution.pointer("/result/output/names")?.as_array()?;
            Some(names.iter().filter_map(Value::as_str).collect::<Vec<_>>()).filter(|names| !names.is_empty())
        });
        let names: Vec<Vec<&str>> = names.collect();
        if names.len() < 2 {
            bail!("{} expansions instead of at least 2", names.len());
        }
        let journal = self.simulator.get("/journal?since=0").await?;
        let delay = self.group.expand_delay * 60.0;
        if let Some(gap) = checks::gaps(&journal, &names)?.into_iter().find(|gap| *gap < delay - CLOCKS_DIFFER) {
            bail!("two expansions came {gap:.1} s after each other, and the delay is {delay:.1} s");
        }
        let (count, minutes) = (names.len(), self.group.expand_delay);
        self.observer.checked(&format!("{count} expansions, each {minutes} minutes or more after the one before"));
        Ok(())
    }
}

fn at_least(state: &Value, pointer: &str, count: usize) -> std::result::Result<(), String> {
    let found = state.pointer(pointer).and_then(Value::as_array).map_or(0, Vec::len);
    if found >= count { Ok(()) } else { Err(format!("{found} instead of at least {count}")) }
}
