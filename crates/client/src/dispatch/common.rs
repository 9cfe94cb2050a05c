//! Requests that are the same for every kind of resource.

use crate::api::Query;
use crate::args::{ColumnArgs, FileArgs, GetArgs, ListArgs, PackListArgs, ReferenceArgs, UpdateArgs};
use crate::commands::resource::{
    self, DeleteRequest, GetRequest, ListRequest, Missing, Order, attributes_or, include_attributes,
};
use crate::commands::{Context, Outcome};
use crate::kinds::ResourceKind;
use crate::output::transform;

/// A query that leaves out what is not set.
#[derive(Debug, Default)]
pub(super) struct QueryBuilder(Query);

impl QueryBuilder {
    pub(super) fn with(mut self, name: &str, value: Option<impl ToString>) -> Self {
        self.0.extend(value.map(|value| (name.to_owned(), value.to_string())));
        self
    }

    /// Only what is shown.
    pub(super) fn only(mut self, attributes: &[String]) -> Self {
        self.0.extend(include_attributes(attributes));
        self
    }

    /// `ascending` or `descending`, also in their short forms.
    pub(super) fn sorted(self, order: &str) -> Self {
        match order {
            "asc" | "ascending" => self.with("sort_asc", Some("True")),
            "desc" | "descending" => self.with("sort_desc", Some("True")),
            _ => self,
        }
    }

    pub(super) fn build(self) -> Query {
        self.0
    }
}

/// A list as the user wants to see it, without filters.
pub(super) fn list_request(kind: &'static ResourceKind, path: String, columns: &ColumnArgs) -> ListRequest {
    ListRequest {
        kind,
        path,
        query: Query::new(),
        attributes: attributes_or(&columns.attr, kind.list_attributes),
        widths: columns.width.clone(),
        transforms: transform::NONE,
        order: Order::AsSent,
        limit: None,
    }
}

pub(super) async fn list(context: &mut Context<'_>, kind: &'static ResourceKind, args: ListArgs) -> Outcome {
    let mut request = list_request(kind, format!("/{}", kind.path), &args.columns);
    request.query = QueryBuilder::default().only(&request.attributes).build();
    resource::list(context, request).await
}

/// A list of what belongs to packs.
pub(super) async fn list_of_pack(
    context: &mut Context<'_>,
    kind: &'static ResourceKind,
    args: PackListArgs,
) -> Outcome {
    let mut request = list_request(kind, format!("/{}", kind.path), &args.list.columns);
    request.query = QueryBuilder::default().only(&request.attributes).with("pack", args.pack).build();
    resource::list(context, request).await
}

pub(super) async fn get(context: &mut Context<'_>, kind: &'static ResourceKind, args: GetArgs) -> Outcome {
    resource::get(context, get_request(kind, args)).await
}

pub(super) fn get_request(kind: &'static ResourceKind, args: GetArgs) -> GetRequest {
    GetRequest { kind, ids: args.ids, query: Query::new(), attributes: attributes_or(&args.attr, kind.get_attributes) }
}

pub(super) async fn create(context: &mut Context<'_>, kind: &'static ResourceKind, args: FileArgs) -> Outcome {
    resource::create(context, kind, &args.file).await
}

pub(super) async fn update(context: &mut Context<'_>, kind: &'static ResourceKind, args: UpdateArgs) -> Outcome {
    resource::update(context, kind, &args.id, &args.file).await
}

pub(super) async fn enable(context: &mut Context<'_>, kind: &'static ResourceKind, args: ReferenceArgs) -> Outcome {
    resource::enable(context, kind, &args.id, true).await
}

pub(super) async fn disable(context: &mut Context<'_>, kind: &'static ResourceKind, args: ReferenceArgs) -> Outcome {
    resource::enable(context, kind, &args.id, false).await
}

pub(super) async fn delete(context: &mut Context<'_>, kind: &'static ResourceKind, args: ReferenceArgs) -> Outcome {
    let request = DeleteRequest { kind, id: args.id, query: Query::new(), body: None, missing: Missing::Refuse };
    resource::delete(context, request).await
}
