//! `/rules`, `/rules/views` and `/ruletypes`. Counterparts: st2api/controllers/v1/rules.py, rule_views.py, ruletypes.py.

mod schema;

use serde_json::{Map, Value, json};
use squall_bus::{Change, Message};
use squall_model::{Rule, Trigger, TriggerCall};
use squall_packs::{TriggerError, drop_unused_trigger, ensure_trigger};
use squall_service::publish_quietly;
use squall_store::{Page, Query};

use super::actions::refuse_system_pack;
use super::check_reference;
use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::list::{self, FilterSpec, Kind, ListSpec};
use crate::masking;
use crate::routes::{Route, delete, get, post, put};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/rules", list_all),
        post("/rules", create),
        get("/rules/{ref_or_id}", get_one),
        put("/rules/{ref_or_id}", update),
        delete("/rules/{ref_or_id}", remove),
        get("/rules/views", list_views),
        get("/rules/views/{ref_or_id}", get_view),
        get("/ruletypes", list_types),
        get("/ruletypes/{id}", get_type),
    ]
}

const SPEC: ListSpec = ListSpec {
    default_limit: None,
    filters: &[
        FilterSpec("id", "id", Kind::Ids),
        FilterSpec("name", "name", Kind::Text),
        FilterSpec("pack", "pack", Kind::Text),
        FilterSpec("action", "action.ref", Kind::Text),
        FilterSpec("trigger", "trigger.ref", Kind::Text),
        FilterSpec("enabled", "enabled", Kind::Boolean),
    ],
    sortable: false,
    order: &["pack", "name"],
    attributes: &[
        "id",
        "uid",
        "ref",
        "name",
        "pack",
        "description",
        "type",
        "trigger",
        "criteria",
        "action",
        "context",
        "enabled",
        "tags",
        "metadata_file",
    ],
    excludable: &[
        "description",
        "type",
        "trigger",
        "criteria",
        "action",
        "context",
        "enabled",
        "tags",
        "metadata_file",
    ],
    always: &["id", "ref"],
};

async fn list_all(call: Call) -> Outcome {
    let asked = SPEC.read(&call.query)?;
    let masked = call.masks_secrets()?;
    let page = call.store().rules.list(&asked.query).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for rule in page.items {
        items.push(asked.choice.apply(shown(&call, rule, masked).await?));
    }
    list::answer_page(Page { items, total: page.total }, asked.limit)
}

async fn get_one(call: Call) -> Outcome {
    let found = list::by_ref_or_id(call.store().rules.as_ref(), call.param("ref_or_id")).await?;
    let masked = call.masks_secrets()?;
    call::ok(&shown(&call, found.value, masked).await?)
}

/// Returns how a rule is shown: secret parameters of its action masked.
async fn shown(call: &Call, mut rule: Rule, masked: bool) -> Result<Map<String, Value>, ApiError> {
    if masked
        && !rule.action.parameters.is_empty()
        && let Some(action) = call.store().actions.find(&rule.action.reference).await?
    {
        let runner = call.store().runner_types.find(&action.value.runner_type).await?;
        let runner_schemas = runner.map(|found| found.value.runner_parameters).unwrap_or_default();
        let parameters = masking::by_schemas(&runner_schemas, &rule.action.parameters);
        rule.action.parameters = masking::by_schemas(&action.value.parameters, &parameters);
    }
    list::shown(&rule)
}

async fn create(call: Call) -> Outcome {
    let rule = Rule { id: call.context().new_id(), ..checked(&call).await? };
    let trigger = trigger(&call, &rule.trigger).await?;
    let rule = bound(rule, &trigger);
    if let Err(error) = call.store().rules.insert(rule.clone()).await {
        drop_trigger(&call, &trigger.reference).await?;
        return Err(error.into());
    }
    announce(&call, &rule).await;
    call::created(&rule)
}

async fn update(call: Call) -> Outcome {
    let rules = call.store().rules.as_ref();
    let found = list::by_ref_or_id(rules, call.param("ref_or_id")).await?;
    let rule = Rule { id: found.value.id, ..checked(&call).await? };
    let trigger = trigger(&call, &rule.trigger).await?;
    let rule = bound(rule, &trigger);
    list::replace(rules, rule.clone(), found.revision).await?;
    if found.value.trigger.reference != trigger.reference {
        drop_trigger(&call, &found.value.trigger.reference).await?;
    }
    announce(&call, &rule).await;
    call::ok(&rule)
}

async fn remove(call: Call) -> Outcome {
    let found = list::by_ref_or_id(call.store().rules.as_ref(), call.param("ref_or_id")).await?;
    refuse_system_pack(&found.value.pack)?;
    call.store().rules.delete(&found.value.id).await?;
    drop_trigger(&call, &found.value.trigger.reference).await?;
    announce(&call, &found.value).await;
    call::no_content()
}

/// Reads a rule from the body; whoever sends it is its user.
async fn checked(call: &Call) -> Result<Rule, ApiError> {
    let body = call.checked_body(&schema::RULE)?;
    let rule: Rule = super::read(body)?;
    check_reference(&rule.pack, &rule.name)?;
    schema::check_criteria(&rule.criteria)?;
    let mut rule = rule.with_references();
    rule.context.insert("user".to_owned(), json!(call.requester.user));
    Ok(rule)
}

fn bound(mut rule: Rule, trigger: &Trigger) -> Rule {
    rule.trigger.reference.clone_from(&trigger.reference);
    rule
}

/// Returns the trigger that the rule listens to, made if need be.
async fn trigger(call: &Call, wanted: &TriggerCall) -> Result<Trigger, ApiError> {
    let context = call.context();
    refuse_missing_parameters(call, wanted).await?;
    if let Some(reason) = call.state.trigger_check.and_then(|check| check(&wanted.kind, &wanted.parameters)) {
        return Err(ApiError::Invalid(reason));
    }
    let ensured = ensure_trigger(&context.store, context.bus.as_ref(), &wanted.kind, &wanted.parameters).await;
    ensured.map_err(|error| refused(error, &wanted.kind))
}

/// A type that takes parameters is not listened to without any, unless such a trigger is there already.
async fn refuse_missing_parameters(call: &Call, wanted: &TriggerCall) -> Result<(), ApiError> {
    if !wanted.parameters.is_empty() {
        return Ok(());
    }
    let Some(kind) = call.store().trigger_types.find(&wanted.kind).await? else { return Ok(()) };
    let schema = kind.value.parameters_schema;
    // What is required is named by the check of the parameters themselves.
    if schema.is_empty() || schema.get("properties").is_some_and(names_required) {
        return Ok(());
    }
    let existing = call.store().triggers.list(&Query::all().equals("type", wanted.kind.as_str())).await?;
    if existing.items.iter().any(|trigger| trigger.parameters.is_empty()) {
        return Ok(());
    }
    Err(refused(TriggerError::UnknownType(wanted.kind.clone()), &wanted.kind))
}

fn names_required(properties: &Value) -> bool {
    properties
        .as_object()
        .is_some_and(|known| known.values().any(|schema| schema.get("required") == Some(&json!(true))))
}

fn refused(error: TriggerError, kind: &str) -> ApiError {
    match error {
        TriggerError::UnknownType(_) => ApiError::Invalid(format!(
            "Trigger \"{kind}\" defined in the rule does not exist in system or it's missing required \"parameters\" attribute"
        )),
        TriggerError::InvalidParameters { reason, .. } => ApiError::Invalid(reason),
        TriggerError::Store(error) => error.into(),
    }
}

async fn drop_trigger(call: &Call, reference: &str) -> Result<(), ApiError> {
    let context = call.context();
    drop_unused_trigger(&context.store, context.bus.as_ref(), reference)
        .await
        .map_err(|error| refused(error, reference))
}

/// Tells whoever keeps rules, timers or webhooks in memory to look again.
async fn announce(call: &Call, rule: &Rule) {
    let trigger = rule.trigger.reference.clone();
    publish_quietly(call.context(), Message::Triggers { change: Change::Update, trigger }).await;
    publish_quietly(call.context(), Message::Catalogue { kind: "rule", id: rule.id }).await;
}

async fn list_views(call: Call) -> Outcome {
    let asked = SPEC.read(&call.query)?;
    let page = call.store().rules.list(&asked.query).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for rule in page.items {
        items.push(asked.choice.apply(viewed(&call, rule).await?));
    }
    list::answer_page(Page { items, total: page.total }, asked.limit)
}

async fn get_view(call: Call) -> Outcome {
    let found = list::by_ref_or_id(call.store().rules.as_ref(), call.param("ref_or_id")).await?;
    call::ok(&viewed(&call, found.value).await?)
}

/// Returns a rule with the descriptions of its trigger and its action.
async fn viewed(call: &Call, mut rule: Rule) -> Result<Map<String, Value>, ApiError> {
    let kind = call.store().trigger_types.find(&rule.trigger.kind).await?;
    let action = call.store().actions.find(&rule.action.reference).await?;
    rule.trigger.description = kind.and_then(|found| found.value.description);
    rule.action.description = action.and_then(|found| found.value.description);
    shown(call, rule, true).await
}

async fn list_types(_call: Call) -> Outcome {
    call::ok(&squall_packs::rule_types())
}

async fn get_type(call: Call) -> Outcome {
    let id = call.param("id");
    let found = squall_packs::rule_types().into_iter().find(|kind| kind.get("id").and_then(Value::as_str) == Some(id));
    match found {
        Some(kind) => call::ok(&kind),
        None if id.parse::<squall_model::Id>().is_ok() => {
            Err(ApiError::NotFound(format!("Unable to find the RuleTypeDB instance. {{'id': '{id}'}}")))
        }
        None => Err(ApiError::NotFound(format!(
            "Database lookup for id=\"{id}\" resulted in exception. '{id}' is not a valid ObjectId, it must be a 12-byte input or a \
             24-character hex string"
        ))),
    }
}

/// Returns how many rules listen to a trigger.
pub(super) async fn count_listeners(call: &Call, trigger: &str) -> Result<u64, ApiError> {
    Ok(call.store().rules.list(&Query::all().equals("trigger.ref", trigger).limit(1)).await?.total)
}
