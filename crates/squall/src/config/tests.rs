//! What the sources make of the configuration, and what they may not say.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;

fn from_file(text: &str) -> Result<Config, ConfigError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("squall.yaml");
    std::fs::write(&path, text).unwrap();
    load(Some(&path), &BTreeMap::new(), &[]).map_err(|error| ConfigError {
        place: error.place.replace(&format!("{}/", directory.path().display()), ""),
        message: error.message,
    })
}

#[test]
fn flags_beat_the_environment_which_beats_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("squall.yaml");
    std::fs::write(&path, "api: {port: 1}\nauth: {port: 2}\nstream: {port: 3}\n").unwrap();
    let environment =
        BTreeMap::from([("SQUALL_AUTH_PORT".into(), "22".into()), ("SQUALL_STREAM_PORT".into(), "33".into())]);
    let config = load(Some(&path), &environment, &[("stream.port", json!(333))]).unwrap();
    assert_eq!((config.api_port, config.auth_port, config.stream_port), (Some(1), Some(22), Some(333)));
}

#[test]
fn mistakes_name_the_place_and_the_nearest_key() {
    let cases = [
        ("api:\n  prot: 1\n", "squall.yaml:2", "unknown key `api.prot`; did you mean `api.port`?"),
        ("zzzzzzzzzz: 1\n", "squall.yaml:1", "unknown key `zzzzzzzzzz`"),
        ("\napi:\n  port: many\n", "squall.yaml:3", "`api.port` must be a port or none, not \"many\""),
        ("auth: 1\n", "squall.yaml:1", "unknown key `auth`"),
    ];
    for (text, place, message) in cases {
        let error = from_file(text).unwrap_err();
        assert!(error.place.starts_with(place), "{} for {text:?}", error.place);
        assert!(error.message.starts_with(message), "{} for {text:?}", error.message);
    }
}

#[test]
fn no_authentication_beyond_this_machine() {
    assert!(from_file("listen: 0.0.0.0\nauth: {enabled: false}\n").is_err());
    assert!(from_file("auth: {enabled: false}\n").is_ok());
    assert!(from_file("listen: 0.0.0.0\n").is_ok());
}

#[test]
fn keys_are_unique_and_every_value_reads_back() {
    let defaults = Config::default();
    let mut keys = BTreeSet::new();
    for option in TABLE {
        assert!(keys.insert(option.key), "{}", option.key);
        let mut copy = Config::default();
        let value = (option.get)(&defaults);
        if option.key != "packs_dirs" {
            (option.set)(&mut copy, &value).unwrap_or_else(|expected| panic!("{}: {expected}", option.key));
        }
    }
}

#[test]
fn the_book_names_every_option() {
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let book = std::fs::read_to_string(book).unwrap();
    for option in TABLE {
        assert!(book.contains(&format!("`{}`", option.key)), "docs/configuration.md does not name `{}`", option.key);
        assert!(book.contains(&option.variable()), "docs/configuration.md does not name {}", option.variable());
    }
}

#[test]
fn a_bare_program_name_stays_one() {
    let environment = BTreeMap::from([("SQUALL_PYTHON_BINARY".into(), "python3.11".into())]);
    let config = load(None, &environment, &[]).unwrap();
    assert_eq!(config.settings.python_binary, Path::new("python3.11"));
}

#[test]
fn some_roles_alone_need_a_store_and_a_bus_that_are_shared() {
    let refused = |text: &str| from_file(text).unwrap_err();
    let error = refused("\nroles: [rules]\n");
    assert!(error.place.starts_with("squall.yaml:2"), "{}", error.place);
    assert!(error.message.contains("an embedded store belongs to one process"), "{}", error.message);
    let error = refused("store: {url: 'mongodb://h/squall'}\nroles: [rules]\n");
    assert!(error.message.contains("`bus.url` must be amqp://"), "{}", error.message);
    assert!(refused("store: {url: 'mysql://h'}\n").message.contains("mongodb://"));
    assert!(refused("roles: [ruls]\n").message.ends_with("did you mean `rules`?"));
    let text = "store: {url: 'mongodb://h/squall'}\nbus: {url: 'amqp://h'}\nroles: [rules, timers]\n";
    let config = from_file(text).unwrap();
    assert_eq!(config.roles().len(), 2);
    assert!(!config.settings.embedded);
}

#[test]
fn the_password_of_a_url_is_not_shown() {
    let environment = BTreeMap::from([("SQUALL_BUS_URL".into(), "amqp://squall:hunter2@broker:5672/x".into())]);
    let shown = load(None, &environment, &[]).unwrap().describe();
    assert!(shown.contains("amqp://squall:********@broker:5672/x"), "{shown}");
    assert!(!shown.contains("hunter2"));
}
