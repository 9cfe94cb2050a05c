//! What the sources make of the configuration, and what they may not say.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;

fn from_file(text: &str) -> Result<Config, Vec<String>> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("squall.yaml");
    std::fs::write(&path, text).unwrap();
    let prefix = format!("{}/", directory.path().display());
    load(Some(&path), &BTreeMap::new(), &[])
        .map_err(|errors| errors.0.iter().map(|error| error.to_string().replace(&prefix, "")).collect())
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
        ("api:\n  prot: 1\n", "squall.yaml:2: unknown key `api.prot`; did you mean `api.port`?"),
        ("zzzzzzzzzz: 1\n", "squall.yaml:1: unknown key `zzzzzzzzzz`"),
        ("\napi:\n  port: many\n", "squall.yaml:3: `api.port` must be a port or none, not \"many\""),
        ("auth: 1\n", "squall.yaml:1: unknown key `auth`"),
        ("- api.port\n", "squall.yaml:1: a configuration is a mapping of keys to values"),
        ("a: [\n", "squall.yaml:1:4: unclosed bracket '['"),
    ];
    for (text, message) in cases {
        let errors = from_file(text).unwrap_err();
        assert!(errors.len() == 1 && errors[0].starts_with(message), "{errors:?} for {text:?}");
    }
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once_and_in_order() {
    let errors = from_file("api:\n  prot: 3\nlog.levle: info\nlog.level: loud\napi.port: 99999\n").unwrap_err();
    let places: Vec<&str> = errors.iter().filter_map(|error| error.get(.."squall.yaml:N".len())).collect();
    assert_eq!(places, ["squall.yaml:2", "squall.yaml:3", "squall.yaml:4", "squall.yaml:5"], "{errors:?}");
}

#[test]
fn a_misspelt_variable_is_not_passed_over_and_those_of_others_are() {
    let with = |name: &str| load(None, &BTreeMap::from([(name.to_owned(), "1".to_owned())]), &[]);
    let error = with("SQUALL_API_PROT").unwrap_err().to_string();
    assert_eq!(error, "environment variable SQUALL_API_PROT: there is no such option; did you mean SQUALL_API_PORT?");
    for others in ["SQUALL_CONFIG", "SQUALL_SERVICE_HOST", "SQUALL_FAULTS_SEED", "API_PROT"] {
        assert!(with(others).is_ok(), "{others}");
    }
}

#[test]
fn a_directory_of_packs_that_is_not_there_is_not_passed_over() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("pakcs");
    let flags = [("packs_dirs", json!([directory.path(), missing]))];
    let error = load(None, &BTreeMap::new(), &flags).unwrap_err().to_string();
    assert_eq!(error, format!("--packs-dir: {} is not a directory", missing.display()));
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
    let refused = |text: &str| from_file(text).unwrap_err().join("\n");
    let error = refused("\nroles: [rules]\n");
    assert!(error.starts_with("squall.yaml:2"), "{error}");
    assert!(error.contains("an embedded store belongs to one process"), "{error}");
    let error = refused("store: {url: 'mongodb://h/squall'}\nroles: [rules]\n");
    assert!(error.contains("`bus.url` must be amqp://"), "{error}");
    assert!(refused("store: {url: 'mysql://h'}\n").contains("mongodb://"));
    assert!(refused("roles: [ruls]\n").ends_with("did you mean `rules`?"));
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
