//! The images and flavors there are.

use serde_json::{Value, json};

use crate::reply::{Refusal, Reply};
use crate::service::Answer;

const IMAGES: &[(&str, &str)] = &[
    ("11111111-1111-4111-8111-111111111111", "Debian 12 (Bookworm)"),
    ("22222222-2222-4222-8222-222222222222", "Ubuntu 24.04 LTS (Noble Numbat)"),
    ("33333333-3333-4333-8333-333333333333", "Debian 7 (Wheezy)"),
];

/// Id, name, MB of memory, processors, GB of disk.
const FLAVORS: &[(&str, &str, u32, u32, u32)] = &[
    ("2", "512MB Standard Instance", 512, 1, 20),
    ("3", "1GB Standard Instance", 1024, 1, 40),
    ("4", "2GB Standard Instance", 2048, 2, 80),
    ("performance1-1", "1 GB Performance", 1024, 1, 20),
    ("general1-1", "1 GB General Purpose v1", 1024, 1, 20),
    ("general1-2", "2 GB General Purpose v1", 2048, 2, 40),
];

/// Answers `GET /images…` and `GET /flavors…`.
pub(crate) fn answer(path: &[&str]) -> Answer {
    match path {
        ["images"] | ["images", "detail"] => Ok(Reply::ok(json!({"images": images().collect::<Vec<_>>()}))),
        ["flavors"] | ["flavors", "detail"] => Ok(Reply::ok(json!({"flavors": flavors().collect::<Vec<_>>()}))),
        ["images", id] => one("image", images(), id, "Image not found."),
        ["flavors", id] => one("flavor", flavors(), id, "Flavor could not be found."),
        _ => Err(Refusal::no_such_route()),
    }
}

/// Refuses an image that is not there. A reference may be an id or a URL that ends in one.
pub(crate) fn check_image(reference: Option<&str>) -> Result<(), Refusal> {
    let known = reference.is_some_and(|image| IMAGES.iter().any(|(id, _)| ends_in(image, id)));
    if known { Ok(()) } else { Err(Refusal::bad_request("Can not find requested image")) }
}

/// Refuses a flavor that is not there.
pub(crate) fn check_flavor(reference: Option<&str>) -> Result<(), Refusal> {
    let known = reference.is_some_and(|flavor| FLAVORS.iter().any(|(id, ..)| ends_in(flavor, id)));
    if known { Ok(()) } else { Err(Refusal::bad_request("Invalid flavorRef provided.")) }
}

fn ends_in(reference: &str, id: &str) -> bool {
    reference.rsplit('/').next() == Some(id)
}

fn one(kind: &str, mut all: impl Iterator<Item = Value>, id: &str, missing: &str) -> Answer {
    let found = all.find(|item| item["id"] == id).ok_or_else(|| Refusal::new(404, missing))?;
    Ok(Reply::ok(json!({kind: found})))
}

fn images() -> impl Iterator<Item = Value> {
    IMAGES.iter().map(|(id, name)| {
        json!({"id": id, "name": name, "status": "ACTIVE", "progress": 100, "minDisk": 20, "minRam": 512, "metadata": {}})
    })
}

fn flavors() -> impl Iterator<Item = Value> {
    FLAVORS
        .iter()
        .map(|(id, name, ram, vcpus, disk)| json!({"id": id, "name": name, "ram": ram, "vcpus": vcpus, "disk": disk}))
}
