//! One file of recorded answers, and the list of what is known to differ from it.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use serde_json::Value;
use squall_orquesta::oracle;

/// Rewrites the list when set; for whoever has made it shorter.
const UPDATE: &str = "SQUALL_EXAM_UPDATE";

pub(crate) struct Paper {
    name: &'static str,
    path: PathBuf,
}

/// `Err` says how the answers differ; `Ok(false)` that the question is not for us.
pub(crate) type Verdict = Result<bool, String>;

fn in_crate(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

impl Paper {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, path: in_crate("../../../shared/vectors").join(format!("{name}.jsonl")) }
    }

    /// Asks every question; `compare` gets the record and our answer.
    pub(crate) fn check(&self, compare: impl Fn(&Value, &Value) -> Verdict) {
        let Ok(text) = fs::read_to_string(&self.path) else {
            say(&format!("SKIPPED: {} is not here; nothing was compared with the original", self.path.display()));
            return;
        };
        let mut differences = Vec::new();
        let (mut asked, mut passed) = (0, 0);
        for (index, line) in text.lines().enumerate() {
            let record: Value = serde_json::from_str(line).expect("a record");
            match compare(&record, &oracle::answer(&record)) {
                Ok(true) => passed += 1,
                Ok(false) => continue,
                Err(difference) => differences.push((index + 1, difference)),
            }
            asked += 1;
        }
        say(&format!("{}: {passed} of {asked} as recorded", self.name));
        self.settle(&differences);
    }

    fn settle(&self, differences: &[(usize, String)]) {
        let list = in_crate("tests/exam/known_differences").join(format!("{}.txt", self.name));
        let known: BTreeSet<usize> = fs::read_to_string(&list)
            .unwrap_or_default()
            .lines()
            .filter_map(|line| line.split_whitespace().next()?.parse().ok())
            .collect();
        if std::env::var_os(UPDATE).is_some() {
            let lines: Vec<String> = differences.iter().map(|(line, why)| format!("{line} {}\n", brief(why))).collect();
            if lines.is_empty() {
                let _ = fs::remove_file(&list);
            } else {
                fs::create_dir_all(list.parent().expect("a directory")).expect("the directory of the lists");
                fs::write(&list, lines.concat()).expect("the list");
            }
            return;
        }
        let new: Vec<&(usize, String)> = differences.iter().filter(|(line, _)| !known.contains(line)).collect();
        let shown: Vec<String> =
            new.iter().take(20).map(|(line, why)| format!("{}:{line}: {}", self.name, brief(why))).collect();
        assert!(new.is_empty(), "{} answers differ, among them\n{}", new.len(), shown.join("\n"));
        let gone: Vec<&usize> =
            known.iter().filter(|line| !differences.iter().any(|(other, _)| other == *line)).collect();
        assert!(gone.is_empty(), "these are as recorded now, take them off {}: {gone:?}", list.display());
    }
}

fn brief(why: &str) -> String {
    why.replace('\n', " ").chars().take(700).collect()
}

fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
