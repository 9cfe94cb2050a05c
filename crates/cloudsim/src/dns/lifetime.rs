//! When something that jobs make and unmake can be seen.

use crate::moment::Moment;

/// From the end of the job that made it to the end of the job that deletes it.
pub(crate) struct Lifetime {
    from: Moment,
    until: Option<Moment>,
}

impl Lifetime {
    pub(crate) const fn starting(from: Moment) -> Self {
        Self { from, until: None }
    }

    pub(crate) fn is_visible(&self, now: Moment) -> bool {
        self.from <= now && !self.has_ended(now)
    }

    pub(crate) fn has_ended(&self, now: Moment) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    /// Whether a job to delete it was accepted.
    pub(crate) const fn is_ending(&self) -> bool {
        self.until.is_some()
    }

    pub(crate) const fn end(&mut self, at: Moment) {
        self.until = Some(at);
    }
}
