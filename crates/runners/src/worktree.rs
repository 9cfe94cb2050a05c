//! The files of an action as of a revision of its pack: the parameter `content_version`. Counterpart:
//! st2common/runners/base.py, `GitWorktreeActionRunner`.

use std::path::Path;

use squall_spawn::{ChildEvent, OutputStream, Spawn};
use tempfile::TempDir;

use crate::parameters::text;
use crate::request::RunRequest;

/// A checked out revision; the files go when it is dropped.
#[derive(Debug)]
pub(crate) struct Worktree {
    _directory: TempDir,
}

/// Points the request at the revision that it asks for, if it asks for one. The files live as long as what is
/// returned.
pub(crate) async fn enter(request: &mut RunRequest) -> Result<Option<Worktree>, String> {
    let Some(revision) = text(&request.runner_parameters, "content_version").filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let failed = |reason: &str| format!("Failed to create git worktree for pack \"{}\": {reason}", request.pack);
    let (Some(pack), Some(entry_point)) = (&request.pack_path, &request.entry_point) else {
        return Err(failed("the action has no files"));
    };
    let inside = entry_point
        .strip_prefix(pack)
        .map_err(|_| "entry_point is not located inside the pack directory".to_owned())?
        .to_owned();
    let directory =
        tempfile::Builder::new().prefix("st2-git-worktree-").tempdir().map_err(|error| failed(&error.to_string()))?;
    check_out(pack, revision, directory.path()).await.map_err(|reason| failed(&reason))?;

    request.entry_point = Some(directory.path().join(inside));
    request.pack_path = Some(directory.path().to_owned());
    Ok(Some(Worktree { _directory: directory }))
}

async fn check_out(pack: &Path, revision: &str, directory: &Path) -> Result<(), String> {
    // Worktrees of former actions are directories that are gone.
    git(pack, &["worktree", "prune"]).await.map_err(|message| explain(&message, pack, revision))?;
    if revision.starts_with('-') {
        return Err(explain("invalid reference", pack, revision));
    }
    let directory = directory.display().to_string();
    git(pack, &["worktree", "add", "--detach", &directory, revision])
        .await
        .map_err(|message| explain(&message, pack, revision))
}

fn explain(message: &str, pack: &Path, revision: &str) -> String {
    let message_lower = message.to_ascii_lowercase();
    if message_lower.contains("not a git repository") {
        return format!(
            "Pack directory \"{}\" is not a git repository. To utilize this functionality, pack directory needs to \
             be a git repository.",
            pack.display()
        );
    }
    if message_lower.contains("invalid reference") {
        return format!(
            "Invalid content_version \"{revision}\" provided. Make sure that git repository is up to date and \
             contains that revision."
        );
    }
    message.to_owned()
}

/// Runs git in a directory; an error is what it printed.
async fn git(directory: &Path, arguments: &[&str]) -> Result<(), String> {
    let mut spawn = Spawn::new("git");
    spawn.args = ["-C".into(), directory.into()].into_iter().chain(arguments.iter().map(Into::into)).collect();
    spawn.environment.insert("LC_ALL".to_owned(), "C".to_owned());
    let mut child = spawn.start().map_err(|error| error.to_string())?;
    let mut printed = Vec::new();
    loop {
        match child.next_event().await.map_err(|error| error.to_string())? {
            ChildEvent::Output(chunk) if chunk.stream == OutputStream::Stderr => printed.extend(chunk.bytes),
            ChildEvent::Output(_) => {}
            ChildEvent::Finished(exit) if exit.return_code() == 0 => return Ok(()),
            ChildEvent::Finished(_) => return Err(String::from_utf8_lossy(&printed).trim().to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{map, run};

    async fn pack_with_two_revisions() -> TempDir {
        let directory = tempfile::tempdir().unwrap();
        let pack = directory.path();
        git(pack, &["init", "-q"]).await.unwrap();
        for version in ["one", "two"] {
            std::fs::create_dir_all(pack.join("actions")).unwrap();
            std::fs::write(pack.join("actions/say.sh"), format!("#!/bin/sh\necho {version}\n")).unwrap();
            git(pack, &["add", "."]).await.unwrap();
            let identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
            git(pack, &[&identity[..], &["commit", "-q", "-m", version]].concat()).await.unwrap();
            git(pack, &["tag", version]).await.unwrap();
        }
        directory
    }

    fn request(pack: &Path, version: &str) -> RunRequest {
        RunRequest {
            pack: "golden".to_owned(),
            pack_path: Some(pack.to_owned()),
            entry_point: Some(pack.join("actions/say.sh")),
            runner_parameters: map(json!({"content_version": version})),
            ..RunRequest::default()
        }
    }

    #[tokio::test]
    async fn an_action_runs_as_of_the_revision_that_was_asked_for() {
        let pack = pack_with_two_revisions().await;
        for (version, expected) in [("one", "one"), ("two", "two"), ("", "two")] {
            let outcome = run("local-shell-script", request(pack.path(), version)).await;
            assert_eq!(outcome.result["stdout"], expected, "{version}: {}", outcome.result);
        }
    }

    #[tokio::test]
    async fn what_is_no_revision_or_no_repository_is_explained() {
        let pack = pack_with_two_revisions().await;
        for version in ["nosuch", "--help"] {
            let outcome = run("local-shell-script", request(pack.path(), version)).await;
            let expected = format!(
                "Failed to create git worktree for pack \"golden\": Invalid content_version \"{version}\" provided."
            );
            assert!(outcome.result["error"].as_str().unwrap().starts_with(&expected), "{}", outcome.result);
        }
        let plain = tempfile::tempdir().unwrap();
        let outcome = run("local-shell-script", request(plain.path(), "one")).await;
        assert!(outcome.result["error"].as_str().unwrap().contains("is not a git repository"), "{}", outcome.result);
    }
}
