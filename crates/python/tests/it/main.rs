//! Actions and sensors as real processes.

mod platform_calls;
mod sensors;
mod server;
