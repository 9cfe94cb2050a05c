//! Sources of events: timers and sensor processes.
