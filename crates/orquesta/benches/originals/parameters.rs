//! Parameters of actions, rendered against each other and their context, and mappings, rendered as those of rules are.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use squall_jinja::{Context, Environment};
use squall_parameters::{ParameterError, Schemas, render_final, render_live, render_mapping};

use crate::Outcome;
use crate::python::{Originals, seconds};
use crate::table::{Row, best};

const QUESTIONS: &str = include_str!("parameters.json");

type Parameters = Map<String, Value>;

#[derive(Deserialize)]
pub(crate) struct Questions {
    runners: Map<String, Value>,
    actions: Vec<Action>,
    context: Parameters,
    mappings: Vec<Parameters>,
    event: Parameters,
}

#[derive(Deserialize)]
struct Action {
    runner: String,
    parameters: Parameters,
    given: Parameters,
}

impl Questions {
    pub(crate) fn read() -> Outcome<Self> {
        Ok(serde_json::from_str(QUESTIONS)?)
    }

    /// Renders the parameters of every action: what was given when it is requested, the rest when it runs.
    pub(crate) fn actions(&self, environment: &Environment) -> Vec<Result<Value, ParameterError>> {
        let empty = Parameters::new();
        let render = |action: &Action| {
            let runner = self.runners[&action.runner].as_object().unwrap_or(&empty);
            let schemas = Schemas { runner, action: &action.parameters, title: "", description: None };
            let context: Context = self.context.clone().into_iter().collect();
            let live = render_live(environment, schemas, &action.given, &context)?;
            let (runner, action) = render_final(environment, schemas, &live, &context)?;
            Ok(json!({"live": live, "runner": runner, "action": action}))
        };
        self.actions.iter().map(render).collect()
    }

    fn mappings(&self, environment: &Environment) -> Vec<Result<Parameters, ParameterError>> {
        let render = |mapping: &Parameters| {
            let mut context: Context = self.event.clone().into_iter().collect();
            context.insert_self("__context");
            render_mapping(environment, mapping, &context)
        };
        self.mappings.iter().map(render).collect()
    }
}

pub(crate) fn rows(originals: Originals) -> Outcome<Vec<Row>> {
    let questions = Questions::read()?;
    let environment = Environment::default();
    let asked: Value = serde_json::from_str(QUESTIONS)?;
    let mut rows = Vec::new();
    for (job, what) in [
        ("parameters", "the parameters of an action, at request and at run"),
        ("mappings", "the parameters in a rule, rendered for an event"),
    ] {
        let theirs = originals.ask(&json!({"job": job, "questions": asked}))?;
        let is_actions = job == "parameters";
        let answers = if is_actions {
            json!(questions.actions(&environment).into_iter().collect::<Result<Vec<_>, _>>()?)
        } else {
            json!(questions.mappings(&environment).into_iter().collect::<Result<Vec<_>, _>>()?)
        };
        if answers != theirs["answers"] {
            return Err(format!("{job} are rendered otherwise: {answers:#} here, {:#} there", theirs["answers"]).into());
        }
        let ours = best(|| {
            if is_actions {
                questions.actions(&environment);
            } else {
                questions.mappings(&environment);
            }
        });
        let each = answers.as_array().map_or(1, Vec::len) as f64;
        let what = format!("{what} ({each})");
        rows.push(Row { what, aim: "≥ 20", ours: ours / each, original: Some(seconds(&theirs)? / each) });
    }
    Ok(rows)
}
