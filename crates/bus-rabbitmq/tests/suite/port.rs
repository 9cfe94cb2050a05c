//! The suite of the bus port.

use std::sync::Arc;

use squall_bus::Bus;

use crate::support;

async fn fresh() -> Option<Arc<dyn Bus>> {
    let url = support::url()?;
    Some(Arc::new(support::connected(support::options(&url)).await))
}

squall_testkit::bus_suite!(fresh());
