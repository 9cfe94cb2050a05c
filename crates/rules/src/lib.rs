//! The rules engine: trigger instances to executions.
