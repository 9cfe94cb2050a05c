//! SSH key pairs of the account.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::call::Call;
use crate::reply::{Refusal, Reply};
use crate::service::{Answer, Env, text};

/// Key pairs by name.
#[derive(Default)]
pub(crate) struct Keypairs(BTreeMap<String, Value>);

impl Keypairs {
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(crate) fn view(&self) -> Value {
        self.0.values().cloned().collect()
    }

    /// Answers `/os-keypairs[/{name}]`.
    pub(crate) fn answer(&mut self, call: &Call, path: &[&str], env: &mut Env) -> Answer {
        let missing = || Refusal::new(404, "Keypair not found");
        match (call.method.as_str(), path) {
            ("GET", []) => {
                let pairs: Vec<Value> = self.0.values().map(|pair| json!({"keypair": pair})).collect();
                Ok(Reply::ok(json!({"keypairs": pairs})))
            }
            ("POST", []) => self.create(call, env),
            ("GET", [name]) => Ok(Reply::ok(json!({"keypair": self.0.get(*name).ok_or_else(missing)?}))),
            ("DELETE", [name]) => {
                self.0.remove(*name).ok_or_else(missing)?;
                Ok(Reply::empty(202).noting(format!("keypair {name} deleted")))
            }
            _ => Err(Refusal::no_such_route()),
        }
    }

    fn create(&mut self, call: &Call, env: &mut Env) -> Answer {
        let spec = call.wrapped("keypair")?;
        let name = text(&spec, "name").ok_or_else(|| Refusal::bad_request("Keypair name is not defined"))?;
        if self.contains(name) {
            return Err(Refusal::new(409, format!("Key pair '{name}' already exists.")));
        }
        let given = text(&spec, "public_key").map(str::to_owned);
        let is_generated = given.is_none();
        let public_key = given.unwrap_or_else(|| format!("ssh-rsa {} Generated-by-Nova", env.ids.password(64)));
        let digits = env.ids.hex(32).into_bytes();
        let pairs: Vec<String> = digits.chunks(2).map(|pair| String::from_utf8_lossy(pair).into_owned()).collect();
        let pair = json!({"name": name, "public_key": public_key, "fingerprint": pairs.join(":")});
        self.0.insert(name.to_owned(), pair.clone());
        let mut shown = json!({"keypair": pair});
        if is_generated {
            shown["keypair"]["private_key"] = Value::String(env.ids.private_key());
        }
        Ok(Reply::ok(shown).noting(format!("keypair {name}")))
    }
}
