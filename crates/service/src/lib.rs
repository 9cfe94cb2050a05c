//! What every service stands on: context, clock, tasks, configuration, leases.
