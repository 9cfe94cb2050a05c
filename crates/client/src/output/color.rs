//! Colours: on a terminal only, and never against `NO_COLOR` or `ST2_COLORIZE`.

const RED: &str = "\u{1b}[91m";
const GREEN: &str = "\u{1b}[92m";
const YELLOW: &str = "\u{1b}[93m";
const BLUE: &str = "\u{1b}[94m";
const BROWN: &str = "\u{1b}[33m";
const END: &str = "\u{1b}[0m";

/// Whether output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Palette {
    Colored,
    Plain,
}

impl Palette {
    /// A status in its colour; a remainder such as ` (3s elapsed)` keeps the terminal's.
    pub(crate) fn status(self, text: &str) -> String {
        if self == Self::Plain {
            return text.to_owned();
        }
        let (status, remainder) = match text.split_once('(') {
            Some((status, rest)) => (status.trim(), format!(" ({rest}")),
            None => (text, String::new()),
        };
        let color = match status {
            "succeeded" => GREEN,
            "failed" => RED,
            "delayed" => BLUE,
            "timeout" => BROWN,
            _ => YELLOW,
        };
        format!("{color}{status}{END}{remainder}")
    }

    /// The name of an attribute in an execution's details.
    pub(crate) fn name(self, text: &str) -> String {
        match self {
            Self::Colored => format!("{BLUE}{text}{END}"),
            Self::Plain => text.to_owned(),
        }
    }
}

/// How many columns the text takes: colour codes take none.
pub(crate) fn visible_width(text: &str) -> usize {
    let mut width = 0;
    let mut in_escape = false;
    for character in text.chars() {
        match (in_escape, character) {
            (false, '\u{1b}') => in_escape = true,
            (true, 'm') => in_escape = false,
            (false, _) => width += 1,
            (true, _) => {}
        }
    }
    width
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_the_status_and_not_the_time() {
        assert_eq!(Palette::Colored.status("failed (3s elapsed)"), "\u{1b}[91mfailed\u{1b}[0m (3s elapsed)");
        assert_eq!(Palette::Plain.status("failed (3s elapsed)"), "failed (3s elapsed)");
    }

    #[test]
    fn color_codes_take_no_room() {
        assert_eq!(visible_width("\u{1b}[91mfailed\u{1b}[0m"), 6);
    }
}
