//! Globs on paths: `*` within a segment, `**` for any rest of the path.

/// Whether `path` matches `pattern`.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.trim_matches('/').split('/').collect();
    let path: Vec<&str> = path.trim_matches('/').split('/').collect();
    segments_match(&pattern, &path)
}

fn segments_match(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern, path) {
        ([], []) => true,
        (["**", rest @ ..], _) => (0..=path.len()).any(|skipped| segments_match(rest, &path[skipped..])),
        ([first, rest @ ..], [segment, others @ ..]) => text_matches(first, segment) && segments_match(rest, others),
        _ => false,
    }
}

/// Whether `text` matches a pattern in which `*` stands for any characters.
pub(crate) fn text_matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|prefix| text.strip_prefix(prefix)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((suffix, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(suffix)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn globs_match_paths() {
        let cases = [
            ("/compute/v2/*/servers", "/compute/v2/100001/servers", true),
            ("/compute/v2/*/servers", "/compute/v2/100001/servers/x", false),
            ("/compute/v2/*/servers/*", "/compute/v2/100001/servers/x", true),
            ("/lb/**", "/lb/v1.0/1/loadbalancers/7/nodes", true),
            ("/lb/**", "/dns/v1.0/1", false),
            ("/lb/**/nodes", "/lb/v1.0/1/loadbalancers/7/nodes", true),
            ("/lb/**/nodes", "/lb/v1.0/1/loadbalancers/7", false),
            ("/slack/api/chat.*", "/slack/api/chat.postMessage", true),
            ("/a/x*y*z", "/a/x1y2z", true),
            ("/a/x*y*z", "/a/x1z", false),
            ("**", "/anything/at/all", true),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(matches(pattern, path), expected, "{pattern} on {path}");
        }
    }
}
