//! Lists the files of the built-in packs and of the Python shim, so that the binary carries them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../..");
    let mut list = String::from("pub(crate) const FILES: &[(&str, bool, &[u8])] = &[\n");
    for part in ["packs", "python"] {
        println!("cargo:rerun-if-changed={}", root.join(part).display());
        let mut files = Vec::new();
        collect(&root.join(part), &mut files);
        files.sort();
        for file in files {
            let name = file.strip_prefix(&root).expect("below the root").display().to_string();
            let full = file.canonicalize().expect("the file exists").display().to_string();
            writeln!(list, "    ({name:?}, {}, include_bytes!({full:?})),", is_executable(&file))
                .expect("a string grows");
        }
    }
    list.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("assets.rs");
    fs::write(out, list).expect("the output directory is writable");
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || name == "__pycache__" || name.ends_with(".pyc") {
            continue;
        }
        if path.is_dir() {
            println!("cargo:rerun-if-changed={}", path.display());
            collect(&path, files);
        } else {
            println!("cargo:rerun-if-changed={}", path.display());
            files.push(path);
        }
    }
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(_path: &Path) -> bool {
    false
}
