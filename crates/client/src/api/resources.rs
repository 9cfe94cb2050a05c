//! Requests that every kind of resource understands.

use reqwest::Method;
use serde_json::{Value, json};

use super::transport::{Body, Request, Service, path_segment};
use super::{Api, ApiError, Query};
use crate::resource::Resource;

/// A part of a collection.
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub items: Vec<Resource>,
    /// How many resources there are in all, where the server says so.
    pub total_count: Option<u64>,
}

impl Api {
    /// The resources of a collection such as `/rules/`.
    pub async fn list(&self, path: &str, query: &Query) -> Result<Page, ApiError> {
        let answer = self.transport.send(Request::get(path, query)).await?.accepted()?;
        let items = match answer.json()? {
            Value::Array(items) => items.into_iter().map(Resource::from_value).collect(),
            _ => Vec::new(),
        };
        Ok(Page { items, total_count: answer.total_count })
    }

    /// One resource, or nothing when the server does not know it.
    pub async fn find(&self, collection: &str, id: &str, query: &Query) -> Result<Option<Resource>, ApiError> {
        let path = format!("/{collection}/{}", path_segment(id));
        let answer = self.transport.send(Request::get(path, query)).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        Ok(Some(Resource::from_value(answer.accepted()?.json()?)))
    }

    /// The document at a path.
    pub async fn document(&self, path: &str) -> Result<Value, ApiError> {
        self.transport.send(Request::get(path, &[])).await?.accepted()?.json()
    }

    /// Posts a document and returns the answer.
    pub async fn post(&self, path: &str, body: Value) -> Result<Value, ApiError> {
        self.transport.send(Request::send(Method::POST, path, Body::Json(body))).await?.accepted()?.json()
    }

    /// Creates a resource.
    pub async fn create(&self, collection: &str, body: Value) -> Result<Resource, ApiError> {
        self.post(&format!("/{collection}"), body).await.map(Resource::from_value)
    }

    /// Replaces a resource.
    pub async fn update(&self, collection: &str, id: &str, body: Value) -> Result<Resource, ApiError> {
        let path = format!("/{collection}/{}", path_segment(id));
        let request = Request::send(Method::PUT, path, Body::Json(body));
        self.transport.send(request).await?.accepted()?.json().map(Resource::from_value)
    }

    /// Deletes a resource; one that is gone already counts as deleted. Returns what the server says about it.
    pub async fn delete(
        &self,
        collection: &str,
        id: &str,
        query: &Query,
        body: Option<Value>,
    ) -> Result<Value, ApiError> {
        let path = format!("/{collection}/{}", path_segment(id));
        let body = body.map_or(Body::None, Body::Json);
        let request = Request { query, ..Request::send(Method::DELETE, path, body) };
        let answer = self.transport.send(request).await?;
        if answer.status == 404 { answer.json() } else { answer.accepted()?.json() }
    }

    /// Posts text and returns the answer: the inspection of a workflow definition.
    pub async fn post_text(&self, path: &str, text: String) -> Result<Value, ApiError> {
        self.transport.send(Request::send(Method::POST, path, Body::Text(text))).await?.accepted()?.json()
    }

    /// A new token for a user.
    pub async fn create_token(&self, user: &str, password: &str, ttl: Option<u64>) -> Result<Resource, ApiError> {
        let body = ttl.map_or_else(|| json!({}), |ttl| json!({ "ttl": ttl }));
        let request = Request {
            service: Service::Auth,
            login: Some((user, password)),
            ..Request::send(Method::POST, "/tokens", Body::Json(body))
        };
        self.transport.send(request).await?.accepted()?.json().map(Resource::from_value)
    }
}
