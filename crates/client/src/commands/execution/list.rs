//! `execution list`

use super::elapsed::add_elapsed;
use super::tree::mark_workflows;
use crate::api::Query;
use crate::commands::resource::note_about_more;
use crate::commands::{Context, Outcome};
use crate::exit::ExitCode;
use crate::kinds;
use crate::output::multi_column_table::{self, Columns};
use crate::output::transform;

#[derive(Debug, Clone)]
pub(crate) struct ListExecutions {
    pub(crate) query: Query,
    pub(crate) attributes: Vec<String>,
    pub(crate) widths: Vec<usize>,
    pub(crate) limit: i64,
}

pub(crate) async fn list(context: &mut Context<'_>, request: ListExecutions) -> Outcome {
    let mut page = context.api.list("/executions/", &request.query).await?;
    mark_workflows(&mut page.items);
    page.items.reverse();
    let columns =
        Columns { attributes: &request.attributes, widths: &request.widths, transforms: transform::EXECUTION };
    if context.is_structured() {
        context.show_list(&page.items, columns)?;
        return Ok(ExitCode::SUCCESS);
    }
    let now = context.io.host.now();
    for execution in &mut page.items {
        add_elapsed(execution, now);
    }
    let table = multi_column_table::render(&page.items, columns, &context.output);
    context.print(&table)?;
    if let Some(total) = page.total_count {
        let width = table.lines().next().map_or(0, str::len);
        note_about_more(context, &kinds::EXECUTION, request.limit, total, width)?;
    }
    Ok(ExitCode::SUCCESS)
}
