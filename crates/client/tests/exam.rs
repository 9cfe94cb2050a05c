//! Replays what StackStorm's own client asked and printed: the same answers must give the same output and exit code.

mod support;

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};

use regex::Regex;
use serde_json::Value;

use support::server::{Answer, Request, Server};
use support::world::World;

/// Recorded commands that cannot or need not be the same, by their numbers and with the reason.
const DIFFERENT: &[(&str, &[u32])] = &[
    ("help, usage and version are ours", &[2, 3, 5, 7, 8]),
    ("the original's message is Python's", &[19, 76, 723, 745, 746, 747, 748, 860]),
    ("ours names the mistake of the request instead of `doesn't exist`", &[156]),
    ("the path of a missing file is shown as the user typed it", &[533]),
    (
        "`clone` of anything but actions, and writing rule enforcements, fail in the original by design",
        &[99, 539, 576, 608, 677, 699, 700, 701, 702],
    ),
    ("interactive configuration of packs is not offered", &[554, 555, 556, 953]),
    ("interactive answers to inquiries ask line by line", &[951, 952]),
    ("the original cannot load an API key without an id", &[720, 721]),
    ("`workflow inspect` accepts -j, and without any argument shows its usage", &[730, 731]),
    (
        "the recording hides values whose widths shape the table",
        &[
            513, 518, 612, 621, 623, 645, 646, 648, 651, 653, 656, 657, 659, 661, 673, 674, 678, 682, 684, 690, 694,
            703, 711, 718, 719, 801, 804, 805, 807, 809, 933, 944, 945,
        ],
    ),
    ("the recording depends on other ports or on earlier commands", &[749, 928]),
];

fn is_different(scenario: &str) -> bool {
    let number: Option<u32> = scenario.split('_').nth(1).and_then(|number| number.parse().ok());
    number.is_some_and(|number| DIFFERENT.iter().any(|(_, numbers)| numbers.contains(&number)))
}

fn transcripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/transcripts")
}

fn lines(name: &str) -> Option<Vec<Value>> {
    let text = std::fs::read_to_string(transcripts().join(name)).ok()?;
    Some(text.lines().map(|line| serde_json::from_str(line).expect("a transcript is JSON lines")).collect())
}

/// The original's placeholders as the values that a command can work with.
fn concrete(text: &str) -> String {
    let text = text
        .replace("<ts>", "2026-01-01T00:00:00.000000Z")
        .replace("<ts+00:00>", "2026-01-01T00:00:00.000000+00:00")
        .replace("<ts:seconds>", "2026-01-01T00:00:00Z")
        .replace("<ts:sp.f+00:00>", "2026-01-01 00:00:00.000000+00:00");
    let mut text = text;
    for (pattern, width) in WIDE.iter() {
        text = pattern.replace_all(&text, |found: &regex::Captures<'_>| format!("{:.<width$}", &found[0])).into_owned();
    }
    text
}

static BLURRED: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let patterns = [
        (r"(?:\d+|#+)s elapsed", "#s elapsed"),
        (r"<(id|token|api-key|hash|ciphertext|hex32|uuid):\d+>\.*", "<$1>"),
        (r"%3C(id|token|api-key|hash|ciphertext|hex32|uuid)%3A\d+%3E\.*", "<$1>"),
        (r"\b[0-9a-f]{32}\b", "<hex32>"),
        (r"(<(?:http-date|ts)>)\.*", "$1"),
        (r"[ \t]+\n", "\n"),
    ];
    patterns.map(|(pattern, replacement)| (Regex::new(pattern).expect("a valid pattern"), replacement)).to_vec()
});

static IDS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"<[a-z0-9-]+:\d+>\.*|\b5f0{19}abc\b").expect("a valid pattern"));

static WIDE: LazyLock<Vec<(Regex, usize)>> = LazyLock::new(|| {
    let widths =
        [("id", 24), ("uuid", 36), ("hex32", 32), ("token", 32), ("hash", 128), ("api-key", 86), ("ciphertext", 114)];
    widths.map(|(name, width)| (Regex::new(&format!(r"<{name}:\d+>")).expect("a valid pattern"), width)).to_vec()
});

/// Both sides without what differs from run to run.
fn comparable(text: &str, address: &str) -> String {
    let mut text = text
        .replace(&format!("{address}/v1"), "<api-host>/v1")
        .replace(&format!("{address}/auth"), "<auth-host>")
        .replace("Thu, 01 Jan 2026 00:00:00 UTC", "<http-date>..................")
        .replace("2026-01-01T00:00:00.000000Z", "<ts>.......................")
        .replace("2026-01-01T00:00:00Z", "<ts:seconds>........")
        .replace("Thu, 01 Jan", "<day>......")
        .replace("2026 00:00:00", "<time>.......");
    for (pattern, replacement) in BLURRED.iter() {
        text = pattern.replace_all(&text, *replacement).into_owned();
    }
    text
}

fn answer(exchange: &Value) -> Answer {
    let status = exchange["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(500);
    let body = &exchange["response_body"];
    let mut answer = if let Some(events) = body["__sse__"].as_array() {
        let events: Vec<(&str, Value)> = events
            .iter()
            .map(|event| {
                let data = concrete(&event["data"].to_string());
                (event["event"].as_str().unwrap_or_default(), serde_json::from_str(&data).unwrap_or(Value::Null))
            })
            .collect();
        Answer::events(&events)
    } else {
        match body {
            Value::Null => Answer::text(""),
            Value::String(text) => Answer::text(&concrete(text)),
            other => Answer::text(&concrete(&other.to_string())),
        }
    };
    answer.status = status;
    if let Some(total) = exchange["response_headers"]["x-total-count"].as_str() {
        answer = answer.with_header("x-total-count", total);
    }
    answer
}

/// Method and path without ids, by which requests and exchanges are matched.
fn shape(method: &str, path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default().trim_end_matches('/');
    let path = path.replace("%3C", "<").replace("%3A", ":").replace("%3E", ">");
    let path = path.strip_prefix("/auth").or_else(|| path.strip_prefix("/stream/v1")).unwrap_or(&path);
    let path = path.strip_prefix("/v1").unwrap_or(path);
    format!("{method} {}", IDS.replace_all(path, "<id>"))
}

struct Failure {
    command: String,
    detail: String,
}

async fn replay(run: &Value, exchanges: &[Value]) -> Result<(), Failure> {
    let pending: Arc<Mutex<VecDeque<Value>>> = Arc::new(Mutex::new(exchanges.iter().cloned().collect()));
    let unexpected = Arc::new(Mutex::new(Vec::new()));
    let strangers = Arc::clone(&unexpected);
    let queue = Arc::clone(&pending);
    let server = Server::start(Box::new(move |request: &Request| {
        let wanted = shape(&request.method, &request.target);
        let mut queue = queue.lock().expect("no panic in the server");
        let position = queue.iter().position(|exchange| {
            shape(exchange["method"].as_str().unwrap_or_default(), exchange["path"].as_str().unwrap_or_default())
                == wanted
        });
        match position.and_then(|position| queue.remove(position)) {
            Some(exchange) => Some(answer(&exchange)),
            None => {
                strangers.lock().expect("no panic in the server").push(request.line());
                Some(Answer { status: 410, headers: Vec::new(), body: String::new() })
            }
        }
    }))
    .await;
    let mut world = World::new(&server.address);
    for (name, value) in run["env"].as_object().into_iter().flatten() {
        if !name.ends_with("_URL") && name != "ST2_CONFIG_FILE" {
            world.environment.insert(name.clone(), value.as_str().unwrap_or_default().to_owned());
        }
    }
    run["stdin"].as_str().unwrap_or_default().clone_into(&mut world.stdin);
    world.working_directory = transcripts().join("fixtures/cli_files");
    let arguments: Vec<&str> = run["argv"].as_array().into_iter().flatten().skip(1).filter_map(Value::as_str).collect();
    let ended = world.run(&arguments).await;
    let command = arguments.join(" ");
    let expected = comparable(run["stdout"].as_str().unwrap_or_default(), "<none>");
    let printed = comparable(&ended.stdout, &server.address);
    let strangers = unexpected.lock().expect("no panic in the server").clone();
    let code = u64::from(ended.code);
    if printed == expected && run["exit_code"].as_u64() == Some(code) && strangers.is_empty() {
        return Ok(());
    }
    let scenario = run["scenario"].as_str().unwrap_or_default();
    let detail = format!(
        "exit {code}, expected {}; unexpected requests {strangers:?}; {scenario}\n--- expected\n{expected}\n--- printed\n{printed}\n--- stderr\n{}",
        run["exit_code"], ended.stderr
    );
    Err(Failure { command, detail })
}

#[tokio::test]
async fn prints_what_the_original_prints() {
    let (Some(runs), Some(exchanges)) = (lines("cli.jsonl"), lines("cli_http.jsonl")) else {
        println!("ATTENTION: the transcripts of the original are not here, so nothing was compared with them");
        return;
    };
    let mut by_scenario: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for exchange in exchanges {
        by_scenario.entry(exchange["scenario"].as_str().unwrap_or_default().to_owned()).or_default().push(exchange);
    }
    let (mut passed, mut failures, mut skipped) = (0, Vec::new(), 0);
    for run in &runs {
        if is_different(run["scenario"].as_str().unwrap_or_default()) {
            skipped += 1;
            continue;
        }
        let exchanges = by_scenario.get(run["scenario"].as_str().unwrap_or_default()).map_or(&[][..], Vec::as_slice);
        match replay(run, exchanges).await {
            Ok(()) => passed += 1,
            Err(failure) => failures.push(failure),
        }
    }
    println!("{passed} commands as the original, {skipped} different on purpose, {} different", failures.len());
    for failure in &failures {
        println!("=== st2 {}\n{}", failure.command, failure.detail);
    }
    assert!(failures.is_empty(), "{} of {} commands differ", failures.len(), runs.len());
}
