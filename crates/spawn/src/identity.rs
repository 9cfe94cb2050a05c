//! Tells a process from a later one that got the same number: pid and start time, as the kernel reports them.

use std::fs;
use std::io;

/// A process, named so that a reused pid is not mistaken for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessIdentity {
    pub pid: u32,
    /// Clock ticks between boot and the start of the process (field 22 of `/proc/<pid>/stat`).
    pub start_time: u64,
}

impl ProcessIdentity {
    /// Reads the identity of a process that runs now.
    pub fn of(pid: u32) -> io::Result<Self> {
        Ok(Self { pid, start_time: ProcessStat::of(pid)?.start_time })
    }

    pub fn of_this_process() -> io::Result<Self> {
        Self::of(std::process::id())
    }

    /// True while this very process runs. A zombie has ended: it waits only for its parent to hear of it.
    pub fn is_alive(&self) -> bool {
        let stat = ProcessStat::of(self.pid);
        stat.is_ok_and(|stat| stat.start_time == self.start_time && !stat.is_zombie)
    }
}

/// The fields of `/proc/<pid>/stat` that are needed here.
pub(crate) struct ProcessStat {
    pub(crate) process_group: u32,
    pub(crate) start_time: u64,
    pub(crate) is_zombie: bool,
}

impl ProcessStat {
    pub(crate) fn of(pid: u32) -> io::Result<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        Self::parse(&text).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "unreadable process status"))
    }

    /// The command name stands in parentheses and may itself hold blanks and parentheses, so fields count from the
    /// last closing one.
    fn parse(text: &str) -> Option<Self> {
        let (_, after_name) = text.rsplit_once(')')?;
        let fields: Vec<&str> = after_name.split_ascii_whitespace().collect();
        Some(Self {
            process_group: fields.get(2)?.parse().ok()?,
            start_time: fields.get(19)?.parse().ok()?,
            is_zombie: fields.first() == Some(&"Z"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_name_with_parentheses_does_not_shift_the_fields() {
        let line = "7 (a) b (c) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 1 2 3";
        let stat = ProcessStat::parse(line).unwrap();
        assert_eq!((stat.process_group, stat.start_time), (42, 98765));
        assert!(ProcessStat::parse("7 (x) S 1").is_none());
        assert!(ProcessStat::parse("").is_none());
    }

    #[test]
    fn a_reused_pid_is_another_process() {
        let this = ProcessIdentity::of_this_process().unwrap();
        assert!(this.is_alive());
        assert!(!ProcessIdentity { start_time: this.start_time + 1, ..this }.is_alive());
    }
}
