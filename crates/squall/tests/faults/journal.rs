//! What the simulator's journal says was made twice. Only what took effect counts, and what was removed may be made again.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

/// Reads the journal, one JSON line a request.
pub(crate) fn read(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
    text.lines().map(parse).collect()
}

/// Returns what was made although it was there already, one sentence each.
pub(crate) fn made_twice(lines: &[Value]) -> Vec<String> {
    let mut living: BTreeMap<String, usize> = BTreeMap::new();
    let mut doubled = Vec::new();
    for line in lines.iter().filter(|line| took_effect(line)) {
        for gone in removed(line) {
            living.remove(&gone);
        }
        for thing in made(line) {
            let count = living.entry(thing.clone()).or_default();
            *count += 1;
            if *count > 1 {
                doubled.push(format!("{thing} was made again by request {}", line["seq"]));
            }
        }
    }
    doubled
}

/// Returns how many things of every service were made: a journal without any proves nothing.
pub(crate) fn count_made(lines: &[Value]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for thing in lines.iter().filter(|line| took_effect(line)).flat_map(made) {
        let kind = ["machine with token", "machine", "record", "member", "zone", "load balancer", "Chef node"];
        if let Some(kind) = kind.into_iter().find(|kind| thing.starts_with(kind)) {
            *counts.entry(kind).or_default() += 1;
        }
    }
    counts
}

fn text<'a>(line: &'a Value, key: &str) -> &'a str {
    line[key].as_str().unwrap_or_default()
}

fn took_effect(line: &Value) -> bool {
    let succeeded = line["status"].as_u64().is_some_and(|status| (200..300).contains(&status));
    succeeded && !text(line, "note").starts_with("job will fail")
}

/// Returns the path below the service and the tenant.
fn place(line: &Value) -> Vec<&str> {
    let path = text(line, "path").split('/').filter(|part| !part.is_empty());
    // Service, version, tenant; Chef: service, `organizations`, organization.
    path.skip(3).collect()
}

fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

fn made(line: &Value) -> Vec<String> {
    if text(line, "method") != "POST" {
        return Vec::new();
    }
    let body = &line["request_body"];
    match (text(line, "service"), place(line).as_slice()) {
        ("compute", ["servers"]) => {
            let server = &body["server"];
            let token = server.pointer("/metadata/asg_token").and_then(Value::as_str);
            let by_token = token.map(|token| format!("machine with token {token}"));
            by_token.into_iter().chain([format!("machine {}", text(server, "name"))]).collect()
        }
        ("dns", ["domains"]) => list(body, "/domains").map(|zone| format!("zone {}", text(zone, "name"))).collect(),
        ("dns", ["domains", _, "records"]) => list(body, "/records")
            .map(|record| format!("record {} {}", text(record, "name"), text(record, "data")))
            .collect(),
        ("lb", ["loadbalancers"]) => vec![format!("load balancer {}", text(&body["loadBalancer"], "name"))],
        ("lb", ["loadbalancers", balancer, "nodes"]) => members(text(line, "note"), "added", balancer),
        ("chef", ["nodes"]) => vec![format!("Chef node {}", text(body, "name"))],
        _ => Vec::new(),
    }
}

fn removed(line: &Value) -> Vec<String> {
    if text(line, "method") != "DELETE" {
        return Vec::new();
    }
    let note = text(line, "note");
    match (text(line, "service"), place(line).as_slice()) {
        ("compute", ["servers", _]) => {
            // server ID NAME deleted
            let name = note.split(' ').nth(2).unwrap_or_default();
            vec![format!("machine {name}")]
        }
        ("lb", ["loadbalancers", balancer, "nodes", ..]) => members(note, "removed", balancer),
        ("chef", ["nodes", name]) => vec![format!("Chef node {name}")],
        _ => Vec::new(),
    }
}

/// Reads `added node 1 127.0.0.2:80, node 2 127.0.0.3:80`.
fn members(note: &str, verb: &str, balancer: &str) -> Vec<String> {
    let Some(rest) = note.strip_prefix(verb) else { return Vec::new() };
    rest.split(',')
        .filter_map(|node| node.split_whitespace().nth(2))
        .map(|place| format!("member {place} of {balancer}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line(service: &str, request: &str, body: Value, status: u16, note: &str) -> Value {
        let (method, path) = request.split_once(' ').expect("METHOD path");
        json!({"seq": 1, "service": service, "method": method, "path": path, "status": status, "request_body": body, "note": note})
    }

    fn server(token: &str, name: &str, status: u16) -> Value {
        let body = json!({"server": {"name": name, "metadata": {"asg_token": token}}});
        line("compute", "POST /compute/v2/100001/servers", body, status, &format!("server id {name}"))
    }

    fn record(note: &str) -> Value {
        let body = json!({"records": [{"name": "n1.shop.example.com", "type": "A", "data": "127.20.0.1"}]});
        line("dns", "POST /dns/v1.0/100001/domains/3000001/records", body, 202, note)
    }

    fn member(verb: &str, number: u8) -> Value {
        let note = format!("{verb} node {number} 127.20.0.1:80");
        let request = match verb {
            "added" => "POST /lb/v1.0/100001/loadbalancers/1001/nodes".to_owned(),
            _ => format!("DELETE /lb/v1.0/100001/loadbalancers/1001/nodes/{number}"),
        };
        line("lb", &request, Value::Null, 202, &note)
    }

    #[test]
    fn a_second_machine_with_the_same_token_is_noticed_even_when_the_first_is_gone() {
        let gone = line("compute", "DELETE /compute/v2/100001/servers/id", Value::Null, 204, "server id n1 deleted");
        let lines = [server("t1", "n1", 202), gone, server("t1", "n1", 202)];
        assert_eq!(made_twice(&lines), ["machine with token t1 was made again by request 1"]);
        assert_eq!(made_twice(&[server("t1", "n1", 202), server("t2", "n1", 202)]).len(), 1, "the same name twice");
    }

    #[test]
    fn what_was_refused_does_not_count() {
        assert_eq!(made_twice(&[server("t1", "n1", 503), server("t1", "n1", 202), server("t2", "n2", 202)]), [""; 0]);
        assert_eq!(made_twice(&[record("A n1 1"), record("job will fail: A n1 1")]), [""; 0]);
        assert_eq!(count_made(&[record("A n1 1"), record("job will fail: A n1 1")]), BTreeMap::from([("record", 1)]));
    }

    #[test]
    fn a_second_record_is_noticed() {
        assert_eq!(made_twice(&[record("A n1 1"), record("A n1 1")]).len(), 1);
    }

    #[test]
    fn a_member_may_come_back_after_it_was_removed() {
        assert_eq!(made_twice(&[member("added", 1), member("removed", 1), member("added", 2)]), [""; 0]);
        assert_eq!(
            made_twice(&[member("added", 1), member("added", 2)]),
            ["member 127.20.0.1:80 of 1001 was made again by request 1"]
        );
    }

    #[test]
    fn zones_balancers_and_chef_nodes_count_as_well() {
        let twice = |line: Value| made_twice(&[line.clone(), line]).len();
        let zone = json!({"domains": [{"name": "shop.example.com"}]});
        assert_eq!(twice(line("dns", "POST /dns/v1.0/100001/domains", zone, 202, "zone")), 1);
        let balancer = json!({"loadBalancer": {"name": "asg_shop_lb"}});
        assert_eq!(twice(line("lb", "POST /lb/v1.0/100001/loadbalancers", balancer, 202, "load balancer")), 1);
        let node = line("chef", "POST /chef/organizations/shop/nodes", json!({"name": "n1"}), 201, "");
        let gone = line("chef", "DELETE /chef/organizations/shop/nodes/n1", Value::Null, 200, "");
        assert_eq!(twice(node.clone()), 1);
        assert_eq!(made_twice(&[node.clone(), gone, node]), [""; 0]);
    }
}
