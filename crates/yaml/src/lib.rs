//! YAML as PyYAML reads it, with budgets and positions.
