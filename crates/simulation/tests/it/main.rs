//! Every seed a schedule: the real services, on models of store, bus and clock, with all that can go wrong.

mod found;
mod mutations;
mod schedules;
mod store;
