//! Query strings: typed reading with StackStorm's casts and texts. Counterpart: st2common/router.py.

use crate::errors::ApiError;

/// The parameters of a query string, decoded. Of a repeated name the last value counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct QueryString {
    pairs: Vec<(String, String)>,
}

impl QueryString {
    pub(crate) fn parse(text: Option<&str>) -> Self {
        let pairs = text.map(|text| form_urlencoded::parse(text.as_bytes()).into_owned().collect());
        Self { pairs: pairs.unwrap_or_default() }
    }

    /// Returns the value; an empty one counts as absent.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let pair = self.pairs.iter().rev().find(|(key, _)| key == name);
        pair.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, ApiError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let value = match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "y" => true,
            "false" | "0" | "no" | "n" => false,
            _ => return Err(not_of_type(name, "boolean")),
        };
        Ok(Some(value))
    }

    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| not_of_type(name, "integer"))
    }

    /// Returns the elements of a comma separated list.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<&str>> {
        self.text(name).map(|text| text.split(',').collect())
    }
}

fn not_of_type(name: &str, expected: &str) -> ApiError {
    ApiError::Invalid(format!("Parameter \"{name}\" is not of type {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casts_as_the_original_does() {
        let query = QueryString::parse(Some("a=Yes&b=0&c=maybe&n=-5&x=1.5&l=p,q&e=&s=a+b%20c"));
        assert_eq!(query.boolean("a").unwrap(), Some(true));
        assert_eq!(query.boolean("b").unwrap(), Some(false));
        assert_eq!(query.boolean("c").unwrap_err().to_string(), "Parameter \"c\" is not of type boolean");
        assert_eq!(query.integer("n").unwrap(), Some(-5));
        assert_eq!(query.integer("x").unwrap_err().to_string(), "Parameter \"x\" is not of type integer");
        assert_eq!(query.list("l").unwrap(), ["p", "q"]);
        assert_eq!(query.text("e"), None);
        assert_eq!(query.text("s"), Some("a b c"));
    }
}
