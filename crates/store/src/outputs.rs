//! Live output of executions.

use async_trait::async_trait;
use squall_model::{Id, OutputChunk, OutputType};

use crate::Result;

#[async_trait]
pub trait OutputStore: Send + Sync {
    /// Appends chunks in order. Output is not part of what is acknowledged: the last chunks may be lost in a crash.
    async fn append(&self, chunks: Vec<OutputChunk>) -> Result<()>;

    /// Returns the output of an execution in the order of its appearance.
    async fn read(&self, execution: &Id, output_type: Option<OutputType>) -> Result<Vec<OutputChunk>>;
}
