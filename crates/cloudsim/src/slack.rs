//! Slack: incoming webhooks and the part of the Web API that a notifier uses; every message is kept in order.

use serde_json::{Map, Value, json};

use crate::call::Call;
use crate::moment::Moment;
use crate::reply::{Body, Refusal, Reply};
use crate::service::{Answer, Env, Service, text};

const BOT: &str = "squall";

/// Channels and what was said in them.
pub(crate) struct Slack {
    channels: Vec<String>,
    messages: Vec<Message>,
}

struct Message {
    number: usize,
    said: Moment,
    channel: usize,
    user: String,
    text: String,
    via: &'static str,
    thread: Option<String>,
    raw: Value,
}

impl Default for Slack {
    fn default() -> Self {
        Self { channels: vec!["general".to_owned(), "bot-testing".to_owned()], messages: Vec::new() }
    }
}

impl Slack {
    pub(crate) fn snapshot(&self) -> Value {
        let messages: Vec<Value> = self.messages.iter().map(|message| self.entry(message)).collect();
        json!({"channels": self.channel_views(), "messages": messages})
    }

    /// Answers `GET /_sim/slack/messages`.
    pub(crate) fn messages(&self, call: &Call) -> Reply {
        let since = call.number("since").unwrap_or(0);
        let channel = call.query("channel").map(|name| name.trim_start_matches('#'));
        let wanted = self.messages.iter().filter(|message| message.number > since);
        let wanted = wanted.filter(|message| channel.is_none_or(|name| self.channels[message.channel] == name));
        Reply::ok(json!({"messages": wanted.map(|message| self.entry(message)).collect::<Vec<_>>()}))
    }

    /// A person writes a message.
    pub(crate) fn say(&mut self, channel: &str, user: &str, text: &str, now: Moment) -> Value {
        let channel = self.channel(channel).unwrap_or(0);
        let number = self.keep(channel, user, text, "user", &Map::new(), now);
        self.entry(&self.messages[number])
    }

    fn webhook(&mut self, call: &Call, now: Moment) -> Answer {
        let payload = if call.is_form() {
            let field = call.form().into_iter().find(|(key, _)| key == "payload").map(|(_, value)| value);
            serde_json::from_str(&field.unwrap_or_default()).unwrap_or(Value::Null)
        } else {
            call.body_value()
        };
        let Value::Object(payload) = payload else { return Err(Refusal::bad_request("invalid_payload")) };
        if !has_content(&payload) {
            return Err(Refusal::bad_request("no_text"));
        }
        let channel = text(&payload, "channel").unwrap_or("general");
        let channel = self.channel(channel).ok_or_else(|| Refusal::new(404, "channel_not_found"))?;
        let user = text(&payload, "username").unwrap_or("incoming-webhook");
        self.keep(channel, user, text(&payload, "text").unwrap_or_default(), "webhook", &payload, now);
        Ok(Reply::text(200, "ok").noting(format!("message in #{}", self.channels[channel])))
    }

    fn call_method(&mut self, method: &str, call: &Call, env: &Env) -> Answer {
        let arguments = arguments(call)?;
        let bearer = call.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        if bearer.or_else(|| text(&arguments, "token")).is_none_or(str::is_empty) {
            return Err(failure("not_authed"));
        }
        match method {
            "auth.test" => Ok(ok(json!({"url": format!("{}/slack/", env.base_url), "team": "Simulated", "user": BOT,
                "team_id": "T00000001", "user_id": "U00000001", "bot_id": "B00000001"}))),
            "conversations.list" => {
                Ok(ok(json!({"channels": self.channel_views(), "response_metadata": {"next_cursor": ""}})))
            }
            "conversations.info" => Ok(ok(json!({"channel": self.channel_view(self.known_channel(&arguments)?)}))),
            "conversations.history" => self.history(&arguments),
            "users.info" => {
                let user = text(&arguments, "user").ok_or_else(|| failure("user_not_found"))?;
                Ok(ok(json!({"user": {"id": user, "name": user.to_ascii_lowercase(), "is_bot": false}})))
            }
            "chat.postMessage" => self.post(&arguments, "api", env.now),
            "chat.postEphemeral" => self.post(&arguments, "ephemeral", env.now),
            "chat.update" => self.update(&arguments),
            _ => Err(failure("unknown_method")),
        }
    }

    fn post(&mut self, arguments: &Map<String, Value>, via: &'static str, now: Moment) -> Answer {
        let channel = text(arguments, "channel").and_then(|channel| self.channel(channel));
        let channel = channel.ok_or_else(|| failure("channel_not_found"))?;
        if !has_content(arguments) {
            return Err(failure("no_text"));
        }
        let index = self.keep(channel, BOT, text(arguments, "text").unwrap_or_default(), via, arguments, now);
        let message = &self.messages[index];
        let note = format!("message in #{}", self.channels[channel]);
        Ok(ok(json!({"channel": id(channel), "ts": message.ts(), "message": message.view()})).noting(note))
    }

    fn update(&mut self, arguments: &Map<String, Value>) -> Answer {
        let channel = self.known_channel(arguments)?;
        let found = self
            .messages
            .iter_mut()
            .find(|message| message.channel == channel && text(arguments, "ts") == Some(message.ts().as_str()));
        let message = found.ok_or_else(|| failure("message_not_found"))?;
        text(arguments, "text").unwrap_or_default().clone_into(&mut message.text);
        Ok(ok(json!({"channel": id(channel), "ts": message.ts(), "text": message.text, "message": message.view()})))
    }

    /// Newest first, as Slack does.
    fn history(&self, arguments: &Map<String, Value>) -> Answer {
        let channel = self.known_channel(arguments)?;
        let oldest = text(arguments, "oldest").unwrap_or("0").to_owned();
        let told = self.messages.iter().rev().filter(|message| message.channel == channel && message.is_after(&oldest));
        let messages: Vec<Value> = told.map(Message::view).collect();
        Ok(ok(json!({"messages": messages, "has_more": false})))
    }

    fn keep(
        &mut self,
        channel: usize,
        user: &str,
        said: &str,
        via: &'static str,
        raw: &Map<String, Value>,
        now: Moment,
    ) -> usize {
        let index = self.messages.len();
        self.messages.push(Message {
            number: index + 1,
            said: now,
            channel,
            user: user.to_owned(),
            text: said.to_owned(),
            via,
            thread: text(raw, "thread_ts").map(str::to_owned),
            raw: Value::Object(raw.clone()),
        });
        index
    }

    /// The index of a channel by id or name; a new name makes a channel.
    fn channel(&mut self, reference: &str) -> Option<usize> {
        if let Some(index) = self.find_channel(reference) {
            return Some(index);
        }
        let name = reference.trim_start_matches('#');
        let is_id = name.len() == 9 && name.starts_with('C') && name[1..].bytes().all(|byte| byte.is_ascii_digit());
        if is_id || name.is_empty() {
            return None;
        }
        self.channels.push(name.to_owned());
        Some(self.channels.len() - 1)
    }

    fn find_channel(&self, reference: &str) -> Option<usize> {
        let name = reference.trim_start_matches('#');
        (0..self.channels.len()).find(|index| self.channels[*index] == name || id(*index) == name)
    }

    fn known_channel(&self, arguments: &Map<String, Value>) -> Result<usize, Refusal> {
        let found = text(arguments, "channel").and_then(|channel| self.find_channel(channel));
        found.ok_or_else(|| failure("channel_not_found"))
    }

    fn channel_view(&self, index: usize) -> Value {
        json!({"id": id(index), "name": self.channels[index], "is_channel": true, "is_archived": false, "is_member": true})
    }

    fn channel_views(&self) -> Vec<Value> {
        (0..self.channels.len()).map(|index| self.channel_view(index)).collect()
    }

    /// A message as the control plane shows it.
    fn entry(&self, message: &Message) -> Value {
        let mut entry = json!({"n": message.number, "ts": message.ts(), "time": message.said.to_millis_text(),
            "channel": self.channels[message.channel], "user": message.user, "text": message.text, "via": message.via});
        if let Some(thread) = &message.thread {
            entry["thread_ts"] = json!(thread);
        }
        entry["raw"] = message.raw.clone();
        entry
    }
}

impl Message {
    /// Seconds, and a number that makes it unique.
    fn ts(&self) -> String {
        format!("{}.{:06}", self.said.as_seconds(), self.number)
    }

    fn is_after(&self, oldest: &str) -> bool {
        let (seconds, number) = oldest.split_once('.').unwrap_or((oldest, "0"));
        (self.said.as_seconds(), self.number) > (seconds.parse().unwrap_or(0), number.parse().unwrap_or(0))
    }

    fn view(&self) -> Value {
        let mut view = json!({"type": "message", "user": self.user, "text": self.text, "ts": self.ts()});
        if let Some(thread) = &self.thread {
            view["thread_ts"] = json!(thread);
        }
        for list in LISTS {
            if let Some(items) = self.raw.get(list) {
                view[list] = items.clone();
            }
        }
        view
    }
}

impl Service for Slack {
    fn answer(&mut self, call: &Call, path: &[&str], env: &mut Env) -> Answer {
        match (call.method.as_str(), path) {
            ("POST", ["services", _, _, _]) => self.webhook(call, env.now),
            (_, ["services", ..]) => Err(Refusal::new(404, "no_service")),
            ("GET" | "POST", ["api", method]) => self.call_method(method, call, env),
            _ => Err(Refusal::no_such_route()),
        }
    }

    /// The Web API fails with 200 and a word in JSON, a webhook with a status and a word.
    fn refuse(&self, refusal: &Refusal) -> Reply {
        match refusal.status {
            200 => Reply::ok(json!({"ok": false, "error": refusal.message})),
            429 => Reply::json(429, json!({"ok": false, "error": "ratelimited"})),
            status => Reply::new(status, Body::Text(refusal.message.clone())),
        }
    }
}

/// Arguments that are lists, as JSON also in a form.
const LISTS: [&str; 2] = ["blocks", "attachments"];

/// The arguments of a Web API method: JSON, a form, or the query.
fn arguments(call: &Call) -> Result<Map<String, Value>, Refusal> {
    let mut arguments: Map<String, Value> =
        call.query_pairs().iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    if !call.is_form() {
        arguments.extend(call.object().map_err(|_| failure("invalid_json"))?);
        return Ok(arguments);
    }
    for (key, value) in call.form() {
        let is_list = LISTS.contains(&key.as_str());
        let value = if is_list { serde_json::from_str(&value).unwrap_or(Value::Null) } else { json!(value) };
        arguments.insert(key, value);
    }
    Ok(arguments)
}

fn has_content(message: &Map<String, Value>) -> bool {
    let is_list = |key: &str| message.get(key).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    text(message, "text").is_some() || LISTS.into_iter().any(is_list)
}

fn failure(code: &str) -> Refusal {
    Refusal::new(200, code)
}

fn ok(mut body: Value) -> Reply {
    body["ok"] = json!(true);
    Reply::ok(body)
}

fn id(channel: usize) -> String {
    format!("C{:08}", channel + 1)
}
