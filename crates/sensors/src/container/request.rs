//! What a sensor's process is given: its code, the configuration of its pack, the triggers it serves, and a token.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use squall_model::{Secret, Sensor, Timestamp};
use squall_python::SensorRequest;
use squall_service::rendering::{self, ConfigError};
use squall_service::{Context, TokenSubject, pack_directory};
use squall_store::{Condition, Query, Result as StoreResult};
use squall_telemetry::{SpanId, TraceId, Traceparent};

/// Why a sensor can't be started; whoever wrote the pack must change it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum RequestError {
    #[error("the pack `{0}` has no directory here")]
    NoPack(String),
    #[error("the entry point `{0}` is not in a file below the pack's sensors")]
    NoEntryPoint(String),
    #[error("the configuration of the pack can't be read: {0}")]
    Config(String),
}

/// Returns the request for a sensor, without token and triggers: what must be the same for a process to be kept.
pub(super) async fn request_of(context: &Context, sensor: &Sensor) -> StoreResult<Result<SensorRequest, RequestError>> {
    let Some(pack_path) = pack_directory(context, &sensor.pack).await?.filter(|path| path.is_dir()) else {
        return Ok(Err(RequestError::NoPack(sensor.pack.clone())));
    };
    let Some(file_path) = source_of(&pack_path, sensor) else {
        return Ok(Err(RequestError::NoEntryPoint(sensor.entry_point.clone())));
    };
    let user = &context.settings.system_user;
    let config = match rendering::pack_config(context, &sensor.pack, user).await {
        Ok(config) => Value::Object(config),
        Err(ConfigError::Invalid(reason)) => return Ok(Err(RequestError::Config(reason))),
        Err(ConfigError::Store(error)) => return Err(error),
    };
    Ok(Ok(SensorRequest {
        pack: sensor.pack.clone(),
        file_path,
        class_name: sensor.class_name.clone(),
        trigger_types: sensor.trigger_types.clone(),
        config,
        poll_interval: sensor.poll_interval,
        triggers: Vec::new(),
        debug: false,
        pack_path: Some(pack_path),
        environment: BTreeMap::new(),
    }))
}

/// Returns the triggers of the types that the sensor serves, as it is told of them.
pub(super) async fn triggers_of(context: &Context, sensor: &Sensor) -> StoreResult<Vec<Value>> {
    if sensor.trigger_types.is_empty() {
        return Ok(Vec::new());
    }
    let kinds = sensor.trigger_types.iter().map(|kind| json!(kind)).collect();
    let query = Query::all().filter("type", Condition::In(kinds)).ascending("id");
    let triggers = context.store.triggers.list(&query).await?.items;
    Ok(triggers.iter().map(|trigger| json!(trigger)).collect())
}

/// Makes a token for a sensor, and returns it with the moment at which it should be replaced.
pub(super) fn token(context: &Context) -> (Secret, Timestamp) {
    let lifetime = Duration::from_secs(context.settings.service_token_ttl_seconds);
    let subject = TokenSubject {
        user: context.settings.system_user.clone(),
        execution: None,
        expiry: context.now().after(lifetime),
    };
    (context.service_tokens.mint(&subject), context.now().after(lifetime / 2))
}

/// Returns the environment in which pack code finds the API.
///
/// A sensor's process has a trace of its own, so that what its code asks of others can be told apart.
pub(super) fn environment(context: &Context, sensor: &Sensor, token: &Secret) -> BTreeMap<String, String> {
    let run = [sensor.reference.clone(), context.new_id().to_string()];
    let parts = ["sensor", &run[0], &run[1]];
    let place = Traceparent { trace: TraceId::derived(&parts), span: SpanId::derived(&parts), sampled: true };
    let mut environment = BTreeMap::from([("TRACEPARENT".to_owned(), place.to_string())]);
    for name in ["ST2_ACTION_API_URL", "ST2_API_URL"] {
        environment.insert(name.to_owned(), context.settings.api_url.clone());
    }
    for name in ["ST2_ACTION_AUTH_TOKEN", "ST2_AUTH_TOKEN"] {
        environment.insert(name.to_owned(), token.expose().to_owned());
    }
    environment
}

/// Returns the file that holds the sensor's class. A registered sensor names it as `artifact_uri`, and its entry point is
/// `file.Class`, as StackStorm has it; a pack may have moved since, so the file is looked for in the pack that is there.
fn source_of(pack_path: &Path, sensor: &Sensor) -> Option<PathBuf> {
    let sensors = pack_path.join("sensors");
    let artifact = Path::new(sensor.artifact_uri.strip_prefix("file://").unwrap_or_default());
    let module = sensor.entry_point.rsplit_once('.').map_or("", |(module, _)| module);
    [
        artifact.strip_prefix(&sensors).ok().map(Path::to_owned),
        artifact.file_name().map(PathBuf::from),
        Some(PathBuf::from(&sensor.entry_point)),
        Some(PathBuf::from(format!("{}.py", module.replace('.', "/")))),
    ]
    .into_iter()
    .flatten()
    .filter(|relative| stays_below(relative))
    .map(|relative| sensors.join(relative))
    .find(|path| path.is_file())
}

fn stays_below(relative: &Path) -> bool {
    relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sensor_is_found_in_the_pack_that_is_there() {
        let pack = tempfile::tempdir().unwrap();
        let sensors = pack.path().join("sensors");
        std::fs::create_dir_all(sensors.join("deep")).unwrap();
        for file in ["sensors/s.py", "sensors/deep/s.py", "outside.py"] {
            std::fs::write(pack.path().join(file), "").unwrap();
        }
        let here = |file: &str| format!("file://{}", sensors.join(file).display());
        for (artifact, entry_point, expected) in [
            (here("deep/s.py"), "deep.s.S", Some("deep/s.py")),
            (here("s.py"), "s.S", Some("s.py")),
            ("file:///elsewhere/golden/sensors/s.py".to_owned(), "s.S", Some("s.py")),
            (String::new(), "s.py", Some("s.py")),
            (String::new(), "s.S", Some("s.py")),
            (String::new(), "deep.s.S", Some("deep/s.py")),
            (here("../outside.py"), "nosuch.S", None),
            (format!("file://{}", pack.path().join("outside.py").display()), "../outside.py", None),
            (String::new(), "nosuch.py", None),
        ] {
            let sensor: Sensor = serde_json::from_value(json!({
                "name": "s", "pack": "golden", "class_name": "S", "entry_point": entry_point, "artifact_uri": artifact,
            }))
            .unwrap();
            let expected = expected.map(|file| sensors.join(file));
            assert_eq!(source_of(pack.path(), &sensor), expected, "{artifact} {entry_point}");
        }
    }
}
