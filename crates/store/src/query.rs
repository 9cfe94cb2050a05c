//! Lists: filters, order, paging. Paths are those of the API (`action.ref`, `start_timestamp`).

use serde_json::Value;

#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    Equals(Value),
    In(Vec<Value>),
    /// The field is missing or null.
    Absent,
    /// The field is there and not null.
    Present,
    GreaterThan(Value),
    LessThan(Value),
    AtLeast(Value),
    AtMost(Value),
    StartsWith(String),
    /// Some element of a list of objects has this field value (`tags.name`).
    AnyElement {
        field: String,
        equals: Value,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    pub path: String,
    pub condition: Condition,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    pub path: String,
    pub direction: Direction,
}

/// What to list. Without a limit everything is listed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    pub filters: Vec<Filter>,
    pub sort: Vec<Sort>,
    pub offset: u64,
    pub limit: Option<u64>,
}

impl Query {
    pub fn all() -> Self {
        Self::default()
    }

    /// Adds a filter; all filters must hold.
    pub fn filter(mut self, path: impl Into<String>, condition: Condition) -> Self {
        self.filters.push(Filter { path: path.into(), condition });
        self
    }

    pub fn equals(self, path: impl Into<String>, value: impl Into<Value>) -> Self {
        self.filter(path, Condition::Equals(value.into()))
    }

    pub fn ascending(mut self, path: impl Into<String>) -> Self {
        self.sort.push(Sort { path: path.into(), direction: Direction::Ascending });
        self
    }

    pub fn descending(mut self, path: impl Into<String>) -> Self {
        self.sort.push(Sort { path: path.into(), direction: Direction::Descending });
        self
    }

    pub fn limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }
}

/// A part of a list, with the count of the whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// How many match the filters, before paging.
    pub total: u64,
}
