//! References of the form `pack.name`. Counterpart: st2common/models/system/common.py.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A reference to something in a pack; names may hold dots (`autoscale.asg.expand`), pack names may not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceRef {
    pub pack: String,
    pub name: String,
}

/// The text has no dot, or nothing on one side of it.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("\"{0}\" is not a valid reference: it must have the form pack.name")]
pub struct InvalidReference(pub String);

impl ResourceRef {
    pub fn new(pack: impl Into<String>, name: impl Into<String>) -> Self {
        Self { pack: pack.into(), name: name.into() }
    }
}

impl fmt::Display for ResourceRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.pack, self.name)
    }
}

impl FromStr for ResourceRef {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, InvalidReference> {
        match text.split_once('.') {
            Some((pack, name)) if !pack.is_empty() && !name.is_empty() => Ok(Self::new(pack, name)),
            _ => Err(InvalidReference(text.to_owned())),
        }
    }
}

impl Serialize for ResourceRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ResourceRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_at_the_first_dot() {
        let reference: ResourceRef = "autoscale.asg.expand".parse().unwrap();
        assert_eq!((reference.pack.as_str(), reference.name.as_str()), ("autoscale", "asg.expand"));
        assert!("noop".parse::<ResourceRef>().is_err());
        assert!(".noop".parse::<ResourceRef>().is_err());
    }
}
