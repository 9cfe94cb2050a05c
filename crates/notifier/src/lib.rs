//! The notifier: looks after what has finished. Counterparts: st2actions/notifier, st2reactor/garbage_collector.
//!
//! The events of an end are written together with the end (see `squall-service`), so what is left here is the collection of what has
//! expired: datastore items, tokens, and history beyond its age.

mod service;

pub use service::Notifier;
