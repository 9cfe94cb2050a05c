//! Holds packages against the rules and says what to do about each breach.

use super::rules::{ARROWS, HOMES, LAYERS, PURE, UNFIT_FOR_PURE};
use super::workspace::{Package, short};

/// Returns what is wrong with the arrows between our own crates.
pub(crate) fn arrows(packages: &[Package]) -> Vec<String> {
    let mut breaches = Vec::new();
    for package in packages {
        if layer(&package.name).is_none() {
            breaches.push(format!(
                "`{}` has no layer: give it one in LAYERS of crates/testkit/tests/layering/rules.rs and a line in ARCHITECTURE.md",
                package.name
            ));
        }
        for dependency in package.dependencies.iter().filter(|name| name.starts_with("squall-")) {
            let below = short(dependency);
            if !allowed(&package.name, below) {
                breaches.push(format!(
                    "`{}` must not depend on `{below}`: meet it through store and bus, or move what both need below them; if the \
                     arrow is right, add it to ARROWS in crates/testkit/tests/layering/rules.rs and say why in docs/adr/",
                    package.name
                ));
            }
        }
    }
    breaches
}

/// Returns what is wrong with a list of arrows: those that do not go down.
pub(crate) fn directions(arrows: &[(&str, &[&str])]) -> Vec<String> {
    let mut breaches = Vec::new();
    for (above, belows) in arrows {
        for below in *belows {
            let goes_down = matches!((layer(above), layer(below)), (Some(from), Some(to)) if from < to);
            if !goes_down {
                breaches
                    .push(format!("`{above}` -> `{below}` does not go down the list LAYERS: take it out of ARROWS"));
            }
        }
    }
    breaches
}

/// Returns which libraries are named where they do not belong.
pub(crate) fn libraries(packages: &[Package]) -> Vec<String> {
    let mut breaches = Vec::new();
    for package in packages {
        for library in &package.dependencies {
            if let Some(homes) = homes(library).filter(|homes| !homes.contains(&package.name.as_str())) {
                let place = if homes.is_empty() { "nowhere yet".to_owned() } else { homes.join(", ") };
                breaches.push(format!(
                    "`{}` must not name `{library}` (its home: {place}): ask the port instead; homes are listed in HOMES of \
                     crates/testkit/tests/layering/rules.rs",
                    package.name
                ));
            }
            if PURE.contains(&package.name.as_str()) && UNFIT_FOR_PURE.contains(&library.as_str()) {
                breaches.push(format!(
                    "`{}` must not name `{library}`: it is pure (no I/O, no clock, no async); let the caller do that and pass the value",
                    package.name
                ));
            }
        }
    }
    breaches
}

fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&name))
}

fn allowed(above: &str, below: &str) -> bool {
    ARROWS.iter().any(|(name, belows)| *name == above && belows.contains(&below))
}

fn homes(library: &str) -> Option<&'static [&'static str]> {
    HOMES.iter().find(|(name, _)| *name == library).map(|(_, homes)| *homes)
}
