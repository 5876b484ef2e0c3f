//! What is dumped means the same, and is dumped the same: of the corpus, of generated files, of what the fuzzer found.

mod generate;
mod write;

use std::path::{Path, PathBuf};

use conf::{Code, FakeHost, LoadOptions, Loaded, Secrets, dump, dump_text, load, load_text};
use proptest::prelude::*;

fn host() -> FakeHost {
    FakeHost::with_interfaces(&["eth0", "eth1", "lo"]).with_script("/bin/ok")
}

fn load_file(path: &Path) -> Loaded {
    let options = LoadOptions {
        path: path.to_owned(),
        config_id: Some("id".into()),
        ..LoadOptions::default()
    };
    load(&options, &host())
}

fn dump_file(path: &Path) -> Vec<u8> {
    let options = LoadOptions {
        path: path.to_owned(),
        config_id: Some("id".into()),
        ..LoadOptions::default()
    };
    let mut out = Vec::new();
    dump(&options, Secrets::Shown, &host(), &mut out).expect("a vector takes everything");
    out
}

/// A dump without the lines that say what was left out.
fn statements(dumped: &[u8]) -> String {
    let text = String::from_utf8_lossy(dumped);
    let is_statement = |line: &&str| !line.trim_start().starts_with('#');
    let lines: Vec<_> = text.lines().filter(is_statement).collect();
    lines.join("\n")
}

/// Whether nothing was left out, and nothing of the structure put right.
fn is_whole(loaded: &Loaded, dumped: &[u8]) -> bool {
    let text = String::from_utf8_lossy(dumped);
    let left_out = text.lines().any(|line| line.trim_start().starts_with('#'));
    let is_of_language = |code: Code| {
        matches!(
            code,
            Code::UnexpectedBrace
                | Code::ExtraBrace
                | Code::MissingBrace
                | Code::UnclosedBlock
                | Code::UnmatchedQuote
                | Code::Definition
                | Code::Repetition
                | Code::Include
                | Code::FileMissing
                | Code::Encoding
        )
    };
    let mut found = loaded.diagnostics.iter();
    !left_out && !found.any(|found| is_of_language(found.code))
}

/// Holds a dump to its laws.
fn check(loaded: &Loaded, dumped: &[u8], what: &str) {
    let text = || String::from_utf8_lossy(dumped).into_owned();
    let again = load_text("dump", dumped, "id", &host());
    assert_eq!(
        again.config,
        loaded.config,
        "{what}: the dump means something else:\n{}\nbefore:\n{}\nafter:\n{}",
        text(),
        loaded.diagnostics.render(false),
        again.diagnostics.render(false)
    );
    let twice = dump_text("dump", dumped, "id", &host());
    assert_eq!(
        statements(&twice),
        statements(dumped),
        "{what}: dumped again it is another"
    );
    if is_whole(loaded, dumped) {
        assert_eq!(
            again.test_exit_code(),
            loaded.test_exit_code(),
            "{what}: nothing was left out, but the exit status is another:\n{}\nbefore:\n{}\nafter:\n{}",
            text(),
            loaded.diagnostics.render(false),
            again.diagnostics.render(false)
        );
    }
}

/// A folder for one test, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("conf-trip-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for the test");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_generated_file_is_dumped_as_it_is_meant(items in generate::file()) {
        let folder = Folder::new("generated");
        let main = folder.0.join("main.conf");
        let text = write::write(&items, &folder.0);
        std::fs::write(&main, &text).expect("the main file");
        let loaded = load_file(&main);
        let _ = (loaded.diagnostics.render(true), loaded.diagnostics.log_lines());
        prop_assert_eq!(load_file(&main).test_exit_code(), loaded.test_exit_code());
        check(&loaded, &dump_file(&main), &text);
    }
}

#[test]
fn the_corpus_is_dumped_as_it_is_meant() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let corpus = std::env::var_os("KEEPALIVED_CORPUS").map_or_else(beside, PathBuf::from);
    let Ok(files) = std::fs::read_dir(corpus.join("keepalived")) else {
        eprintln!("not checked: no corpus of configurations");
        return;
    };
    for file in files {
        let path = file.expect("an entry of the corpus").path();
        if path.is_file() {
            check(
                &load_file(&path),
                &dump_file(&path),
                &path.display().to_string(),
            );
        }
    }
}

/// What was once too much for the loader or the dump.
#[test]
fn inputs_that_were_found() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs");
    let files = std::fs::read_dir(folder).expect("the folder of inputs");
    for file in files {
        let path = file.expect("an input").path();
        let text = std::fs::read(&path).expect("an input");
        let loaded = load_text("input", &text, "id", &host());
        let dumped = dump_text("input", &text, "id", &host());
        check(&loaded, &dumped, &path.display().to_string());
    }
}

fn dumped(text: &str) -> String {
    let dumped = dump_text("text", text.as_bytes(), "id", &host());
    check(
        &load_text("text", text.as_bytes(), "id", &host()),
        &dumped,
        text,
    );
    String::from_utf8(dumped).expect("text of the test")
}

#[test]
fn canonical_form() {
    let text = "\
global_defs{ router_id   \"a b\"\n nosuch x { y }\n interval\n}
$IF=eth0
~SEQ(i,1,2) vrrp_script s$i {\n\
 script \"/bin/ok 'a  b'\"   # why\n}
vrrp_instance V { interface $IF\n virtual_ipaddress {\n 10.0.0.1   dev eth0 }\n priority }
@other include nosuch
";
    let want = "\
global_defs {
    router_id \"a b\"
    # unknown here, left out: nosuch x
    # unknown here, left out: interval
}

vrrp_script s1 {
}

vrrp_script s2 {
    script \"/bin/ok 'a  b'\"
}

vrrp_instance V {
    interface eth0
    virtual_ipaddress {
        10.0.0.1 dev eth0
    }
    # without its value, left out: priority
}
";
    assert_eq!(dumped(text), want);
}

/// What a line begins with decides what it is, and a `$` may begin something that is put in.
#[test]
fn words_that_would_be_something_else() {
    let list = |entry: &str| {
        format!("global_defs {{\n    notification_email {{\n        {entry}\n    }}\n}}\n")
    };
    for entry in [
        "\"$A=b\"",
        "\"@id\" x",
        "\"~SEQ(i,1,2)\" y",
        "\"include\" z",
        "\"#\"",
        "\"{\" \"}\"",
        "\"\"",
    ] {
        assert_eq!(dumped(&list(entry)), list(entry));
    }
    let dollar = "$D=$\n";
    let used = "global_defs {\n    router_id ${_DOLLAR}_PWD\n}\n";
    let text = format!("{dollar}{}", used.replace("_DOLLAR", "D"));
    assert_eq!(dumped(&text), format!("$_DOLLAR=$\n{used}"));
}

#[test]
fn scripts_keep_their_quotes() {
    for script in [
        "\"/bin/ok 'a  b' \\\"c\\\"\" root",
        "/bin/ok \\#x 'a \\! b'",
        "\"/bin/ok # x\"",
        "/bin/ok\\ x",
        "/bin/ok \"open # no comment",
    ] {
        let text = format!("vrrp_script s {{\n    script {script}\n}}\n");
        assert_eq!(dumped(&text), text);
    }
}
