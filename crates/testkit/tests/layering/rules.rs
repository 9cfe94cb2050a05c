//! Which crate may know which, and which library lives where. Normal and build dependencies only; tests may know more.

/// Top first. An arrow goes from one layer to a lower one, never up and never sideways.
pub(crate) const LAYERS: &[&[&str]] = &[
    &["squall", "fuzzing", "simulation", "xtask"],
    &["actionrunner", "api", "notifier", "rules", "scheduler", "sensors", "workflow", "client", "cloudsim", "testkit"],
    &["runners"],
    &["python", "store-mongodb", "store-sqlite", "bus-rabbitmq"],
    &["spawn"],
    &["service", "packs"],
    &["chain", "mistral"],
    &["parameters", "store", "bus"],
    &["telemetry"],
    &["model", "orquesta"],
    &["jinja", "yaql"],
    &["yaml"],
];

/// Every arrow there is. `simulation` and `fuzzing` may be nobody's normal dependencies, and `testkit` only that of `simulation`: both are for tests.
pub(crate) const ARROWS: &[(&str, &[&str])] = &[
    (
        "squall",
        &[
            "actionrunner",
            "api",
            "bus",
            "bus-rabbitmq",
            "client",
            "cloudsim",
            "model",
            "notifier",
            "orquesta",
            "packs",
            "rules",
            "runners",
            "scheduler",
            "sensors",
            "service",
            "spawn",
            "store",
            "store-mongodb",
            "store-sqlite",
            "telemetry",
            "workflow",
            "yaml",
        ],
    ),
    ("xtask", &[]),
    ("fuzzing", &["chain", "jinja", "mistral", "orquesta", "packs", "parameters", "yaml", "yaql"]),
    (
        "simulation",
        &[
            "actionrunner",
            "bus",
            "model",
            "notifier",
            "orquesta",
            "rules",
            "runners",
            "scheduler",
            "sensors",
            "service",
            "store",
            "testkit",
            "workflow",
        ],
    ),
    ("actionrunner", &["bus", "model", "parameters", "python", "runners", "service", "spawn", "store", "telemetry"]),
    ("api", &["bus", "model", "orquesta", "packs", "parameters", "service", "store", "telemetry", "yaml"]),
    ("notifier", &["bus", "model", "service", "store"]),
    ("rules", &["bus", "jinja", "model", "parameters", "service", "store", "telemetry"]),
    ("scheduler", &["bus", "model", "service", "store", "telemetry"]),
    ("sensors", &["bus", "model", "python", "service", "spawn", "store", "telemetry"]),
    ("workflow", &["bus", "chain", "mistral", "model", "orquesta", "parameters", "service", "store", "telemetry"]),
    ("client", &["yaml"]),
    ("cloudsim", &[]),
    ("testkit", &["bus", "model", "service", "store"]),
    ("runners", &["model", "python", "spawn"]),
    ("python", &["model", "spawn"]),
    ("store-mongodb", &["model", "store"]),
    ("store-sqlite", &["model", "store", "telemetry"]),
    ("spawn", &[]),
    ("service", &["bus", "jinja", "model", "orquesta", "parameters", "store", "telemetry"]),
    ("packs", &["bus", "chain", "mistral", "model", "orquesta", "parameters", "store", "yaml"]),
    ("chain", &["jinja", "model", "orquesta", "parameters", "yaml"]),
    ("mistral", &["orquesta", "yaml"]),
    ("parameters", &["jinja", "model"]),
    ("telemetry", &["model"]),
    ("store", &["model"]),
    ("bus", &["model"]),
    ("bus-rabbitmq", &["bus"]),
    ("model", &[]),
    ("orquesta", &["jinja", "yaml", "yaql"]),
    ("jinja", &["yaml"]),
    ("yaql", &[]),
    ("yaml", &[]),
];

/// A library and the crates that may name it; the rest of the house asks a port.
pub(crate) const HOMES: &[(&str, &[&str])] = &[
    ("axum", &["api", "cloudsim"]),
    ("granit-parser", &["yaml"]),
    ("lapin", &["bus-rabbitmq"]),
    ("libsqlite3-sys", &[]),
    ("minijinja", &["jinja"]),
    ("minijinja-contrib", &["jinja"]),
    ("mongodb", &["store-mongodb"]),
    ("prometheus-client", &["telemetry"]),
    ("rusqlite", &["store-sqlite"]),
    // Process trees, the signals of the binary itself, and the room on a disk.
    ("rustix", &["service", "spawn", "squall"]),
];

/// Functions of their input: no I/O, no clock, no async.
pub(crate) const PURE: &[&str] = &["yaml", "yaql", "jinja", "orquesta", "chain", "mistral", "model", "parameters"];

/// What a pure crate may not name.
pub(crate) const UNFIT_FOR_PURE: &[&str] = &["async-trait", "futures", "rand", "reqwest", "tokio", "tokio-util"];
