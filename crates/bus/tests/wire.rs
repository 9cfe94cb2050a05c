//! Messages as bytes: what goes out comes in, also from older and newer processes, and secrets stay at home.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use squall_bus::wire::{INLINE_LIMIT, decode, encode};
use squall_bus::{Exchange, Message};
use squall_model::Status;
use squall_testkit::bus_suite::{SECRET, SampleOriginals, samples};

async fn read(exchange: Exchange, key: &str, body: &[u8]) -> Option<Message> {
    let received = decode(exchange, key, body).unwrap_or_else(|error| panic!("{error}"));
    received.whole(&SampleOriginals::default()).await.expect("originals")
}

fn texts<'a>(messages: impl IntoIterator<Item = &'a Message>) -> BTreeSet<String> {
    messages.into_iter().map(|message| format!("{message:?}")).collect()
}

fn exchange(name: &str) -> Exchange {
    Exchange::ALL.into_iter().find(|exchange| exchange.name() == name).expect("a known exchange")
}

/// The sample of an execution that fits.
fn execution_that(fits: impl Fn(&squall_model::Execution) -> bool) -> (Message, Value) {
    let message = samples()
        .into_iter()
        .find(|message| matches!(message, Message::Execution { execution, .. } if fits(execution)))
        .expect("a sample that fits");
    let body = serde_json::from_slice(&encode(&message).expect("encode")).expect("JSON");
    (message, body)
}

#[tokio::test]
async fn every_message_survives_the_way() {
    for sent in samples() {
        let body = encode(&sent).expect("encode");
        let received = read(sent.exchange(), sent.routing_key(), &body).await.expect("whole");
        assert_eq!(format!("{received:?}"), format!("{sent:?}"));
    }
}

#[test]
fn what_is_secret_or_large_stays_at_home() {
    for sent in samples() {
        let body = encode(&sent).expect("encode");
        assert!(body.len() < 2 * INLINE_LIMIT, "{} bytes of {}", body.len(), sent.subject());
        assert!(!String::from_utf8_lossy(&body).contains(SECRET), "{}", sent.subject());
    }
    let (_, body) = execution_that(|execution| execution.parameters.contains_key("password"));
    assert_eq!(body["parameters"], json!({"password": "********", "open": "********"}));
    let (_, body) = execution_that(|execution| execution.parameters.contains_key("pasword"));
    assert_eq!(body["parameters"], json!({"pasword": "********", "open": "seen"}));
    let (_, body) = execution_that(|execution| execution.result.as_ref().is_some_and(|raw| raw.get().len() > 1000));
    assert_eq!((&body["result"], &body["result_size"]), (&Value::Null, &json!(100_002)));
}

#[test]
fn an_answer_with_a_secret_in_it_stays_at_home() {
    let (message, _) = execution_that(|_| true);
    let Message::Execution { change, execution } = message else { panic!("{message:?}") };
    let mut inquiry = (*execution).clone();
    Arc::make_mut(&mut inquiry.snapshot).runner.name = "inquirer".to_owned();
    let question = json!({"properties": {"pin": {"type": "string", "secret": true}}});
    inquiry.result =
        serde_json::value::to_raw_value(&json!({"schema": question, "response": {"pin": SECRET}})).ok().map(Arc::from);
    let body = encode(&Message::Execution { change, execution: Arc::new(inquiry) }).expect("encode");
    assert!(!String::from_utf8_lossy(&body).contains(SECRET));
}

#[test]
fn an_execution_looks_like_the_one_of_the_api() {
    let (message, body) = execution_that(|execution| execution.status == Status::Running);
    let Message::Execution { execution, .. } = &message else { panic!("{message:?}") };
    let mut shown = Value::Object(execution.to_api(""));
    // Twice the same would be too much, and a link depends on who asks.
    shown["liveaction"]
        .as_object_mut()
        .expect("an object")
        .retain(|name, _| name != "parameters" && name != "callback");
    shown.as_object_mut().expect("an object").remove("web_url");
    for (name, value) in shown.as_object().expect("an object") {
        assert_eq!(&body[name], value, "{name}");
    }
}

/// Exchange, routing key and body of each sample, as the first version that sent messages wrote them. New versions get
/// a file of their own; lines never change.
#[tokio::test]
async fn what_older_processes_sent_is_understood() {
    let known = texts(&samples());
    let mut read_so_far = BTreeSet::new();
    for line in include_str!("fixtures/version-1.jsonl").lines() {
        let line: Value = serde_json::from_str(line).expect("a line of JSON");
        let text = |name: &str| line[name].as_str().expect("a text").to_owned();
        let body = line["body"].to_string();
        let message = read(exchange(&text("exchange")), &text("key"), body.as_bytes()).await.expect("whole");
        let message = format!("{message:?}");
        assert!(known.contains(&message), "{}", message.chars().take(2000).collect::<String>());
        read_so_far.insert(message);
    }
    assert_eq!(read_so_far.len(), 17);
}

#[tokio::test]
async fn what_newer_processes_add_is_ignored() {
    for sent in samples() {
        let mut body: Value = serde_json::from_slice(&encode(&sent).expect("encode")).expect("JSON");
        body["brand_new"] = json!({"deep": [1, 2]});
        for part in ["liveaction", "squall", "action", "runner"] {
            if let Some(fields) = body.get_mut(part).and_then(Value::as_object_mut) {
                fields.insert("brand_new".to_owned(), json!(true));
            }
        }
        let received = read(sent.exchange(), sent.routing_key(), body.to_string().as_bytes()).await.expect("whole");
        assert_eq!(format!("{received:?}"), format!("{sent:?}"));
    }
    let body = json!({"id": "65d0c0ffee65d0c0ffee65d0"}).to_string();
    let received = read(Exchange::Catalogue, "brand_new", body.as_bytes()).await;
    assert!(matches!(received, Some(Message::Catalogue { kind: "unknown", .. })), "{received:?}");
}

#[tokio::test]
async fn what_only_newer_processes_leave_out_is_fetched_as_a_whole() {
    let (sent, mut body) = execution_that(|execution| execution.status == Status::Running);
    body["squall"]["left_out"] = json!(["brand_new"]);
    body["context"] = json!({});
    let received = read(sent.exchange(), sent.routing_key(), body.to_string().as_bytes()).await.expect("whole");
    assert_eq!(format!("{received:?}"), format!("{sent:?}"));
}

#[tokio::test]
async fn a_message_tells_of_its_moment_although_the_original_moved_on() {
    let (sent, mut body) = execution_that(|execution| execution.parameters.contains_key("password"));
    body["status"] = json!("scheduled");
    body["squall"]["revision"] = json!(2);
    let received = read(sent.exchange(), "update", body.to_string().as_bytes()).await.expect("whole");
    let Message::Execution { execution, .. } = &received else { panic!("{received:?}") };
    assert_eq!((execution.status, execution.revision), (Status::Scheduled, 2));
    assert_eq!(execution.parameters["password"], SECRET);
}

#[tokio::test]
async fn what_was_left_out_of_something_deleted_is_nothing() {
    let (sent, mut body) = execution_that(|execution| execution.parameters.contains_key("password"));
    body["id"] = json!("65d0c0ffee65d0c0ffee65d0");
    assert!(read(sent.exchange(), "update", body.to_string().as_bytes()).await.is_none());
}

#[test]
fn what_is_no_message_is_refused_with_a_reason() {
    let (_, body) = execution_that(|_| true);
    let without = |name: &str| {
        let mut body = body.clone();
        body.as_object_mut().expect("an object").remove(name);
        body.to_string().into_bytes()
    };
    let with = |name: &str, value: Value| {
        let mut body = body.clone();
        body[name] = value;
        body.to_string().into_bytes()
    };
    let cases: [(Exchange, &str, Vec<u8>, &str); 9] = [
        (Exchange::Execution, "update", Vec::new(), "EOF"),
        (Exchange::Execution, "update", b"\x80\x04\x95pickle".to_vec(), "expected value"),
        (Exchange::Execution, "update", b"[]".to_vec(), "st2.execution carries"),
        (Exchange::Execution, "update", without("squall"), "missing field `squall`"),
        (Exchange::Execution, "update", with("status", json!("dreaming")), "dreaming"),
        (Exchange::Execution, "update", with("id", json!(7)), "invalid type"),
        (Exchange::Execution, "succeeded", body.to_string().into_bytes(), "no routing key \"succeeded\""),
        (Exchange::TriggerInstances, "trigger_instance", body.to_string().into_bytes(), "trigger_instances_dispatch"),
        (Exchange::Announcement, "r", vec![b'['; 100_000], "recursion limit"),
    ];
    for (exchange, key, body, part) in cases {
        let error = decode(exchange, key, &body).expect_err(part).to_string();
        assert!(error.contains(part), "{error}");
    }
}
