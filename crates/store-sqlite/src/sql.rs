//! Queries as SQL. Paths and values are bound, never pasted.

use rusqlite::types::Value as Sql;
use serde_json::Value;
use squall_store::{Condition, Direction, Filter, Query, Sort};

/// Where a path is found, and how its values are stored.
pub(crate) enum Place {
    /// A column that holds JSON scalars as SQLite does: text, numbers, 0 and 1.
    Column(String),
    /// A column of ids as bytes.
    Id(String),
    /// A column of moments as microseconds.
    Moment(String),
    /// A path into a column of JSON.
    Json { column: &'static str, path: String },
}

/// A statement in the making.
#[derive(Default)]
pub(crate) struct Sentence {
    pub(crate) text: String,
    pub(crate) values: Vec<Sql>,
}

impl Sentence {
    fn bind(&mut self, value: Sql) -> String {
        self.values.push(value);
        format!("?{}", self.values.len())
    }

    fn place(&mut self, place: &Place) -> String {
        match place {
            Place::Column(name) | Place::Id(name) | Place::Moment(name) => name.clone(),
            Place::Json { column, path } => {
                let path = self.bind(Sql::Text(path.clone()));
                format!("json_extract({column}, {path})")
            }
        }
    }
}

/// Returns the `WHERE` part of a query (or nothing).
pub(crate) fn filters(query: &Query, places: impl Fn(&str) -> Place, body: &'static str) -> Sentence {
    let mut sentence = Sentence::default();
    for (index, filter) in query.filters.iter().enumerate() {
        sentence.text.push_str(if index == 0 { " WHERE " } else { " AND " });
        let condition = condition(&mut sentence, filter, &places, body);
        sentence.text.push_str(&condition);
    }
    sentence
}

/// Adds order and paging.
pub(crate) fn order_and_page(sentence: &mut Sentence, query: &Query, places: impl Fn(&str) -> Place) {
    sentence.text.push_str(" ORDER BY ");
    for Sort { path, direction } in &query.sort {
        let expression = sentence.place(&places(path));
        let direction = if *direction == Direction::Ascending { "ASC" } else { "DESC" };
        sentence.text.push_str(&format!("{expression} {direction}, "));
    }
    let backwards = query.sort.first().is_some_and(|sort| sort.direction == Direction::Descending);
    sentence.text.push_str(if backwards { "rowid DESC" } else { "rowid ASC" });
    if query.limit.is_some() || query.offset > 0 {
        let limit = query.limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
        let limit = sentence.bind(Sql::Integer(limit));
        let offset = sentence.bind(Sql::Integer(i64::try_from(query.offset).unwrap_or(i64::MAX)));
        sentence.text.push_str(&format!(" LIMIT {limit} OFFSET {offset}"));
    }
}

fn condition(sentence: &mut Sentence, filter: &Filter, places: &impl Fn(&str) -> Place, body: &'static str) -> String {
    let place = places(&filter.path);
    if let Condition::AnyElement { field, equals } = &filter.condition {
        let list = sentence.bind(Sql::Text(crate::columns::json_path(&filter.path)));
        let field = sentence.bind(Sql::Text(crate::columns::json_path(field)));
        let wanted = sentence.bind(plain(equals));
        return format!(
            "EXISTS (SELECT 1 FROM json_each({body}, {list}) WHERE json_extract(value, {field}) = {wanted})"
        );
    }
    let left = sentence.place(&place);
    let mut compare = |operator: &str, value: &Value| match stored(&place, value) {
        Some(value) => format!("{left} {operator} {}", sentence.bind(value)),
        None => "0".to_owned(),
    };
    match &filter.condition {
        Condition::Equals(Value::Null) | Condition::Absent => format!("{left} IS NULL"),
        Condition::Present => format!("{left} IS NOT NULL"),
        Condition::Equals(value) => compare("=", value),
        Condition::GreaterThan(value) => compare(">", value),
        Condition::LessThan(value) => compare("<", value),
        Condition::AtLeast(value) => compare(">=", value),
        Condition::AtMost(value) => compare("<=", value),
        Condition::In(values) => {
            let bound: Vec<String> =
                values.iter().filter_map(|value| stored(&place, value)).map(|value| sentence.bind(value)).collect();
            format!("{left} IN ({})", bound.join(", "))
        }
        Condition::StartsWith(prefix) => {
            let prefix = sentence.bind(Sql::Text(prefix.clone()));
            format!("substr({left}, 1, length({prefix})) = {prefix}")
        }
        Condition::AnyElement { .. } => "0".to_owned(),
    }
}

/// Returns the value as the place stores it; `None` when no stored value can equal it.
fn stored(place: &Place, value: &Value) -> Option<Sql> {
    match place {
        Place::Id(_) => {
            let id: squall_model::Id = value.as_str()?.parse().ok()?;
            Some(Sql::Blob(id.as_bytes().to_vec()))
        }
        Place::Moment(_) => {
            let moment: squall_model::Timestamp = value.as_str()?.parse().ok()?;
            Some(Sql::Integer(moment.as_micros()))
        }
        Place::Column(_) | Place::Json { .. } => Some(plain(value)),
    }
}

fn plain(value: &Value) -> Sql {
    match value {
        Value::Null => Sql::Null,
        Value::Bool(flag) => Sql::Integer(i64::from(*flag)),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| Sql::Real(number.as_f64().unwrap_or_default()), Sql::Integer)
        }
        Value::String(text) => Sql::Text(text.clone()),
        Value::Array(_) | Value::Object(_) => Sql::Text(value.to_string()),
    }
}
