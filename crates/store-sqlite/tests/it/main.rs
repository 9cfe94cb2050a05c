//! The store port's suite on SQLite, in memory and on disk, and what only an embedded store promises.

mod caches;
mod disk;
mod durability;

mod in_memory {
    squall_testkit::store_suite!(async { Some(squall_store_sqlite::open_in_memory().expect("open")) });
}
