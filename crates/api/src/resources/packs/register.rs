//! `POST /packs/register`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use squall_packs::{ContentType, Registrar, find_packs};
use squall_store::Query;

use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;

/// The names of types that clients send, singular and plural.
const TYPES: [&str; 20] = [
    "all",
    "runner",
    "action",
    "actions",
    "trigger",
    "triggers",
    "sensor",
    "sensors",
    "rule",
    "rules",
    "rule_type",
    "rule_types",
    "alias",
    "aliases",
    "policy_type",
    "policy_types",
    "policy",
    "policies",
    "config",
    "configs",
];

static REGISTER: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "type": "object",
        "properties": {
            "types": {"type": "array", "items": {"enum": TYPES.as_slice()}},
            "packs": {"type": "array", "items": {"type": "string"}},
            "fail_on_failure": {"type": "boolean"},
        },
    })
});

pub(super) async fn register(call: Call) -> Outcome {
    let body = call.checked_body(&REGISTER)?;
    let texts = |name: &str| -> Vec<String> {
        let items = body.get(name).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let (types, packs) = (content_types(&texts("types")), texts("packs"));
    let settings = &call.context().settings;
    let on_disk = find_packs(&settings.packs_dirs);
    if let Some(pack) = packs.iter().find(|pack| !on_disk.contains_key(*pack)) {
        let directory = settings.packs_dirs.first().map(|path| path.join(pack)).unwrap_or_default();
        return Err(ApiError::Invalid(format!(
            "Pack \"{pack}\" not found on disk: Directory \"{}\" doesn't exist",
            directory.display()
        )));
    }
    let context = call.context();
    let runners = context.store.runner_types.list(&Query::all()).await?.items;
    let runner_count = runners.len();
    let registrar = Registrar {
        store: &context.store,
        bus: context.bus.as_ref(),
        packs_dirs: &settings.packs_dirs,
        configs_dir: &settings.configs_dir,
        runners: runners.into_iter().map(|runner| (runner.name.clone(), runner.name)).collect(),
    };
    let report = registrar.register(&packs, &types).await?;
    let must_not_fail = body.get("fail_on_failure").and_then(Value::as_bool).unwrap_or(true);
    if must_not_fail && report.has_errors() {
        let mistakes: Vec<String> = report.diagnostics.iter().map(|(pack, found)| format!("{pack}: {found}")).collect();
        return Err(ApiError::Invalid(mistakes.join("\n")));
    }
    let names = texts("types");
    let asks_for = |kind: &str| names.iter().any(|name| name == kind || kind.strip_suffix('s') == Some(name));
    let mut counts = Map::new();
    if types.contains(&ContentType::Actions) || asks_for("runners") {
        counts.insert("runners".to_owned(), json!(runner_count));
    }
    if types.contains(&ContentType::Rules) || asks_for("rule_types") {
        counts.insert("rule_types".to_owned(), json!(squall_packs::rule_types().len()));
    }
    if types.contains(&ContentType::Policies) || asks_for("policy_types") {
        counts.insert("policy_types".to_owned(), json!(squall_packs::policy_types().len()));
    }
    for kind in &types {
        let count = report.counts.get(kind.name()).copied().unwrap_or(0);
        counts.insert(kind.name().to_owned(), json!(count));
    }
    call::ok(&counts)
}

fn content_types(names: &[String]) -> BTreeSet<ContentType> {
    let is_meant = |kind: &ContentType| {
        names.iter().any(|name| name == "all" || name == kind.name() || kind.name().strip_suffix('s') == Some(name))
            || names.iter().any(|name| {
                matches!((kind, name.as_str()), (ContentType::Policies, "policy") | (ContentType::Aliases, "alias"))
            })
    };
    if names.is_empty() {
        return BTreeSet::from(ContentType::ALL);
    }
    ContentType::ALL.into_iter().filter(is_meant).collect()
}
