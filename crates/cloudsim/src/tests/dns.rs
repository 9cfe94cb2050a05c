//! DNS zones, records and jobs.

use serde_json::{Value, json};

use super::harness::{Lab, assert_contains};

const DOMAINS: &str = "/dns/v1.0/100001/domains";

/// Sends a write and returns the finished job.
async fn finish(lab: &Lab, method: &str, path: &str, body: Value) -> Value {
    let (status, job) = lab.send(method, path, &body).await;
    assert_eq!(status, 202, "{job}");
    let callback = job["callbackUrl"].as_str().unwrap().trim_start_matches(&lab.handle.base_url()).to_owned();
    assert_contains(&lab.get(&callback).await, &json!({"status": "RUNNING"}), "job");
    lab.advance(500);
    lab.get(&format!("{callback}?showDetails=true")).await
}

#[tokio::test]
async fn writes_take_effect_when_their_job_completes() {
    let lab = Lab::start().await;
    let zone = json!({"domains": [{"name": "web.example.com", "emailAddress": "a@example.com", "ttl": 300}]});
    let record = json!({"records": [{"name": "h1.web.example.com", "type": "A", "data": "127.20.0.2", "ttl": 300}]});
    let made = finish(&lab, "POST", DOMAINS, zone.clone()).await;
    assert_contains(&made, &json!({"status": "COMPLETED", "response": {"domains": [{"id": 3000001}]}}), "zone");
    let twice = finish(&lab, "POST", DOMAINS, zone).await;
    assert_contains(
        &twice,
        &json!({"status": "ERROR", "error": {"code": 409, "failedItems": {"faults": [null]}}}),
        "zone twice",
    );
    let one = format!("{DOMAINS}/3000001");
    let records = format!("{one}/records");
    let (_, _) = lab.send("POST", &records, &record).await;
    assert_contains(&lab.get(&records).await, &json!({"totalEntries": 0}), "while the job runs");
    let twice = finish(&lab, "POST", &records, record).await;
    assert_contains(&twice, &json!({"status": "ERROR", "error": {"code": 409}}), "record twice");
    assert_contains(
        &lab.get(&format!("{records}?type=A&name=h1.web.example.com")).await,
        &json!({"records": [{"id": "A-1"}]}),
        "record",
    );
    assert_contains(&lab.get("/_sim/tagged/web").await, &json!({"count": 2}), "tagged");
    finish(&lab, "PUT", &format!("{records}/A-1"), json!({"data": "127.20.0.9"})).await;
    assert_contains(&lab.get(&format!("{records}/A-1")).await, &json!({"data": "127.20.0.9"}), "changed");
    finish(&lab, "DELETE", &format!("{records}/A-1"), Value::Null).await;
    assert_eq!(lab.send("GET", &format!("{records}/A-1"), &Value::Null).await.0, 404);
    finish(&lab, "DELETE", &one, Value::Null).await;
    assert_contains(&lab.get(&format!("{DOMAINS}?name=web.example.com")).await, &json!({"totalEntries": 0}), "gone");
    assert_contains(&lab.get("/_sim/tagged/web").await, &json!({"count": 0}), "tagged after delete");
}

#[tokio::test]
async fn what_is_plainly_wrong_is_refused_at_once() {
    let lab = Lab::start().await;
    finish(&lab, "POST", DOMAINS, json!({"domains": [{"name": "example.com", "emailAddress": "a@example.com"}]})).await;
    let domain = |ttl: u64| json!({"domains": [{"name": "x.com", "emailAddress": "a@x.com", "ttl": ttl}]});
    let outside = json!({"records": [{"name": "h1.other.com", "type": "A", "data": "127.20.0.2"}]});
    lab.run(
        &[("$domains", DOMAINS)],
        &[
            ("POST", "$domains", domain(299), 400, json!({"code": 400, "validationErrors": {"messages": [null]}})),
            ("POST", "$domains", json!({"domains": [{"name": "x.com"}]}), 400, json!({"code": 400})),
            ("POST", "$domains", json!({"domains": []}), 400, json!({"code": 400})),
            ("POST", "$domains/3000001/records", outside, 400, json!({"code": 400})),
            (
                "GET",
                "$domains/3000001",
                Value::Null,
                200,
                json!({"name": "example.com", "recordsList": {"records": []}}),
            ),
            ("GET", "$domains/1", Value::Null, 404, json!({"code": 404})),
            ("POST", "$domains/1/records", json!({"records": [{}]}), 404, json!({"code": 404})),
            ("DELETE", "$domains/3000001/records/A-9", Value::Null, 404, json!({"code": 404})),
            ("GET", "/dns/v1.0/100001/status/none", Value::Null, 404, json!({"code": 404})),
        ],
    )
    .await;
}
