//! Rows on one process with an embedded store.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::account::{Account, integrity};
use crate::fleet::Fleet;
use crate::rows::points::{POINTS, kill_at};
use crate::scene::Scene;

/// Kills the server again and again at random moments.
pub(crate) fn kills(scene: &mut Scene) -> Account {
    let mut fleet = Fleet::embedded(scene.directory.path());
    fleet.start();
    let account = scene.play(&mut fleet, true, |fleet, dice| {
        std::thread::sleep(dice.pause(Duration::from_millis(200), Duration::from_secs(3)));
        fleet.members[0].kill_and_restart();
    });
    fleet.members[0].stop();
    let verdict = integrity(&scene.directory.path().join("all"));
    assert_eq!(verdict, "ok", "the database after {} kills", account.faults);
    account
}

/// Kills the server at the first, second, third … time that it comes to each point, until it comes there no more.
pub(crate) fn points(scene: &mut Scene) -> Account {
    let mut total = Account::default();
    let mut fleet = Fleet::embedded(scene.directory.path());
    fleet.start();
    let (started, mut points) = (Instant::now(), POINTS.to_vec());
    for occurrence in 1_usize.. {
        for point in std::mem::take(&mut points) {
            if started.elapsed() > scene.budget {
                total.remarks.push(format!("as far as occurrence {occurrence} of {point} in the time given"));
                return total;
            }
            let (account, died) = kill_at(scene, &mut fleet, 0, point, occurrence);
            if died {
                points.push(point);
            }
            total.add(account);
            if !total.holds() {
                eprintln!("occurrence {occurrence} of {point}\n{}", fleet.logs());
                return total;
            }
        }
        if points.is_empty() {
            total.remarks.push(format!("killed at every occurrence of every point: {occurrence} rounds"));
            break;
        }
    }
    total
}

/// Fills the disk on which the data directory is, and makes room again.
pub(crate) fn full_disk(scene: &mut Scene) -> Account {
    let data = scene.directory.path().join("all");
    let Some(disk) = SmallDisk::mount(&data) else {
        return Account::not_played("only root may mount a small disk");
    };
    let mut fleet = Fleet::embedded(scene.directory.path());
    fleet.start();
    let account = scene.play(&mut fleet, false, |_, dice| {
        std::thread::sleep(dice.pause(Duration::from_millis(200), Duration::from_secs(2)));
        disk.fill();
        std::thread::sleep(dice.pause(Duration::from_millis(200), Duration::from_secs(2)));
        disk.clear();
    });
    fleet.members[0].stop();
    let verdict = integrity(&data);
    assert_eq!(verdict, "ok", "the database after the disk was full {} times", account.faults);
    account
}

/// A file system in memory.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(place: &Path) -> Option<Self> {
        std::fs::create_dir_all(place).expect("a directory");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=64m", "squall-test"]).arg(place).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then(|| Self(place.to_owned()))
    }

    fn fill(&self) {
        let mut file = File::create(self.filler()).expect("a file");
        let block = vec![0; 64 * 1024];
        while file.write_all(&block).is_ok() {}
        while file.write_all(&block[..512]).is_ok() {}
    }

    fn clear(&self) {
        std::fs::remove_file(self.filler()).expect("the file that fills the disk");
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: whoever still has a file open there keeps it.
        let _unmounted = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// Lets the server's clock jump by an hour, a day, a year, to and fro. What it measures times with does not jump, as on a real machine.
pub(crate) fn clock_jumps(scene: &mut Scene) -> Account {
    let Some(library) = LIBFAKETIME.into_iter().find(|path| Path::new(path).exists()) else {
        return Account::not_played("libfaketime is not installed");
    };
    let clock = scene.directory.path().join("clock");
    std::fs::write(&clock, "+0").expect("the clock is set");
    let mut fleet = Fleet::embedded(scene.directory.path());
    let server = &mut fleet.members[0];
    server.set("LD_PRELOAD", Some(library));
    server.set("FAKETIME_TIMESTAMP_FILE", clock.to_str());
    server.set("FAKETIME_NO_CACHE", Some("1"));
    server.set("FAKETIME_DONT_FAKE_MONOTONIC", Some("1"));
    fleet.start();
    scene.play(&mut fleet, false, |_, dice| {
        std::thread::sleep(dice.pause(Duration::from_millis(200), Duration::from_secs(2)));
        let jump = ["+0", "+1h", "-1h", "+1d", "-1d", "+1y", "-1y"][dice.below(7)];
        // Replaced as a whole, because the server reads it at any time.
        let next = clock.with_extension("next");
        std::fs::write(&next, jump).and_then(|()| std::fs::rename(&next, &clock)).expect("the clock is set");
    })
}

const LIBFAKETIME: [&str; 2] =
    ["/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"];
