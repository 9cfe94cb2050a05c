//! The suite of the bus port on the in-process bus.

use std::sync::Arc;

use squall_bus::{Bus, InProcessBus};

async fn fresh() -> Option<Arc<dyn Bus>> {
    Some(Arc::new(InProcessBus::default()))
}

squall_testkit::bus_suite!(fresh());
