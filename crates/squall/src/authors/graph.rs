//! `squall workflow graph`: a definition as a picture.

use std::process::ExitCode;

use anyhow::{Context, Result};
use squall_client::{GraphFormat, WorkflowGraphArgs};
use squall_orquesta::Workflow;
use squall_orquesta::drawing::Drawing;

pub(crate) fn run(arguments: &WorkflowGraphArgs) -> Result<ExitCode> {
    let text = super::read(&arguments.path)?;
    let workflow = match Workflow::compile(&text) {
        Ok(workflow) => workflow,
        Err(error) => return super::inspect::unreadable(&arguments.path, &text, &error),
    };
    let drawing = Drawing::of(&workflow);
    let picture = match arguments.format {
        GraphFormat::Mermaid => drawing.to_mermaid(),
        GraphFormat::Dot => drawing.to_dot(),
        GraphFormat::Svg => drawing.to_svg(),
    };
    match &arguments.output {
        Some(path) => {
            std::fs::write(path, picture).with_context(|| format!("{} cannot be written", path.display()))?;
        }
        None => super::print(&picture)?,
    }
    Ok(ExitCode::SUCCESS)
}
