//! `list`

use super::Context;
use crate::api::Query;
use crate::commands::{CommandError, Outcome};
use crate::exit::ExitCode;
use crate::kinds::ResourceKind;
use crate::output::Transforms;
use crate::output::multi_column_table::Columns;
use crate::output::table::Table;

/// In which order a list is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// As the server sends it.
    AsSent,
    /// The last first, so that the most recent ends up next to the prompt.
    Reversed,
    /// The last first in documents only.
    ReversedInDocuments,
}

#[derive(Debug, Clone)]
pub(crate) struct ListRequest {
    pub(crate) kind: &'static ResourceKind,
    /// `/rules/`
    pub(crate) path: String,
    pub(crate) query: Query,
    pub(crate) attributes: Vec<String>,
    pub(crate) widths: Vec<usize>,
    pub(crate) transforms: Transforms,
    pub(crate) order: Order,
    /// How many the user asked for, when a note is to say that there are more.
    pub(crate) limit: Option<i64>,
}

pub(crate) async fn list(context: &mut Context<'_>, request: ListRequest) -> Outcome {
    let mut page = context.api.list(&request.path, &request.query).await?;
    let is_structured = context.is_structured();
    let is_reversed = match request.order {
        Order::AsSent => false,
        Order::Reversed => true,
        Order::ReversedInDocuments => is_structured,
    };
    let columns = Columns { attributes: &request.attributes, widths: &request.widths, transforms: request.transforms };
    if is_reversed {
        page.items.reverse();
        context.show_list(&page.items, columns)?;
    } else {
        context.show_matches(&page.items, columns)?;
    }
    if let (false, Some(limit), Some(total)) = (is_structured, request.limit, page.total_count) {
        let table = crate::output::multi_column_table::render(&page.items, columns, &context.output);
        note_about_more(context, request.kind, limit, total, table.lines().next().map_or(0, str::len))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Says on standard error that there are more resources than were shown.
pub(crate) fn note_about_more(
    context: &mut Context<'_>,
    kind: &ResourceKind,
    limit: i64,
    total: u64,
    table_width: usize,
) -> Result<(), CommandError> {
    let Ok(shown) = u64::try_from(limit) else { return Ok(()) };
    if shown == 0 || total <= shown {
        return Ok(());
    }
    let message = if shown == 1 {
        let one = if kind.plural == "inquiries" { "inquiry" } else { kind.plural.trim_end_matches('s') };
        format!("Note: Only one {one} is displayed. Use -n/--last flag for more results.")
    } else {
        format!("Note: Only first {shown} {} are displayed. Use -n/--last flag for more results.", kind.plural)
    };
    let missing = table_width.saturating_sub(message.chars().count() + 4);
    let note = Table {
        headers: vec![String::new()],
        max_widths: Vec::new(),
        rows: vec![vec![message + &" ".repeat(missing)]],
    };
    // A note has borders and no header.
    let drawn = note.render();
    let lines: Vec<&str> = drawn.lines().collect();
    context.note(&[lines[0], lines[3], lines[4]].join("\n"))
}
