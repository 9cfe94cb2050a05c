//! The table that is printed. Aims stand beside the figures; nothing is asserted, because machines differ.

/// One figure.
pub(crate) struct Row {
    pub(crate) what: &'static str,
    pub(crate) aim: &'static str,
    pub(crate) measured: String,
}

impl Row {
    pub(crate) fn print(&self) {
        println!("| {} | {} | {} |", self.what, self.aim, self.measured);
    }
}

pub(crate) fn print_head() {
    println!("| what | aim | measured |\n|---|---|---|");
}
