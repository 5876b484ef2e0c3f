//! The mistakes that real files have most often, one file each, and what an operator reads about them.
//!
//! `mistakes/NAME.txt` is the whole output of the check of `mistakes/NAME.conf`. `UPDATE=1` writes it.

use std::path::{Path, PathBuf};

use conf::{FakeHost, UserFacts, load_text};

fn host() -> FakeHost {
    let mut host = FakeHost::with_interfaces(&["eth0", "eth1", "lo"]).with_script("/bin/ok");
    let nobody = UserFacts {
        uid: 65534,
        gid: 65534,
    };
    host.users.insert("nobody".into(), nobody);
    host
}

fn files() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes");
    let entries = std::fs::read_dir(directory).expect("the mistakes");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "conf"))
        .collect();
    files.sort();
    files
}

#[test]
fn each_mistake_is_told_as_it_was_read_over() {
    let files = files();
    assert!(files.len() >= 40, "the most common mistakes");
    let mut differ = Vec::new();
    for file in files {
        let text = std::fs::read(&file).expect("a readable file");
        let loaded = load_text("keepalived.conf", &text, "lb1", &host());
        let found = format!(
            "{}exit status of -t: {}\n",
            loaded.diagnostics.render(false),
            loaded.test_exit_code()
        );
        let snapshot = file.with_extension("txt");
        let wanted = std::fs::read_to_string(&snapshot).unwrap_or_default();
        if found == wanted {
            continue;
        }
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&snapshot, &found).expect("the snapshot is written");
        } else {
            println!("{}:\n{found}\ninstead of\n{wanted}", file.display());
            differ.push(file);
        }
    }
    assert!(
        differ.is_empty(),
        "read them, then run with UPDATE=1: {differ:#?}"
    );
}
