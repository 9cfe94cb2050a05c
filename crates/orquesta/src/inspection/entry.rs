//! One thing that is wrong with a definition.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::expressions::Language;

/// Where tasks are described in the schema.
pub(super) const TASKS_SCHEMA_PATH: &str = r"properties.tasks.patternProperties.^\w+$";

/// Each part of the inspection stops looking when it has found about so many mistakes.
pub(super) const MISTAKES: usize = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum InspectionType {
    /// A variable that is not there (yet).
    Context,
    /// An expression that cannot be parsed.
    Expression,
    /// The tasks do not fit together.
    Semantic,
    /// The definition does not have the form of one.
    Syntax,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inspection {
    #[serde(rename = "type")]
    pub kind: InspectionType,
    /// For the kinds that are about expressions; null when a text mixes languages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Option<Language>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    pub message: String,
    /// The part of the schema that is not met.
    pub schema_path: Option<String>,
    /// The part of the definition that does not meet it; none for the definition as a whole.
    pub spec_path: Option<String>,
    /// Where that part is written, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}

impl Inspection {
    pub(super) fn new(kind: InspectionType, message: String, spec_path: String, schema_path: String) -> Self {
        let path = |path: String| Some(path).filter(|path| !path.is_empty());
        Self {
            kind,
            language: None,
            expression: None,
            message,
            schema_path: path(schema_path),
            spec_path: path(spec_path),
            line: None,
            column: None,
        }
    }

    pub(super) fn semantic(message: String, spec_path: String, schema_path: String) -> Self {
        Self::new(InspectionType::Semantic, message, spec_path, schema_path)
    }

    pub(super) fn about(mut self, language: Option<Language>, expression: String) -> Self {
        self.language = Some(language);
        self.expression = Some(expression);
        self
    }
}

/// As `orquesta` itself lists mistakes: by category, without places.
pub(crate) fn by_category(entries: Vec<Inspection>) -> Value {
    let mut categories: Map<String, Value> = Map::new();
    for entry in entries {
        let category = match entry.kind {
            InspectionType::Context => "context",
            InspectionType::Expression => "expressions",
            InspectionType::Semantic => "semantics",
            InspectionType::Syntax => "syntax",
        };
        let mut value = json!({
            "message": entry.message, "spec_path": entry.spec_path, "schema_path": entry.schema_path,
        });
        if let Some(language) = entry.language {
            value["type"] = json!(language);
            value["expression"] = json!(entry.expression);
        }
        let list = categories.entry(category).or_insert_with(|| json!([]));
        if let Value::Array(list) = list {
            list.push(value);
        }
    }
    Value::Object(categories)
}
