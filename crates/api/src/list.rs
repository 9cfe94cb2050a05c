//! Lists: filters, order, paging and choice of attributes, the same for every resource.
//! Counterpart: st2api/controllers/resource.py.

use axum::response::Response;
use http::{HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::{Map, Value, json};
use squall_model::{Id, Resource};
use squall_store::{Condition, Direction, Page, Query, Resources, Sort, Versioned};

use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::query::QueryString;

const X_TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");
const X_LIMIT: HeaderName = HeaderName::from_static("x-limit");
const MAXIMUM_OFFSET: u64 = 1 << 31;

/// How the value of a query parameter becomes a condition.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Text,
    Boolean,
    /// A comma list of ids.
    Ids,
    /// A comma list of texts.
    Texts,
    /// Strictly later than a moment.
    After,
    /// Strictly earlier than a moment.
    Before,
    /// An element of the list at the path has this value in the named field.
    Element(&'static str),
}

/// A query parameter that filters: its name, the path it looks at, and how.
pub(crate) struct FilterSpec(pub(crate) &'static str, pub(crate) &'static str, pub(crate) Kind);

/// What the list of one resource offers.
pub(crate) struct ListSpec {
    /// How many are answered when nothing is asked for; `None` means all.
    pub(crate) default_limit: Option<u64>,
    pub(crate) filters: &'static [FilterSpec],
    /// Whether `sort=` is listened to.
    pub(crate) sortable: bool,
    /// The order when nothing is asked for: paths, with `-` for descending.
    pub(crate) order: &'static [&'static str],
    /// The attributes that may be included.
    pub(crate) attributes: &'static [&'static str],
    /// The attributes that may be excluded.
    pub(crate) excludable: &'static [&'static str],
    /// The attributes that are there whatever is included.
    pub(crate) always: &'static [&'static str],
}

/// What a request asks of a list.
pub(crate) struct Asked {
    pub(crate) query: Query,
    pub(crate) choice: Choice,
    pub(crate) limit: Option<u64>,
}

/// Which attributes the answer shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Choice {
    All,
    /// Dotted paths.
    Include(Vec<String>),
    Exclude(Vec<String>),
}

impl ListSpec {
    /// Reads a query string.
    pub(crate) fn read(&self, query: &QueryString) -> Result<Asked, ApiError> {
        let choice = self.choice(query)?;
        let limit = self.limit(query)?;
        let mut asked = Query { sort: self.sort(query), offset: offset(query)?, limit, ..Query::all() };
        for spec in self.filters {
            if let Some(condition) = condition(spec, query)? {
                asked = asked.filter(spec.1, condition);
            }
        }
        Ok(Asked { query: asked, choice, limit })
    }

    pub(crate) fn choice(&self, query: &QueryString) -> Result<Choice, ApiError> {
        let (include, exclude) = (query.list("include_attributes"), query.list("exclude_attributes"));
        let unknown = |kind: &str, name: &str| {
            ApiError::Invalid(format!("Invalid or unsupported {kind} attribute specified: {name}"))
        };
        match (include, exclude) {
            (Some(_), Some(_)) => Err(ApiError::invalid(
                "exclude_fields and include_fields arguments are mutually exclusive. You need to provide either one or another, but not both.",
            )),
            (Some(names), None) => {
                let top = |name: &str| name.split('.').next().is_some_and(|first| self.attributes.contains(&first));
                match names.iter().find(|name| !top(name)) {
                    Some(name) => Err(unknown("include", name)),
                    None => Ok(Choice::Include(
                        names.into_iter().chain(self.always.iter().copied()).map(str::to_owned).collect(),
                    )),
                }
            }
            (None, Some(names)) => match names.iter().find(|name| !self.excludable.contains(name)) {
                Some(name) => Err(unknown("exclude", name)),
                None => Ok(Choice::Exclude(names.into_iter().map(str::to_owned).collect())),
            },
            (None, None) => Ok(Choice::All),
        }
    }

    fn limit(&self, query: &QueryString) -> Result<Option<u64>, ApiError> {
        match query.integer("limit")? {
            None => Ok(self.default_limit),
            Some(-1) => Ok(None),
            Some(0) => {
                Err(ApiError::invalid("Limit, \"0\" specified, must be a positive number or -1 for full result set."))
            }
            Some(limit) => u64::try_from(limit)
                .map(Some)
                .map_err(|_| ApiError::Invalid(format!("Limit, \"{limit}\" specified, must be a positive number."))),
        }
    }

    /// Returns the order; keys that are no filters are skipped.
    fn sort(&self, query: &QueryString) -> Vec<Sort> {
        let keys = query.list("sort").filter(|_| self.sortable).unwrap_or_default();
        let known = |key: &&str| {
            let (name, direction) = direction(key);
            let spec = self.filters.iter().find(|spec| spec.0 == name)?;
            Some(Sort { path: spec.1.to_owned(), direction })
        };
        let asked: Vec<Sort> = keys.iter().filter_map(known).collect();
        if asked.is_empty() { order(self.order) } else { asked }
    }
}

/// Returns the order that paths with signs describe.
pub(crate) fn order(paths: &[&str]) -> Vec<Sort> {
    let sort = |path: &&str| {
        let (path, direction) = direction(path);
        Sort { path: path.to_owned(), direction }
    };
    paths.iter().map(sort).collect()
}

/// Splits the sign off a sort key; a plus in a query string has become a blank.
fn direction(key: &str) -> (&str, Direction) {
    match key.strip_prefix('-') {
        Some(name) => (name, Direction::Descending),
        None => (key.trim_start_matches(['+', ' ']), Direction::Ascending),
    }
}

fn offset(query: &QueryString) -> Result<u64, ApiError> {
    let given = query.integer("offset")?.unwrap_or(0);
    match u64::try_from(given) {
        Err(_) => Err(ApiError::Invalid(format!("Offset \"{given}\" specified must not be negative"))),
        Ok(offset) if offset >= MAXIMUM_OFFSET => {
            Err(ApiError::Invalid(format!("Offset \"{offset}\" specified is more than 32-bit int")))
        }
        Ok(offset) => Ok(offset),
    }
}

fn condition(spec: &FilterSpec, query: &QueryString) -> Result<Option<Condition>, ApiError> {
    let FilterSpec(name, _, kind) = *spec;
    let Some(text) = query.text(name) else { return Ok(None) };
    let moment = |text: &str| text.parse::<squall_model::Timestamp>().map(|moment| json!(moment));
    let condition = match kind {
        Kind::Text if is_null(text) => Condition::Absent,
        Kind::Text => Condition::Equals(json!(text)),
        Kind::Boolean => Condition::Equals(json!(query.boolean(name)?)),
        Kind::Texts => Condition::In(text.split(',').map(|part| json!(part)).collect()),
        Kind::Ids => Condition::In(text.split(',').map(id_value).collect::<Result<_, _>>()?),
        Kind::After => Condition::GreaterThan(moment(text)?),
        Kind::Before => Condition::LessThan(moment(text)?),
        Kind::Element(field) => Condition::AnyElement { field: field.to_owned(), equals: json!(text) },
    };
    Ok(Some(condition))
}

/// Tells whether a filter asks for what has no value.
pub(crate) fn is_null(text: &str) -> bool {
    text.eq_ignore_ascii_case("null") || text.eq_ignore_ascii_case("none")
}

fn id_value(text: &str) -> Result<Value, ApiError> {
    let id: Id = text.parse().map_err(|_| {
        ApiError::Invalid(format!(
            "'{text}' is not a valid ObjectId, it must be a 12-byte input or a 24-character hex string"
        ))
    })?;
    Ok(json!(id))
}

impl Choice {
    /// Leaves only the chosen attributes in an object.
    pub(crate) fn apply(&self, shown: Map<String, Value>) -> Map<String, Value> {
        match self {
            Self::All => shown,
            Self::Exclude(names) => shown.into_iter().filter(|(name, _)| !names.contains(name)).collect(),
            Self::Include(paths) => {
                let mut kept = Map::new();
                for path in paths {
                    keep(path, &shown, &mut kept);
                }
                kept
            }
        }
    }

    /// Tells whether a top-level attribute is shown at all.
    pub(crate) fn shows(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Exclude(names) => !names.iter().any(|excluded| excluded == name),
            Self::Include(paths) => paths.iter().any(|path| path.split('.').next() == Some(name)),
        }
    }
}

/// Copies what a dotted path names, under the names on the way.
fn keep(path: &str, from: &Map<String, Value>, to: &mut Map<String, Value>) {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let Some(value) = from.get(name) else { return };
    match (rest, value) {
        (Some(rest), Value::Object(inner)) => {
            let slot = to.entry(name).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(kept) = slot {
                keep(rest, inner, kept);
            }
        }
        _ => {
            to.insert(name.to_owned(), value.clone());
        }
    }
}

/// Returns what the API shows of a resource that is stored as it is shown.
pub(crate) fn shown(resource: &impl Serialize) -> Result<Map<String, Value>, ApiError> {
    match serde_json::to_value(resource) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(other) => Err(ApiError::Internal(format!("a resource is shown as {other}"))),
        Err(error) => Err(ApiError::Internal(error.to_string())),
    }
}

/// Answers a list request for a resource that is shown as it is stored.
pub(crate) async fn answer<T: Resource>(call: &Call, store: &dyn Resources<T>, spec: &ListSpec) -> Outcome {
    let asked = spec.read(&call.query)?;
    let page = store.list(&asked.query).await?;
    if asked.choice == Choice::All {
        return with_counts(call::ok(&page.items)?, page.total, asked.limit);
    }
    let items =
        page.items.iter().map(|item| Ok(asked.choice.apply(shown(item)?))).collect::<Result<Vec<_>, ApiError>>()?;
    answer_page(Page { items, total: page.total }, asked.limit)
}

/// Answers with a page of objects that are ready to be shown.
pub(crate) fn answer_page<T: Serialize>(page: Page<T>, limit: Option<u64>) -> Outcome {
    with_counts(call::ok(&page.items)?, page.total, limit)
}

pub(crate) fn with_counts(mut response: Response, total: u64, limit: Option<u64>) -> Outcome {
    response.headers_mut().insert(X_TOTAL_COUNT, HeaderValue::from(total));
    if let Some(limit) = limit {
        response.headers_mut().insert(X_LIMIT, HeaderValue::from(limit));
    }
    Ok(response)
}

/// Returns the resource with this reference (it has a dot) or id.
pub(crate) async fn by_ref_or_id<T: Resource>(store: &dyn Resources<T>, text: &str) -> Result<Versioned<T>, ApiError> {
    let found = match text.parse::<Id>() {
        _ if text.contains('.') => store.find(text).await?,
        Ok(id) => store.get(&id).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| ApiError::no_resource(text))
}

/// Returns the resource with this name or id.
pub(crate) async fn by_name_or_id<T: Resource>(
    store: &dyn Resources<T>,
    text: &str,
) -> Result<Option<Versioned<T>>, ApiError> {
    if let Some(found) = store.find(text).await? {
        return Ok(Some(found));
    }
    match text.parse::<Id>() {
        Ok(id) => Ok(store.get(&id).await?),
        Err(_) => Ok(None),
    }
}

/// Writes a changed resource if nobody else changed it meanwhile.
pub(crate) async fn replace<T: Resource>(store: &dyn Resources<T>, value: T, revision: u64) -> Result<(), ApiError> {
    if store.replace(value, revision).await? {
        return Ok(());
    }
    Err(ApiError::Conflict { message: "The object was changed by somebody else meanwhile.".to_owned(), id: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: ListSpec = ListSpec {
        default_limit: Some(100),
        filters: &[
            FilterSpec("id", "id", Kind::Ids),
            FilterSpec("pack", "pack", Kind::Text),
            FilterSpec("enabled", "enabled", Kind::Boolean),
            FilterSpec("tags", "tags", Kind::Element("name")),
            FilterSpec("since", "start", Kind::After),
        ],
        sortable: true,
        order: &["pack", "-name"],
        attributes: &["id", "pack", "action"],
        excludable: &["action"],
        always: &["id"],
    };

    fn read(text: &str) -> Result<Asked, String> {
        SPEC.read(&QueryString::parse(Some(text))).map_err(|error| error.to_string())
    }

    #[test]
    fn reads_filters_order_and_page() {
        let asked = read("pack=core&enabled=true&sort=-pack,%2Bbogus&limit=5&offset=2").unwrap();
        let expected = Query { offset: 2, ..Query::all() }.equals("pack", "core").equals("enabled", true);
        assert_eq!(asked.query, expected.descending("pack").limit(5));
        let plain = read("").unwrap();
        assert_eq!((plain.query.sort, plain.limit), (order(&["pack", "-name"]), Some(100)));
        assert_eq!(read("pack=None").unwrap().query.filters[0].condition, Condition::Absent);
        assert_eq!(read("limit=-1").unwrap().limit, None);
    }

    #[test]
    fn refuses_with_the_texts_of_the_original() {
        let cases = [
            ("limit=0", "Limit, \"0\" specified, must be a positive number or -1 for full result set."),
            ("limit=-2", "Limit, \"-2\" specified, must be a positive number."),
            ("limit=x", "Parameter \"limit\" is not of type integer"),
            ("offset=2147483648", "Offset \"2147483648\" specified is more than 32-bit int"),
            ("offset=-1", "Offset \"-1\" specified must not be negative"),
            ("id=bad", "'bad' is not a valid ObjectId, it must be a 12-byte input or a 24-character hex string"),
            ("since=bad", "Datetime value does not match expected format."),
            ("include_attributes=bogus", "Invalid or unsupported include attribute specified: bogus"),
            ("exclude_attributes=pack", "Invalid or unsupported exclude attribute specified: pack"),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text).map(|_| ()).unwrap_err(), expected, "{text}");
        }
    }

    #[test]
    fn dotted_attributes_keep_the_names_on_the_way() {
        let object = json!({"id": 1, "pack": "p", "action": {"ref": "a", "name": "n"}});
        let Value::Object(object) = object else { unreachable!() };
        let choice = read("include_attributes=action.ref").unwrap().choice;
        assert_eq!(Value::Object(choice.apply(object.clone())), json!({"action": {"ref": "a"}, "id": 1}));
        assert!(choice.shows("action") && !choice.shows("pack"));
        let choice = read("exclude_attributes=action").unwrap().choice;
        assert_eq!(Value::Object(choice.apply(object)), json!({"id": 1, "pack": "p"}));
    }
}
