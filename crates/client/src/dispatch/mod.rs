//! From what was typed to the command that does it: settings, credentials, and one request for each command.

mod access;
mod action;
mod authenticate;
mod common;
mod datastore;
mod execution;
mod pack;
mod reactor;

use std::ffi::OsString;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use clap::{CommandFactory, Parser};

use crate::api::Api;
use crate::args::{Cli, ClientCommand, CommonArgs, GlobalArgs};
use crate::commands::{CommandError, Context, Outcome};
use crate::exit::ExitCode;
use crate::io::Io;
use crate::settings::{ConfigFile, Settings, Sources, Terminal, Trust, config_location, skips_config};

/// Parses a whole command line, under the name `st2`, and runs it.
pub async fn run_command_line(arguments: impl IntoIterator<Item = OsString>, io: &mut Io) -> ExitCode {
    let arguments = crate::args::rewrite_arguments(arguments);
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return explain(&error, io),
    };
    match cli.command {
        _ if cli.global.print_config => print_config(&cli.global, io),
        Some(command) => execute(command, cli.global, io).await,
        None => {
            let help = Cli::command().render_help();
            // Nothing can be done when even the help cannot be written.
            let _ = write!(io.stderr, "{help}");
            ExitCode::REFUSED
        }
    }
}

fn explain(error: &clap::Error, io: &mut Io) -> ExitCode {
    let text = error.render();
    let is_help = !error.use_stderr();
    let written = if is_help { write!(io.stdout, "{text}") } else { write!(io.stderr, "{text}") };
    match (is_help, written) {
        (true, Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::REFUSED,
    }
}

/// `--print-config`
pub fn print_config(global: &GlobalArgs, io: &mut Io) -> ExitCode {
    let printed = read_config(global, io).and_then(|config| Ok(write!(io.stdout, "{}", config.describe())?));
    match printed {
        Ok(()) => ExitCode::CONFIG_PRINTED,
        Err(error) => report(&error, io),
    }
}

/// Runs one command.
pub async fn execute(command: ClientCommand, global: GlobalArgs, io: &mut Io) -> ExitCode {
    if global.print_config {
        return print_config(&global, io);
    }
    let log = Arc::new(Mutex::new(String::new()));
    let outcome = execute_command(command, &global, io, &log).await;
    let log = std::mem::take(&mut *log.lock().unwrap_or_else(PoisonError::into_inner));
    // The log is for people who look; whoever does not read it loses nothing else.
    let _ = io.stderr.write_all(log.as_bytes());
    match outcome.and_then(|code| Ok(io.stdout.flush().map(|()| code)?)) {
        Ok(code) => code,
        Err(error) => report(&error, io),
    }
}

fn report(error: &CommandError, io: &mut Io) -> ExitCode {
    // A failure to write is reported by the exit code alone.
    let _ = match error {
        CommandError::Told(_) | CommandError::Output(_) => Ok(()),
        CommandError::Refused(message) => writeln!(io.stdout, "ERROR: {message}"),
        error => writeln!(io.stdout, "ERROR: {error}\n"),
    };
    let _ = io.stdout.flush();
    error.exit_code()
}

async fn execute_command(
    command: ClientCommand,
    global: &GlobalArgs,
    io: &mut Io,
    log: &Arc<Mutex<String>>,
) -> Outcome {
    let config = read_config(global, io)?;
    let common = common_args(&command);
    let terminal = Terminal { is_terminal: io.is_terminal, width: io.width };
    let environment = io.environment.clone();
    let sources = Sources { global, common: &common, config: &config, environment: &environment, terminal };
    let settings = Settings::resolve(sources).map_err(|error| CommandError::Failed(error.to_string()))?;
    let mut api = Api::new(settings.endpoints.clone(), settings.credentials.clone(), trusted(&settings.trust)?)?;
    if let Some(traceparent) = environment.get("TRACEPARENT") {
        api = api.with_traceparent(traceparent.clone());
    }
    if settings.debug {
        let log = Arc::clone(log);
        api = api.with_observer(Arc::new(move |text| {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            log.push_str(text);
            log.push('\n');
        }));
    }
    let mut context = Context { api, io, output: settings.output.clone() };
    let logs_in_itself = matches!(command, ClientCommand::Auth(_) | ClientCommand::Login(_));
    if let (false, Some(login)) = (logs_in_itself, &settings.login) {
        authenticate::authenticate(&mut context, login).await?;
    }
    let config_file = config_location(global, &context.io.environment, &context.io.home).path;
    dispatch(&mut context, command, config_file).await
}

fn trusted(trust: &Trust) -> Result<crate::api::Trusted, CommandError> {
    match trust {
        Trust::Anything => Ok(crate::api::Trusted::Anything),
        Trust::System => Ok(crate::api::Trusted::System),
        Trust::File(path) => std::fs::read(path).map(crate::api::Trusted::Certificates).map_err(|error| {
            CommandError::Failed(format!("CA cert file \"{}\" cannot be read: {error}", path.display()))
        }),
    }
}

fn read_config(global: &GlobalArgs, io: &Io) -> Result<ConfigFile, CommandError> {
    let location = config_location(global, &io.environment, &io.home);
    let path = location.path.display();
    let is_missing = |error: &std::io::Error| error.kind() == std::io::ErrorKind::NotFound;
    match std::fs::read_to_string(&location.path) {
        // A file that was named has to be there, also when it is passed over.
        Err(error) if location.is_explicit && is_missing(&error) => {
            Err(CommandError::Failed(format!("Config \"{path}\" not found")))
        }
        _ if skips_config(global, &io.environment) => Ok(ConfigFile::default()),
        Ok(text) => ConfigFile::parse(&text)
            .map_err(|error| CommandError::Failed(format!("configuration file {path}: {error}"))),
        Err(error) if is_missing(&error) => Ok(ConfigFile::default()),
        Err(error) => Err(CommandError::Failed(format!("cannot read configuration file {path}: {error}"))),
    }
}

async fn dispatch(context: &mut Context<'_>, command: ClientCommand, config_file: std::path::PathBuf) -> Outcome {
    match command {
        ClientCommand::Run(args) => execution::run(context, args, execution::Waiting::Default).await,
        ClientCommand::Execution(command) => execution::execution(context, command).await,
        ClientCommand::Action(command) => action::action(context, command).await,
        ClientCommand::ActionAlias(command) => action::alias(context, command).await,
        ClientCommand::Runner(command) => action::runner(context, command).await,
        ClientCommand::Policy(command) => action::policy(context, command).await,
        ClientCommand::PolicyType(command) => action::policy_type(context, command).await,
        ClientCommand::Workflow(command) => action::workflow(context, command).await,
        ClientCommand::Auth(args) => access::auth(context, args).await,
        ClientCommand::Login(args) => access::login(context, args, config_file).await,
        ClientCommand::Whoami(_) => crate::commands::access::whoami(context).await,
        ClientCommand::Apikey(command) => access::api_key(context, command).await,
        ClientCommand::Role(command) => access::role(context, command).await,
        ClientCommand::RoleAssignment(command) => access::role_assignment(context, command).await,
        ClientCommand::ServiceRegistry(command) => access::service_registry(context, command).await,
        ClientCommand::Expr(_) => Err(CommandError::Failed("only `squall` can evaluate expressions".to_owned())),
        ClientCommand::Doctor(args) if args.data_dir.is_some() => {
            Err(CommandError::Failed("only `squall` can look into a data directory".to_owned()))
        }
        ClientCommand::Doctor(args) => crate::commands::doctor::examine(context, args.fix, args.yes).await,
        ClientCommand::Key(command) => datastore::key(context, command).await,
        ClientCommand::Inquiry(command) => datastore::inquiry(context, command).await,
        ClientCommand::Pack(command) => pack::pack(context, command).await,
        ClientCommand::Rule(command) => reactor::rule(context, command).await,
        ClientCommand::Trigger(command) => reactor::trigger(context, command).await,
        ClientCommand::TriggerInstance(command) => reactor::trigger_instance(context, command).await,
        ClientCommand::RuleEnforcement(command) => reactor::rule_enforcement(context, command).await,
        ClientCommand::Sensor(command) => reactor::sensor(context, command).await,
        ClientCommand::Webhook(command) => reactor::webhook(context, command).await,
        ClientCommand::Timer(command) => reactor::timer(context, command).await,
        ClientCommand::Trace(command) => reactor::trace(context, command).await,
    }
}

/// The flags for credentials and output, which every command has somewhere.
fn common_args(command: &ClientCommand) -> CommonArgs {
    let of_output = |output: &crate::args::OutputArgs| CommonArgs { output: output.clone(), ..CommonArgs::default() };
    match command {
        ClientCommand::Run(args) => args.common.clone(),
        ClientCommand::Auth(args) => of_output(&args.login.output),
        ClientCommand::Login(args) => of_output(&args.login.output),
        ClientCommand::Whoami(output) => of_output(output),
        ClientCommand::Execution(command) => execution::common(command).clone(),
        ClientCommand::Action(command) => action::action_common(command).clone(),
        ClientCommand::ActionAlias(command) => action::alias_common(command).clone(),
        ClientCommand::Runner(command) => action::runner_common(command).clone(),
        ClientCommand::Policy(command) => action::policy_common(command).clone(),
        ClientCommand::PolicyType(command) => action::policy_type_common(command).clone(),
        ClientCommand::Workflow(command) => action::workflow_common(command),
        ClientCommand::Expr(_) => CommonArgs::default(),
        ClientCommand::Apikey(command) => access::api_key_common(command).clone(),
        ClientCommand::Role(command) => access::role_common(command).clone(),
        ClientCommand::RoleAssignment(command) => access::role_assignment_common(command).clone(),
        ClientCommand::ServiceRegistry(command) => access::service_registry_common(command).clone(),
        ClientCommand::Doctor(args) => args.common.clone(),
        ClientCommand::Key(command) => datastore::key_common(command).clone(),
        ClientCommand::Inquiry(command) => datastore::inquiry_common(command).clone(),
        ClientCommand::Pack(command) => pack::common(command).clone(),
        ClientCommand::Rule(command) => reactor::rule_common(command).clone(),
        ClientCommand::Trigger(command) => reactor::trigger_common(command).clone(),
        ClientCommand::TriggerInstance(command) => reactor::trigger_instance_common(command).clone(),
        ClientCommand::RuleEnforcement(command) => reactor::rule_enforcement_common(command).clone(),
        ClientCommand::Sensor(command) => reactor::sensor_common(command).clone(),
        ClientCommand::Webhook(command) => reactor::webhook_common(command).clone(),
        ClientCommand::Timer(command) => reactor::timer_common(command).clone(),
        ClientCommand::Trace(command) => reactor::trace_common(command).clone(),
    }
}
