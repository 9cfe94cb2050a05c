//! Claims admitted executions and runs them.
