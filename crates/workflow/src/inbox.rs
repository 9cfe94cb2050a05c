//! News of actions on their way to their workflow. Whoever holds the workflow next takes all of it in one step, so that the ends of
//! many items share one write.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use squall_model::{Execution, Id};
use tokio::sync::oneshot;

/// One action that changed.
pub(crate) struct News {
    pub(crate) child: Arc<Execution>,
    taken_in: oneshot::Sender<()>,
}

impl News {
    /// Tells who brought it that it is stored.
    pub(crate) fn stored(self) {
        // Who brought it may have gone away; its message comes again and makes no difference.
        let _unheard = self.taken_in.send(());
    }
}

/// Resolves when the news is stored; an error means that it has to be brought again.
pub(crate) type TakenIn = oneshot::Receiver<()>;

/// The news that waits, by the execution of the workflow.
#[derive(Default)]
pub(crate) struct Inbox {
    waiting: Mutex<HashMap<Id, Vec<News>>>,
}

impl Inbox {
    pub(crate) fn add(&self, parent: Id, child: Arc<Execution>) -> TakenIn {
        let (sender, taken_in) = oneshot::channel();
        self.lock().entry(parent).or_default().push(News { child, taken_in: sender });
        taken_in
    }

    /// Returns everything that waits for the workflow, in the order in which it came.
    pub(crate) fn take(&self, parent: Id) -> Vec<News> {
        self.lock().remove(&parent).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Id, Vec<News>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
