//! Every field of the settings, from every source.

use super::*;
use crate::args::OutputArgs;

const TERMINAL: Terminal = Terminal { is_terminal: true, width: 100 };

fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn resolve(global: &GlobalArgs, common: &CommonArgs, config: &str, environment: &[(&str, &str)]) -> Settings {
    let config = ConfigFile::parse(config).expect("the configuration of the test is well-formed");
    let environment = variables(environment);
    Settings::resolve(Sources { global, common, config: &config, environment: &environment, terminal: TERMINAL })
        .expect("the settings of the test agree")
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn says_everything_without_any_source() {
    let Settings { endpoints, credentials, login, trust, output, debug } =
        resolve(&GlobalArgs::default(), &CommonArgs::default(), "", &[]);
    let Endpoints { api, auth, stream } = endpoints;
    assert_eq!((api.as_str(), auth.as_str()), ("http://127.0.0.1:9101/v1", "http://127.0.0.1:9100"));
    assert_eq!(stream, "http://127.0.0.1:9102/v1");
    let Credentials { token, api_key, basic_auth } = credentials;
    assert_eq!((token, api_key, basic_auth), (None, None, None));
    assert!(login.is_none());
    assert_eq!(trust, Trust::Anything);
    let OutputSettings { format, palette, width, timezone, silence_schema_output } = output;
    assert_eq!((format, palette, width), (Format::Table, Palette::Colored, 100));
    assert_eq!((timezone.as_str(), silence_schema_output), ("UTC", true));
    assert!(!debug);
}

const CONFIG: &str = "
[general]
base_url = http://config
api_version = v2
cacert = /config.pem
silence_schema_output = False
[cli]
debug = yes
cache_token = off
timezone = Europe/Berlin
[credentials]
username = ada
password = lovelace
basic_auth = proxy:pa:ss
[api]
url = http://api.config/v1
";

#[test]
fn reads_the_configuration_file() {
    let Settings { endpoints, credentials, login, trust, output, debug } =
        resolve(&GlobalArgs::default(), &CommonArgs::default(), CONFIG, &[]);
    let Endpoints { api, auth, stream } = endpoints;
    assert_eq!((api.as_str(), auth.as_str()), ("http://api.config/v1", "http://config:9100"));
    assert_eq!(stream, "http://config:9102/v2");
    assert_eq!(credentials.basic_auth, Some(("proxy".to_owned(), "pa:ss".to_owned())));
    let Login { username, password, cache_token } = login.expect("a user is configured");
    assert_eq!((username.as_str(), password.as_deref(), cache_token), ("ada", Some("lovelace"), false));
    assert_eq!(trust, Trust::File(PathBuf::from("/config.pem")));
    assert_eq!((output.timezone.as_str(), output.silence_schema_output, debug), ("Europe/Berlin", false, true));
}

#[test]
fn environment_wins_over_the_file_and_flags_over_both() {
    let environment = [
        ("ST2_BASE_URL", "http://env"),
        ("ST2_API_URL", "http://api.env/v1"),
        ("ST2_AUTH_URL", "http://auth.env"),
        ("ST2_AUTH_TOKEN", "env-token"),
        ("ST2_API_KEY", "env-key"),
        ("ST2_CACERT", "no"),
        ("NO_COLOR", "1"),
    ];
    let global = GlobalArgs { api_url: some("http://api.flag/v1"), ..GlobalArgs::default() };
    let common = CommonArgs {
        token: some("flag-token"),
        output: OutputArgs { json: true, yaml: true },
        ..CommonArgs::default()
    };
    let Settings { endpoints, credentials, login, trust, output, .. } = resolve(&global, &common, CONFIG, &environment);
    let Endpoints { api, auth, stream } = endpoints;
    assert_eq!((api.as_str(), auth.as_str()), ("http://api.flag/v1", "http://auth.env"));
    assert_eq!(stream, "http://env:9102/v2");
    assert_eq!((credentials.token, credentials.api_key), (some("flag-token"), some("env-key")));
    assert!(login.is_none(), "a token makes the login unnecessary");
    assert_eq!(trust, Trust::Anything);
    assert_eq!((output.format, output.palette), (Format::Json, Palette::Plain));
}

#[test]
fn colors_need_a_terminal() {
    let terminal = Terminal { is_terminal: false, width: 80 };
    let settings = Settings::resolve(Sources {
        global: &GlobalArgs::default(),
        common: &CommonArgs::default(),
        config: &ConfigFile::default(),
        environment: &BTreeMap::new(),
        terminal,
    });
    assert_eq!(settings.map(|settings| settings.output.palette).ok(), Some(Palette::Plain));
}

#[test]
fn refuses_what_cannot_be_meant() {
    let check = |config: &str, expected: SettingsError| {
        let config = ConfigFile::parse(config).expect("the configuration of the test is well-formed");
        let (global, common, environment) = (GlobalArgs::default(), CommonArgs::default(), BTreeMap::new());
        let sources = Sources {
            global: &global,
            common: &common,
            config: &config,
            environment: &environment,
            terminal: TERMINAL,
        };
        assert_eq!(Settings::resolve(sources).err(), Some(expected));
    };
    check("[credentials]\nbasic_auth = nobody\n", SettingsError::BasicAuth);
    check("[cli]\ntimezone = Mars/Olympus\n", SettingsError::TimeZone("Mars/Olympus".to_owned()));
}

#[test]
fn finds_the_configuration_file() {
    let home = Path::new("/home/ada");
    let path = |global: &GlobalArgs, environment: &[(&str, &str)]| {
        let found = config_location(global, &variables(environment), home);
        (found.path.display().to_string(), found.is_explicit)
    };
    let flag = |path| GlobalArgs { config_file: some(path), ..GlobalArgs::default() };
    let none = GlobalArgs::default();
    let usual = || ("/home/ada/.st2/config".to_owned(), false);
    let explicit = |path: &str| (path.to_owned(), true);
    assert_eq!(path(&none, &[]), usual());
    assert_eq!(path(&none, &[("ST2_CONFIG_PATH", "/etc/st2/st2.conf")]), usual());
    assert_eq!(path(&none, &[("ST2_CONFIG_FILE", "/env")]), explicit("/env"));
    assert_eq!(path(&flag("~/flag"), &[("ST2_CONFIG_FILE", "/env")]), explicit("/home/ada/flag"));
    assert_eq!(path(&flag(""), &[("ST2_CONFIG_FILE", "/env")]), explicit("/env"));
    assert_eq!(path(&flag("~/.st2/config"), &[]), usual());
    assert_eq!(path(&none, &[("ST2_CONFIG_FILE", "/home/ada/.st2/config")]), usual());
}

#[test]
fn the_configuration_file_can_be_passed_over() {
    let skip = GlobalArgs { skip_config: true, ..GlobalArgs::default() };
    let none = GlobalArgs::default();
    assert!(skips_config(&skip, &variables(&[])));
    assert!(skips_config(&none, &variables(&[("ST2_CLI_SKIP_CONFIG", "1")])));
    assert!(!skips_config(&none, &variables(&[("ST2_CLI_SKIP_CONFIG", "0")])));
    assert!(!skips_config(&none, &variables(&[])));
}
