//! A chain as its author wrote it. Counterpart: st2common/models/system/actionchain.py, and `ChainHolder` of the runner.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value, json};
use squall_parameters::schema;
use squall_yaml::Positions;

/// Why a text is not a chain that could run. The texts are StackStorm's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    #[error("{message}")]
    Unreadable { message: String, line: usize, column: usize },
    #[error("Expected \"dict\", got \"{0}\"")]
    NotAMapping(&'static str),
    #[error("{message}")]
    Mistake { message: String, place: Option<(usize, usize)> },
    /// A chain without tasks.
    #[error("Failed to find default node.")]
    NoTasks,
}

impl ChainError {
    /// Line and column, counted from 1, where they are known.
    pub const fn position(&self) -> Option<(usize, usize)> {
        match self {
            Self::Unreadable { line, column, .. } => Some((*line, *column)),
            Self::Mistake { place, .. } => *place,
            Self::NotAMapping(_) | Self::NoTasks => None,
        }
    }

    /// Returns what the result of the chain says: of which action, from which file.
    pub fn describe(&self, action: &str, file: &str) -> String {
        match self {
            Self::Unreadable { .. } | Self::NotAMapping(_) => {
                format!("Failed to parse action chain definition from \"{file}\": {self}")
            }
            Self::NoTasks => format!("Failed to find default node in {action}."),
            Self::Mistake { message, .. } => message.clone(),
        }
    }
}

/// One task.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    pub name: String,
    pub action: String,
    pub parameters: Map<String, Value>,
    pub on_success: Option<String>,
    pub on_failure: Option<String>,
    pub publish: Map<String, Value>,
    pub notify: Option<Value>,
    /// The line where it begins.
    pub line: Option<usize>,
    /// All its fields as the execution of its action shows them.
    pub shown: Value,
}

#[derive(Clone, Debug, Default)]
pub struct Chain {
    pub nodes: Vec<Node>,
    pub start: String,
    pub vars: Map<String, Value>,
    pub(crate) names_config: bool,
}

impl Chain {
    pub fn compile(text: &str) -> Result<Arc<Self>, ChainError> {
        let document = squall_yaml::parse_document(text).map_err(|error| ChainError::Unreadable {
            message: error.to_string(),
            line: error.line,
            column: error.column,
        })?;
        let Value::Object(fields) = &document.value else {
            return Err(ChainError::NotAMapping(python_type(&document.value)));
        };
        let positions = &document.positions;
        check_schema(&document.value, positions)?;
        let written = fields.get("chain").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut nodes = Vec::with_capacity(written.len());
        for (number, node) in written.iter().enumerate() {
            nodes.push(read_node(number, node, positions)?);
        }
        let start = match fields.get("default").and_then(Value::as_str).filter(|name| !name.is_empty()) {
            Some(name) => name.to_owned(),
            None => first_node(&nodes).ok_or(ChainError::NoTasks)?.to_owned(),
        };
        check_names(&nodes, &start, positions)?;
        let vars = fields.get("vars").and_then(Value::as_object).cloned().unwrap_or_default();
        Ok(Arc::new(Self { nodes, start, vars, names_config: text.contains("config_context") }))
    }

    /// Whether a template of the chain names the configuration of its pack.
    pub const fn names_config(&self) -> bool {
        self.names_config
    }

    pub fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name == name)
    }

    /// What StackStorm passes over in silence: fields of a task that nobody knows, below the first task.
    pub fn unknown_fields(text: &str) -> Vec<ChainError> {
        let Ok(document) = squall_yaml::parse_document(text) else { return Vec::new() };
        let nodes = document.value.get("chain").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut found = Vec::new();
        for (number, node) in nodes.iter().enumerate().skip(1) {
            for violation in schema::validate(&NODE, node) {
                let path = [vec!["chain".to_owned(), number.to_string()], violation.path.clone()].concat();
                let place = position(&document.positions, &path);
                found.push(ChainError::Mistake { message: violation.message, place });
            }
        }
        found
    }
}

static NOTIFICATION: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "type": ["object", "null"],
        "properties": {
            "message": {"type": ["string", "null"]},
            "data": {"type": ["object", "null"]},
            "routes": {"type": ["array", "null"]},
            "channels": {"type": ["array", "null"]},
        },
        "additionalProperties": false,
    })
});

static NODE: LazyLock<Value> = LazyLock::new(|| {
    let (text, mapping) = (json!({"type": ["string", "null"]}), json!({"type": ["object", "null"]}));
    json!({
        "title": "Node",
        "description": "Node of an ActionChain.",
        "type": "object",
        "properties": {
            "name": {"type": "string", "required": true},
            "ref": {"type": "string", "required": true},
            "params": mapping,
            "parameters": mapping,
            "on-success": text,
            "on-failure": text,
            "publish": mapping,
            "notify": {
                "type": ["object", "null"],
                "properties": {
                    "on-complete": *NOTIFICATION,
                    "on-failure": *NOTIFICATION,
                    "on-success": *NOTIFICATION,
                },
                "additionalProperties": false,
            },
        },
        "additionalProperties": false,
    })
});

/// As in StackStorm the fields of the first task alone are checked; what else no task can do without is asked for when it is read.
static CHAIN: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "title": "ActionChain",
        "description": "A chain of sequentially executed actions.",
        "type": "object",
        "properties": {
            "chain": {"type": "array", "items": [*NODE], "required": true},
            "default": {"type": ["string", "null"]},
            "vars": {"type": ["object", "null"], "patternProperties": {r"^\w+$": {}}},
        },
        "additionalProperties": false,
    })
});

fn check_schema(value: &Value, positions: &Positions) -> Result<(), ChainError> {
    match schema::validate(&CHAIN, value).into_iter().next() {
        None => Ok(()),
        Some(violation) => {
            let place = position(positions, &violation.path);
            Err(ChainError::Mistake { message: violation.explanation(), place })
        }
    }
}

/// Returns where a part is written, or the innermost part around it that is.
fn position(positions: &Positions, path: &[String]) -> Option<(usize, usize)> {
    let at = |path: &[String]| positions.key_at(path).or_else(|| positions.value_at(path));
    (0..=path.len()).rev().find_map(|length| at(&path[..length])).map(|found| (found.line, found.column))
}

fn read_node(number: usize, node: &Value, positions: &Positions) -> Result<Node, ChainError> {
    let at = |key: &str| {
        let path: Vec<String> = ["chain", &number.to_string(), key].into_iter().map(str::to_owned).collect();
        position(positions, if key.is_empty() { &path[..2] } else { &path })
    };
    let mistake = |message: &str, key: &str| ChainError::Mistake { message: message.to_owned(), place: at(key) };
    let text = |key: &str| node.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let mapping = |key: &str| node.get(key).and_then(Value::as_object).filter(|mapping| !mapping.is_empty());
    if mapping("params").is_some() && mapping("parameters").is_some() {
        let message = "Either \"params\" or \"parameters\" attribute needs to be provided, but not both";
        return Err(mistake(message, "parameters"));
    }
    let name = text("name").ok_or_else(|| mistake("'name' is a required property", ""))?;
    let action = text("ref").ok_or_else(|| mistake("'ref' is a required property", ""))?;
    let given = |key: &str| node.get(key).cloned().unwrap_or_default();
    let shown = json!({
        "name": name,
        "ref": action,
        "params": given("params"),
        "parameters": given("parameters"),
        "on_success": given("on-success"),
        "on_failure": given("on-failure"),
        "publish": given("publish"),
        "notify": given("notify"),
    });
    Ok(Node {
        parameters: mapping("parameters").or_else(|| mapping("params")).cloned().unwrap_or_default(),
        on_success: text("on-success"),
        on_failure: text("on-failure"),
        publish: mapping("publish").cloned().unwrap_or_default(),
        notify: mapping("notify").cloned().map(Value::Object),
        line: at("").map(|(line, _)| line),
        name,
        action,
        shown,
    })
}

/// The first task that none leads to, or else the first.
fn first_node(nodes: &[Node]) -> Option<&str> {
    let targets: BTreeSet<&str> =
        nodes.iter().flat_map(|node| [&node.on_success, &node.on_failure]).flatten().map(String::as_str).collect();
    let free = nodes.iter().find(|node| !targets.contains(node.name.as_str()));
    free.or_else(|| nodes.first()).map(|node| node.name.as_str())
}

fn check_names(nodes: &[Node], start: &str, positions: &Positions) -> Result<(), ChainError> {
    let known = |name: &str| is_template(name) || nodes.iter().any(|node| node.name == name);
    let refuse = |name: &str, whence: String, path: &[&str]| {
        let path: Vec<String> = path.iter().map(|&segment| segment.to_owned()).collect();
        let message = format!("Unable to find node with name \"{name}\" referenced in {whence}.");
        Err(ChainError::Mistake { message, place: position(positions, &path) })
    };
    for (number, node) in nodes.iter().enumerate() {
        for (key, target) in [("on-success", &node.on_success), ("on-failure", &node.on_failure)] {
            if let Some(target) = target.as_deref().filter(|target| !known(target)) {
                let whence = format!("\"{key}\" in task \"{}\"", node.name);
                return refuse(target, whence, &["chain", &number.to_string(), key]);
            }
        }
    }
    if known(start) { Ok(()) } else { refuse(start, "\"default\"".to_owned(), &["default"]) }
}

fn is_template(name: &str) -> bool {
    name.contains("{{") || name.contains("{%")
}

const fn python_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}
