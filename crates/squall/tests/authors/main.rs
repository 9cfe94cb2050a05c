//! The tools for workflow authors as a person or a script uses them: files in, text and exit codes out, and no server anywhere.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

const DEPLOY: &str = "\
version: 1.0
input:
  - host
tasks:
  build:
    action: ci.build host=<% ctx().host %>
    next:
      - when: <% succeeded() %>
        publish: version=<% result().version %>
        do: release
  release:
    action: ci.release version=<% ctx().version %>
output:
  - version: <% ctx().version %>
";

const BROKEN: &str = "\
version: 1.0
input:
  - host
tasks:
  build:
    acton: ci.build
    next:
      - when: <% succeeded( %>
        publish:
          - greeting: Hello <% ctx().hots %>
        do: [relase]
  release:
    action: ci.release
";

struct Desk {
    directory: TempDir,
}

struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Desk {
    fn with(files: &[(&str, &str)]) -> Self {
        let directory = TempDir::new().expect("a directory");
        for (name, text) in files {
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a file has a directory")).expect("the directory");
            std::fs::write(path, text).expect("a file");
        }
        Self { directory }
    }

    fn squall(&self, arguments: &[&str], input: &str) -> Ended {
        let mut child = Command::new(env!("CARGO_BIN_EXE_squall"))
            .args(arguments)
            .current_dir(self.directory.path())
            // A server that is not there, so that whoever asks one is found out.
            .env("ST2_BASE_URL", "http://127.0.0.1:1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        // Who does not read its input has ended, and closed it.
        let _unread = child.stdin.take().expect("an input").write_all(input.as_bytes());
        let output = child.wait_with_output().expect("the binary ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        Ended { code: output.status.code().expect("an exit code"), out: text(output.stdout), err: text(output.stderr) }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }
}

fn evaluates(arguments: &[&str], code: i32, out: &str) {
    let desk = Desk::with(&[("ctx.yaml", "name: Ada\nlist: [3, 1]\n")]);
    let ended = desk.squall(&[&["expr"], arguments].concat(), "");
    assert_eq!((ended.code, ended.out.as_str()), (code, out), "{arguments:?}: {}", ended.err);
}

#[test]
fn an_expression_is_told_by_its_delimiters_or_its_language() {
    evaluates(&["<% ctx().name.toUpper() %>", "--ctx", "ctx.yaml"], 0, "ADA\n");
    evaluates(&["{{ ctx().list | sum }} of {{ ctx('name') }}", "--ctx", "ctx.yaml"], 0, "4 of Ada\n");
    evaluates(&["$.list.orderBy($)", "--lang", "yaql", "--ctx", "ctx.yaml", "-j"], 0, "[1,3]\n");
    evaluates(&["name | lower", "--lang", "jinja", "--ctx", "ctx.yaml"], 0, "ada\n");
    evaluates(&["<% 1 + 2 %>"], 0, "3\n");
    evaluates(&["1 + 2"], 2, "");
    evaluates(&["<% 1 %>", "--ctx", "nowhere.yaml"], 2, "");
}

#[test]
fn what_is_wrong_with_an_expression_is_marked() {
    let desk = Desk::with(&[("ctx.yaml", "servers: [a]\n")]);
    let ended = desk.squall(&["expr", "<% ctx().servers.lenn() %>", "--ctx", "ctx.yaml"], "");
    assert_eq!((ended.code, ended.out.as_str()), (1, ""));
    assert_eq!(
        ended.err,
        "expression:1:18: error: NoMethodRegisteredException: Unknown method \"lenn\" for receiver ('a',)\n  \
         1 | <% ctx().servers.lenn() %>\n    |                  ^^^^\n    = did you mean `len`?\n"
    );
    for (expression, place, meant) in [
        ("<% ctx().severs[0] %>", "1:10", "servers"),
        ("<% ctx(severs) %>", "1:8", "servers"),
        ("{{ ctx().severs }}", "1:10", "servers"),
        ("{{ ctx().servers | lenght }}", "1:20", "length"),
        ("a\n{{ ctx('severs') }}", "2:9", "servers"),
    ] {
        let ended = desk.squall(&["expr", expression, "--ctx", "ctx.yaml"], "");
        assert!(ended.err.starts_with(&format!("expression:{place}: error: ")), "{}", ended.err);
        assert!(ended.err.ends_with(&format!("= did you mean `{meant}`?\n")), "{}", ended.err);
    }
    let ended = desk.squall(&["expr", "<% ctx().severs %>", "--ctx", "ctx.yaml", "--json"], "");
    let answer: Value = serde_json::from_str(&ended.out).expect("JSON");
    assert_eq!(ended.code, 1);
    assert_eq!(answer["error"]["type"], json!("YaqlEvaluationException"));
}

#[test]
fn questions_come_and_answers_go_line_by_line() {
    let questions = [
        r#"{"lang": "yaql", "expr": "<% ctx().a + 1 %>", "ctx": {"a": 1}}"#,
        r#"{"lang": "jinja", "expr": "a ~ 'b'", "ctx": {"a": 1}}"#,
        r#"{"expr": {"k": "<% ctx(a) %>"}, "ctx": {"a": [1]}}"#,
        "no question",
        r#"{"lang": "yaql", "expr": "1 +/ 2"}"#,
        r#"{"lang": "latin", "expr": "1"}"#,
    ];
    let ended = Desk::with(&[]).squall(&["expr"], &questions.join("\n"));
    assert_eq!(ended.code, 0, "{}", ended.err);
    let answers: Vec<Value> = ended.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(answers[..3], [json!({"value": 2}), json!({"value": "1b"}), json!({"value": {"k": [1]}})]);
    assert!(answers[3]["error"]["message"].is_string() && answers[5]["error"]["message"].is_string(), "{answers:?}");
    assert_eq!(answers[4]["error"]["type"], json!("YaqlGrammarException"));
    assert_eq!(answers[4]["error"]["at"], json!(3));
    assert_eq!(answers.len(), 6);
}

#[test]
fn every_mistake_of_a_definition_is_shown_where_it_is() {
    let desk = Desk::with(&[("good.yaml", DEPLOY), ("broken.yaml", BROKEN), ("torn.yaml", "tasks: {a: [}")]);
    let ended = desk.squall(&["workflow", "inspect", "good.yaml"], "");
    assert_eq!((ended.code, ended.out.as_str()), (0, "No errors found in workflow definition.\n"));

    let ended = desk.squall(&["workflow", "inspect", "broken.yaml"], "");
    assert_eq!(ended.code, 1);
    for part in [
        "broken.yaml:6:5: error: Additional properties are not allowed ('acton' was unexpected)\n  6 |     acton: ci.build\n    |     ^^^^^\n    = did you mean `action`?\n",
        "broken.yaml:8:15: error: Parse error: unexpected end of statement\n",
        "broken.yaml:10:38: error: Variable \"hots\" is referenced before assignment.\n  10 |           - greeting: Hello <% ctx().hots %>\n     |                                      ^^^^\n     = did you mean `host`?\n",
        "broken.yaml:11:14: error: The task \"relase\" is not defined.\n",
        "     |              ^^^^^^\n     = did you mean `release`?\n",
    ] {
        assert!(ended.out.contains(part), "{part}\nis not in\n{}", ended.out);
    }
    assert!(!ended.out.contains('\u{1b}'), "a pipe gets no colours");

    let ended = desk.squall(&["workflow", "inspect", "-j", "broken.yaml"], "");
    let found: Value = serde_json::from_str(&ended.out).expect("JSON");
    assert_eq!((ended.code, found.as_array().expect("a list").len()), (1, 4));

    let ended = desk.squall(&["workflow", "inspect", "torn.yaml"], "");
    assert!(ended.code == 1 && ended.out.starts_with("torn.yaml:1:"), "{}", ended.out);
    assert_eq!(desk.squall(&["workflow", "inspect", "nowhere.yaml"], "").code, 2);
    assert_eq!(desk.squall(&["workflow", "inspect", "-"], DEPLOY).code, 0);
}

#[test]
fn calls_of_what_is_not_there_are_warned_of() {
    let definition = "tasks:\n  a:\n    action: core.echo a=<% ctx(st2).user.toUper() %>\n    next:\n      - publish: [{b: '{{ ctx().st2 | to_jsn_string }}'}]\n";
    let desk = Desk::with(&[("w.yaml", definition)]);
    let ended = desk.squall(&["workflow", "inspect", "w.yaml"], "");
    assert_eq!(
        (ended.code, ended.out.as_str()),
        (
            0,
            "w.yaml:3:42: warning: There is no function \"toUper\": this fails when it is evaluated.\n  \
             3 |     action: core.echo a=<% ctx(st2).user.toUper() %>\n    |                                          ^^^^^^\n    \
             = did you mean `toUpper`?\n\
             w.yaml:5:39: warning: There is no filter or test \"to_jsn_string\": this fails when it is evaluated.\n  \
             5 |       - publish: [{b: '{{ ctx().st2 | to_jsn_string }}'}]\n    |                                       ^^^^^^^^^^^^^\n    \
             = did you mean `to_json_string`?\n\
             No errors found in workflow definition.\n"
        )
    );
}

#[test]
fn a_definition_is_drawn() {
    let desk = Desk::with(&[("deploy.yaml", DEPLOY)]);
    for (format, begins) in [("mermaid", "flowchart TD\n"), ("dot", "digraph"), ("svg", "<svg ")] {
        let ended = desk.squall(&["workflow", "graph", "deploy.yaml", "--format", format], "");
        assert!(ended.code == 0 && ended.out.starts_with(begins), "{format}: {} {}", ended.out, ended.err);
    }
    let ended = desk.squall(&["workflow", "graph", "deploy.yaml", "-f", "svg", "-o", "deploy.svg"], "");
    assert_eq!((ended.code, ended.out.as_str()), (0, ""));
    assert!(desk.path().join("deploy.svg").is_file());
}

#[test]
fn rehearsals_say_what_came_otherwise() {
    let good = "workflow: workflows/deploy.yaml\ninputs: {host: h}\nmock_action_executions:\n  - {task_id: build, result_path: results/build.json}\n\
                expected_task_sequence: [build, release]\nexpected_output: {version: 7}\n";
    let bad = good.replace("[build, release", "[build, rollback");
    let unusable = good.replace("task_id: build", "task_id: biuld");
    let desk = Desk::with(&[
        ("workflows/deploy.yaml", DEPLOY),
        ("results/build.json", "{\"version\": 7}"),
        ("tests/good.yaml", good),
        ("tests/bad.yaml", &bad),
        ("other/unusable.yaml", &unusable),
    ]);
    let ended = desk.squall(&["workflow", "rehearse", "tests/good.yaml"], "");
    assert_eq!(
        (ended.code, ended.out.as_str()),
        (0, "ok tests/good.yaml (2 runs of tasks, succeeded)\n"),
        "{}",
        ended.err
    );

    let ended = desk.squall(&["workflow", "rehearse", "tests"], "");
    assert_eq!(
        (ended.code, ended.out.as_str()),
        (
            1,
            "failed tests/bad.yaml\n  expected_task_sequence:\n    expected [\"build\",\"rollback\"]\n    \
             actual   [\"build\",\"release\"]\n    they part at number 2: \"rollback\" expected, \"release\" came\n\
             ok tests/good.yaml (2 runs of tasks, succeeded)\n1 of 2 rehearsals as expected\n"
        )
    );

    let ended = desk.squall(&["workflow", "rehearse", "other/unusable.yaml"], "");
    assert_eq!(ended.code, 2);
    assert!(ended.out.contains("other/unusable.yaml:4:15: error: the workflow has no task `biuld`\n"), "{}", ended.out);
    assert!(ended.out.contains("= did you mean `build`?"), "{}", ended.out);

    let ended = desk.squall(&["workflow", "rehearse", "--json", "tests/bad.yaml"], "");
    let report: Value = serde_json::from_str(&ended.out).expect("JSON");
    assert_eq!((ended.code, &report["ok"]), (1, &json!(false)));
    assert_eq!(report["outcome"]["task_sequence"], json!(["build", "release"]));
}
