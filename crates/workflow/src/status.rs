//! The statuses of executions and those of Orquesta, which has two more.

use squall_model::Status;
use squall_orquesta::Status as TaskStatus;

pub(crate) fn to_orquesta(status: Status) -> TaskStatus {
    status.as_str().parse().unwrap_or(TaskStatus::Unset)
}

/// Returns the status of the execution; none for those that only tasks have.
pub(crate) fn from_orquesta(status: TaskStatus) -> Option<Status> {
    status.as_str().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_of_an_execution_is_one_of_a_task() {
        for status in Status::ALL {
            assert_eq!(from_orquesta(to_orquesta(status)), Some(status));
        }
        assert_eq!(from_orquesta(TaskStatus::Retrying), None);
    }
}
