//! The ids of traces and spans, and the header that carries them (W3C Trace Context).

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// Which trace; the same wherever it is asked, because it follows from what is stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId([u8; 16]);

/// Which span of a trace.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SpanId([u8; 8]);

fn digest<const N: usize>(parts: &[&str]) -> [u8; N] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let mut bytes = [0; N];
    bytes.copy_from_slice(&hasher.finalize()[..N]);
    // All zeros mean that there is none.
    bytes[N - 1] |= u8::from(bytes.iter().all(|byte| *byte == 0));
    bytes
}

impl TraceId {
    /// Returns the id that these parts always have.
    pub fn derived(parts: &[&str]) -> Self {
        Self(digest(parts))
    }
}

impl SpanId {
    pub fn derived(parts: &[&str]) -> Self {
        Self(digest(parts))
    }
}

fn hex(bytes: &[u8], formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
}

impl fmt::Display for TraceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, formatter)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, formatter)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The place of a caller: `00-TRACE-SPAN-FLAGS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traceparent {
    pub trace: TraceId,
    pub span: SpanId,
    /// Whether the caller records the trace; who does not is followed.
    pub sampled: bool,
}

impl fmt::Display for Traceparent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "00-{}-{}-{:02x}", self.trace, self.span, u8::from(self.sampled))
    }
}

/// The text is no `traceparent`; such a header is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidTraceparent;

impl FromStr for Traceparent {
    type Err = InvalidTraceparent;

    fn from_str(text: &str) -> Result<Self, InvalidTraceparent> {
        let mut parts = text.trim().split('-');
        let mut next = || parts.next().ok_or(InvalidTraceparent);
        let [version] = bytes(next()?)?;
        let (trace, span, [flags]) = (bytes(next()?)?, bytes(next()?)?, bytes::<1>(next()?)?);
        // Later versions may have more parts; the first one has none, and one version is forbidden.
        if version == 0xff || (version == 0 && parts.next().is_some()) || trace == [0; 16] || span == [0; 8] {
            return Err(InvalidTraceparent);
        }
        Ok(Self { trace: TraceId(trace), span: SpanId(span), sampled: flags & 1 == 1 })
    }
}

fn bytes<const N: usize>(text: &str) -> Result<[u8; N], InvalidTraceparent> {
    let is_hex = text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if text.len() != N * 2 || !is_hex {
        return Err(InvalidTraceparent);
    }
    let mut found = [0; N];
    for (index, byte) in found.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[index * 2..index * 2 + 2], 16).map_err(|_| InvalidTraceparent)?;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_reads_back() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let found: Traceparent = text.parse().unwrap();
        assert!(found.sampled);
        assert_eq!(found.to_string(), text);
        assert!(!text.replace("-01", "-00").parse::<Traceparent>().unwrap().sampled);
    }

    #[test]
    fn what_is_no_traceparent_is_refused() {
        for text in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473é-00f067aa0ba902b7-01",
        ] {
            assert_eq!(text.parse::<Traceparent>(), Err(InvalidTraceparent), "{text}");
        }
    }

    #[test]
    fn derived_ids_are_the_same_everywhere_and_depend_on_where_the_parts_end() {
        assert_eq!(TraceId::derived(&["a", "b"]), TraceId::derived(&["a", "b"]));
        assert_ne!(SpanId::derived(&["ab", "c"]), SpanId::derived(&["a", "bc"]));
        assert_eq!(SpanId::derived(&["x"]).to_string().len(), 16);
        assert_eq!(TraceId::derived(&["x"]).to_string().len(), 32);
    }
}
