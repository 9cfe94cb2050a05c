//! The roles of a process, by the names that operators write, and how each is started.

use std::collections::BTreeSet;
use std::sync::Arc;

use squall_actionrunner::Runners;
use squall_service::{Service, Settings};

/// A part of the platform that can have processes of its own. The three faces of the API count as three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Api,
    Auth,
    Stream,
    Sensors,
    Timers,
    Rules,
    Scheduler,
    Workflow,
    ActionRunner,
    Notifier,
}

impl Role {
    pub(crate) const ALL: [Self; 10] = [
        Self::Api,
        Self::Auth,
        Self::Stream,
        Self::Sensors,
        Self::Timers,
        Self::Rules,
        Self::Scheduler,
        Self::Workflow,
        Self::ActionRunner,
        Self::Notifier,
    ];

    pub(crate) const fn name(self) -> &'static str {
        self.names()[0]
    }

    /// The name, then the names of StackStorm's services that do this.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Api => &["api", "st2api"],
            Self::Auth => &["auth", "st2auth"],
            Self::Stream => &["stream", "st2stream"],
            Self::Sensors => &["sensors", "sensorcontainer", "st2sensorcontainer"],
            Self::Timers => &["timers", "timersengine", "st2timersengine"],
            Self::Rules => &["rules", "rulesengine", "st2rulesengine"],
            Self::Scheduler => &["scheduler", "st2scheduler"],
            Self::Workflow => &["workflow", "workflowengine", "st2workflowengine"],
            Self::ActionRunner => &["actionrunner", "runner", "st2actionrunner"],
            Self::Notifier => &["notifier", "garbagecollector", "st2notifier", "st2garbagecollector"],
        }
    }

    /// Reads a list of names; `all` is all of them. What is wrong with it is a text for people.
    pub(crate) fn parse_list(names: &[String]) -> Result<BTreeSet<Self>, String> {
        let mut roles = BTreeSet::new();
        for name in names {
            match Self::ALL.into_iter().find(|role| role.names().contains(&name.as_str())) {
                Some(role) => {
                    roles.insert(role);
                }
                None if name == "all" => roles.extend(Self::ALL),
                None => return Err(unknown(name)),
            }
        }
        if roles.is_empty() { Err("at least one role".to_owned()) } else { Ok(roles) }
    }

    /// Tells whether the role answers HTTP requests of clients.
    pub(crate) const fn is_face(self) -> bool {
        matches!(self, Self::Api | Self::Auth | Self::Stream)
    }
}

fn unknown(name: &str) -> String {
    let all = Role::ALL.map(Role::name).join(", ");
    let nearest = Role::ALL.map(|role| (squall_packs::edit_distance(name, role.name()), role.name())).into_iter().min();
    match nearest {
        Some((steps, near)) if steps <= 3 => format!("a list of roles ({all}, or all); did you mean `{near}`?"),
        _ => format!("a list of roles ({all}, or all)"),
    }
}

/// Returns the services that these roles are. A new role is one line here, and one in [`Role`].
pub(crate) fn services(
    roles: &BTreeSet<Role>,
    settings: &Settings,
    runners: Arc<Runners>,
    faces: squall_api::Options,
) -> Vec<Box<dyn Service>> {
    let mut services: Vec<Box<dyn Service>> = Vec::new();
    for role in roles.iter().filter(|role| !role.is_face()) {
        services.push(match role {
            Role::Sensors => Box::new(squall_sensors::SensorContainer::from_settings(settings)),
            Role::Timers => Box::new(squall_sensors::Timers),
            Role::Rules => Box::new(squall_rules::RulesEngine),
            Role::Scheduler => Box::new(squall_scheduler::Scheduler),
            Role::Workflow => Box::new(squall_workflow::WorkflowEngine),
            Role::ActionRunner => Box::new(squall_actionrunner::ActionRunner::new(Arc::clone(&runners))),
            Role::Notifier => Box::new(squall_notifier::Notifier),
            Role::Api | Role::Auth | Role::Stream => continue,
        });
    }
    if roles.iter().any(|role| role.is_face()) {
        services.push(Box::new(squall_api::ApiService::new(faces)));
    }
    services
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(names: &[&str]) -> Result<Vec<&'static str>, String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Role::parse_list(&names).map(|roles| roles.into_iter().map(Role::name).collect())
    }

    #[test]
    fn roles_answer_to_their_names_and_to_those_of_stackstorm() {
        assert_eq!(parse(&["rules", "st2workflowengine"]).unwrap(), ["rules", "workflow"]);
        assert_eq!(parse(&["all"]).unwrap().len(), Role::ALL.len());
        assert_eq!(parse(&["runner", "actionrunner"]).unwrap(), ["actionrunner"]);
    }

    #[test]
    fn an_unknown_role_is_told_with_the_nearest_name() {
        assert!(parse(&["schedular"]).unwrap_err().ends_with("did you mean `scheduler`?"));
        assert!(parse(&["x-and-nothing-like-it"]).unwrap_err().contains("workflow"));
        assert!(parse(&[]).is_err());
    }
}
