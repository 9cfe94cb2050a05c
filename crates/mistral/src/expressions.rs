//! Mistral's expressions in Orquesta's words: `$`, in Jinja `_`, is the context; `$.task` and `task(name).result` are results.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::tasks::plain;

/// What a name after `$.` means where an expression stands.
pub(crate) struct Names<'a> {
    /// The task whose result is at hand: in its `publish`.
    pub(crate) own_task: Option<&'a str>,
    /// Tasks that are workflows of the workbook, whose result is their output.
    pub(crate) within: &'a BTreeSet<String>,
    /// What the items of `with-items` are called.
    pub(crate) items: &'a [String],
    /// Inputs and published variables; they hide tasks of the same name.
    pub(crate) variables: &'a BTreeSet<String>,
    pub(crate) tasks: &'a BTreeSet<String>,
    /// Tasks whose results were asked for by others.
    pub(crate) asked: &'a mut BTreeSet<String>,
    /// What can't be said in Orquesta's words.
    pub(crate) mistakes: &'a mut Vec<String>,
}

impl Names<'_> {
    fn own_result(&self) -> &'static str {
        if self.own_task.is_some_and(|task| self.within.contains(task)) { "result().output" } else { "result()" }
    }
}

/// Methods and functions whose arguments are applied to each item: in them `$` is the item.
const LAMBDAS: [&str; 37] = [
    "where",
    "filter",
    "select",
    "map",
    "selectMany",
    "orderBy",
    "orderByDescending",
    "thenBy",
    "thenByDescending",
    "groupBy",
    "any",
    "all",
    "takeWhile",
    "skipWhile",
    "indexWhere",
    "lastIndexWhere",
    "splitWhere",
    "sliceWhere",
    "distinct",
    "toDict",
    "aggregate",
    "reduce",
    "accumulate",
    "generate",
    "generateMany",
    "mergeWith",
    "join",
    "zipLongest",
    "switch",
    "selectCase",
    "selectAllCases",
    "examine",
    "replaceBy",
    "searchAll",
    "search",
    "matches",
    "then",
];

/// Rewrites every text in a value.
pub(crate) fn rewrite(value: &Value, names: &mut Names<'_>) -> Value {
    match value {
        Value::String(text) => Value::String(rewrite_text(text, names)),
        Value::Array(items) => items.iter().map(|item| rewrite(item, names)).collect(),
        Value::Object(fields) => {
            let entry = |(key, value): (&String, &Value)| (rewrite_text(key, names), rewrite(value, names));
            Value::Object(fields.iter().map(entry).collect())
        }
        other => other.clone(),
    }
}

fn rewrite_text(text: &str, names: &mut Names<'_>) -> String {
    let text = rewrite_between(text, ("<%", "%>"), Language::Yaql, names);
    let text = rewrite_between(&text, ("{{", "}}"), Language::Jinja, names);
    rewrite_between(&text, ("{%", "%}"), Language::Jinja, names)
}

fn rewrite_between(text: &str, (open, close): (&str, &str), language: Language, names: &mut Names<'_>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(open) {
        out.push_str(before);
        out.push_str(open);
        let Some((inside, tail)) = after.split_once(close) else {
            rest = after;
            continue;
        };
        // An expression of Orquesta never spans a line break.
        let inside = inside.replace('\n', " ");
        let walk =
            Walk { rest: &inside, out: String::with_capacity(inside.len() + 16), lambdas: Vec::new(), language, names };
        out.push_str(&walk.run());
        out.push_str(close);
        rest = tail;
    }
    out + rest
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Yaql,
    Jinja,
}

/// One walk through an expression.
struct Walk<'t, 'n, 'a> {
    rest: &'t str,
    out: String,
    /// For each open parenthesis, whether `$` is an item inside.
    lambdas: Vec<bool>,
    language: Language,
    names: &'n mut Names<'a>,
}

impl<'t> Walk<'t, '_, '_> {
    fn run(mut self) -> String {
        while let Some(character) = self.rest.chars().next() {
            match character {
                '\'' | '"' | '`' => self.quoted(character),
                '$' if self.language == Language::Yaql => self.dollar(),
                '(' => self.open(""),
                ')' => {
                    self.lambdas.pop();
                    self.take(1);
                }
                _ if character.is_alphabetic() || character == '_' => self.word(),
                _ => self.take(character.len_utf8()),
            }
        }
        self.out
    }

    fn take(&mut self, length: usize) {
        let (taken, rest) = self.rest.split_at(length);
        self.out.push_str(taken);
        self.rest = rest;
    }

    fn skip(&mut self, length: usize) {
        self.rest = &self.rest[length..];
    }

    fn quoted(&mut self, quote: char) {
        let mut escaped = false;
        let end = self.rest.char_indices().skip(1).find(|(_, character)| {
            let ends = *character == quote && !escaped;
            escaped = *character == '\\' && !escaped;
            ends
        });
        self.take(end.map_or(self.rest.len(), |(position, _)| position + 1));
    }

    fn open(&mut self, function: &str) {
        let inside = self.lambdas.last().copied().unwrap_or(false);
        self.lambdas.push(inside || LAMBDAS.contains(&function));
        self.take(1);
    }

    fn dollar(&mut self) {
        let after = &self.rest[1..];
        let is_named = after.starts_with(|character: char| character.is_alphanumeric() || character == '_');
        if is_named || self.lambdas.last() == Some(&true) {
            return self.take(1);
        }
        self.context(after);
    }

    /// What follows the name of the context: a variable, or something else of it.
    fn context(&mut self, after: &'t str) {
        self.skip(1);
        let name = after.strip_prefix('.').map_or("", identifier);
        let is_method = !name.is_empty() && after[1 + name.len()..].starts_with('(');
        if name.is_empty() || is_method {
            return self.out.push_str("ctx()");
        }
        self.skip(1 + name.len());
        self.variable(name);
    }

    fn variable(&mut self, name: &str) {
        let names = &mut self.names;
        if names.items.iter().any(|item| item == name) {
            let quote = if self.language == Language::Jinja { "'" } else { "" };
            self.out.push_str(&format!("item({quote}{name}{quote})"));
        } else if names.own_task == Some(name) && !names.variables.contains(name) {
            self.out.push_str(names.own_result());
        } else {
            if names.tasks.contains(name) && !names.variables.contains(name) {
                names.asked.insert(name.to_owned());
            }
            self.out.push_str(&format!("ctx().{name}"));
        }
    }

    fn word(&mut self) {
        let word = identifier(self.rest);
        let is_attribute = self.out.trim_end().ends_with('.');
        let after = &self.rest[word.len()..];
        if self.language == Language::Jinja && !is_attribute {
            match word {
                "_" if !after.starts_with('(') => return self.context(after),
                "st2kv" if after.starts_with('.') => return self.datastore(after),
                _ => {}
            }
        }
        if !after.starts_with('(') {
            return self.take(word.len());
        }
        match word {
            "list" if is_attribute && after.starts_with("()") => {
                self.out.push_str("toList");
                self.skip(word.len());
            }
            "task" if !is_attribute => self.task(after),
            "env" | "execution" if !is_attribute => self.surroundings(word, after),
            _ => {
                self.take(word.len());
                self.open(word);
            }
        }
    }

    /// `task(name).result`.
    fn task(&mut self, after: &'t str) {
        let Some((argument, tail)) = after[1..].split_once(')') else { return self.take("task".len()) };
        let name = argument.trim().trim_matches(['\'', '"']);
        let Some(rest) = tail.strip_prefix(".result") else {
            self.names.mistakes.push(format!("of `task({name})` only `.result` is understood"));
            return self.take("task".len());
        };
        self.rest = rest;
        let is_own = name.is_empty() || self.names.own_task == Some(name);
        if is_own && self.names.own_task.is_some() {
            return self.out.push_str(self.names.own_result());
        }
        if self.names.variables.contains(name) {
            let message = format!("the result of the task `{name}` is hidden by a variable of the same name");
            self.names.mistakes.push(message);
        }
        self.names.asked.insert(name.to_owned());
        self.out.push_str(&format!("ctx().{}", plain(name)));
    }

    /// `st2kv.system.NAME` and `st2kv.user.NAME`.
    fn datastore(&mut self, after: &'t str) {
        let is_part = |character: char| character.is_alphanumeric() || "._".contains(character);
        let end = after.find(|character| !is_part(character)).unwrap_or(after.len());
        self.out.push_str(&format!("st2kv('{}')", after[1..end].trim_end_matches('.')));
        self.rest = &after[end..];
    }

    /// `env().st2_execution_id`, `execution().id` and `execution().input`; `env()` for all that there is.
    fn surroundings(&mut self, word: &str, after: &'t str) {
        let known: &[(&str, &str)] = match word {
            "env" => {
                &[("st2_execution_id", "ctx().st2.action_execution_id"), ("st2_action_api_url", "ctx().st2.api_url")]
            }
            _ => &[("id", "ctx().st2.workflow_execution_id"), ("input", "ctx()")],
        };
        let attribute = after.strip_prefix("().").map_or("", identifier);
        let is_method = after.strip_prefix("().").is_some_and(|rest| rest[attribute.len()..].starts_with('('));
        if word == "env" && after.starts_with("()") && (attribute.is_empty() || is_method) {
            self.out.push_str(if self.language == Language::Jinja { ENV_IN_JINJA } else { ENV_IN_YAQL });
            return self.skip(word.len() + "()".len());
        }
        match known.iter().find(|(name, _)| *name == attribute) {
            Some((_, meaning)) => {
                self.out.push_str(meaning);
                self.skip(word.len() + "().".len() + attribute.len());
            }
            None => {
                self.names.mistakes.push(format!("`{word}().{attribute}` is not understood"));
                self.take(word.len());
            }
        }
    }
}

/// What StackStorm put into a workflow's environment, as far as it is known here. Two closing braces in a row would end a Jinja expression.
const ENV_IN_JINJA: &str = "({'st2_execution_id': ctx().st2.action_execution_id, 'st2_action_api_url': ctx().st2.api_url, \
    '__actions': {'st2.action': {'st2_context': {'endpoint': ctx().st2.api_url, \
    'parent': {'execution_id': ctx().st2.action_execution_id} } } } })";
const ENV_IN_YAQL: &str = "{st2_execution_id => ctx().st2.action_execution_id, st2_action_api_url => ctx().st2.api_url, \
    '__actions' => {'st2.action' => {st2_context => {endpoint => ctx().st2.api_url, \
    parent => {execution_id => ctx().st2.action_execution_id}}}}}";

fn identifier(text: &str) -> &str {
    let end = text.find(|character: char| !character.is_alphanumeric() && character != '_');
    &text[..end.unwrap_or(text.len())]
}
