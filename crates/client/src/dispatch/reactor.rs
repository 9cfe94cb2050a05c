//! `rule`, `trigger`, `trigger-instance`, `rule-enforcement`, `sensor`, `webhook`, `timer` and `trace`

use super::common::{self, QueryBuilder, list_request};
use crate::args::{
    CommonArgs, RuleCommand, RuleEnforcementCommand, RuleEnforcementListArgs, RuleListArgs, SensorCommand,
    TimerCommand, TimerListArgs, TraceCommand, TraceComponentArgs, TraceGetArgs, TraceListArgs, TriggerCommand,
    TriggerInstanceCommand, TriggerInstanceListArgs, WebhookCommand,
};
use crate::commands::resource::{self, Order, attributes_or};
use crate::commands::trace::{self as traces, Component, ListTraces, TraceFilter};
use crate::commands::webhook::ListWebhooks;
use crate::commands::{self, Context, Outcome, trigger_instance as events};
use crate::kinds::{RULE, RULE_ENFORCEMENT, SENSOR, TIMER, TRIGGER, TRIGGER_INSTANCE, WEBHOOK};

pub(super) async fn rule(context: &mut Context<'_>, command: RuleCommand) -> Outcome {
    match command {
        RuleCommand::List(args) => list_rules(context, args).await,
        RuleCommand::Get(args) => common::get(context, &RULE, args).await,
        RuleCommand::Create(args) => common::create(context, &RULE, args).await,
        RuleCommand::Update(args) => common::update(context, &RULE, args).await,
        RuleCommand::Delete(args) => common::delete(context, &RULE, args).await,
        RuleCommand::Enable(args) => common::enable(context, &RULE, args).await,
        RuleCommand::Disable(args) => common::disable(context, &RULE, args).await,
    }
}

async fn list_rules(context: &mut Context<'_>, args: RuleListArgs) -> Outcome {
    let mut request = list_request(&RULE, "/rules/".to_owned(), &args.list.list.columns);
    if args.iftt {
        request.attributes = attributes_or(&[], &["ref", "trigger.ref", "action.ref", "enabled"]);
    }
    let enabled = match (args.enabled, args.disabled) {
        (true, _) => Some("True"),
        (false, true) => Some("False"),
        (false, false) => None,
    };
    request.query = QueryBuilder::default()
        .only(&request.attributes)
        .with("limit", Some(args.last.last))
        .with("pack", args.list.pack)
        .with("action", args.action)
        .with("trigger", args.trigger)
        .with("enabled", enabled)
        .build();
    request.limit = Some(args.last.last);
    resource::list(context, request).await
}

pub(super) fn rule_common(command: &RuleCommand) -> &CommonArgs {
    match command {
        RuleCommand::List(args) => &args.list.list.common,
        RuleCommand::Get(args) => &args.common,
        RuleCommand::Create(args) => &args.common,
        RuleCommand::Update(args) => &args.common,
        RuleCommand::Delete(args) | RuleCommand::Enable(args) | RuleCommand::Disable(args) => &args.common,
    }
}

pub(super) async fn trigger(context: &mut Context<'_>, command: TriggerCommand) -> Outcome {
    match command {
        TriggerCommand::List(args) => common::list_of_pack(context, &TRIGGER, args).await,
        TriggerCommand::Get(args) => common::get(context, &TRIGGER, args).await,
        TriggerCommand::Create(args) => common::create(context, &TRIGGER, args).await,
        TriggerCommand::Update(args) => common::update(context, &TRIGGER, args).await,
        TriggerCommand::Delete(args) => common::delete(context, &TRIGGER, args).await,
        TriggerCommand::Getspecs(args) => {
            let mut request = list_request(&TRIGGER, "/triggers/".to_owned(), &Default::default());
            request.attributes = Vec::new();
            request.query =
                QueryBuilder::default().with("type", Some(args.reference.unwrap_or_else(|| "None".to_owned()))).build();
            resource::list(context, request).await
        }
    }
}

pub(super) fn trigger_common(command: &TriggerCommand) -> &CommonArgs {
    match command {
        TriggerCommand::List(args) => &args.list.common,
        TriggerCommand::Get(args) => &args.common,
        TriggerCommand::Create(args) => &args.common,
        TriggerCommand::Update(args) => &args.common,
        TriggerCommand::Delete(args) => &args.common,
        TriggerCommand::Getspecs(args) => &args.common,
    }
}

pub(super) async fn trigger_instance(context: &mut Context<'_>, command: TriggerInstanceCommand) -> Outcome {
    match command {
        TriggerInstanceCommand::List(args) => list_trigger_instances(context, args).await,
        TriggerInstanceCommand::Get(args) => common::get(context, &TRIGGER_INSTANCE, args).await,
        TriggerInstanceCommand::ReEmit(args) => events::re_emit(context, &args.id).await,
    }
}

async fn list_trigger_instances(context: &mut Context<'_>, args: TriggerInstanceListArgs) -> Outcome {
    let mut request = list_request(&TRIGGER_INSTANCE, "/triggerinstances/".to_owned(), &args.list.columns);
    request.query = QueryBuilder::default()
        .only(&request.attributes)
        .with("limit", Some(args.last.last))
        .with("trigger", args.trigger)
        .with("timestamp_gt", args.period.timestamp_gt)
        .with("timestamp_lt", args.period.timestamp_lt)
        .with("status", args.status)
        .build();
    request.transforms = events::TRANSFORMS;
    request.order = Order::Reversed;
    request.limit = Some(args.last.last);
    resource::list(context, request).await
}

pub(super) fn trigger_instance_common(command: &TriggerInstanceCommand) -> &CommonArgs {
    match command {
        TriggerInstanceCommand::List(args) => &args.list.common,
        TriggerInstanceCommand::Get(args) => &args.common,
        TriggerInstanceCommand::ReEmit(args) => &args.common,
    }
}

pub(super) async fn rule_enforcement(context: &mut Context<'_>, command: RuleEnforcementCommand) -> Outcome {
    match command {
        RuleEnforcementCommand::List(args) => list_rule_enforcements(context, args).await,
        RuleEnforcementCommand::Get(args) => common::get(context, &RULE_ENFORCEMENT, args).await,
    }
}

async fn list_rule_enforcements(context: &mut Context<'_>, args: RuleEnforcementListArgs) -> Outcome {
    let mut request = list_request(&RULE_ENFORCEMENT, "/ruleenforcements/".to_owned(), &args.list.columns);
    request.query = QueryBuilder::default()
        .with("limit", Some(args.last.last))
        .with("trigger_instance", args.trigger_instance)
        .with("execution", args.execution)
        .with("rule_ref", args.rule)
        .with("enforced_at_gt", args.period.timestamp_gt)
        .with("enforced_at_lt", args.period.timestamp_lt)
        .build();
    request.order = Order::ReversedInDocuments;
    request.limit = Some(args.last.last);
    resource::list(context, request).await
}

pub(super) fn rule_enforcement_common(command: &RuleEnforcementCommand) -> &CommonArgs {
    match command {
        RuleEnforcementCommand::List(args) => &args.list.common,
        RuleEnforcementCommand::Get(args) => &args.common,
    }
}

pub(super) async fn sensor(context: &mut Context<'_>, command: SensorCommand) -> Outcome {
    match command {
        SensorCommand::List(args) => common::list_of_pack(context, &SENSOR, args).await,
        SensorCommand::Get(args) => common::get(context, &SENSOR, args).await,
        SensorCommand::Enable(args) => common::enable(context, &SENSOR, args).await,
        SensorCommand::Disable(args) => common::disable(context, &SENSOR, args).await,
    }
}

pub(super) fn sensor_common(command: &SensorCommand) -> &CommonArgs {
    match command {
        SensorCommand::List(args) => &args.list.common,
        SensorCommand::Get(args) => &args.common,
        SensorCommand::Enable(args) | SensorCommand::Disable(args) => &args.common,
    }
}

pub(super) async fn webhook(context: &mut Context<'_>, command: WebhookCommand) -> Outcome {
    match command {
        WebhookCommand::List(args) => {
            let columns = args.list.columns;
            let attributes = attributes_or(&columns.attr, WEBHOOK.list_attributes);
            let query = QueryBuilder::default().only(&attributes).with("pack", args.pack).build();
            let request = ListWebhooks { query, attributes, widths: columns.width };
            commands::webhook::list(context, request).await
        }
        WebhookCommand::Get(args) => common::get(context, &WEBHOOK, args).await,
    }
}

pub(super) fn webhook_common(command: &WebhookCommand) -> &CommonArgs {
    match command {
        WebhookCommand::List(args) => &args.list.common,
        WebhookCommand::Get(args) => &args.common,
    }
}

pub(super) async fn timer(context: &mut Context<'_>, command: TimerCommand) -> Outcome {
    match command {
        TimerCommand::List(args) => list_timers(context, args).await,
        TimerCommand::Get(args) => common::get(context, &TIMER, args).await,
    }
}

async fn list_timers(context: &mut Context<'_>, args: TimerListArgs) -> Outcome {
    let path = if args.timer_type.is_some() { "/timers/" } else { "/timers" };
    let mut request = list_request(&TIMER, path.to_owned(), &args.list.columns);
    request.query = QueryBuilder::default().with("timer_type", args.timer_type).build();
    resource::list(context, request).await
}

pub(super) fn timer_common(command: &TimerCommand) -> &CommonArgs {
    match command {
        TimerCommand::List(args) => &args.list.common,
        TimerCommand::Get(args) => &args.common,
    }
}

pub(super) async fn trace(context: &mut Context<'_>, command: TraceCommand) -> Outcome {
    match command {
        TraceCommand::List(args) => list_traces(context, args).await,
        TraceCommand::Get(args) => {
            let (ids, attributes, filter) = trace_request(args);
            traces::get(context, ids, &attributes, &filter).await
        }
    }
}

async fn list_traces(context: &mut Context<'_>, args: TraceListArgs) -> Outcome {
    let query = QueryBuilder::default()
        .with("limit", Some(args.last.last))
        .with("trace_tag", args.trace_tag)
        .with("trigger_instance", args.component.trigger_instance)
        .with("execution", args.component.execution)
        .with("rule", args.component.rule)
        .sorted(&args.sort)
        .build();
    let request =
        ListTraces { query, attributes: args.columns.attr, widths: args.columns.width, limit: args.last.last };
    traces::list(context, request).await
}

fn trace_request(args: TraceGetArgs) -> (Vec<String>, Vec<String>, TraceFilter) {
    let filter = TraceFilter {
        cause_of: component(args.component),
        only_executions: args.show_executions,
        only_rules: args.show_rules,
        only_trigger_instances: args.show_trigger_instances,
        hide_noop_triggers: args.hide_noop_triggers,
    };
    (args.get.ids, attributes_or(&args.get.attr, &["all"]), filter)
}

fn component(args: TraceComponentArgs) -> Option<Component> {
    match args {
        TraceComponentArgs { execution: Some(id), .. } => Some(Component::Execution(id)),
        TraceComponentArgs { rule: Some(id), .. } => Some(Component::Rule(id)),
        TraceComponentArgs { trigger_instance: Some(id), .. } => Some(Component::TriggerInstance(id)),
        TraceComponentArgs { execution: None, rule: None, trigger_instance: None } => None,
    }
}

pub(super) fn trace_common(command: &TraceCommand) -> &CommonArgs {
    match command {
        TraceCommand::List(args) => &args.common,
        TraceCommand::Get(args) => &args.get.common,
    }
}
