//! `auth`, `login`, `apikey`, `role`, `role-assignment` and `service-registry`

use std::path::PathBuf;

use super::common::{self, QueryBuilder, list_request};
use crate::args::{
    ApiKeyCommand, AuthArgs, CommonArgs, LoginArgs, PasswordArgs, RoleAssignmentCommand, RoleAssignmentListArgs,
    RoleCommand, RoleListArgs, ServiceGroupCommand, ServiceMemberCommand, ServiceRegistryCommand,
};
use crate::commands::access::{self, ListApiKeys, LoginOptions, TokenOptions};
use crate::commands::resource::{self, attributes_or};
use crate::commands::{Context, Outcome, service_registry as registry};
use crate::kinds::{API_KEY, ROLE, ROLE_ASSIGNMENT};

fn token_options(args: PasswordArgs) -> TokenOptions {
    TokenOptions {
        username: args.username,
        password: args.password.filter(|password| !password.is_empty()),
        ttl: args.ttl.filter(|ttl| *ttl > 0),
    }
}

pub(super) async fn auth(context: &mut Context<'_>, args: AuthArgs) -> Outcome {
    access::print_token(context, token_options(args.login), args.only_token).await
}

pub(super) async fn login(context: &mut Context<'_>, args: LoginArgs, config_file: PathBuf) -> Outcome {
    let options = LoginOptions { token: token_options(args.login), write_password: args.write_password, config_file };
    access::login(context, options).await
}

pub(super) async fn api_key(context: &mut Context<'_>, command: ApiKeyCommand) -> Outcome {
    match command {
        ApiKeyCommand::List(args) => {
            let query = QueryBuilder::default()
                .with("show_secrets", args.show_secrets.then_some("True"))
                .with("user", args.user)
                .build();
            let usual: &[&str] = if args.detail { &["all"] } else { API_KEY.list_attributes };
            let requested: &[String] = if args.detail { &[] } else { &args.list.columns.attr };
            let attributes = attributes_or(requested, usual);
            access::list_api_keys(context, ListApiKeys { query, attributes, widths: args.list.columns.width }).await
        }
        ApiKeyCommand::Get(args) => common::get(context, &API_KEY, args).await,
        ApiKeyCommand::Create(args) => access::create_api_key(context, args.user, args.metadata, args.only_key).await,
        ApiKeyCommand::Delete(args) => common::delete(context, &API_KEY, args).await,
        ApiKeyCommand::Enable(args) => common::enable(context, &API_KEY, args).await,
        ApiKeyCommand::Disable(args) => common::disable(context, &API_KEY, args).await,
        ApiKeyCommand::Load(args) => access::load_api_keys(context, &args.file.file, &args.width).await,
    }
}

pub(super) fn api_key_common(command: &ApiKeyCommand) -> &CommonArgs {
    match command {
        ApiKeyCommand::List(args) => &args.list.common,
        ApiKeyCommand::Get(args) => &args.common,
        ApiKeyCommand::Create(args) => &args.common,
        ApiKeyCommand::Delete(args) | ApiKeyCommand::Enable(args) | ApiKeyCommand::Disable(args) => &args.common,
        ApiKeyCommand::Load(args) => &args.file.common,
    }
}

pub(super) async fn role(context: &mut Context<'_>, command: RoleCommand) -> Outcome {
    match command {
        RoleCommand::List(args) => list_roles(context, args).await,
        RoleCommand::Get(args) => common::get(context, &ROLE, args).await,
    }
}

async fn list_roles(context: &mut Context<'_>, args: RoleListArgs) -> Outcome {
    let path = if args.system { "/rbac/roles/" } else { "/rbac/roles" };
    let mut request = list_request(&ROLE, path.to_owned(), &args.list.columns);
    request.query = QueryBuilder::default().with("system", args.system.then_some("True")).build();
    resource::list(context, request).await
}

pub(super) fn role_common(command: &RoleCommand) -> &CommonArgs {
    match command {
        RoleCommand::List(args) => &args.list.common,
        RoleCommand::Get(args) => &args.common,
    }
}

pub(super) async fn role_assignment(context: &mut Context<'_>, command: RoleAssignmentCommand) -> Outcome {
    match command {
        RoleAssignmentCommand::List(args) => list_role_assignments(context, args).await,
        RoleAssignmentCommand::Get(args) => common::get(context, &ROLE_ASSIGNMENT, args).await,
    }
}

async fn list_role_assignments(context: &mut Context<'_>, args: RoleAssignmentListArgs) -> Outcome {
    let query = QueryBuilder::default()
        .with("role", args.role)
        .with("user", args.user)
        .with("source", args.source)
        .with("remote", args.remote.then_some("True"))
        .build();
    let path = if query.is_empty() { "/rbac/role_assignments" } else { "/rbac/role_assignments/" };
    let mut request = list_request(&ROLE_ASSIGNMENT, path.to_owned(), &args.list.columns);
    request.query = query;
    resource::list(context, request).await
}

pub(super) fn role_assignment_common(command: &RoleAssignmentCommand) -> &CommonArgs {
    match command {
        RoleAssignmentCommand::List(args) => &args.list.common,
        RoleAssignmentCommand::Get(args) => &args.common,
    }
}

pub(super) async fn service_registry(context: &mut Context<'_>, command: ServiceRegistryCommand) -> Outcome {
    match command {
        ServiceRegistryCommand::Group(ServiceGroupCommand::List(args)) => {
            let attributes = attributes_or(&args.columns.attr, &["group_id"]);
            registry::list_groups(context, &attributes, &args.columns.width).await
        }
        ServiceRegistryCommand::Member(ServiceMemberCommand::List(args)) => {
            let columns = args.list.columns;
            let attributes = attributes_or(&columns.attr, &["group_id", "member_id", "capabilities"]);
            registry::list_members(context, args.group_id, &attributes, &columns.width).await
        }
    }
}

pub(super) fn service_registry_common(command: &ServiceRegistryCommand) -> &CommonArgs {
    match command {
        ServiceRegistryCommand::Group(ServiceGroupCommand::List(args)) => &args.common,
        ServiceRegistryCommand::Member(ServiceMemberCommand::List(args)) => &args.list.common,
    }
}
