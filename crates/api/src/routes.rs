//! The route table: what is served is data, so that tests can walk over it. Counterpart: st2common/router.py and openapi.yaml.

use std::future::Future;
use std::pin::Pin;

use http::Method;

use crate::call::{Call, Outcome};
use crate::resources;

/// The three faces of the API, each with a port of its own in StackStorm's layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    Api,
    Auth,
    Stream,
}

impl Face {
    pub(crate) const ALL: [Self; 3] = [Self::Api, Self::Auth, Self::Stream];

    /// Returns the first path segment under which a proxy (or our combined port) serves this face.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Auth => "auth",
            Self::Stream => "stream",
        }
    }
}

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Whoever shows a token or an API key.
    Authenticated,
    /// Everybody: the handler itself checks what there is to check.
    Public,
}

type Handler = Box<dyn Fn(Call) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync>;

/// One operation: a method on a path.
pub(crate) struct Route {
    pub(crate) face: Face,
    pub(crate) method: Method,
    /// The path without `/v1`: `{name}` takes one segment, `{*name}` takes the rest.
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    pub(crate) handler: Handler,
}

impl Route {
    pub(crate) fn new<F, R>(method: Method, path: &'static str, handler: F) -> Self
    where
        F: Fn(Call) -> R + Send + Sync + 'static,
        R: Future<Output = Outcome> + Send + 'static,
    {
        let handler: Handler = Box::new(move |call| Box::pin(handler(call)));
        Self { face: Face::Api, method, path, access: Access::Authenticated, handler }
    }

    pub(crate) fn on(mut self, face: Face) -> Self {
        self.face = face;
        self
    }

    pub(crate) fn public(mut self) -> Self {
        self.access = Access::Public;
        self
    }
}

macro_rules! shorthand {
    ($name:ident, $method:ident) => {
        pub(crate) fn $name<F, R>(path: &'static str, handler: F) -> Route
        where
            F: Fn(Call) -> R + Send + Sync + 'static,
            R: Future<Output = Outcome> + Send + 'static,
        {
            Route::new(Method::$method, path, handler)
        }
    };
}

shorthand!(get, GET);
shorthand!(post, POST);
shorthand!(put, PUT);
shorthand!(delete, DELETE);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(&'static str),
    Param(&'static str),
    Rest(&'static str),
}

/// Finds the route of a request.
pub(crate) struct RouteTable {
    rows: Vec<(Vec<Segment>, Route)>,
}

impl RouteTable {
    /// Returns the table of everything that is served.
    pub(crate) fn complete() -> Self {
        Self::of(resources::routes())
    }

    fn of(routes: Vec<Route>) -> Self {
        let mut rows: Vec<_> = routes.into_iter().map(|route| (segments(route.path), route)).collect();
        // Literal segments go before parameters, so that `/packs/index` is not taken for a pack.
        rows.sort_by(|left, right| left.0.cmp(&right.0));
        Self { rows }
    }

    /// Returns the route and the values of its parameters; `path` is decoded and without `/v1`.
    pub(crate) fn find(
        &self,
        face: Face,
        method: &Method,
        path: &str,
    ) -> Option<(&Route, Vec<(&'static str, String)>)> {
        let parts: Vec<&str> = split(path).collect();
        self.rows
            .iter()
            .filter(|(_, route)| route.face == face && route.method == *method)
            .find_map(|(segments, route)| captures(segments, &parts).map(|params| (route, params)))
    }

    #[cfg(test)]
    pub(crate) fn routes(&self) -> impl Iterator<Item = &Route> {
        self.rows.iter().map(|(_, route)| route)
    }
}

/// Splits a path at its slashes; the leading one and one trailing one do not count.
fn split(path: &str) -> impl Iterator<Item = &str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/').skip(usize::from(path.is_empty()))
}

fn segments(path: &'static str) -> Vec<Segment> {
    let segment = |part: &'static str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        None => Segment::Literal(part),
        Some(name) => name.strip_prefix('*').map_or(Segment::Param(name), Segment::Rest),
    };
    split(path).map(segment).collect()
}

fn captures(segments: &[Segment], parts: &[&str]) -> Option<Vec<(&'static str, String)>> {
    let mut found = Vec::new();
    for (index, segment) in segments.iter().enumerate() {
        match (segment, parts.get(index)) {
            (Segment::Literal(literal), Some(part)) if literal == part => {}
            (Segment::Param(name), Some(part)) if !part.is_empty() => found.push((*name, (*part).to_owned())),
            (Segment::Rest(name), Some(_)) => {
                found.push((*name, parts[index..].join("/")));
                return Some(found);
            }
            _ => return None,
        }
    }
    (segments.len() == parts.len()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn nothing(_: Call) -> Outcome {
        crate::call::no_content()
    }

    fn found(path: &str) -> Option<(&'static str, Vec<String>)> {
        let table = RouteTable::of(vec![
            get("/", nothing),
            get("/packs/{ref}", nothing),
            get("/packs/index", nothing),
            get("/webhooks/{*hook}", nothing),
        ]);
        let (route, params) = table.find(Face::Api, &Method::GET, path)?;
        Some((route.path, params.into_iter().map(|(_, value)| value).collect()))
    }

    #[test]
    fn literals_win_and_one_trailing_slash_does_not_count() {
        assert_eq!(found("/packs/index").unwrap().0, "/packs/index");
        assert_eq!(found("/packs/core/").unwrap(), ("/packs/{ref}", vec!["core".to_owned()]));
        assert_eq!(found("/webhooks/a/b").unwrap().1, ["a/b"]);
        assert_eq!(found("/webhooks//a").unwrap().1, ["/a"]);
        assert_eq!(found("/").unwrap().0, "/");
        for path in ["//packs/core", "/packs//core", "/packs", "/packs/a/b", "/webhooks", "/webhooks/"] {
            assert_eq!(found(path), None, "{path}");
        }
    }

    #[test]
    fn no_operation_is_in_the_table_twice() {
        let table = RouteTable::complete();
        let mut seen = std::collections::HashSet::new();
        for route in table.routes() {
            assert!(seen.insert((route.face.prefix(), route.method.clone(), route.path)), "{}", route.path);
        }
    }
}
