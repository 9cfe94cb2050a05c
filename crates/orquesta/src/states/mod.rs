//! The two state machines of the language as total functions: what a task, and what a workflow, becomes on an event
//! (upstream `orquesta/machines.py`). An event a machine has no row for changes nothing.

pub mod task;
pub mod workflow;

#[cfg(test)]
mod tests;

pub use task::TaskEvent;
pub use workflow::WorkflowEvent;

/// Whether something is still being worked on while the event arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    Active,
    Dormant,
}

impl Activity {
    pub const ALL: [Self; 2] = [Self::Active, Self::Dormant];

    pub const fn when(active: bool) -> Self {
        if active { Self::Active } else { Self::Dormant }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Dormant => "dormant",
        }
    }
}
