//! One Python action: the request that goes in, the answer that comes out.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use squall_model::Map;
use squall_spawn::Child;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::task::JoinHandle;

use crate::host::{PythonError, PythonHost};

/// A result larger than this is refused: it would be stored with the execution.
const ANSWER_LIMIT: u64 = 64 * 1024 * 1024;

/// How long to read on after the process has ended.
const ANSWER_GRACE: Duration = Duration::from_secs(5);

/// What to run. Only the fields that are not skipped reach the process as its request.
#[derive(Debug, Clone, Serialize)]
pub struct ActionRequest {
    pub pack: String,
    /// The file that holds the action class, absolute.
    pub file_path: PathBuf,
    pub parameters: Map,
    pub config: Value,
    pub user: String,
    pub log_level: String,
    #[serde(skip)]
    pub pack_path: Option<PathBuf>,
    #[serde(skip)]
    pub environment: BTreeMap<String, String>,
}

/// What `run()` returned.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Answer {
    pub result: Value,
    /// The first half of a returned pair; absent when only a result was returned.
    pub status: Option<bool>,
}

/// A started action: its process and, once that ended, its answer.
#[derive(Debug)]
pub struct RunningAction {
    pub child: Child,
    answer: JoinHandle<io::Result<Option<Answer>>>,
}

impl RunningAction {
    /// Returns the answer of a finished process; `None` if it ended without one.
    pub async fn answer(mut self) -> io::Result<Option<Answer>> {
        // What the process said is in the socket already. A daemon that it forked may keep the socket open for ever.
        match tokio::time::timeout(ANSWER_GRACE, &mut self.answer).await {
            Ok(answer) => answer.map_err(io::Error::other)?,
            Err(_) => {
                self.answer.abort();
                Ok(None)
            }
        }
    }
}

impl PythonHost {
    /// Starts an action in a process of its own.
    pub fn start_action(&self, request: ActionRequest) -> Result<RunningAction, PythonError> {
        let mut line = serde_json::to_vec(&request).unwrap_or_default();
        line.push(b'\n');
        let mut child =
            self.start("run_action.py", &request.pack, request.pack_path.as_deref(), request.environment.clone())?;
        let channel = child.take_channel();
        let answer = tokio::spawn(async move {
            match channel {
                Some(channel) => converse(channel, &line).await,
                None => Ok(None),
            }
        });
        Ok(RunningAction { child, answer })
    }
}

/// Sends the request and reads one line: the socket stays open until then, for its end kills the process.
async fn converse(mut channel: UnixStream, request: &[u8]) -> io::Result<Option<Answer>> {
    let mut answer = Vec::new();
    let exchange = async {
        channel.write_all(request).await?;
        BufReader::new((&mut channel).take(ANSWER_LIMIT + 1)).read_until(b'\n', &mut answer).await
    };
    match exchange.await {
        Ok(_) => {}
        // The process died before it read its request, or while it was answering.
        Err(error) if matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) => {}
        Err(error) => return Err(error),
    }
    if answer.len() as u64 > ANSWER_LIMIT {
        return Err(io::Error::other(format!("the result is larger than {ANSWER_LIMIT} bytes")));
    }
    match answer.strip_suffix(b"\n") {
        Some(line) => serde_json::from_slice(line).map(Some).map_err(io::Error::from),
        None => Ok(None),
    }
}
