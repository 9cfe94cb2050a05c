//! A question to a person, asked by one process, kept by the database, answered to another.

use serde_json::json;

use crate::support::lanes::Lanes;

#[test]
fn a_workflow_that_asks_goes_on_with_the_answer_even_when_all_who_knew_of_it_were_replaced() {
    let Some(lanes) = Lanes::or_say_so() else { return };
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut fleet = crate::start(directory.path(), &lanes, &crate::name("inquiries"));
    let api = fleet.client();
    for action in ["compat.approval", "compat.approval_within"] {
        let (workflow, inquiry) = api.asked(action);
        for member in fleet.members.iter_mut().filter(|member| member.role != "api") {
            member.kill_and_restart();
        }
        api.answer(&inquiry, true).expect(200);
        let again = api.answer(&inquiry, false);
        assert_eq!(again.status, 400, "a second answer: {}", again.text);
        let ended = api.finished(&workflow);
        assert_eq!(
            (&ended["status"], &ended["result"]["output"]["said"]["approved"]),
            (&json!("succeeded"), &json!(true)),
            "{ended}\n{}",
            fleet.logs()
        );
    }
}
