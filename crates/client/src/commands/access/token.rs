//! `auth`

use std::io::Write;

use crate::commands::resource::attributes_or;
use crate::commands::{CommandError, Context, Outcome};
use crate::exit::ExitCode;
use crate::output::property_table::Properties;
use crate::output::transform;
use crate::resource::Resource;

const ATTRIBUTES: &[&str] = &["user", "token", "expiry"];

#[derive(Debug, Clone)]
pub(crate) struct TokenOptions {
    pub(crate) username: String,
    /// Asked for when it is missing.
    pub(crate) password: Option<String>,
    pub(crate) ttl: Option<u64>,
}

pub(crate) async fn print_token(context: &mut Context<'_>, options: TokenOptions, only_token: bool) -> Outcome {
    let (token, _) = request_token(context, options).await?;
    if only_token {
        context.print(token.text("token"))?;
    } else {
        let attributes = attributes_or(&[], ATTRIBUTES);
        context.show(&token, Properties { attributes: &attributes, order: &[], transforms: transform::NONE })?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A new token, and the password for which it was given.
pub(crate) async fn request_token(
    context: &mut Context<'_>,
    options: TokenOptions,
) -> Result<(Resource, String), CommandError> {
    let password = match options.password {
        Some(password) => password,
        None => ask_for_password(context)?,
    };
    let token = context.api.create_token(&options.username, &password, options.ttl).await?;
    Ok((token, password))
}

fn ask_for_password(context: &mut Context<'_>) -> Result<String, CommandError> {
    let host = context.io.host.clone();
    let is_hidden = host.set_echo(false);
    if !is_hidden {
        context.note("Warning: Password input may be echoed.")?;
    }
    write!(context.io.stderr, "Password: ")?;
    context.io.stderr.flush()?;
    let password = context.read_line();
    if is_hidden {
        host.set_echo(true);
        context.note("")?;
    }
    password
}
