//! `docs/cli.md` is what the help says; `UPDATE_REFERENCE=1` writes it anew.

use std::fmt::Write;
use std::path::Path;

use clap::{Command, CommandFactory};
use squall_client::Cli;

fn reference() -> String {
    let mut text = String::from(
        "# Command line\n\n\
         Everything that `squall` does as a client; the same commands answer under the name `st2`.\n\
         Generated from the help of the commands: change it there.\n",
    );
    let mut root = Cli::command().name("squall").bin_name("squall").term_width(100);
    root.build();
    describe(&mut root, "squall", &mut text);
    text
}

fn describe(command: &mut Command, path: &str, text: &mut String) {
    let level = "#".repeat(path.split(' ').count() + 1);
    let help = command.render_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    write!(text, "\n{level} `{path}`\n\n```text\n{}\n```\n", lines.join("\n"))
        .expect("writing to a string cannot fail");
    let names: Vec<String> = command.get_subcommands().map(|child| child.get_name().to_owned()).collect();
    for name in names {
        if let Some(child) = command.find_subcommand_mut(&name) {
            *child = child.clone().term_width(100);
            describe(child, &format!("{path} {name}"), text);
        }
    }
}

#[test]
fn the_reference_is_what_the_help_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    let expected = reference();
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::create_dir_all(path.parent().expect("a file has a directory")).expect("docs can be made");
        std::fs::write(&path, &expected).expect("docs/cli.md can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "docs/cli.md does not say what the help says; run this test with UPDATE_REFERENCE=1");
}

#[test]
fn every_command_and_flag_has_a_help_text() {
    fn check(command: &Command, path: &str, silent: &mut Vec<String>) {
        for argument in command.get_arguments() {
            if argument.get_help().is_none() {
                silent.push(format!("{path} {}", argument.get_id()));
            }
        }
        for child in command.get_subcommands() {
            let path = format!("{path} {}", child.get_name());
            if child.get_about().is_none() {
                silent.push(path.clone());
            }
            check(child, &path, silent);
        }
    }
    let mut silent = Vec::new();
    check(&Cli::command(), "squall", &mut silent);
    assert_eq!(silent, Vec::<String>::new());
}

#[test]
fn the_command_tree_makes_sense() {
    Cli::command().debug_assert();
}
