//! `/ruleenforcements` and their views. Counterparts: st2api/controllers/v1/rule_enforcements.py, rule_enforcement_views.py.

use serde_json::{Map, Value, json};
use squall_model::RuleEnforcement;
use squall_store::Page;

use super::executions::ExecutionView;
use super::triggers::shown_instance;
use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::list::{self, Asked, FilterSpec, Kind, ListSpec};
use crate::routes::{Route, get};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/ruleenforcements", list_all),
        get("/ruleenforcements/{id}", get_one),
        get("/ruleenforcements/views", list_views),
        get("/ruleenforcements/views/{id}", get_view),
    ]
}

const SPEC: ListSpec = ListSpec {
    default_limit: Some(50),
    filters: &[
        FilterSpec("id", "id", Kind::Ids),
        FilterSpec("execution", "execution_id", Kind::Text),
        FilterSpec("rule_ref", "rule.ref", Kind::Text),
        FilterSpec("rule_id", "rule.id", Kind::Text),
        FilterSpec("trigger_instance", "trigger_instance_id", Kind::Text),
        FilterSpec("enforced_at_gt", "enforced_at", Kind::After),
        FilterSpec("enforced_at_lt", "enforced_at", Kind::Before),
        FilterSpec("enforced_at", "enforced_at", Kind::Text),
    ],
    sortable: true,
    order: &["-enforced_at", "rule.ref"],
    attributes: &[
        "id",
        "trigger_instance_id",
        "execution_id",
        "failure_reason",
        "rule",
        "enforced_at",
        "status",
        "trigger_instance",
        "execution",
    ],
    excludable: &[
        "trigger_instance_id",
        "execution_id",
        "failure_reason",
        "rule",
        "enforced_at",
        "status",
        "trigger_instance",
        "execution",
    ],
    always: &["id"],
};

fn asked(call: &Call) -> Result<Asked, ApiError> {
    let mut asked = SPEC.read(&call.query)?;
    if call.query.text("sort").is_none() && call.query.text("enforced_at_gt").is_some() {
        asked.query.sort = list::order(&["enforced_at", "rule.ref"]);
    }
    Ok(asked)
}

async fn list_all(call: Call) -> Outcome {
    let asked = asked(&call)?;
    let page = call.store().rule_enforcements.list(&asked.query).await?;
    let items = page.items.iter().map(|found| Ok(asked.choice.apply(list::shown(found)?)));
    let items = items.collect::<Result<Vec<_>, ApiError>>()?;
    list::answer_page(Page { items, total: page.total }, asked.limit)
}

async fn find(call: &Call) -> Result<RuleEnforcement, ApiError> {
    let id = call.id_param("id")?;
    let found = call.store().rule_enforcements.get(&id).await?;
    found.map(|found| found.value).ok_or_else(|| ApiError::no_id(call.param("id")))
}

async fn get_one(call: Call) -> Outcome {
    call::ok(&find(&call).await?)
}

async fn list_views(call: Call) -> Outcome {
    let asked = asked(&call)?;
    let page = call.store().rule_enforcements.list(&asked.query).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for enforcement in &page.items {
        items.push(asked.choice.apply(viewed(&call, enforcement).await?));
    }
    list::answer_page(Page { items, total: page.total }, asked.limit)
}

async fn get_view(call: Call) -> Outcome {
    call::ok(&viewed(&call, &find(&call).await?).await?)
}

/// Returns an enforcement with the event that caused it and the execution that came of it; `{}` for what is gone.
async fn viewed(call: &Call, enforcement: &RuleEnforcement) -> Result<Map<String, Value>, ApiError> {
    let mut shown = list::shown(enforcement)?;
    let instance = call.store().trigger_instances.get(&enforcement.trigger_instance_id).await?;
    let instance = instance.map(|found| shown_instance(&found.value)).transpose()?.unwrap_or_default();
    let execution = match &enforcement.execution_id {
        Some(id) => call.store().executions.get(id).await?,
        None => None,
    };
    let execution = execution.map(|found| {
        let settings = &call.context().settings;
        json!(ExecutionView::whole(&found, settings.mask_secrets, &settings.webui_base_url))
    });
    shown.insert("trigger_instance".to_owned(), Value::Object(instance));
    shown.insert("execution".to_owned(), execution.unwrap_or_else(|| json!({})));
    Ok(shown)
}
