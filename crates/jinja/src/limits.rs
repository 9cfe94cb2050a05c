//! What one template may cost.

/// True only in a build that measures what limits cost.
pub(crate) const UNLIMITED: bool = cfg!(squall_without_limits);

/// Limits of an [`Environment`](crate::Environment). Work is counted, not timed, so the same template ends the same
/// way on every machine.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a template or expression.
    pub source: usize,
    /// Bytes of rendered text.
    pub output: usize,
    /// Steps of the engine: one an instruction, one for each 64 bytes that an expression makes, more for a regex.
    pub work: u64,
    /// Items of lists and maps that are visited, by whatever walks them: comparing, sorting, printing, converting.
    pub visits: u64,
    /// Macros and loops inside each other.
    pub recursion: usize,
    /// Compiled templates that are kept, and as many expressions; a long one counts as several.
    pub cached_templates: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            source: 512 << 10,
            output: 1 << 20,
            work: 400_000,
            visits: 1_000_000,
            recursion: 100,
            cached_templates: 4096,
        }
    }
}
