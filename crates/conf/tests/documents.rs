//! The documents that are made from the table of keywords. `UPDATE=1` writes them.

use std::path::{Path, PathBuf};

use conf::schema;

fn document(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(name)
}

/// Compares, or writes.
#[track_caller]
fn check(path: &Path, wanted: &str) {
    let found = std::fs::read_to_string(path).unwrap_or_default();
    if found == wanted {
        return;
    }
    assert!(
        std::env::var_os("UPDATE").is_some(),
        "{} is not what the table of keywords says: run the tests with UPDATE=1",
        path.display()
    );
    std::fs::write(path, wanted).expect("the document is written");
}

#[test]
fn the_manual_page_is_that_of_the_table() {
    check(&document("keepalived.conf.5"), &schema::manual());
}

#[test]
fn the_list_of_keywords_is_that_of_the_table() {
    const MARK: &str = "<!-- keywords, made from the table -->";
    let path = document("compatibility.md");
    let text = std::fs::read_to_string(&path).expect("docs/compatibility.md");
    let parts: Vec<_> = text.split(MARK).collect();
    let [before, _, after] = parts[..] else {
        panic!("docs/compatibility.md has not two marks {MARK}");
    };
    check(
        &path,
        &format!("{before}{MARK}\n\n{}\n{MARK}{after}", schema::support()),
    );
}
