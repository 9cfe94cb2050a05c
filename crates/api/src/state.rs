//! What all requests share.

use squall_service::{Context, Datastore};

use crate::auth::{LoginLimiter, TokenCache};
use crate::cors::Origins;
use crate::routes::RouteTable;
use crate::server::TriggerCheck;

pub(crate) struct State {
    pub(crate) context: Context,
    pub(crate) datastore: Datastore,
    pub(crate) tokens: TokenCache,
    pub(crate) logins: LoginLimiter,
    pub(crate) origins: Origins,
    pub(crate) routes: RouteTable,
    pub(crate) trigger_check: Option<TriggerCheck>,
}

impl State {
    pub(crate) fn new(context: Context, trigger_check: Option<TriggerCheck>) -> Self {
        Self {
            datastore: Datastore::new(&context),
            tokens: TokenCache::new(context.settings.embedded),
            logins: LoginLimiter::default(),
            origins: Origins::new(&context.settings.allow_origins, &context.settings.auth_url),
            routes: RouteTable::complete(),
            trigger_check,
            context,
        }
    }
}
