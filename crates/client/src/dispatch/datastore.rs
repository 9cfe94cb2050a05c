//! `key` and `inquiry`

use super::common::{self, QueryBuilder, get_request, list_request};
use crate::args::{CommonArgs, InquiryCommand, InquiryListArgs, KeyCommand, KeyListArgs, KeySetArgs};
use crate::commands::key::{self, Protection, SetKey};
use crate::commands::resource::{self, DeleteRequest, Missing, Order};
use crate::commands::{Context, Outcome, inquiry as inquiries};
use crate::kinds::{INQUIRY, KEY};

pub(super) async fn key(context: &mut Context<'_>, command: KeyCommand) -> Outcome {
    match command {
        KeyCommand::List(args) => list(context, args).await,
        KeyCommand::Get(args) => {
            let mut request = get_request(&KEY, args.get);
            request.query =
                QueryBuilder::default().with("decrypt", Some(args.decrypt)).with("scope", Some(args.scope)).build();
            resource::get(context, request).await
        }
        KeyCommand::Set(args) => set(context, args).await,
        KeyCommand::Delete(args) => {
            let query =
                QueryBuilder::default().with("scope", Some(args.scope.scope)).with("user", args.scope.user).build();
            let request = DeleteRequest { kind: &KEY, id: args.name, query, body: None, missing: Missing::Refuse };
            resource::delete(context, request).await
        }
        KeyCommand::Load(args) => key::load(context, &args.file.file, args.convert).await,
        KeyCommand::DeleteByPrefix(args) => key::delete_by_prefix(context, &args.prefix).await,
    }
}

async fn list(context: &mut Context<'_>, args: KeyListArgs) -> Outcome {
    let mut request = list_request(&KEY, "/keys/".to_owned(), &args.list.columns);
    request.query = QueryBuilder::default()
        .with("decrypt", Some(args.decrypt))
        .with("scope", Some(args.scope))
        .with("user", args.user)
        .with("limit", Some(args.last.last))
        .with("prefix", args.prefix)
        .build();
    request.transforms = key::TRANSFORMS;
    request.order = Order::ReversedInDocuments;
    request.limit = Some(args.last.last);
    resource::list(context, request).await
}

async fn set(context: &mut Context<'_>, args: KeySetArgs) -> Outcome {
    let protection = match (args.encrypt, args.encrypted) {
        (true, _) => Protection::Encrypt,
        (false, true) => Protection::Encrypted,
        (false, false) => Protection::Plain,
    };
    let request = SetKey {
        name: args.name,
        value: args.value,
        protection,
        ttl: args.ttl.filter(|ttl| *ttl > 0),
        scope: args.scope.scope,
        user: args.scope.user,
    };
    key::set(context, request).await
}

pub(super) fn key_common(command: &KeyCommand) -> &CommonArgs {
    match command {
        KeyCommand::List(args) => &args.list.common,
        KeyCommand::Get(args) => &args.get.common,
        KeyCommand::Set(args) => &args.common,
        KeyCommand::Delete(args) => &args.common,
        KeyCommand::Load(args) => &args.file.common,
        KeyCommand::DeleteByPrefix(args) => &args.common,
    }
}

pub(super) async fn inquiry(context: &mut Context<'_>, command: InquiryCommand) -> Outcome {
    match command {
        InquiryCommand::List(args) => list_inquiries(context, args).await,
        InquiryCommand::Get(args) => common::get(context, &INQUIRY, args).await,
        InquiryCommand::Respond(args) => inquiries::respond(context, &args.id, args.response.as_deref()).await,
    }
}

async fn list_inquiries(context: &mut Context<'_>, args: InquiryListArgs) -> Outcome {
    let mut request = list_request(&INQUIRY, "/inquiries/".to_owned(), &args.columns);
    request.query = QueryBuilder::default().with("limit", Some(args.last.last)).build();
    request.order = Order::Reversed;
    request.limit = Some(args.last.last);
    resource::list(context, request).await
}

pub(super) fn inquiry_common(command: &InquiryCommand) -> &CommonArgs {
    match command {
        InquiryCommand::List(args) => &args.common,
        InquiryCommand::Get(args) => &args.common,
        InquiryCommand::Respond(args) => &args.common,
    }
}
