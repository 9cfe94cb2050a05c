//! Live output.

use async_trait::async_trait;
use squall_model::{Id, OutputChunk, OutputType};
use squall_store::{OutputStore, Result};

use super::Port;

#[async_trait]
impl OutputStore for Port {
    async fn append(&self, chunks: Vec<OutputChunk>) -> Result<()> {
        self.write("output", |state| state.outputs.extend(chunks)).await
    }

    async fn read(&self, execution: &Id, output_type: Option<OutputType>) -> Result<Vec<OutputChunk>> {
        self.ask(|state| {
            let of_it = state.outputs.iter().filter(|chunk| chunk.execution_id == *execution);
            of_it.filter(|chunk| output_type.is_none_or(|wanted| chunk.output_type == wanted)).cloned().collect()
        })
        .await
    }
}
