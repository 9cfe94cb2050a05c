"""The shapes that the pack's actions return: those of the Exchange pack, plus what it dropped."""


def server_result(server, created=None):
    public = server.get("addresses", {}).get("public", [])
    private = server.get("addresses", {}).get("private", [])
    result = {
        "id": server["id"],
        "name": server["name"],
        "status": server["status"],
        "image_id": (server.get("image") or {}).get("id"),
        "flavor_id": (server.get("flavor") or {}).get("id"),
        "public_ips": [address["addr"] for address in public],
        "private_ips": [address["addr"] for address in private],
        "public_ipv4": _first(public, 4),
        "public_ipv6": _first(public, 6),
        "private_ipv4": _first(private, 4),
        "key_name": server.get("key_name"),
        "metadata": server.get("metadata", {}),
    }
    return _with_created(result, created)


def balancer_result(balancer, created=None):
    """`ipv4_public` is the virtual address that clients connect to, not the one it connects from."""
    virtual = balancer.get("virtualIps", [])
    result = {
        "id": str(balancer["id"]),
        "name": balancer["name"],
        "status": balancer["status"],
        "port": balancer["port"],
        "protocol": balancer["protocol"],
        "algorithm": balancer.get("algorithm"),
        "cluster": balancer.get("cluster", {}).get("name"),
        "timeout": balancer.get("timeout"),
        "ipv4_public": next((ip["address"] for ip in virtual if ip.get("ipVersion") == "IPV4"), None),
        "ipv6_public": next((ip["address"] for ip in virtual if ip.get("ipVersion") == "IPV6"), None),
        "ipv4_service": balancer.get("sourceAddresses", {}).get("ipv4Servicenet"),
        "logging": balancer.get("connectionLogging", {}).get("enabled"),
        "caching": balancer.get("contentCaching", {}).get("enabled"),
        "https_redirect": balancer.get("httpsRedirect"),
    }
    return _with_created(result, created)


def member_result(member, created=None):
    result = {
        "id": str(member["id"]),
        "address": member["address"],
        "port": member["port"],
        "condition": member["condition"],
    }
    return _with_created(result, created)


def zone_result(zone, created=None):
    result = {
        "id": str(zone["id"]),
        "name": zone["name"],
        "email_address": zone.get("emailAddress"),
        "ttl": zone.get("ttl"),
    }
    return _with_created(result, created)


def record_result(record, created=None):
    result = {key: record.get(key) for key in ("id", "name", "type", "data", "ttl")}
    return _with_created(result, created)


def _first(addresses, version):
    return next((address["addr"] for address in addresses if address.get("version") == version), None)


def _with_created(result, created):
    return result if created is None else dict(result, created=created)
