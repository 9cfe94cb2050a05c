//! How a command ends: the exit codes of the original client.

/// The exit code of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitCode(pub u8);

impl ExitCode {
    /// Everything went well.
    pub const SUCCESS: Self = Self(0);
    /// The request failed, or the execution did.
    pub const FAILURE: Self = Self(1);
    /// The operation was refused, or the arguments make no sense.
    pub const REFUSED: Self = Self(2);
    /// After `--print-config`.
    pub const CONFIG_PRINTED: Self = Self(3);
    /// Ctrl-C.
    pub const INTERRUPTED: Self = Self(130);
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.0)
    }
}
