//! The model of the store is one of the stores: it passes the suite of the port.

squall_testkit::store_suite!(async { Some(squall_simulation::store_without_trouble()) });
