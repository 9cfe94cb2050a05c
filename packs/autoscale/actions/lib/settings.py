"""What the workflows need to know about a group: its own keys first, then its spec, then the pack's configuration."""
import json

DEFAULTS = {
    "provider": "rackspace",
    "provisioner": "chef",
    "notifier": "slack",
    "channel": "#bot-testing",
    "admin_contact": "support@example.com",
    "vm_size_id": "2",
    "vm_image_id": None,
    "ssh_public_key": None,
    "run_list": ["recipe[base]"],
    "environment": "_default",
    "node_port": "8080",
    "drain_seconds": 30,
    "max_parallel": 5,
    "lease_seconds": 3600,
}
# Fixed when the group is created, so that a changed configuration does not split a living group in two.
IN_SPEC = ("provider", "provisioner", "admin_contact", "run_list", "environment", "node_port", "drain_seconds", "port", "protocol")
IN_KEYS = ("channel", "vm_size_id", "vm_image_id", "loadbalancer_id", "dns_zone_id", "domain", "application_name")


def configured(config, name):
    value = config.get(name)
    return DEFAULTS.get(name) if value is None else value


def settings(config, group_name, fields):
    """Returns one flat object from the keys of a group."""
    result = {name: configured(config, name) for name in DEFAULTS}
    spec = json.loads(fields.get("spec") or "{}")
    result.update({name: spec[name] for name in IN_SPEC if spec.get(name) is not None})
    result.update({name: fields[name] for name in IN_KEYS if name in fields})
    result["asg"] = group_name
    result["balancer_name"] = "asg_%s_lb" % group_name
    result["zone_name"] = "%s.%s" % (group_name, fields.get("domain"))
    result["balancer_record"] = "lb." + result["zone_name"]
    result.setdefault("loadbalancer_id", None)
    result.setdefault("dns_zone_id", None)
    return result
