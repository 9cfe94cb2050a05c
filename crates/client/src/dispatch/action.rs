//! `action`, `action-alias`, `runner`, `policy`, `policy-type` and `workflow`

use serde_json::json;

use super::common::{self, QueryBuilder, list_request};
use super::execution::{Waiting, run};
use crate::api::Query;
use crate::args::{
    ActionAliasCommand, ActionCommand, ActionDeleteArgs, CommonArgs, PolicyCommand, PolicyListArgs, PolicyTypeCommand,
    PolicyTypeListArgs, RunnerCommand, WorkflowCommand,
};
use crate::commands::action::CloneAction;
use crate::commands::execution::WaitOptions;
use crate::commands::resource::{self, DeleteRequest, Missing, attributes_or};
use crate::commands::workflow::Definition;
use crate::commands::{self, CommandError, Context, Outcome};
use crate::kinds::{ACTION, ACTION_ALIAS, POLICY, POLICY_TYPE, RUNNER};

pub(super) async fn action(context: &mut Context<'_>, command: ActionCommand) -> Outcome {
    match command {
        ActionCommand::List(args) => common::list_of_pack(context, &ACTION, args).await,
        ActionCommand::Get(args) => common::get(context, &ACTION, args).await,
        ActionCommand::Create(args) => common::create(context, &ACTION, args).await,
        ActionCommand::Update(args) => common::update(context, &ACTION, args).await,
        ActionCommand::Delete(args) => delete(context, args).await,
        ActionCommand::Clone(args) => {
            let request = CloneAction { source: args.source, pack: args.pack, name: args.name, force: args.force };
            commands::action::clone(context, request).await
        }
        ActionCommand::Enable(args) => common::enable(context, &ACTION, args).await,
        ActionCommand::Disable(args) => common::disable(context, &ACTION, args).await,
        ActionCommand::Execute(args) => run(context, args, Waiting::Never).await,
    }
}

async fn delete(context: &mut Context<'_>, args: ActionDeleteArgs) -> Outcome {
    let request = DeleteRequest {
        kind: &ACTION,
        id: args.reference.id,
        query: Query::new(),
        body: Some(json!({ "remove_files": args.remove_files })),
        missing: Missing::Accept,
    };
    resource::delete(context, request).await
}

pub(super) fn action_common(command: &ActionCommand) -> &CommonArgs {
    match command {
        ActionCommand::List(args) => &args.list.common,
        ActionCommand::Get(args) => &args.common,
        ActionCommand::Create(args) => &args.common,
        ActionCommand::Update(args) => &args.common,
        ActionCommand::Delete(args) => &args.reference.common,
        ActionCommand::Clone(args) => &args.common,
        ActionCommand::Enable(args) | ActionCommand::Disable(args) => &args.common,
        ActionCommand::Execute(args) => &args.common,
    }
}

pub(super) async fn alias(context: &mut Context<'_>, command: ActionAliasCommand) -> Outcome {
    match command {
        ActionAliasCommand::List(args) => common::list_of_pack(context, &ACTION_ALIAS, args).await,
        ActionAliasCommand::Get(args) => common::get(context, &ACTION_ALIAS, args).await,
        ActionAliasCommand::Create(args) => common::create(context, &ACTION_ALIAS, args).await,
        ActionAliasCommand::Update(args) => common::update(context, &ACTION_ALIAS, args).await,
        ActionAliasCommand::Delete(args) => common::delete(context, &ACTION_ALIAS, args).await,
        ActionAliasCommand::Match(args) => {
            let attributes = attributes_or(&args.columns.attr, &["name", "description"]);
            commands::alias::find_match(context, &args.command_text, &attributes, &args.columns.width).await
        }
        ActionAliasCommand::Execute(args) => commands::alias::execute(context, &args.command_text, args.user).await,
        ActionAliasCommand::Test(args) => {
            let wait = WaitOptions { is_async: args.no_wait, tail: args.detail.tail, refresh: false };
            commands::alias::test(context, &args.execute.command_text, args.execute.user, wait).await
        }
    }
}

pub(super) fn alias_common(command: &ActionAliasCommand) -> &CommonArgs {
    match command {
        ActionAliasCommand::List(args) => &args.list.common,
        ActionAliasCommand::Get(args) => &args.common,
        ActionAliasCommand::Create(args) => &args.common,
        ActionAliasCommand::Update(args) => &args.common,
        ActionAliasCommand::Delete(args) => &args.common,
        ActionAliasCommand::Match(args) => &args.common,
        ActionAliasCommand::Execute(args) => &args.common,
        ActionAliasCommand::Test(args) => &args.execute.common,
    }
}

pub(super) async fn runner(context: &mut Context<'_>, command: RunnerCommand) -> Outcome {
    match command {
        RunnerCommand::List(args) => common::list(context, &RUNNER, args).await,
        RunnerCommand::Get(args) => common::get(context, &RUNNER, args).await,
        RunnerCommand::Enable(args) => common::enable(context, &RUNNER, args).await,
        RunnerCommand::Disable(args) => common::disable(context, &RUNNER, args).await,
    }
}

pub(super) fn runner_common(command: &RunnerCommand) -> &CommonArgs {
    match command {
        RunnerCommand::List(args) => &args.common,
        RunnerCommand::Get(args) => &args.common,
        RunnerCommand::Enable(args) | RunnerCommand::Disable(args) => &args.common,
    }
}

pub(super) async fn policy(context: &mut Context<'_>, command: PolicyCommand) -> Outcome {
    match command {
        PolicyCommand::List(args) => list_policies(context, args).await,
        PolicyCommand::Get(args) => common::get(context, &POLICY, args).await,
        PolicyCommand::Create(args) => common::create(context, &POLICY, args).await,
        PolicyCommand::Update(args) => common::update(context, &POLICY, args).await,
        PolicyCommand::Delete(args) => common::delete(context, &POLICY, args).await,
    }
}

async fn list_policies(context: &mut Context<'_>, args: PolicyListArgs) -> Outcome {
    let mut request = list_request(&POLICY, "/policies/".to_owned(), &args.list.list.columns);
    request.query = QueryBuilder::default()
        .only(&request.attributes)
        .with("pack", args.list.pack)
        .with("resource_ref", args.resource_ref)
        .with("policy_type", args.policy_type)
        .build();
    resource::list(context, request).await
}

pub(super) fn policy_common(command: &PolicyCommand) -> &CommonArgs {
    match command {
        PolicyCommand::List(args) => &args.list.list.common,
        PolicyCommand::Get(args) => &args.common,
        PolicyCommand::Create(args) => &args.common,
        PolicyCommand::Update(args) => &args.common,
        PolicyCommand::Delete(args) => &args.common,
    }
}

pub(super) async fn policy_type(context: &mut Context<'_>, command: PolicyTypeCommand) -> Outcome {
    match command {
        PolicyTypeCommand::List(args) => list_policy_types(context, args).await,
        PolicyTypeCommand::Get(args) => common::get(context, &POLICY_TYPE, args).await,
    }
}

async fn list_policy_types(context: &mut Context<'_>, args: PolicyTypeListArgs) -> Outcome {
    let path = if args.resource_type.is_some() { "/policytypes/" } else { "/policytypes" };
    let mut request = list_request(&POLICY_TYPE, path.to_owned(), &args.list.columns);
    request.query = QueryBuilder::default().with("resource_type", args.resource_type).build();
    resource::list(context, request).await
}

pub(super) fn policy_type_common(command: &PolicyTypeCommand) -> &CommonArgs {
    match command {
        PolicyTypeCommand::List(args) => &args.list.common,
        PolicyTypeCommand::Get(args) => &args.common,
    }
}

pub(super) async fn workflow(context: &mut Context<'_>, command: WorkflowCommand) -> Outcome {
    let WorkflowCommand::Inspect(args) = command else {
        return Err(CommandError::Failed("only `squall` can draw and rehearse workflows".to_owned()));
    };
    let definition = match (args.file, args.action) {
        (Some(file), _) => Definition::File(file),
        (None, Some(action)) => Definition::Action(action),
        (None, None) => {
            return Err(CommandError::Failed(
                "either --file or --action is needed (only `squall` can check a file without a server)".to_owned(),
            ));
        }
    };
    commands::workflow::inspect(context, definition).await
}

pub(super) fn workflow_common(command: &WorkflowCommand) -> CommonArgs {
    match command {
        WorkflowCommand::Inspect(args) => args.common.clone(),
        WorkflowCommand::Graph(_) | WorkflowCommand::Rehearse(_) => CommonArgs::default(),
    }
}
