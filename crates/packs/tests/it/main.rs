//! Packs on disk: all mistakes of an author at once, each with its place, and everything else registered.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use squall_bus::InProcessBus;
use squall_packs::{ContentType, Registrar, read_pack};
use squall_store::{Query, Store};
use squall_testkit::{TornStore, tears};
use tempfile::TempDir;

fn write(directory: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = directory.join(name);
        fs::create_dir_all(path.parent().expect("a file is somewhere")).expect("create the directory");
        fs::write(path, text).expect("write the file");
    }
}

fn runners() -> BTreeMap<String, String> {
    ["action-chain", "noop", "orquesta", "python-script"]
        .into_iter()
        .map(|name| (name.to_owned(), name.to_owned()))
        .collect()
}

const MANIFEST: &str = "name: mixed\nversion: 1.2\ndescription: a pack\nauthor: us\n";

const BROKEN: &[(&str, &str)] = &[
    ("pack.yaml", MANIFEST),
    ("actions/good.yaml", "name: good\nrunner_type: noop\n"),
    ("actions/yaml.yaml", "name: yaml\nrunner_type: [noop\n"),
    ("actions/key.yaml", "name: key\nruner_type: noop\nrunner_type: noop\n"),
    ("actions/runner.yaml", "name: runner\nrunner_type: orqesta\n"),
    ("actions/flow.yaml", "name: flow\nrunner_type: orquesta\nentry_point: flows/flow.yaml\n"),
    ("actions/flows/flow.yaml", "version: 1.0\ntasks:\n  a:\n    action: core.noop\n    next:\n      - do: nowhere\n"),
    ("actions/chain.yaml", "name: chain\nrunner_type: action-chain\nentry_point: chains/chain.yaml\n"),
    ("actions/chains/chain.yaml", "chain:\n  - name: a\n    ref: core.noop\n    on-success: nowhere\n"),
    ("actions/escape.yaml", "name: escape\nrunner_type: python-script\nentry_point: ../../../etc/passwd\n"),
    ("rules/rule.yaml", "name: rule\ntrigger: {type: core.t}\n"),
    ("sensors/sensor.yaml", "class_name: S\nentry_point: none.py\npoll_interval: 1\n"),
];

#[test]
fn every_mistake_is_told_at_once_with_its_place() {
    let directory = TempDir::new().expect("a directory");
    let pack = directory.path().join("mixed");
    write(&pack, BROKEN);
    let reading = read_pack(&pack, &runners());
    let told: Vec<String> = reading
        .diagnostics
        .iter()
        .map(|found| found.to_string().replace(&format!("{}/", pack.display()), ""))
        .collect();
    let expected = [
        ("actions/yaml.yaml:", ""),
        ("actions/key.yaml:2:1: unknown key `runer_type`", "did you mean `runner_type`?"),
        ("actions/runner.yaml:2:1: unknown runner `orqesta`", "did you mean `orquesta`?"),
        ("actions/flows/flow.yaml:6:", "The task \"nowhere\" is not defined."),
        ("actions/chains/chain.yaml:4:5: Unable to find node with name \"nowhere\"", "in task \"a\"."),
        ("actions/escape.yaml:3:1: the entry point must be below the pack's actions", ""),
        ("rules/rule.yaml:1:1: the key `action` is missing", ""),
        ("sensors/sensor.yaml:3:1: the poll interval must be at least 4 seconds", ""),
        ("sensors/sensor.yaml:2:1: the entry point `none.py` does not exist", ""),
    ];
    for (place, more) in expected {
        let found = told.iter().any(|line| line.starts_with(place) && line.contains(more));
        assert!(found, "{place} … {more} is not among\n{}", told.join("\n"));
    }
    assert_eq!(told.len(), expected.len(), "{}", told.join("\n"));
    let content = reading.content.expect("the pack itself is readable");
    let names: Vec<&str> = content.actions.iter().map(|action| action.name.as_str()).collect();
    assert_eq!(names, ["chain", "flow", "good"], "what is right is there, and a workflow that does not inspect stays");
    assert_eq!(content.pack.version, "1.2.0");
}

const OLD: &[(&str, &str)] = &[
    ("pack.yaml", MANIFEST),
    ("actions/flow.yaml", "name: flow\nrunner_type: mistral-v2\nentry_point: flows/flow.yaml\n"),
    (
        "actions/flows/flow.yaml",
        "version: '2.0'\nmixed.flow:\n  input: [x]\n  tasks:\n    a:\n      action: core.noop x=<% $.x %>\n",
    ),
    ("actions/lost.yaml", "name: lost\nrunner_type: mistral-v2\nentry_point: flows/lost.yaml\n"),
    (
        "actions/flows/lost.yaml",
        "version: '2.0'\nmixed.lost:\n  tasks:\n    a:\n      action: core.noop\n      on-success: [nowhere]\n",
    ),
    ("actions/held.yaml", "name: held\nrunner_type: mistral-v2\nentry_point: flows/held.yaml\n"),
    ("actions/flows/held.yaml", "version: '2.0'\nmixed.held:\n  tasks:\n    a:\n      requires: [b]\n"),
    ("actions/script.yaml", "name: script\nrunner_type: run-local\nentry_point: script.sh\n"),
    ("actions/script.sh", "true\n"),
    ("actions/command.yaml", "name: command\nrunner_type: run-local\n"),
];

#[test]
fn packs_of_before_stackstorm_3_are_read_without_a_change() {
    let directory = TempDir::new().expect("a directory");
    let pack = directory.path().join("mixed");
    write(&pack, OLD);
    let names =
        [("mistral-v2", "orquesta"), ("run-local", "local-shell-cmd"), ("run-local-script", "local-shell-script")];
    let runners = names.into_iter().map(|(old, new)| (old.to_owned(), new.to_owned())).collect();
    let reading = read_pack(&pack, &runners);
    let told: Vec<String> = reading
        .diagnostics
        .iter()
        .map(|found| found.to_string().replace(&format!("{}/", pack.display()), ""))
        .collect();
    assert_eq!(told.len(), 2, "{}", told.join("\n"));
    for expected in [
        "actions/flows/held.yaml:5:7: the key `requires` of a task is not understood",
        "actions/flows/lost.yaml:4:5: The task \"nowhere\" is not defined.",
    ] {
        assert!(told.iter().any(|line| line.starts_with(expected)), "{expected} is not among\n{}", told.join("\n"));
    }
    let content = reading.content.expect("the pack is readable");
    let found: BTreeMap<&str, &str> =
        content.actions.iter().map(|action| (action.name.as_str(), action.runner_type.as_str())).collect();
    let expected = [
        ("command", "local-shell-cmd"),
        ("flow", "orquesta"),
        ("held", "orquesta"),
        ("lost", "orquesta"),
        ("script", "local-shell-script"),
    ];
    assert_eq!(found, BTreeMap::from(expected));
}

async fn register(store: &Store, packs: &Path) -> usize {
    let bus = InProcessBus::default();
    let directories = [packs.to_owned()];
    let configs = packs.join("configs");
    let registrar = Registrar { store, bus: &bus, packs_dirs: &directories, configs_dir: &configs, runners: runners() };
    registrar.register_system(&[]).await.expect("register what the platform brings");
    let report = registrar.register_changed().await.expect("register");
    report.unchanged
}

fn two_packs() -> (TempDir, PathBuf) {
    let directory = TempDir::new().expect("a directory");
    write(&directory.path().join("broken"), &[("pack.yaml", "name: [\n")]);
    // Reads before `z_other`, whose trigger it listens to.
    let rule = "name: r\nenabled: true\ntrigger: {type: z_other.happened}\naction: {ref: z_other.act}\n";
    write(&directory.path().join("a_rules"), &[("pack.yaml", "name: a_rules\n"), ("rules/r.yaml", rule)]);
    let other = [
        ("pack.yaml", "name: z_other\n"),
        ("triggers/t.yaml", "name: happened\n"),
        ("actions/act.yaml", "name: act\nrunner_type: noop\n"),
    ];
    write(&directory.path().join("z_other"), &other);
    let path = directory.path().to_owned();
    (directory, path)
}

#[tokio::test]
async fn a_broken_pack_harms_no_other_and_a_rule_may_listen_to_a_later_pack() {
    let (_kept, packs) = two_packs();
    let store = squall_store_sqlite::open_in_memory().expect("open a store");
    register(&store, &packs).await;
    let rule = store.rules.find("a_rules.r").await.expect("find").expect("the rule is registered").value;
    assert_eq!(rule.trigger.reference, "z_other.happened");
    assert!(store.actions.find("z_other.act").await.expect("find").is_some());
    assert_eq!(store.packs.list(&Query::all()).await.expect("list").items.len(), 2);
}

#[tokio::test]
async fn what_has_not_changed_is_not_registered_again() {
    let (_kept, packs) = two_packs();
    let store = squall_store_sqlite::open_in_memory().expect("open a store");
    assert_eq!(register(&store, &packs).await, 0);
    let first = store.actions.find("z_other.act").await.expect("find").expect("registered");
    assert_eq!(register(&store, &packs).await, 2);
    write(&packs.join("z_other"), &[("actions/act.yaml", "name: act\nrunner_type: noop\ndescription: changed\n")]);
    assert_eq!(register(&store, &packs).await, 1);
    let changed = store.actions.find("z_other.act").await.expect("find").expect("registered");
    assert_eq!(changed.value.description.as_deref(), Some("changed"));
    assert_eq!(changed.value.id, first.value.id, "an action keeps its id");
}

/// Returns all that a registration stores, in a form that can be compared.
async fn stored(store: &Store) -> Vec<String> {
    let mut found = Vec::new();
    let all = Query::all().ascending("id");
    found.extend(store.packs.list(&all).await.expect("list").items.iter().map(|pack| format!("{pack:?}")));
    found.extend(store.actions.list(&all).await.expect("list").items.iter().map(|action| format!("{action:?}")));
    found.extend(store.rules.list(&all).await.expect("list").items.iter().map(|rule| format!("{rule:?}")));
    found.extend(store.trigger_types.list(&all).await.expect("list").items.iter().map(|kind| format!("{kind:?}")));
    found.extend(store.triggers.list(&all).await.expect("list").items.iter().map(|trigger| format!("{trigger:?}")));
    found.extend(store.policy_types.list(&all).await.expect("list").items.iter().map(|kind| format!("{kind:?}")));
    found.extend(store.registrations.list(&all).await.expect("list").items.iter().map(|done| format!("{done:?}")));
    found
}

#[tokio::test]
async fn a_registration_that_was_cut_off_anywhere_is_completed_by_the_next() {
    let (_kept, packs) = two_packs();
    let undisturbed = squall_store_sqlite::open_in_memory().expect("open a store");
    register(&undisturbed, &packs).await;
    let expected = stored(&undisturbed).await;
    for after in 0.. {
        let mut has_torn = false;
        for tear in tears(after) {
            let torn = TornStore::new(squall_store_sqlite::open_in_memory().expect("open a store"));
            torn.tear(tear);
            let (bus, directories, configs) = (InProcessBus::default(), [packs.clone()], packs.join("configs"));
            let store = &torn.store;
            let registrar =
                Registrar { store, bus: &bus, packs_dirs: &directories, configs_dir: &configs, runners: runners() };
            let failed = registrar.register_system(&[]).await.is_err() || registrar.register_changed().await.is_err();
            assert_eq!(failed, torn.has_torn(), "{tear:?}");
            torn.mend();
            register(store, &packs).await;
            assert_eq!(stored(store).await, expected, "{tear:?}");
            has_torn |= failed;
        }
        if !has_torn {
            assert!(after > 10, "only {after} writes were made");
            return;
        }
    }
}

#[tokio::test]
async fn only_the_chosen_types_are_registered() {
    let (_kept, packs) = two_packs();
    let store = squall_store_sqlite::open_in_memory().expect("open a store");
    let (bus, directories, configs) = (InProcessBus::default(), [packs.clone()], packs.join("configs"));
    let registrar =
        Registrar { store: &store, bus: &bus, packs_dirs: &directories, configs_dir: &configs, runners: runners() };
    let types = BTreeSet::from([ContentType::Actions]);
    let report = registrar.register(&["z_other".to_owned()], &types).await.expect("register");
    assert_eq!(report.counts.into_iter().collect::<Vec<_>>(), [("actions", 1)]);
    assert!(store.trigger_types.find("z_other.happened").await.expect("find").is_none());
}
