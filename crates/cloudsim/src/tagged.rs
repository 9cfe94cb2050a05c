//! What still exists and carries a group's name: the proof that a delete left nothing.

use serde::Serialize;

/// One thing that carries a group's name.
#[derive(Debug, Serialize)]
pub(crate) struct Item {
    service: &'static str,
    kind: &'static str,
    id: String,
    name: String,
}

impl Item {
    pub(crate) fn new(service: &'static str, kind: &'static str, id: impl ToString, name: &str) -> Self {
        Self { service, kind, id: id.to_string(), name: name.to_owned() }
    }
}

/// Whether `name` contains `group` as a whole word: `asg_web_lb` and `h1.web.example.com` do for `web`, `webcam` does not.
pub(crate) fn names(name: &str, group: &str) -> bool {
    let is_word = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    !group.is_empty()
        && name.match_indices(group).any(|(at, _)| {
            !is_word(name[..at].chars().next_back()) && !is_word(name[at + group.len()..].chars().next())
        })
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_group_is_a_whole_word_of_a_name() {
        let cases = [
            ("asg_web_lb", "web", true),
            ("h1.web.example.com", "web", true),
            ("web", "web", true),
            ("webcam", "web", false),
            ("cobweb", "web", false),
            ("webcam.web", "web", true),
            ("web-1", "web-1", true),
            ("web-12", "web-1", false),
            ("anything", "", false),
        ];
        for (name, group, expected) in cases {
            assert_eq!(names(name, group), expected, "{group} in {name}");
        }
    }
}
