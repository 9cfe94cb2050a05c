//! Every seed a schedule: the real services, on models of store, bus and clock, with all that can go wrong.

mod found;
mod mutations;
mod schedules;
mod store;

/// A tenth of a schedule's time was the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
