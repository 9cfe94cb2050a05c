//! Turns `name=value` words into the parameters of an action, by the types that the action declares.

use serde_json::{Map, Number, Value};
use thiserror::Error;

/// A word that does not fit the parameter.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum ParameterError {
    #[error("Invalid value for boolean parameter \"{name}\". Valid values are: true, false")]
    Boolean { name: String },
    #[error("Invalid value for {kind} parameter \"{name}\": '{value}'")]
    Number { name: String, kind: &'static str, value: String },
    #[error("Invalid value for object parameter \"{name}\": {message}")]
    Object { name: String, message: String },
    #[error("File \"{path}\" doesn't exist")]
    MissingFile { path: String },
    #[error("cannot read file \"{path}\": {message}")]
    UnreadableFile { path: String, message: String },
}

/// What is known about the action's parameters.
#[derive(Debug, Clone, Default)]
pub(crate) struct ParameterSchemas {
    pub(crate) runner: Map<String, Value>,
    pub(crate) action: Map<String, Value>,
}

/// A word with the file that it names, read by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Word {
    /// `name=value`
    Value { name: String, text: String },
    /// `@name=path`
    File { name: String, path: String },
    /// The first word without `=` and everything after it.
    Command(String),
}

/// Sorts the words into what they mean.
pub(crate) fn classify(words: &[String]) -> Vec<Word> {
    let mut classified = Vec::new();
    for (index, word) in words.iter().enumerate() {
        match word.split_once('=') {
            None => {
                classified.push(Word::Command(words[index..].join(" ")));
                break;
            }
            Some((name, value)) => classified.push(match name.strip_prefix('@') {
                Some(name) => Word::File { name: name.to_owned(), path: value.to_owned() },
                None => Word::Value { name: name.to_owned(), text: value.to_owned() },
            }),
        }
    }
    classified
}

/// The parameters that the words mean; `read_file` is asked for the files that they name.
pub(crate) fn parse(
    words: &[String],
    action: &str,
    schemas: &ParameterSchemas,
    auto_dict: bool,
    read_file: impl Fn(&str) -> Result<String, ParameterError>,
) -> Result<Map<String, Value>, ParameterError> {
    let mut parameters = Map::new();
    let caster = Caster { runner: &schemas.runner, properties: &schemas.action, auto_dict };
    for word in classify(words) {
        match word {
            Word::Command(command) => {
                parameters.insert("cmd".to_owned(), command.into());
            }
            Word::File { name, path } => add_file(&mut parameters, action, name, &path, read_file(&path)?),
            Word::Value { name, text } => add_value(&mut parameters, &caster, name, &text)?,
        }
    }
    Ok(parameters)
}

fn add_value(
    parameters: &mut Map<String, Value>,
    caster: &Caster<'_>,
    name: String,
    text: &str,
) -> Result<(), ParameterError> {
    let value = caster.cast(&name, text)?;
    match (parameters.get_mut(&name), value) {
        (Some(Value::Array(items)), Value::Array(more)) if caster.type_of(&name) == Some("array") => items.extend(more),
        (_, value) => {
            parameters.insert(name, value);
        }
    }
    Ok(())
}

/// `core.http` takes a file as what it sends; every other action takes its content as a parameter.
fn add_file(parameters: &mut Map<String, Value>, action: &str, name: String, path: &str, content: String) {
    if action != "core.http" {
        parameters.insert(name, content.into());
        return;
    }
    let file_name = path.rsplit('/').next().unwrap_or(path);
    parameters.insert("file_content".to_owned(), content.into());
    parameters.entry("method").or_insert_with(|| "POST".into());
    parameters.entry("file_name").or_insert_with(|| file_name.into());
}

struct Caster<'a> {
    runner: &'a Map<String, Value>,
    properties: &'a Map<String, Value>,
    auto_dict: bool,
}

impl Caster<'_> {
    /// The type that the runner, or else the action, gives a parameter.
    fn type_of(&self, name: &str) -> Option<&str> {
        let schema = self.runner.get(name).or_else(|| self.properties.get(name))?;
        schema.get("type")?.as_str()
    }

    fn cast(&self, name: &str, text: &str) -> Result<Value, ParameterError> {
        match self.type_of(name) {
            Some("array") => self.array(name, text),
            Some("boolean") => boolean(name, text),
            Some("integer") => integer(name, text),
            Some("number") => number(name, text),
            Some("object") => object(name, text),
            _ => Ok(Value::String(text.to_owned())),
        }
    }

    fn array(&self, name: &str, text: &str) -> Result<Value, ParameterError> {
        if let Ok(single) = text.trim().parse::<i64>() {
            return Ok(Value::Array(vec![single.into()]));
        }
        let value = serde_json::from_str(text)
            .unwrap_or_else(|_| text.split(',').map(|item| Value::String(item.trim().to_owned())).collect());
        match value {
            Value::Array(items) if self.auto_dict && self.properties.contains_key(name) => {
                self.object_of_items(name, items)
            }
            value => Ok(value),
        }
    }

    /// With `--auto-dict`, items `a:1` and `b:2` are one object.
    fn object_of_items(&self, name: &str, items: Vec<Value>) -> Result<Value, ParameterError> {
        let pairs: Option<Vec<(&str, &str)>> = items.iter().map(|item| item.as_str()?.split_once(':')).collect();
        let Some(pairs) = pairs else { return Ok(Value::Array(items)) };
        let empty = Map::new();
        let properties =
            self.properties.get(name).and_then(|schema| schema.get("properties")).and_then(Value::as_object);
        let nested =
            Caster { runner: self.runner, properties: properties.unwrap_or(&empty), auto_dict: self.auto_dict };
        let mut object = Map::new();
        for (key, text) in pairs {
            let value = if nested.properties.contains_key(key) {
                nested.cast(key, text)?
            } else {
                Value::String(text.to_owned())
            };
            object.insert(key.to_owned(), value);
        }
        Ok(Value::Array(vec![Value::Object(object)]))
    }
}

fn boolean(name: &str, text: &str) -> Result<Value, ParameterError> {
    match text.trim().to_lowercase().as_str() {
        "true" | "1" => Ok(Value::Bool(true)),
        "false" | "0" => Ok(Value::Bool(false)),
        _ => Err(ParameterError::Boolean { name: name.to_owned() }),
    }
}

fn integer(name: &str, text: &str) -> Result<Value, ParameterError> {
    let digits = text.trim().replace('_', "");
    let value = digits.strip_prefix('+').unwrap_or(&digits).parse::<i64>();
    value.map(Value::from).map_err(|_| invalid_number(name, "integer", text))
}

fn number(name: &str, text: &str) -> Result<Value, ParameterError> {
    let value = text.trim().parse::<f64>().ok().and_then(Number::from_f64);
    value.map(Value::Number).ok_or_else(|| invalid_number(name, "number", text))
}

fn invalid_number(name: &str, kind: &'static str, value: &str) -> ParameterError {
    ParameterError::Number { name: name.to_owned(), kind, value: value.to_owned() }
}

/// JSON, or `a=b,c=d`.
fn object(name: &str, text: &str) -> Result<Value, ParameterError> {
    if text.starts_with('{') {
        return serde_json::from_str(text)
            .map_err(|error| ParameterError::Object { name: name.to_owned(), message: error.to_string() });
    }
    let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
    Ok(Value::Object(pairs.map(|(key, value)| (key.to_owned(), Value::String(value.to_owned()))).collect()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schemas() -> ParameterSchemas {
        let object = |value: Value| value.as_object().cloned().unwrap_or_default();
        ParameterSchemas {
            runner: object(json!({"timeout": {"type": "integer"}})),
            action: object(json!({
                "list": {"type": "array", "properties": {"size": {"type": "integer"}}},
                "flag": {"type": "boolean"},
                "count": {"type": "integer"},
                "ratio": {"type": "number"},
                "map": {"type": "object"},
                "name": {"type": "string"},
                "any": {},
            })),
        }
    }

    fn read_file(path: &str) -> Result<String, ParameterError> {
        if path == "body.txt" {
            Ok("content".to_owned())
        } else {
            Err(ParameterError::MissingFile { path: path.to_owned() })
        }
    }

    fn parse_words(words: &[&str], action: &str, auto_dict: bool) -> Result<Value, ParameterError> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        parse(&words, action, &schemas(), auto_dict, read_file).map(Value::Object)
    }

    #[test]
    fn casts_by_declared_type() {
        let cases = [
            (vec!["name=1"], json!({"name": "1"})),
            (vec!["any=1", "unknown=true"], json!({"any": "1", "unknown": "true"})),
            (vec!["count=3", "timeout=4"], json!({"count": 3, "timeout": 4})),
            (vec!["ratio=1.5"], json!({"ratio": 1.5})),
            (vec!["flag=TRUE"], json!({"flag": true})),
            (vec!["list=a, b"], json!({"list": ["a", "b"]})),
            (vec!["list=[1, {\"x\": 2}]"], json!({"list": [1, {"x": 2}]})),
            (vec!["list=5"], json!({"list": [5]})),
            (vec!["list="], json!({"list": [""]})),
            (vec!["list=1,2", "list=3"], json!({"list": ["1", "2", 3]})),
            (vec!["map=a=b,c=d=e,junk"], json!({"map": {"a": "b", "c": "d=e"}})),
            (vec!["map={\"a\": 1}"], json!({"map": {"a": 1}})),
            (vec!["map="], json!({"map": {}})),
            (vec!["name=x=y"], json!({"name": "x=y"})),
            (vec!["@name=body.txt"], json!({"name": "content"})),
            (vec!["timeout=3", "echo", "a=b"], json!({"timeout": 3, "cmd": "echo a=b"})),
        ];
        for (words, expected) in cases {
            assert_eq!(parse_words(&words, "pack.action", false), Ok(expected), "{words:?}");
        }
    }

    #[test]
    fn joins_items_to_an_object_when_asked() {
        let words = ["list=name:n,size:4"];
        assert_eq!(parse_words(&words, "pack.action", true), Ok(json!({"list": [{"name": "n", "size": 4}]})));
        assert_eq!(parse_words(&words, "pack.action", false), Ok(json!({"list": ["name:n", "size:4"]})));
    }

    #[test]
    fn sends_a_file_with_core_http() {
        let expected = json!({"file_content": "content", "method": "POST", "file_name": "body.txt"});
        assert_eq!(parse_words(&["@body=body.txt"], "core.http", false), Ok(expected));
    }

    #[test]
    fn names_the_parameter_that_is_wrong() {
        let check = |word: &str, expected: &str| {
            let error = parse_words(&[word], "pack.action", false).err().map(|error| error.to_string());
            assert_eq!(error.as_deref(), Some(expected));
        };
        check("flag=maybe", "Invalid value for boolean parameter \"flag\". Valid values are: true, false");
        check("count=many", "Invalid value for integer parameter \"count\": 'many'");
        check("ratio=x", "Invalid value for number parameter \"ratio\": 'x'");
        check("@name=nowhere", "File \"nowhere\" doesn't exist");
    }
}
