//! The store as one process meets it: what may happen to every question and every write.

use std::sync::Arc;

use squall_store::{Error, Result};

use super::State;
use crate::sim::Sim;

pub(crate) struct Port {
    pub(crate) sim: Arc<Sim>,
    pub(crate) process: usize,
}

impl Port {
    fn is_up(&self) -> Result<()> {
        if self.sim.fault(self.sim.plan.rates.unavailable) {
            self.sim.tell(format_args!("p{} store refuses", self.process));
            return Err(Error::Unavailable("simulated".to_owned()));
        }
        Ok(())
    }

    /// A question: it may take long, and it may not be answered.
    pub(super) async fn ask<R>(&self, question: impl FnOnce(&mut State) -> R) -> Result<R> {
        self.sim.pass(self.process).await;
        self.is_up()?;
        Ok(question(&mut self.sim.store.lock()))
    }

    /// What every write meets before it is done.
    pub(super) async fn before_write(&self) -> Result<()> {
        self.sim.pass(self.process).await;
        self.is_up()
    }

    /// What every write meets once it is done.
    pub(super) async fn after_write(&self) -> Result<()> {
        self.sim.pass(self.process).await;
        if self.sim.fault(self.sim.plan.rates.answer_lost) {
            self.sim.tell(format_args!("p{} the store's answer is lost", self.process));
            return Err(Error::Unavailable("the answer is lost".to_owned()));
        }
        Ok(())
    }

    /// A write of one document.
    pub(super) async fn write<R>(&self, what: &str, write: impl FnOnce(&mut State) -> R) -> Result<R> {
        self.before_write().await?;
        let done = write(&mut self.sim.store.lock());
        self.sim.tell(format_args!("p{} {what}", self.process));
        self.after_write().await?;
        Ok(done)
    }
}
