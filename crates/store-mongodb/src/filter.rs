//! Queries as the server understands them, and what is left of them for us.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};
use serde_json::Value;
use squall_model::{Id, Timestamp};
use squall_store::{Condition, Direction, Filter, Query};

use crate::narrow::{object_id, scalar};

/// How the values of a path are stored in its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    Plain,
    Id,
    /// An id that is [`NOTHING`] where there is none: an index can count those, which it can't with missing fields.
    OptionalId,
    /// Microseconds.
    Moment,
}

/// Stands for "no parent".
pub(crate) const NOTHING: ObjectId = ObjectId::from_bytes([0; 12]);

/// The field of a path.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place {
    pub(crate) field: String,
    pub(crate) stored: Stored,
}

/// Where the paths of a collection are.
pub(crate) trait Places {
    /// Returns the field of a path; none when its values are in the opaque part only.
    fn place(&self, path: &str) -> Option<Place>;

    /// Returns the field that holds the values of a field of a list's elements.
    fn element(&self, list: &str, field: &str) -> Option<String>;
}

/// A query for the server.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Asked {
    pub(crate) filter: Document,
    /// What the server can't check.
    pub(crate) rest: Vec<Filter>,
    /// The order; none when the server can't make it.
    pub(crate) sort: Option<Document>,
    /// No document can match.
    pub(crate) is_hopeless: bool,
}

/// Translates a query. Ties are in the order of ids, so that pages neither repeat nor miss one.
pub(crate) fn translate(query: &Query, places: &dyn Places) -> Asked {
    let mut asked = Asked::default();
    let mut all: Vec<Document> = Vec::new();
    for filter in &query.filters {
        match condition(filter, places) {
            Translated::Server(part) => all.push(part),
            Translated::Ours => asked.rest.push(filter.clone()),
            Translated::Never => asked.is_hopeless = true,
        }
    }
    asked.filter = conjunction(all);
    asked.sort = order(query, places);
    asked
}

fn order(query: &Query, places: &dyn Places) -> Option<Document> {
    let sign = |direction: Direction| if direction == Direction::Ascending { 1 } else { -1 };
    let mut sort = Document::new();
    for by in &query.sort {
        let place = places.place(&by.path)?;
        if !sort.contains_key(&place.field) {
            sort.insert(place.field, sign(by.direction));
        }
    }
    if !sort.contains_key("_id") {
        sort.insert("_id", query.sort.first().map_or(1, |first| sign(first.direction)));
    }
    Some(sort)
}

/// Returns what asks for all parts: side by side where each names another field.
fn conjunction(parts: Vec<Document>) -> Document {
    let mut whole = Document::new();
    let mut more = Vec::new();
    for part in parts {
        if part.keys().any(|key| whole.contains_key(key)) {
            more.push(Bson::Document(part));
        } else {
            whole.extend(part);
        }
    }
    if !more.is_empty() {
        whole.insert("$and", more);
    }
    whole
}

enum Translated {
    Server(Document),
    Ours,
    Never,
}

fn condition(filter: &Filter, places: &dyn Places) -> Translated {
    if let Condition::AnyElement { field, equals } = &filter.condition {
        return match (places.element(&filter.path, field), scalar(Some(equals))) {
            (Some(name), Some(wanted)) => Translated::Server(doc! {name: wanted}),
            _ => Translated::Ours,
        };
    }
    let Some(Place { field, stored }) = places.place(&filter.path) else { return Translated::Ours };
    let compared = |operator: Option<&str>, value: &Value| match (value_of(stored, value), operator) {
        (Some(value), None) => Translated::Server(doc! {&field: value}),
        (Some(value), Some(operator)) => Translated::Server(doc! {&field: {operator: value}}),
        (None, _) => Translated::Never,
    };
    match &filter.condition {
        Condition::Equals(Value::Null) | Condition::Absent => Translated::Server(absent(&field, stored)),
        Condition::Present => Translated::Server(present(&field, stored)),
        Condition::Equals(value) => compared(None, value),
        Condition::GreaterThan(value) => compared(Some("$gt"), value),
        Condition::LessThan(value) => compared(Some("$lt"), value),
        Condition::AtLeast(value) => compared(Some("$gte"), value),
        Condition::AtMost(value) => compared(Some("$lte"), value),
        Condition::In(values) => {
            let values: Vec<Bson> = values.iter().filter_map(|value| value_of(stored, value)).collect();
            if values.is_empty() { Translated::Never } else { Translated::Server(doc! {&field: {"$in": values}}) }
        }
        Condition::StartsWith(prefix) if stored == Stored::Plain => Translated::Server(doc! {&field: range(prefix)}),
        Condition::StartsWith(_) | Condition::AnyElement { .. } => Translated::Ours,
    }
}

fn absent(field: &str, stored: Stored) -> Document {
    match stored {
        Stored::OptionalId => doc! {field: NOTHING},
        _ => doc! {field: Bson::Null},
    }
}

fn present(field: &str, stored: Stored) -> Document {
    match stored {
        Stored::OptionalId => doc! {field: {"$ne": NOTHING}},
        _ => doc! {field: {"$exists": true}},
    }
}

/// Returns the value as the field holds it; none when no stored value can be like it.
fn value_of(stored: Stored, value: &Value) -> Option<Bson> {
    match stored {
        Stored::Plain => scalar(Some(value)),
        Stored::Id | Stored::OptionalId => Some(Bson::ObjectId(object_id(&value.as_str()?.parse::<Id>().ok()?))),
        Stored::Moment => Some(Bson::Int64(value.as_str()?.parse::<Timestamp>().ok()?.as_micros())),
    }
}

/// Returns the range of the texts that begin with a prefix: an index serves it, and nothing in the prefix can be taken for a pattern.
fn range(prefix: &str) -> Document {
    let mut range = doc! {"$gte": prefix};
    if let Some(end) = successor(prefix) {
        range.insert("$lt", end);
    }
    range
}

/// Returns the first text after all those with this prefix.
fn successor(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        let next = if last == '\u{d7ff}' { Some('\u{e000}') } else { char::from_u32(u32::from(last) + 1) };
        if let Some(next) = next {
            text.push(next);
            return Some(text);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Two;

    impl Places for Two {
        fn place(&self, path: &str) -> Option<Place> {
            let (field, stored) = match path {
                "name" => ("ix_name", Stored::Plain),
                "id" => ("_id", Stored::Id),
                "parent" => ("parent", Stored::OptionalId),
                _ => return None,
            };
            Some(Place { field: field.to_owned(), stored })
        }

        fn element(&self, list: &str, field: &str) -> Option<String> {
            (list == "tags" && field == "name").then(|| "ix_tags_name".to_owned())
        }
    }

    fn check(query: Query, filter: Document, ours: usize) {
        let asked = translate(&query, &Two);
        assert_eq!((&asked.filter, asked.rest.len()), (&filter, ours), "{query:?}");
    }

    #[test]
    fn what_the_server_can_check_is_asked_of_it() {
        check(Query::all().equals("name", "a"), doc! {"ix_name": "a"}, 0);
        check(Query::all().equals("other", "a"), doc! {}, 1);
        check(Query::all().filter("parent", Condition::Absent), doc! {"parent": NOTHING}, 0);
        let tagged = Condition::AnyElement { field: "name".into(), equals: "x".into() };
        check(Query::all().filter("tags", tagged), doc! {"ix_tags_name": "x"}, 0);
    }

    #[test]
    fn two_conditions_on_one_field_both_count() {
        let between =
            Query::all().filter("name", Condition::AtLeast("a".into())).filter("name", Condition::LessThan("c".into()));
        check(between, doc! {"ix_name": {"$gte": "a"}, "$and": [{"ix_name": {"$lt": "c"}}]}, 0);
    }

    #[test]
    fn an_id_that_is_none_matches_nothing() {
        assert!(translate(&Query::all().equals("id", "no id"), &Two).is_hopeless);
    }

    #[test]
    fn a_prefix_is_a_range_whatever_is_in_it() {
        assert_eq!(range("p.c"), doc! {"$gte": "p.c", "$lt": "p.d"});
        assert_eq!(range("a\u{10ffff}"), doc! {"$gte": "a\u{10ffff}", "$lt": "b"});
        assert_eq!(range(""), doc! {"$gte": ""});
    }

    #[test]
    fn an_order_by_what_only_we_can_see_is_ours() {
        assert_eq!(translate(&Query::all().descending("name"), &Two).sort, Some(doc! {"ix_name": -1, "_id": -1}));
        assert_eq!(translate(&Query::all().ascending("other"), &Two).sort, None);
    }
}
