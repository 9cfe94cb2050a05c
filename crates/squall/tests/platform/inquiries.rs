//! Questions to people, end to end: who is told, what a killed server does not lose.

use serde_json::{Value, json};

use crate::support::http::Answer;
use crate::support::server::{Options, Server};

fn statuses(execution: &Value) -> Vec<&str> {
    let log = execution["log"].as_array().map(Vec::as_slice).unwrap_or_default();
    log.iter().filter_map(|entry| entry["status"].as_str()).collect()
}

#[test]
fn a_rule_hears_of_the_question_and_the_log_shows_the_way_through_the_wait() {
    let server = Server::start(Options::with_test_pack());
    let rule = json!({
        "name": "asked", "pack": "compat", "enabled": true, "trigger": {"type": "core.st2.generic.inquiry"},
        "criteria": {"trigger.route": {"type": "eq", "pattern": "gate"}},
        "action": {"ref": "core.echo", "parameters": {"message": "{{ trigger.id }} at the {{ trigger.route }}"}},
    });
    server.post("/v1/rules", &rule).expect(201);
    let (workflow, inquiry) = server.asked("compat.approval");
    let told = format!("{inquiry} at the gate");
    server.item("/v1/executions?action=core.echo", |found| found["result"]["stdout"] == told);
    server.answer(&inquiry, true).expect(200);
    let ended = server.finished(&workflow);
    assert_eq!(ended["result"]["output"]["said"], json!({"approved": true}), "{ended}");
    assert_eq!(statuses(&ended)[2..], ["running", "paused", "resuming", "succeeded"], "{ended}");
    let inquiry = server.finished(&inquiry);
    assert_eq!(statuses(&inquiry), ["requested", "scheduled", "running", "pending", "succeeded"], "{inquiry}");
}

#[test]
fn an_answer_survives_the_kill_right_after_it_and_so_does_the_question_before() {
    let mut server = Server::start(Options::with_test_pack());
    for action in ["compat.approval", "compat.approval_within"] {
        let (workflow, inquiry) = server.asked(action);
        server.kill_and_restart();
        server.answer(&inquiry, true).expect(200);
        server.kill_and_restart();
        let ended = server.finished(&workflow);
        assert_eq!(
            (&ended["status"], &ended["result"]["output"]["said"]["approved"]),
            (&json!("succeeded"), &json!(true)),
            "{ended}"
        );
    }
}

#[test]
fn of_many_answers_at_once_exactly_one_is_accepted() {
    let server = Server::start(Options::with_test_pack());
    let (workflow, inquiry) = server.asked("compat.approval");
    let answers: Vec<(bool, Answer)> = std::thread::scope(|scope| {
        let (server, inquiry) = (&server, &inquiry);
        let threads: Vec<_> = (0..8)
            .map(|number| scope.spawn(move || (number % 2 == 0, server.answer(inquiry, number % 2 == 0))))
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    });
    let accepted: Vec<bool> =
        answers.iter().filter(|(_, answer)| answer.status == 200).map(|(said, _)| *said).collect();
    assert_eq!(accepted.len(), 1, "{accepted:?}");
    for (_, refused) in answers.iter().filter(|(_, answer)| answer.status != 200) {
        assert_eq!(refused.status, 400);
        assert!(refused.text.contains("has already been responded to."), "{}", refused.text);
    }
    assert_eq!(server.finished(&workflow)["result"]["output"]["said"]["approved"], json!(accepted[0]));
}
