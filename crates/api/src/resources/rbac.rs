//! `/rbac` while roles are not enforced: the system roles, the permission types, no assignments.
//! Counterpart: st2api/controllers/v1/rbac.py.

use serde_json::{Map, Value, json};
use squall_model::Id;
use squall_store::Page;

use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::list;
use crate::routes::{Route, get};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/rbac/roles", list_roles),
        get("/rbac/roles/{name_or_id}", get_role),
        get("/rbac/role_assignments", list_assignments),
        get("/rbac/role_assignments/{id}", get_assignment),
        get("/rbac/permission_types", list_permissions),
        get("/rbac/permission_types/{resource_type}", get_permissions),
    ]
}

const ROLES: [&str; 3] = ["admin", "observer", "system_admin"];

/// Resource types with what may be permitted on them.
const PERMISSIONS: [(&str, &[&str]); 17] = [
    ("runner_type", &["list", "view", "modify", "all"]),
    (
        "pack",
        &[
            "list",
            "view",
            "create",
            "modify",
            "delete",
            "install",
            "uninstall",
            "register",
            "config",
            "search",
            "views_index_health",
            "all",
        ],
    ),
    ("sensor_type", &["list", "view", "modify", "all"]),
    ("action", &["list", "view", "create", "modify", "delete", "execute", "all"]),
    ("action_alias", &["list", "view", "create", "modify", "match", "help", "delete", "all"]),
    ("execution", &["list", "view", "rerun", "stop", "all", "views_filters_list"]),
    ("rule", &["list", "view", "create", "modify", "delete", "all"]),
    ("rule_enforcement", &["list", "view"]),
    ("key_value_pair", &["list", "view", "set", "delete", "all"]),
    ("webhook", &["list", "view", "create", "send", "delete", "all"]),
    ("timer", &["list", "view", "all"]),
    ("api_key", &["list", "view", "create", "modify", "delete", "all"]),
    ("trace", &["list", "view", "all"]),
    ("trigger", &["list", "view", "all"]),
    ("policy_type", &["list", "view", "all"]),
    ("policy", &["list", "view", "create", "modify", "delete", "all"]),
    ("inquiry", &["list", "view", "respond", "all"]),
];

fn role(name: &str) -> Value {
    json!({
        "id": Id::derived(&["role", name]), "name": name, "description": name, "system": true,
        "permission_grants": [], "permission_grant_ids": [], "permission_grant_objects": [],
    })
}

async fn list_roles(call: Call) -> Outcome {
    // Without RBAC there are only the roles of the system.
    let wants_others = call.query.boolean("system")? == Some(false);
    let items: Vec<Value> = if wants_others { Vec::new() } else { ROLES.map(role).to_vec() };
    let total = items.len() as u64;
    list::answer_page(Page { items, total }, None)
}

async fn get_role(call: Call) -> Outcome {
    let text = call.param("name_or_id");
    let is_meant = |role: &Value| role.get("name") == Some(&json!(text)) || role.get("id") == Some(&json!(text));
    let found = ROLES.map(role).into_iter().find(is_meant);
    call::ok(&found.ok_or_else(|| ApiError::NotFound(format!("Resource with a name or id \"{text}\" not found")))?)
}

async fn list_assignments(call: Call) -> Outcome {
    call.query.boolean("remote")?;
    list::answer_page(Page { items: Vec::<Value>::new(), total: 0 }, None)
}

async fn get_assignment(call: Call) -> Outcome {
    Err(ApiError::no_id(call.param("id")))
}

fn permissions(resource: &str, verbs: &[&str]) -> Value {
    let named = verbs.iter().map(|verb| (format!("{resource}_{verb}"), json!(describe(resource, verb))));
    Value::Object(named.collect::<Map<_, _>>())
}

fn describe(resource: &str, verb: &str) -> String {
    let resource = resource.replace('_', " ");
    match verb {
        "all" => format!("Everything that can be done with a {resource}"),
        verb => format!("Permits: {} ({resource})", verb.replace('_', " ")),
    }
}

async fn list_permissions(_call: Call) -> Outcome {
    let all: Map<String, Value> =
        PERMISSIONS.iter().map(|(resource, verbs)| ((*resource).to_owned(), permissions(resource, verbs))).collect();
    call::ok(&all)
}

async fn get_permissions(call: Call) -> Outcome {
    let text = call.param("resource_type");
    let found = PERMISSIONS.iter().find(|(resource, _)| *resource == text);
    let (resource, verbs) = found.ok_or_else(|| ApiError::NotFound(format!("Invalid resource type: {text}")))?;
    call::ok(&permissions(resource, verbs))
}
