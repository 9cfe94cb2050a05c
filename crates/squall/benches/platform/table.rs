//! The table that is printed. Aims stand beside the figures; nothing is asserted, because machines differ.

/// One figure.
pub(crate) struct Row {
    pub(crate) what: &'static str,
    pub(crate) aim: &'static str,
    pub(crate) measured: String,
}

impl Row {
    /// Returns the line of the table; `sync` says what a sync cost before and after.
    pub(crate) fn line(&self, sync: &str) -> String {
        format!("| {} | {} | {} | {sync} |", self.what, self.aim, self.measured)
    }
}

pub(crate) fn print_head() {
    println!("| what | aim | measured | one sync, before and after |\n|---|---|---|---|");
}
