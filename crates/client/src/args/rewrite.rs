//! Short options of two letters, which the original has and clap cannot express.

use std::ffi::OsString;

const LONG_FORMS: [(&str, &str); 4] =
    [("-tg", "--timestamp-gt"), ("-tl", "--timestamp-lt"), ("-ty", "--timer-type"), ("-pt", "--policy-type")];

/// Commands whose arguments are the user's own words and stay as they are.
const VERBATIM: [&str; 2] = ["run", "execute"];

/// The same arguments with `-tg` spelled `--timestamp-gt`, and so on. Call it before the arguments are parsed.
pub fn rewrite_arguments(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments.iter().skip(1).any(|argument| VERBATIM.iter().any(|command| argument == command)) {
        return arguments;
    }
    arguments.into_iter().map(rewrite).collect()
}

fn rewrite(argument: OsString) -> OsString {
    let Some(text) = argument.to_str() else { return argument };
    for (short, long) in LONG_FORMS {
        match text.strip_prefix(short) {
            Some("") => return long.into(),
            Some(rest) if rest.starts_with('=') => return format!("{long}{rest}").into(),
            _ => {}
        }
    }
    argument
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arguments: &[&str], expected: &[&str]) {
        let rewritten = rewrite_arguments(arguments.iter().map(OsString::from));
        assert_eq!(rewritten, expected.iter().map(OsString::from).collect::<Vec<_>>());
    }

    #[test]
    fn spells_out_two_letter_options() {
        check(
            &["st2", "execution", "list", "-tg", "x", "-tl=y"],
            &["st2", "execution", "list", "--timestamp-gt", "x", "--timestamp-lt=y"],
        );
        check(
            &["st2", "policy", "list", "-pt", "x", "-t", "y"],
            &["st2", "policy", "list", "--policy-type", "x", "-t", "y"],
        );
    }

    #[test]
    fn leaves_the_words_of_an_action_alone() {
        check(&["st2", "run", "core.local", "sort", "--", "-tg"], &["st2", "run", "core.local", "sort", "--", "-tg"]);
    }
}
