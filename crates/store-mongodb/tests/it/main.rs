//! The store port's suite against a server of MongoDB's protocol, and what only a shared store promises.
//!
//! The server is the one that SQUALL_TEST_MONGODB_URL names (`tests/lanes/mongodb run cargo test -p squall-store-mongodb`). Without it
//! nothing here runs, and one line says so.

mod lane;
mod outages;
mod proxy;

mod suite {
    squall_testkit::store_suite!(super::lane::store());
}
