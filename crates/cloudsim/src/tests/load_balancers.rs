//! Load balancers.

use serde_json::{Value, json};

use super::harness::Lab;

const PENDING: &str = "Load Balancer '1001' has a status of 'PENDING_UPDATE' and is considered immutable.";

#[tokio::test]
async fn a_balancer_is_immutable_while_it_changes() {
    let lab = Lab::start().await;
    let names = [("$lbs", "/lb/v1.0/100001/loadbalancers"), ("$lb", "/lb/v1.0/100001/loadbalancers/1001")];
    let new = json!({"loadBalancer": {"name": "asg_web_lb", "port": 80, "protocol": "HTTP", "nodes": [],
        "virtualIps": [{"type": "PUBLIC", "ipVersion": "IPV4"}], "algorithm": null}});
    let node = |address: &str| json!({"nodes": [{"address": address, "port": "8080", "condition": "ENABLED", "type": null, "id": null}]});
    let built = json!({"loadBalancer": {"id": 1001, "status": "BUILD", "virtualIps": [{"address": "127.30.0.1"}]}});
    lab.run(
        &names,
        &[
            (
                "POST",
                "$lbs",
                json!({"loadBalancer": {"port": 0}}),
                400,
                json!({"validationErrors": {"messages": [null, null]}}),
            ),
            ("POST", "$lbs", new, 202, built),
            ("POST", "$lb/nodes", node("127.10.0.2"), 422, json!({"code": 422})),
            ("GET", "/_sim/tagged/web", Value::Null, 200, json!({"items": [{"service": "lb", "id": "1001"}]})),
        ],
    )
    .await;
    lab.advance(300);
    lab.run(
        &names,
        &[
            ("GET", "$lb", Value::Null, 200, json!({"loadBalancer": {"status": "ACTIVE", "nodes": []}})),
            (
                "POST",
                "$lb/nodes",
                node("127.10.0.2"),
                202,
                json!({"nodes": [{"id": 1, "port": 8080, "status": "ONLINE"}]}),
            ),
            ("POST", "$lb/nodes", node("127.10.0.3"), 422, json!({"message": PENDING, "code": 422})),
        ],
    )
    .await;
    lab.advance(300);
    let drain = json!({"node": {"condition": "DRAINING"}});
    lab.run(
        &names,
        &[
            ("POST", "$lb/nodes", node("127.10.0.2"), 413, json!({"code": 413})),
            ("PUT", "$lb/nodes/1", json!({"node": {"condition": "GONE"}}), 400, json!({"code": 400})),
            ("PUT", "$lb/nodes/1", drain, 202, Value::Null),
            ("GET", "$lb/nodes/1", Value::Null, 200, json!({"node": {"condition": "DRAINING"}})),
            ("GET", "$lb/nodes", Value::Null, 200, json!({"nodes": [{"id": 1}]})),
            ("GET", "$lb/nodes/9", Value::Null, 404, json!({"code": 404})),
        ],
    )
    .await;
    let steps = [
        ("DELETE", "$lb/nodes?id=1", Value::Null, 202, Value::Null),
        ("PUT", "$lb/healthmonitor", json!({"healthMonitor": {"type": "CONNECT"}}), 202, Value::Null),
        ("PUT", "$lb", json!({"loadBalancer": {"algorithm": "ROUND_ROBIN"}}), 202, Value::Null),
        ("GET", "$lb/healthmonitor", Value::Null, 200, json!({"healthMonitor": {"type": "CONNECT"}})),
        ("DELETE", "$lb/healthmonitor", Value::Null, 202, Value::Null),
        ("POST", "/_sim/quota", json!({"load_balancer_nodes": 0}), 200, Value::Null),
        (
            "POST",
            "$lb/nodes",
            node("127.10.0.4"),
            413,
            json!({"message": "Nodes must not exceed 0 per load balancer."}),
        ),
        ("DELETE", "$lb", Value::Null, 202, Value::Null),
        ("GET", "$lb", Value::Null, 200, json!({"loadBalancer": {"status": "DELETED", "algorithm": "ROUND_ROBIN"}})),
        ("DELETE", "$lb", Value::Null, 400, json!({"code": 400})),
        ("POST", "$lb/nodes", node("127.10.0.2"), 410, json!({"code": 410})),
        ("GET", "$lbs", Value::Null, 200, json!({"loadBalancers": []})),
        ("DELETE", "$lbs/77", Value::Null, 404, json!({"code": 404})),
        ("GET", "/_sim/tagged/web", Value::Null, 200, json!({"count": 0})),
    ];
    for step in steps {
        lab.advance(300);
        lab.run(&names, &[step]).await;
    }
}
