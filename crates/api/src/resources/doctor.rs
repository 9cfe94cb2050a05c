//! `GET /doctor` and `POST /doctor/sweep`: what is stuck, and the sweeps that repair it. Ours; for administrators.

use http::StatusCode;
use serde_json::json;
use squall_service::doctor;
use tracing::info;

use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::routes::{Route, get, post};

pub(super) fn routes() -> Vec<Route> {
    vec![get("/doctor", examine), post("/doctor/sweep", sweep)]
}

async fn examine(call: Call) -> Outcome {
    only_for_administrators(&call)?;
    call::ok(&doctor::examine(call.context()).await)
}

async fn sweep(call: Call) -> Outcome {
    only_for_administrators(&call)?;
    info!(user = call.requester.user, "asked for sweeps");
    call.context().ask_for_sweeps().await.map_err(|error| ApiError::Unavailable(error.to_string()))?;
    call::json(StatusCode::ACCEPTED, &json!({"sweeping": true}))
}

fn only_for_administrators(call: &Call) -> Result<(), ApiError> {
    let refused = || ApiError::Forbidden("Only administrators may ask the doctor.".to_owned());
    call.requester.is_admin.then_some(()).ok_or_else(refused)
}
