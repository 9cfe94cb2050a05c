//! `/packs/index`: the packs that could be installed. Counterpart: st2api/controllers/v1/packs.py, `PacksIndexController`.
//!
//! Packs come from directories, and no index is asked: what is answered is an installation without one. The web client shows no pack at
//! all where it can't read this list.

use serde_json::{Value, json};

use crate::call::{self, Call, Outcome};

pub(super) async fn all(_: Call) -> Outcome {
    call::ok(&json!({"status": [], "index": {}}))
}

/// Finds nothing, by words (`query`) as by name (`pack`).
pub(super) async fn search(call: Call) -> Outcome {
    let text = json!({"type": "string"});
    call.checked_body(&json!({"type": "object", "properties": {"query": text, "pack": text}}))?;
    call::ok(&Vec::<Value>::new())
}

pub(super) async fn health(_: Call) -> Outcome {
    call::ok(&json!({
        "indexes": {"count": 0, "valid": 0, "invalid": 0, "errors": {}, "status": []},
        "packs": {"count": 0},
    }))
}
