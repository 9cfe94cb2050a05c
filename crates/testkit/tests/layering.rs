//! Arrows between crates go down only, and libraries that belong to one port stay behind it. ARCHITECTURE.md says why.
//!
//! The rules are data ([`rules`]); this file reads what cargo says about the workspace and names every breach at once.

#[path = "layering/judge.rs"]
mod judge;
#[path = "layering/rules.rs"]
mod rules;
#[path = "layering/workspace.rs"]
mod workspace;

use workspace::Package;

#[test]
fn every_arrow_between_crates_is_a_known_one() {
    let breaches = judge::arrows(&workspace::packages());
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

#[test]
fn libraries_stay_behind_their_port() {
    let breaches = judge::libraries(&workspace::packages());
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

#[test]
fn the_list_of_arrows_goes_down_only() {
    let breaches = judge::directions(rules::ARROWS);
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

#[test]
fn a_new_arrow_is_noticed() {
    let packages = [Package::new("rules", &["squall-model", "squall-actionrunner"])];
    let breaches = judge::arrows(&packages);
    assert_eq!(breaches.len(), 1);
    assert!(breaches[0].contains("`rules` must not depend on `actionrunner`"), "{}", breaches[0]);
}

#[test]
fn a_crate_without_a_layer_is_noticed() {
    let breaches = judge::arrows(&[Package::new("utils", &[])]);
    assert_eq!(breaches.len(), 1);
    assert!(breaches[0].contains("`utils` has no layer"), "{}", breaches[0]);
}

#[test]
fn an_arrow_that_goes_up_or_sideways_cannot_be_allowed() {
    assert_eq!(judge::directions(&[("model", &["service"])]).len(), 1);
    assert_eq!(judge::directions(&[("rules", &["scheduler"])]).len(), 1);
    assert_eq!(judge::directions(&[("rules", &["model"])]).len(), 0);
}

#[test]
fn a_library_outside_its_home_is_noticed() {
    let packages = [
        Package::new("api", &["rusqlite", "axum"]),
        Package::new("orquesta", &["tokio"]),
        Package::new("service", &["tokio", "mongodb"]),
    ];
    let breaches = judge::libraries(&packages).join("\n");
    for part in
        ["`api` must not name `rusqlite`", "`orquesta` must not name `tokio`", "`service` must not name `mongodb`"]
    {
        assert!(breaches.contains(part), "{breaches}");
    }
    assert_eq!(breaches.lines().count(), 3, "{breaches}");
}
