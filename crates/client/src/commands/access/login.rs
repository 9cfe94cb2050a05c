//! `login`

use std::path::PathBuf;

use super::token::{TokenOptions, request_token};
use crate::commands::{CommandError, Context, Outcome};
use crate::exit::ExitCode;
use crate::settings::set_option;
use crate::token_cache;

#[derive(Debug, Clone)]
pub(crate) struct LoginOptions {
    pub(crate) token: TokenOptions,
    pub(crate) write_password: bool,
    /// The configuration file that is to name the user.
    pub(crate) config_file: PathBuf,
}

pub(crate) async fn login(context: &mut Context<'_>, options: LoginOptions) -> Outcome {
    let username = options.token.username.clone();
    let write_password = options.write_password;
    log_in(context, options)
        .await
        .map_err(|error| CommandError::Failed(format!("Failed to log in as {username}: {error}")))?;
    context.print(&format!("Logged in as {username}"))?;
    if !write_password {
        context.print(
            "\nNote: You didn't use --write-password option so the password hasn't been stored in the client config \
             and you will need to login again in 24 hours when the auth token expires.",
        )?;
        context.print(
            "As an alternative, you can run st2 login command with the \"--write-password\" flag, but keep it mind \
             this will cause it to store the password in plain-text in the client config file (~/.st2/config).",
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn log_in(context: &mut Context<'_>, options: LoginOptions) -> Result<(), CommandError> {
    let username = options.token.username.clone();
    let (token, password) = request_token(context, options.token).await?;
    token_cache::store(&context.io.home, &token)?;
    let existing = match std::fs::read_to_string(&options.config_file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error.into()),
    };
    let password = options.write_password.then_some(password.as_str());
    let text = set_option(&existing, "credentials", "username", Some(&username));
    let text = set_option(&text, "credentials", "password", password);
    token_cache::write_private(&options.config_file, &text)?;
    Ok(())
}
