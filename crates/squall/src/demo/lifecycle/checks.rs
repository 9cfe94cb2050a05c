//! What the simulator's state says about a group.

use serde_json::Value;

/// One load balancer member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) address: String,
    pub(super) condition: String,
}

fn list<'a>(state: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    state.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Returns the machines that carry the group's name, whatever their status.
pub(super) fn servers<'a>(state: &'a Value, group: &str) -> Vec<&'a Value> {
    list(state, "/compute/servers")
        .filter(|server| server.pointer("/metadata/asg").and_then(Value::as_str) == Some(group))
        .collect()
}

pub(super) fn active_servers(state: &Value, group: &str) -> usize {
    servers(state, group).into_iter().filter(|server| text(server, "status") == "ACTIVE").count()
}

/// Returns the members of the group's load balancer; none when it is not there.
pub(super) fn members(state: &Value, group: &str) -> Option<Vec<Member>> {
    let name = format!("asg_{group}_lb");
    let balancer = list(state, "/load_balancers")
        .find(|found| text(found, "name") == name && text(found, "status") == "ACTIVE")?;
    let member = |node: &Value| Member {
        address: text(node, "address").to_owned(),
        condition: text(node, "condition").to_owned(),
    };
    Some(list(balancer, "/nodes").map(member).collect())
}

pub(super) fn enabled_members(state: &Value, group: &str) -> usize {
    let members = members(state, group).unwrap_or_default();
    members.iter().filter(|member| member.condition == "ENABLED").count()
}

/// Returns the A records of the group's zone as (name, address); none when the zone is not there.
pub(super) fn records(state: &Value, zone: &str) -> Option<Vec<(String, String)>> {
    let found = list(state, "/dns/domains").find(|found| text(found, "name") == zone)?;
    let records = list(found, "/records").filter(|record| text(record, "type") == "A");
    Some(records.map(|record| (text(record, "name").to_owned(), text(record, "data").to_owned())).collect())
}

/// Returns how many Chef nodes of the zone have converged.
pub(super) fn converged(state: &Value, zone: &str) -> usize {
    let organizations = state.pointer("/chef/organizations").and_then(Value::as_object);
    let nodes = organizations
        .into_iter()
        .flat_map(serde_json::Map::values)
        .filter_map(|organization| organization.get("nodes"));
    let nodes = nodes.filter_map(Value::as_object).flatten();
    nodes.filter(|(name, node)| name.ends_with(zone) && has_converged(node)).count()
}

fn has_converged(node: &Value) -> bool {
    node.pointer("/automatic/ohai_time").is_some_and(|time| !time.is_null())
}

/// Returns what is wrong with a group that should have `nodes` complete nodes: machine, record, Chef run, member each.
pub(super) fn complete(state: &Value, group: &str, zone: &str, nodes: usize) -> Result<(), String> {
    let machines = servers(state, group).len();
    let counts = [
        ("machines", machines),
        ("active machines", active_servers(state, group)),
        ("load balancer members", members(state, group).ok_or("no active load balancer")?.len()),
        ("enabled load balancer members", enabled_members(state, group)),
        ("converged Chef nodes", converged(state, zone)),
        // One record more: the load balancer's own.
        ("DNS records besides the load balancer's", records(state, zone).ok_or("no DNS zone")?.len().saturating_sub(1)),
    ];
    match counts.into_iter().find(|(_, count)| *count != nodes) {
        Some((what, count)) => Err(format!("{count} {what} instead of {nodes}")),
        None => Ok(()),
    }
}

/// Returns a member that was taken out of the load balancer without being drained before, going by the journal.
pub(super) fn undrained_removal(journal: &Value) -> Option<String> {
    let mut drained = std::collections::BTreeSet::new();
    for line in list(journal, "/lines").filter(|line| text(line, "service") == "lb") {
        let (method, path) = (text(line, "method"), text(line, "path"));
        let Some((_, node)) = path.split_once("/nodes/") else { continue };
        let status = line.get("status").and_then(Value::as_u64).unwrap_or(0);
        let condition = line.pointer("/request_body/node/condition").and_then(Value::as_str);
        match method {
            "PUT" if condition == Some("DRAINING") => {
                drained.insert(node.to_owned());
            }
            "DELETE" if status == 202 && !drained.contains(node) => return Some(path.to_owned()),
            _ => {}
        }
    }
    None
}

/// Returns the seconds between the last that was made of one expansion's nodes and the first machine of the next expansion.
///
/// The executions' own times would not do: one that a killed server interrupted ends long after its work was booked.
pub(super) fn gaps(journal: &Value, expansions: &[Vec<&str>]) -> anyhow::Result<Vec<f64>> {
    let mut spans: Vec<(jiff::Timestamp, jiff::Timestamp)> = Vec::new();
    for names in expansions {
        let mut times = Vec::new();
        for line in list(journal, "/lines").filter(|line| makes_a_node(line)) {
            let body = line["request_body"].to_string();
            if names.iter().any(|name| body.contains(name)) {
                times.push(text(line, "time").parse()?);
            }
        }
        spans.extend(times.iter().min().copied().zip(times.iter().max().copied()));
    }
    spans.sort_unstable();
    let pairs = spans.iter().zip(spans.iter().skip(1));
    pairs.map(|((_, end), (next, _))| Ok((*next - *end).total(jiff::Unit::Second)?)).collect()
}

fn makes_a_node(line: &Value) -> bool {
    ["POST", "PUT"].contains(&text(line, "method")) && ["compute", "dns", "chef"].contains(&text(line, "service"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_node_that_lacks_a_part_is_noticed() {
        let state = json!({
            "compute": {"servers": [{"status": "ACTIVE", "metadata": {"asg": "g"}}]},
            "load_balancers": [{"name": "asg_g_lb", "status": "ACTIVE", "nodes": [{"address": "127.0.0.2", "condition": "ENABLED"}]}],
            "dns": {"domains": [{"name": "g.example.com", "records": [
                {"type": "A", "name": "lb.g.example.com", "data": "1"}, {"type": "A", "name": "n.g.example.com", "data": "2"}]}]},
            "chef": {"organizations": {"shop": {"nodes": {"n.g.example.com": {"automatic": {"ohai_time": 1.0}}}}}},
        });
        assert_eq!(complete(&state, "g", "g.example.com", 1), Ok(()));
        assert_eq!(complete(&state, "g", "g.example.com", 2), Err("1 machines instead of 2".to_owned()));
        let mut unconverged = state;
        unconverged["chef"] = json!({});
        assert_eq!(
            complete(&unconverged, "g", "g.example.com", 1),
            Err("0 converged Chef nodes instead of 1".to_owned())
        );
    }

    #[test]
    fn a_removal_without_draining_is_noticed() {
        let line = |method: &str, node: u8, condition: Option<&str>| {
            json!({"service": "lb", "method": method, "path": format!("/lb/v1.0/1/loadbalancers/1/nodes/{node}"), "status": 202,
                "request_body": {"node": {"condition": condition}}})
        };
        let good = json!({"lines": [line("PUT", 1, Some("DRAINING")), line("DELETE", 1, None)]});
        assert_eq!(undrained_removal(&good), None);
        let bad = json!({"lines": [line("PUT", 1, Some("DRAINING")), line("DELETE", 2, None)]});
        assert!(undrained_removal(&bad).is_some());
    }

    #[test]
    fn the_gap_between_expansions_is_what_the_simulator_saw() {
        let line = |second: u8, service: &str, name: &str| {
            let time = format!("2026-01-01T00:00:{second:02}.500Z");
            json!({"method": "POST", "service": service, "time": time, "request_body": {"name": name}})
        };
        let lines = [
            line(1, "compute", "node-a"),
            line(4, "dns", "node-a.shop"),
            line(9, "slack", "node-a"),
            line(10, "compute", "node-b"),
            line(12, "chef", "node-b"),
        ];
        let journal = json!({"lines": lines});
        assert_eq!(
            gaps(&journal, &[vec!["node-b"], vec!["node-a"]]).unwrap(),
            [6.0],
            "whatever the order of the executions"
        );
        assert_eq!(gaps(&journal, &[vec!["node-a"]]).unwrap(), [0.0; 0]);
    }
}
