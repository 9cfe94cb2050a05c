//! The configuration file `~/.st2/config`: an INI file as Python's configparser reads it.

use thiserror::Error;

/// A line that means nothing, or a value of the wrong type.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConfigFileError {
    #[error("line {line}: neither a [section] nor `option = value`: {text}")]
    Syntax { line: usize, text: String },
    #[error("line {line}: `{option}` must be true or false, not `{value}`")]
    Boolean { line: usize, option: String, value: String },
}

/// Every option that the client knows; options of later versions are ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFile {
    pub base_url: Option<String>,
    pub api_version: Option<String>,
    pub cacert: Option<String>,
    pub silence_ssl_warnings: bool,
    pub silence_schema_output: bool,
    pub debug: bool,
    pub cache_token: bool,
    pub timezone: String,
    pub username: Option<String>,
    pub password: Option<String>,
    pub api_key: Option<String>,
    pub basic_auth: Option<String>,
    pub api_url: Option<String>,
    pub auth_url: Option<String>,
    pub stream_url: Option<String>,
}

impl Default for ConfigFile {
    fn default() -> Self {
        Self {
            base_url: None,
            api_version: None,
            cacert: None,
            silence_ssl_warnings: false,
            silence_schema_output: true,
            debug: false,
            cache_token: true,
            timezone: "UTC".to_owned(),
            username: None,
            password: None,
            api_key: None,
            basic_auth: None,
            api_url: None,
            auth_url: None,
            stream_url: None,
        }
    }
}

impl ConfigFile {
    /// Reads the text of a configuration file.
    pub fn parse(text: &str) -> Result<Self, ConfigFileError> {
        let mut config = Self::default();
        let mut section = String::new();
        for (index, line) in text.lines().enumerate() {
            match classify(line) {
                Line::Blank => {}
                Line::Section(name) => name.clone_into(&mut section),
                Line::Option(name, value) => config.set(&section, &name, value, index + 1)?,
                Line::Unknown => {
                    return Err(ConfigFileError::Syntax { line: index + 1, text: line.trim().to_owned() });
                }
            }
        }
        Ok(config)
    }

    fn set(&mut self, section: &str, option: &str, value: &str, line: usize) -> Result<(), ConfigFileError> {
        let text = || Some(value.to_owned());
        match (section, option) {
            ("general", "base_url") => self.base_url = text(),
            ("general", "api_version") => self.api_version = text(),
            ("general", "cacert") => self.cacert = text(),
            ("general", "silence_ssl_warnings") => self.silence_ssl_warnings = boolean(option, value, line)?,
            ("general", "silence_schema_output") => self.silence_schema_output = boolean(option, value, line)?,
            ("cli", "debug") => self.debug = boolean(option, value, line)?,
            ("cli", "cache_token") => self.cache_token = boolean(option, value, line)?,
            ("cli", "timezone") => value.clone_into(&mut self.timezone),
            ("credentials", "username") => self.username = text(),
            ("credentials", "password") => self.password = text(),
            ("credentials", "api_key") => self.api_key = text(),
            ("credentials", "basic_auth") => self.basic_auth = text(),
            ("api", "url") => self.api_url = text(),
            ("auth", "url") => self.auth_url = text(),
            ("stream", "url") => self.stream_url = text(),
            _ => {}
        }
        Ok(())
    }

    /// The configuration as `--print-config` shows it.
    pub fn describe(&self) -> String {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "None".to_owned());
        let flag = |value: bool| if value { "True".to_owned() } else { "False".to_owned() };
        let sections: [(&str, Vec<(&str, String)>); 6] = [
            (
                "general",
                vec![
                    ("base_url", text(&self.base_url)),
                    ("api_version", text(&self.api_version)),
                    ("cacert", text(&self.cacert)),
                    ("silence_ssl_warnings", flag(self.silence_ssl_warnings)),
                    ("silence_schema_output", flag(self.silence_schema_output)),
                ],
            ),
            (
                "cli",
                vec![
                    ("debug", flag(self.debug)),
                    ("cache_token", flag(self.cache_token)),
                    ("timezone", self.timezone.clone()),
                ],
            ),
            (
                "credentials",
                vec![
                    ("username", text(&self.username)),
                    ("password", text(&self.password)),
                    ("api_key", text(&self.api_key)),
                    ("basic_auth", text(&self.basic_auth)),
                ],
            ),
            ("api", vec![("url", text(&self.api_url))]),
            ("auth", vec![("url", text(&self.auth_url))]),
            ("stream", vec![("url", text(&self.stream_url))]),
        ];
        let mut output = String::new();
        for (section, options) in sections {
            output.push_str(&format!("[{section}]\n"));
            for (name, value) in options {
                output.push_str(&format!("{name} = {value}\n"));
            }
        }
        output
    }
}

enum Line<'a> {
    Blank,
    Section(&'a str),
    Option(String, &'a str),
    Unknown,
}

fn classify(line: &str) -> Line<'_> {
    let trimmed = line.trim();
    if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
        return Line::Blank;
    }
    if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return Line::Section(name);
    }
    match trimmed.split_once(['=', ':']) {
        Some((name, value)) => Line::Option(name.trim().to_lowercase(), value.trim()),
        None => Line::Unknown,
    }
}

fn boolean(option: &str, value: &str, line: usize) -> Result<bool, ConfigFileError> {
    match value.to_lowercase().as_str() {
        "1" | "yes" | "true" | "on" => Ok(true),
        "0" | "no" | "false" | "off" => Ok(false),
        _ => Err(ConfigFileError::Boolean { line, option: option.to_owned(), value: value.to_owned() }),
    }
}

/// The text with an option set, or removed for `None`; everything else stays, comments as well.
pub fn set_option(text: &str, section: &str, option: &str, value: Option<&str>) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let header = lines.iter().position(|line| matches!(classify(line), Line::Section(name) if name == section));
    let start = match (header, value) {
        (Some(header), _) => header + 1,
        (None, None) => return text.to_owned(),
        (None, Some(_)) => {
            lines.push(format!("[{section}]"));
            lines.len()
        }
    };
    let end = lines[start..].iter().position(|line| matches!(classify(line), Line::Section(_)));
    let end = end.map_or(lines.len(), |offset| start + offset);
    let is_option = |line: &String| matches!(classify(line), Line::Option(name, _) if name == option);
    let existing = lines[start..end].iter().position(is_option).map(|offset| start + offset);
    match (existing, value) {
        (Some(index), Some(value)) => lines[index] = format!("{option} = {value}"),
        (Some(index), None) => {
            lines.remove(index);
        }
        (None, Some(value)) => lines.insert(start, format!("{option} = {value}")),
        (None, None) => {}
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explains_what_is_wrong() {
        let check = |text: &str, expected: &str| {
            assert_eq!(ConfigFile::parse(text).map_err(|error| error.to_string()), Err(expected.to_owned()));
        };
        check("[cli]\nnonsense", "line 2: neither a [section] nor `option = value`: nonsense");
        check("[cli]\ndebug = maybe", "line 2: `debug` must be true or false, not `maybe`");
    }

    #[test]
    fn sets_and_removes_options_in_place() {
        let text = "# mine\n[credentials]\nusername = a\npassword = b\n[cli]\ndebug = True\n";
        let changed = set_option(text, "credentials", "username", Some("ada"));
        let changed = set_option(&changed, "credentials", "password", None);
        assert_eq!(changed, "# mine\n[credentials]\nusername = ada\n[cli]\ndebug = True\n");
        assert_eq!(set_option("", "credentials", "username", Some("ada")), "[credentials]\nusername = ada\n");
    }
}
