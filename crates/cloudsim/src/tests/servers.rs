//! Identity and servers.

use serde_json::{Value, json};

use super::harness::{Lab, assert_contains};
use crate::{Cloudsim, Options};

const SERVERS: &str = "/compute/v2/100001/servers";
const DEBIAN: &str = "11111111-1111-4111-8111-111111111111";

fn new_server(name: &str) -> Value {
    json!({"server": {"name": name, "imageRef": DEBIAN, "flavorRef": "2",
        "metadata": {"asg": "web", "asg_token": "t-1"}}})
}

#[tokio::test]
async fn a_listener_that_others_could_reach_is_refused() {
    let options = Options { listen: "0.0.0.0:0".parse().unwrap(), ..Options::default() };
    let error = Cloudsim::start(options).await.err().unwrap();
    assert!(error.to_string().contains("not a loopback address"), "{error}");
}

#[tokio::test]
async fn identity_answers_in_its_own_shapes() {
    let lab = Lab::start().await;
    let wrong_key = json!({"auth": {"RAX-KSKEY:apiKeyCredentials": {"username": "robot", "apiKey": "guess"}}});
    let password = json!({"auth": {"passwordCredentials": {"username": "human", "password": "p"}, "tenantId": "7"}});
    let unauthorized = json!({"unauthorized": {"code": 401}});
    lab.run(
        &[],
        &[
            ("GET", "/identity/v2.0", Value::Null, 200, json!({"version": {"id": "v2.0"}})),
            ("POST", "/identity/v2.0/tokens", wrong_key, 401, unauthorized),
            ("POST", "/identity/v2.0/tokens", json!({"auth": {}}), 400, json!({"badRequest": {"code": 400}})),
            ("POST", "/identity/v2.0/tokens", password, 200, json!({"access": {"token": {"tenant": {"id": "7"}}}})),
            ("GET", "/identity/v2.0/tenants", Value::Null, 200, json!({"tenants": [{"id": "100001"}]})),
            ("GET", "/identity/v2.0/tokens/none", Value::Null, 404, json!({"itemNotFound": {"code": 404}})),
            ("GET", "/compute/v2/7/servers", Value::Null, 403, json!({"forbidden": {"code": 403}})),
        ],
    )
    .await;
}

#[tokio::test]
async fn nothing_is_answered_without_a_token_or_with_an_old_one() {
    let mut lab = Lab::start().await;
    lab.advance(25 * 60 * 60 * 1000);
    for round in ["expired", "missing"] {
        let cases = [
            (SERVERS, json!({"unauthorized": {"code": 401}})),
            ("/lb/v1.0/100001/loadbalancers", json!({"code": 401})),
            ("/dns/v1.0/100001/domains", json!({"code": 401})),
        ];
        for (path, expected) in cases {
            let (status, body) = lab.send("GET", path, &Value::Null).await;
            assert_eq!(status, 401, "{round} {path}");
            assert_contains(&body, &expected, path);
        }
        lab.forget_token();
    }
}

#[tokio::test]
async fn a_server_is_built_renamed_rebooted_and_deleted() {
    let lab = Lab::start().await;
    let (status, made) = lab.send("POST", SERVERS, &new_server("h1")).await;
    assert_eq!(status, 202, "{made}");
    let id = made["server"]["id"].as_str().unwrap().to_owned();
    let names = [("$id", id.as_str()), ("$servers", SERVERS)];
    let reboot = json!({"reboot": {"type": "HARD"}});
    let building = json!({"server": {"status": "BUILD", "progress": 50, "metadata": {"asg": "web"},
        "addresses": {"public": [{"addr": "127.20.0.2", "version": 4}, {"version": 6}], "private": [{"version": 4}]}}});
    lab.advance(1000);
    lab.run(
        &names,
        &[
            ("GET", "$servers/$id", Value::Null, 200, building),
            ("POST", "$servers/$id/action", reboot.clone(), 409, json!({"conflictingRequest": {"code": 409}})),
        ],
    )
    .await;
    lab.advance(1000);
    let too_many: serde_json::Map<String, Value> = (0..41).map(|n| (format!("k{n}"), json!("v"))).collect();
    lab.run(
        &names,
        &[
            ("GET", "$servers/$id", Value::Null, 200, json!({"server": {"status": "ACTIVE", "progress": 100}})),
            ("GET", "$servers/$id/ips", Value::Null, 200, json!({"addresses": {"private": [{"addr": "127.10.0.2"}]}})),
            ("PUT", "$servers/$id", json!({"server": {"name": "h2"}}), 200, json!({"server": {"name": "h2"}})),
            (
                "POST",
                "$servers/$id/metadata",
                json!({"metadata": {"a": "b"}}),
                200,
                json!({"metadata": {"asg": "web", "a": "b"}}),
            ),
            ("PUT", "$servers/$id/metadata/c", json!({"meta": {"c": "d"}}), 200, json!({"meta": {"c": "d"}})),
            ("PUT", "$servers/$id/metadata/c", json!({"meta": {"x": "d"}}), 400, json!({"badRequest": {"code": 400}})),
            ("GET", "$servers/$id/metadata/c", Value::Null, 200, json!({"meta": {"c": "d"}})),
            ("DELETE", "$servers/$id/metadata/c", Value::Null, 204, Value::Null),
            ("GET", "$servers/$id/metadata/c", Value::Null, 404, json!({"itemNotFound": {}})),
            ("PUT", "$servers/$id/metadata", json!({"metadata": too_many}), 413, json!({"overLimit": {"code": 413}})),
            ("PUT", "$servers/$id/metadata", json!({"metadata": {"n": 1}}), 400, json!({"badRequest": {}})),
            ("POST", "$servers/$id/action", reboot, 202, Value::Null),
            ("GET", "$servers/$id", Value::Null, 200, json!({"server": {"status": "HARD_REBOOT"}})),
            ("DELETE", "$servers/$id", Value::Null, 204, Value::Null),
            ("GET", "$servers/$id", Value::Null, 404, json!({"itemNotFound": {"code": 404}})),
            ("DELETE", "$servers/$id", Value::Null, 404, json!({"itemNotFound": {"code": 404}})),
            ("GET", "$servers/detail", Value::Null, 200, json!({"servers": []})),
            (
                "GET",
                "$servers/detail?changes-since=2026-01-01T00:00:00Z",
                Value::Null,
                200,
                json!({"servers": [{"status": "DELETED"}]}),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn creating_twice_with_one_token_makes_two_servers_and_two_journal_lines() {
    let lab = Lab::start().await;
    for _ in 0..2 {
        assert_eq!(lab.send("POST", SERVERS, &new_server("h1")).await.0, 202);
    }
    assert_eq!(lab.handle.state()["compute"]["servers"].as_array().unwrap().len(), 2);
    let journal = lab.get("/_sim/journal?since=1").await;
    let token = json!({"server": {"metadata": {"asg_token": "t-1"}}});
    let line = json!({"service": "compute", "method": "POST", "path": SERVERS, "status": 202, "request_body": token});
    assert_contains(&journal["lines"], &json!([line, line]), "journal");
    assert_contains(&lab.get("/_sim/tagged/web").await, &json!({"count": 2}), "tagged");
}

#[tokio::test]
async fn lists_filter_and_page() {
    let lab = Lab::start().await;
    for name in ["a1", "b1", "a2", "a3"] {
        lab.send("POST", SERVERS, &new_server(name)).await;
    }
    let page = lab.get(&format!("{SERVERS}/detail?name=a&limit=2")).await;
    assert_contains(&page["servers"], &json!([{"name": "a1"}, {"name": "a2"}]), "first page");
    let href = page["servers_links"][0]["href"].as_str().unwrap();
    let rest = lab.get(&format!("{}&name=a", href.trim_start_matches(&lab.handle.base_url()))).await;
    assert_contains(&rest, &json!({"servers": [{"name": "a3"}]}), "second page");
    assert!(rest.get("servers_links").is_none());
}

#[tokio::test]
async fn catalogue_key_pairs_and_quota() {
    let lab = Lab::start().await;
    let key = json!({"keypair": {"name": "key-web", "public_key": "ssh-ed25519 AAAA"}});
    let wrong_image = json!({"server": {"name": "x", "imageRef": "none", "flavorRef": "2"}});
    let wrong_flavor = json!({"server": {"name": "x", "imageRef": DEBIAN, "flavorRef": "99"}});
    let bad_request = json!({"badRequest": {"code": 400}});
    lab.run(
        &[("$c", "/compute/v2/100001")],
        &[
            ("GET", "$c/images/detail", Value::Null, 200, json!({"images": [{"id": DEBIAN}, {}, {}]})),
            ("GET", "$c/images/none", Value::Null, 404, json!({"itemNotFound": {}})),
            ("GET", "$c/flavors/2", Value::Null, 200, json!({"flavor": {"ram": 512}})),
            ("GET", "$c/flavors/detail", Value::Null, 200, json!({"flavors": null})),
            ("POST", "$c/os-keypairs", key.clone(), 200, json!({"keypair": {"name": "key-web", "fingerprint": null}})),
            ("POST", "$c/os-keypairs", key, 409, json!({"conflictingRequest": {"code": 409}})),
            ("GET", "/_sim/tagged/web", Value::Null, 200, json!({"items": [{"kind": "keypair"}]})),
            ("DELETE", "$c/os-keypairs/key-web", Value::Null, 202, Value::Null),
            ("DELETE", "$c/os-keypairs/key-web", Value::Null, 404, json!({"itemNotFound": {}})),
            ("POST", "$c/servers", wrong_image, 400, bad_request.clone()),
            ("POST", "$c/servers", wrong_flavor, 400, bad_request),
            ("POST", "/_sim/quota", json!({"servers": 1}), 200, json!({"servers": 1})),
            ("POST", "$c/servers", new_server("one"), 202, Value::Null),
            ("POST", "$c/servers", new_server("two"), 403, json!({"forbidden": {"code": 403}})),
            ("GET", "$c/limits", Value::Null, 200, json!({"limits": {"absolute": {"totalInstancesUsed": 1}}})),
            ("GET", "$c/nothing", Value::Null, 404, json!({"itemNotFound": {}})),
        ],
    )
    .await;
}
