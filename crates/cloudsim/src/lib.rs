//! Simulator of the outside world: compute, DNS, load balancers, alerts, Chef, Slack.
