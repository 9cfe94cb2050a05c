//! What an expression sees.

use serde_json::Value;

use crate::context::Variables;
use crate::host::Answers;
use crate::status::Status;

/// The task that an expression belongs to.
#[derive(Clone, Copy, Debug)]
pub struct CurrentTask<'a> {
    pub id: &'a str,
    pub route: usize,
    /// What it answered, once it has.
    pub result: Option<&'a Value>,
}

/// How the tasks of the workflow stand.
pub trait TaskStatuses {
    /// How many routes there are.
    fn routes(&self) -> usize;

    /// Whether a route has gone every step of an earlier one.
    fn route_contains(&self, route: usize, earlier: usize) -> bool;

    /// The status of a task on exactly this route, if it ran there.
    fn status_on(&self, task_id: &str, route: usize) -> Option<Status>;
}

#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub variables: &'a Variables,
    pub task: Option<CurrentTask<'a>>,
    pub item: Option<&'a Value>,
    pub statuses: Option<&'a dyn TaskStatuses>,
    pub answers: &'a Answers<'a>,
}

impl Scope<'_> {
    /// The status of a task on a route, or on the latest earlier route that leads there.
    pub fn task_status(&self, task_id: &str, route: usize) -> Status {
        let Some(statuses) = self.statuses else { return Status::Unset };
        let mut route = route;
        loop {
            if let Some(status) = statuses.status_on(task_id, route) {
                return status;
            }
            let earlier =
                (0..route.min(statuses.routes())).rev().find(|earlier| statuses.route_contains(route, *earlier));
            match earlier {
                Some(earlier) => route = earlier,
                None => return Status::Unset,
            }
        }
    }
}
