use serde_json::json;

use super::*;

fn cron(parameters: &Value, zone: &str) -> Cron {
    Cron::read(parameters.as_object().unwrap(), TimeZone::get(zone).unwrap()).unwrap()
}

/// Checks the slots after a moment, in UTC.
fn check(parameters: &Value, zone: &str, after: &str, expected: &[&str]) {
    let cron = cron(parameters, zone);
    let mut moment: Timestamp = after.parse().unwrap();
    for slot in expected {
        let expected: Timestamp = slot.parse().unwrap();
        assert_eq!(cron.next_after(moment), Some(expected), "{parameters} in {zone} after {moment}");
        moment = expected;
    }
}

#[test]
fn fields_behind_the_last_given_one_are_at_their_lowest() {
    check(&json!({"hour": 3}), "UTC", "2026-01-01T03:00:00", &["2026-01-02T03:00:00", "2026-01-03T03:00:00"]);
    check(&json!({"month": 6}), "UTC", "2026-01-01", &["2026-06-01", "2027-06-01"]);
    check(&json!({"minute": "*/30"}), "UTC", "2026-01-01T23:10:00.5", &["2026-01-01T23:30:00", "2026-01-02T00:00:00"]);
    check(&json!({"second": "*/25"}), "UTC", "2026-01-01T00:00:50", &["2026-01-01T00:01:00", "2026-01-01T00:01:25"]);
    check(&json!({}), "UTC", "2026-01-01T00:00:00.9", &["2026-01-01T00:00:01", "2026-01-01T00:00:02"]);
}

#[test]
fn all_fields_must_agree() {
    check(
        &json!({"day_of_week": "fri", "day": 13, "hour": 12}),
        "UTC",
        "2026-01-01",
        &["2026-02-13T12:00:00", "2026-03-13T12:00:00", "2026-11-13T12:00:00"],
    );
    check(&json!({"week": 53, "day_of_week": 0}), "UTC", "2026-01-01", &["2026-12-28", "2032-12-27"]);
    check(&json!({"year": "2028,2030", "month": 2, "day": 1}), "UTC", "2026-01-01", &["2028-02-01", "2030-02-01"]);
}

#[test]
fn days_can_be_named_by_their_place_in_the_month() {
    check(&json!({"day": "last"}), "UTC", "2028-01-31T00:00:00", &["2028-02-29", "2028-03-31", "2028-04-30"]);
    check(&json!({"day": "2nd fri"}), "UTC", "2026-01-01", &["2026-01-09", "2026-02-13"]);
    check(&json!({"day": "last sun"}), "UTC", "2026-01-01", &["2026-01-25", "2026-02-22"]);
    check(&json!({"day": "5th mon, 1"}), "UTC", "2026-03-01T00:00:00", &["2026-03-30", "2026-04-01"]);
}

#[test]
fn leap_days_come_every_four_years_and_impossible_days_never() {
    check(&json!({"month": 2, "day": 29}), "UTC", "2026-01-01", &["2028-02-29", "2032-02-29"]);
    check(&json!({"month": 2, "day": 29}), "UTC", "2097-01-01", &["2104-02-29"]);
    assert_eq!(cron(&json!({"month": 2, "day": 30}), "UTC").next_after(Timestamp::from_micros(0)), None);
    assert_eq!(cron(&json!({"year": 2020}), "UTC").next_after("2026-01-01".parse().unwrap()), None);
}

#[test]
fn local_midnight_is_not_utc_midnight() {
    check(&json!({"hour": 0}), "Asia/Kolkata", "2026-01-01T00:00:00", &["2026-01-01T18:30:00", "2026-01-02T18:30:00"]);
}

#[test]
fn a_slot_in_a_skipped_hour_fires_once_when_the_hour_is_over() {
    // Berlin, 29 March 2026: 02:00 is 03:00 (01:00 UTC).
    check(
        &json!({"hour": 2, "minute": 30}),
        "Europe/Berlin",
        "2026-03-28T00:00:00",
        &["2026-03-28T01:30:00", "2026-03-29T01:00:00", "2026-03-30T00:30:00"],
    );
    check(
        &json!({"hour": "2-3", "minute": "*/20"}),
        "Europe/Berlin",
        "2026-03-29T00:00:00",
        &["2026-03-29T01:00:00", "2026-03-29T01:20:00", "2026-03-29T01:40:00", "2026-03-30T00:00:00"],
    );
}

#[test]
fn a_slot_in_a_repeated_hour_fires_once() {
    // Berlin, 25 October 2026: 03:00 is 02:00 (01:00 UTC).
    check(
        &json!({"hour": 2, "minute": "0,30"}),
        "Europe/Berlin",
        "2026-10-24T12:00:00",
        &["2026-10-25T00:00:00", "2026-10-25T00:30:00", "2026-10-26T01:00:00"],
    );
}

#[test]
fn what_runs_in_every_hour_neither_pauses_nor_hurries_when_the_clocks_jump() {
    for (from, to) in [("2026-10-24T22:00:00", "2026-10-25T04:00:00"), ("2026-03-28T22:00:00", "2026-03-29T04:00:00")] {
        let cron = cron(&json!({"minute": "*/20"}), "Europe/Berlin");
        let (mut moment, end): (Timestamp, Timestamp) = (from.parse().unwrap(), to.parse().unwrap());
        while moment < end {
            let next = cron.next_after(moment).unwrap();
            assert_eq!(next.since(moment).as_secs(), 1200, "after {moment}");
            moment = next;
        }
    }
}

#[test]
fn slots_are_strictly_increasing_and_each_is_the_next_of_all_moments_before_it() {
    let zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"];
    let cases = [
        json!({"minute": "*/7"}),
        json!({"hour": "*/5", "minute": "1,59", "second": 30}),
        json!({"hour": 2, "minute": "*/15"}),
        json!({"day": "last", "hour": "0-3"}),
        json!({"day_of_week": "sun", "hour": "1-3", "minute": "0,30"}),
        json!({"second": "11/13"}),
    ];
    for (number, case) in cases.iter().enumerate() {
        for zone in zones {
            let cron = cron(case, zone);
            let mut state = 88_172_645_463_325_252_u64.wrapping_add(number as u64);
            for _ in 0..300 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let moment = Timestamp::from_micros(1_700_000_000_000_000 + (state % 100_000_000_000_000) as i64);
                let slot = cron.next_after(moment).unwrap();
                assert!(slot > moment, "{case} in {zone} after {moment}: {slot}");
                let between = Timestamp::from_micros(moment.as_micros() + (slot.as_micros() - moment.as_micros()) / 2);
                assert_eq!(
                    cron.next_after(between),
                    Some(slot),
                    "{case} in {zone} after {between}, between {moment} and {slot}"
                );
                let just_before = Timestamp::from_micros(slot.as_micros() - 1);
                assert_eq!(cron.next_after(just_before), Some(slot), "{case} in {zone} just before {slot}");
            }
        }
    }
}
