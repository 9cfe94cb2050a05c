//! `run` and `execution` (`commands/action.py` of the original).

mod cancel;
mod details;
mod elapsed;
mod get;
mod list;
mod parameters;
mod progress;
mod re_run;
mod run;
mod run_help;
mod status;
mod tail;
mod tree;
mod wait;

pub(crate) use self::cancel::cancel;
pub(crate) use self::details::{DetailOptions, show_details};
pub(crate) use self::get::{GetExecutions, get};
pub(crate) use self::list::{ListExecutions, list};
pub(crate) use self::re_run::{ReRunOptions, re_run};
pub(crate) use self::run::{RunOptions, run};
pub(crate) use self::run_help::run_help;
pub(crate) use self::status::set_status;
pub(crate) use self::tail::{TailOptions, tail};
pub(crate) use self::wait::{WaitOptions, wait_for_result};
