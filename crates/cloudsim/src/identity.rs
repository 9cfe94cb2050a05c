//! Rackspace identity v2.0: tokens and the service catalogue.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

use crate::call::Call;
use crate::moment::Moment;
use crate::reply::{Refusal, Reply};
use crate::service::{Answer, Env, Service, text};

const DEFAULT_TENANT: &str = "100001";
const REGION: &str = "SIM";
const UNAUTHENTICATED: &str = "Unable to authenticate user with credentials provided.";

/// Who may call, and with which tokens.
#[derive(Default)]
pub(crate) struct Identity {
    /// The first secret that a user showed is that user's secret.
    secrets: BTreeMap<String, String>,
    tokens: HashMap<String, Token>,
}

#[derive(Clone)]
struct Token {
    id: String,
    user: String,
    tenant: String,
    expires: Moment,
    method: &'static str,
}

impl Identity {
    /// Whether a token may be used on a tenant's path.
    pub(crate) fn authorize(&self, token: Option<&str>, tenant: &str, now: Moment) -> Result<(), Refusal> {
        let token = self.valid_token(token, now)?;
        if token.tenant == tenant { Ok(()) } else { Err(Refusal::new(403, "The token is for another tenant.")) }
    }

    pub(crate) fn snapshot(&self) -> Value {
        json!({"users": self.secrets.len(), "tokens": self.tokens.len()})
    }

    fn valid_token(&self, token: Option<&str>, now: Moment) -> Result<&Token, Refusal> {
        let token =
            token.ok_or_else(|| Refusal::new(401, "No valid token provided. Please use the 'X-Auth-Token' header."))?;
        self.tokens.get(token).filter(|token| token.expires > now).ok_or_else(|| {
            Refusal::new(401, "No valid token provided. Please use the 'X-Auth-Token' header with a valid token.")
        })
    }

    fn authenticate(&mut self, call: &Call, env: &mut Env) -> Answer {
        let auth = call.wrapped("auth")?;
        let (user, method) = self.check_credentials(&auth, env.now)?;
        let tenant = text(&auth, "tenantId").or_else(|| text(&auth, "tenantName")).unwrap_or(DEFAULT_TENANT).to_owned();
        let expires = env.now.after(env.timings.token_lifetime);
        let token = Token { id: env.ids.hex(32), user, tenant, expires, method };
        let reply =
            Reply::ok(access(&token, env)).noting(format!("token for {} of tenant {}", token.user, token.tenant));
        self.tokens.insert(token.id.clone(), token);
        Ok(reply)
    }

    fn check_credentials(&mut self, auth: &Map<String, Value>, now: Moment) -> Result<(String, &'static str), Refusal> {
        let kinds =
            [("RAX-KSKEY:apiKeyCredentials", "apiKey", "APIKEY"), ("passwordCredentials", "password", "PASSWORD")];
        for (kind, secret_key, method) in kinds {
            if let Some(credentials) = auth.get(kind).and_then(Value::as_object) {
                let user = self.check_secret(text(credentials, "username"), text(credentials, secret_key))?;
                return Ok((user, method));
            }
        }
        if let Some(id) = auth.get("token").and_then(|token| token.get("id")).and_then(Value::as_str) {
            return Ok((self.valid_token(Some(id), now)?.user.clone(), "TOKEN"));
        }
        Err(Refusal::bad_request(
            "Invalid request body: unable to parse Auth data. Please review XML or JSON formatting.",
        ))
    }

    fn check_secret(&mut self, user: Option<&str>, secret: Option<&str>) -> Result<String, Refusal> {
        let (Some(user), Some(secret)) = (user, secret) else { return Err(Refusal::new(401, UNAUTHENTICATED)) };
        let known = self.secrets.entry(user.to_owned()).or_insert_with(|| secret.to_owned());
        if known == secret { Ok(user.to_owned()) } else { Err(Refusal::new(401, UNAUTHENTICATED)) }
    }
}

impl Service for Identity {
    fn answer(&mut self, call: &Call, path: &[&str], env: &mut Env) -> Answer {
        let caller = call.header("x-auth-token");
        match (call.method.as_str(), path) {
            ("GET", []) => Ok(Reply::ok(json!({"version": {"id": "v2.0", "status": "CURRENT",
                "links": [{"rel": "self", "href": format!("{}/identity/v2.0", env.base_url)}]}}))),
            ("POST", ["tokens"]) => self.authenticate(call, env),
            ("GET", ["tokens", id]) => {
                self.valid_token(caller, env.now)?;
                let token = self.valid_token(Some(id), env.now).map_err(|_| Refusal::new(404, "Token not found."))?;
                Ok(Reply::ok(access(token, env)))
            }
            ("GET", ["tenants"]) => {
                let tenant = &self.valid_token(caller, env.now)?.tenant;
                Ok(Reply::ok(json!({"tenants": [{"id": tenant, "name": tenant, "enabled": true}]})))
            }
            _ => Err(Refusal::no_such_route()),
        }
    }

    fn refuse(&self, refusal: &Refusal) -> Reply {
        let kind = match refusal.status {
            400 => "badRequest",
            401 => "unauthorized",
            403 => "forbidden",
            404 => "itemNotFound",
            413 => "overLimit",
            503 => "serviceUnavailable",
            _ => "identityFault",
        };
        Reply::json(refusal.status, json!({kind: {"code": refusal.status, "message": refusal.message}}))
    }
}

fn access(token: &Token, env: &Env) -> Value {
    let tenant = &token.tenant;
    let endpoint = |path: &str| json!([{"region": REGION, "tenantId": tenant, "publicURL": format!("{}/{path}/{tenant}", env.base_url)}]);
    json!({"access": {
        "token": {"id": token.id, "expires": token.expires.to_millis_text(), "tenant": {"id": tenant, "name": tenant},
            "RAX-AUTH:authenticatedBy": [token.method]},
        "user": {"id": "10001", "name": token.user, "RAX-AUTH:defaultRegion": REGION,
            "roles": [{"id": "3", "name": "identity:user-admin", "description": "User Admin Role."}]},
        "serviceCatalog": [
            {"name": "cloudServersOpenStack", "type": "compute", "endpoints": endpoint("compute/v2")},
            {"name": "cloudLoadBalancers", "type": "rax:load-balancer", "endpoints": endpoint("lb/v1.0")},
            {"name": "cloudDNS", "type": "rax:dns", "endpoints": endpoint("dns/v1.0")},
        ],
    }})
}
