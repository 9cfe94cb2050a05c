//! Logs the configured user in before a command, with a cached token where there is one.

use crate::api::{ApiError, Credentials};
use crate::commands::{CommandError, Context};
use crate::settings::Login;
use crate::token_cache::{self, Cached};

pub(super) async fn authenticate(context: &mut Context<'_>, login: &Login) -> Result<(), CommandError> {
    let Some(token) = token(context, login).await? else { return Ok(()) };
    let credentials = Credentials { token: Some(token), ..context.api.credentials().clone() };
    context.api = context.api.with_credentials(credentials);
    Ok(())
}

/// A token; nothing when the authentication service cannot be reached, for it may not be needed.
async fn token(context: &mut Context<'_>, login: &Login) -> Result<Option<String>, CommandError> {
    if login.cache_token
        && let Some(token) = cached_token(context, login)?
    {
        return Ok(Some(token));
    }
    let password = login.password.as_deref().unwrap_or_default();
    let token = match context.api.create_token(&login.username, password, None).await {
        Ok(token) => token,
        Err(error @ ApiError::Unreachable { .. }) => {
            context.note(&format!("Auth API server is not available, skipping authentication. ({error})"))?;
            return Ok(None);
        }
        Err(error) => {
            context.print("Failed to authenticate with credentials provided in the config.")?;
            return Err(error.into());
        }
    };
    if let Err(error) = token_cache::store(&context.io.home, &token) {
        context.note(&format!("Unable to cache the token; the next command will log in again. ({error})"))?;
    }
    Ok(Some(token.text("token").to_owned()))
}

fn cached_token(context: &mut Context<'_>, login: &Login) -> Result<Option<String>, CommandError> {
    let home = context.io.home.clone();
    if let Some(path) = token_cache::is_open_to_others(&home, &login.username) {
        context.note(&format!(
            "Permissions for cached token file \"{}\" are too permissive. Please restrict the permissions and make \
             sure only your own user can read from or write to the file.",
            path.display()
        ))?;
    }
    match token_cache::load(&home, &login.username, context.io.host.now()) {
        Cached::Token(token) => Ok(Some(token)),
        Cached::Missing => Ok(None),
        Cached::Corrupted(reason) => Err(CommandError::Failed(format!(
            "File \"{}\" with cached token is corrupted or invalid ({reason}). Please delete this file",
            token_cache::path(&home, &login.username).display()
        ))),
    }
}
