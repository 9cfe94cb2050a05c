//! Real processes: what goes in, what comes out, how they end.

use std::time::Duration;

use squall_spawn::{Child, Exit, OutputStream, Spawn, SpawnError, Stdin};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn shell(script: &str) -> Spawn {
    let mut spawn = Spawn::new("sh");
    spawn.args = vec!["-c".into(), script.into()];
    spawn
}

async fn collect(child: &mut Child) -> (String, String) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    while let Some(chunk) = child.next_output().await {
        match chunk.stream {
            OutputStream::Stdout => stdout.extend(chunk.bytes),
            OutputStream::Stderr => stderr.extend(chunk.bytes),
        }
    }
    (String::from_utf8_lossy(&stdout).into_owned(), String::from_utf8_lossy(&stderr).into_owned())
}

#[tokio::test]
async fn output_and_exit_codes() {
    for (script, stdout, stderr, exit) in [
        ("true", "", "", Exit::Code(0)),
        ("echo out; echo err >&2; exit 3", "out\n", "err\n", Exit::Code(3)),
        ("kill -9 $$", "", "", Exit::Signal(9)),
        ("kill -15 $$", "", "", Exit::Signal(15)),
        ("cat", "", "", Exit::Code(0)),
    ] {
        let mut child = shell(script).start().unwrap();
        let (actual_stdout, actual_stderr) = collect(&mut child).await;
        assert_eq!((actual_stdout.as_str(), actual_stderr.as_str()), (stdout, stderr), "{script}");
        assert_eq!(child.wait().await.unwrap(), exit, "{script}");
    }
}

#[tokio::test]
async fn the_environment_is_what_was_given() {
    let mut spawn = shell("env");
    spawn.environment.clear();
    spawn.environment.insert("PATH".to_owned(), "/usr/bin:/bin".to_owned());
    spawn.environment.insert("GIVEN".to_owned(), "it's".to_owned());
    let mut child = spawn.start().unwrap();
    let (stdout, _) = collect(&mut child).await;
    assert!(stdout.contains("GIVEN=it's"), "{stdout}");
    assert!(!stdout.contains("CARGO"), "{stdout}");
}

#[tokio::test]
async fn input_larger_than_a_pipe_reaches_a_child_that_prints_first() {
    let input = "x".repeat(1 << 20);
    let mut spawn = shell("cat; echo; wc -c < /dev/null");
    spawn.stdin = Stdin::Bytes(input.clone().into_bytes());
    let mut child = spawn.start().unwrap();
    let (stdout, _) = collect(&mut child).await;
    assert_eq!(stdout, format!("{input}\n0\n"));
}

#[tokio::test]
async fn the_channel_works_both_ways_and_ends_with_its_owner() {
    let mut spawn = shell("read line; echo \"got $line\" >&0; cat; echo closed");
    spawn.stdin = Stdin::Channel;
    let mut child = spawn.start().unwrap();
    let mut channel = child.take_channel().unwrap();
    channel.write_all(b"hello\n").await.unwrap();
    let mut answer = [0; 10];
    channel.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"got hello\n");
    drop(channel);
    assert_eq!(collect(&mut child).await.0, "closed\n");
}

#[tokio::test]
async fn killing_reaches_grandchildren_that_ignore_the_request() {
    let script = "(trap '' TERM; echo ready; while :; do sleep 1000; done) & wait";
    let mut child = shell(script).start().unwrap();
    assert_eq!(child.next_output().await.unwrap().bytes, b"ready\n");
    assert_eq!(child.kill_tree(Duration::from_secs(10)).await.unwrap(), Exit::Signal(15));
    assert_eq!(child.next_output().await, None, "the grandchild held the output open");
}

#[tokio::test]
async fn a_leader_that_ignores_the_request_is_killed_after_the_grace() {
    let mut child = shell("trap '' TERM; echo ready; while :; do sleep 1000; done").start().unwrap();
    assert_eq!(child.next_output().await.unwrap().bytes, b"ready\n");
    assert_eq!(child.kill_tree(Duration::from_millis(1)).await.unwrap(), Exit::Signal(9));
}

#[tokio::test]
async fn dropping_a_child_kills_its_group() {
    let mut spawn = shell("cat <&0 & echo ready; wait");
    spawn.stdin = Stdin::Channel;
    let mut child = spawn.start().unwrap();
    let mut channel = child.take_channel().unwrap();
    assert_eq!(child.next_output().await.unwrap().bytes, b"ready\n");
    drop(child);
    let mut rest = Vec::new();
    channel.read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty(), "end of file: nobody holds the other end any more");
}

#[tokio::test]
async fn what_cannot_be_started_says_why() {
    let missing = Spawn::new("no-such-program-anywhere").start().unwrap_err();
    assert!(matches!(missing, SpawnError::ProgramNotFound { .. }), "{missing}");

    let mut elsewhere = shell("true");
    elsewhere.working_directory = Some("/no/such/directory".into());
    assert!(matches!(elsewhere.start().unwrap_err(), SpawnError::WorkingDirectory { .. }));

    assert!(matches!(Spawn::new("/etc/passwd").start().unwrap_err(), SpawnError::Start { .. }));
}
