//! `auth`, `login`, `whoami` and `apikey` (`commands/auth.py` of the original).

mod api_key;
mod login;
mod token;
mod whoami;

pub(crate) use self::api_key::{ListApiKeys, create as create_api_key, list as list_api_keys, load as load_api_keys};
pub(crate) use self::login::{LoginOptions, login};
pub(crate) use self::token::{TokenOptions, print_token};
pub(crate) use self::whoami::whoami;
