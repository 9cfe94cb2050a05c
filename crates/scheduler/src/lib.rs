//! Admits requested executions: delays and policies.
