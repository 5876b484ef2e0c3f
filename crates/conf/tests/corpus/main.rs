//! Every file of the corpus of real configurations, where it is found: no panic, no hang, the exit status of `-t` and
//! the lines that are complained about are those of keepalived 2.4.3, but for what `docs/compatibility.md` lists.

mod expected;
mod machine;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use conf::{Host, LoadOptions, Loaded, load};
use expected::{Message, Verdict, base_name, verdicts};
use machine::{Field, bare, missing_interfaces};

fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let path = std::env::var_os("KEEPALIVED_CORPUS").map_or_else(beside, PathBuf::from);
    let found = path.join("verdicts.tsv").is_file();
    if !found {
        eprintln!(
            "not checked: no corpus of configurations beside the repository nor in KEEPALIVED_CORPUS"
        );
    }
    found.then_some(path)
}

/// One file, loaded on one machine, and what the original said.
struct Run {
    name: String,
    environment: &'static str,
    loaded: Loaded,
    verdict: Verdict,
}

fn runs(corpus: &Path) -> Vec<Run> {
    let table = std::fs::read_to_string(corpus.join("verdicts.tsv")).expect("the verdicts");
    let names = table
        .lines()
        .skip(1)
        .filter_map(|row| row.split('\t').next());
    let names: Vec<_> = names.collect();
    let mut said: BTreeMap<_, _> = names
        .iter()
        .map(|name| {
            (
                *name,
                verdicts(&corpus.join(format!("expected/{}.txt", number(name)))),
            )
        })
        .collect();
    let in_field = said
        .values()
        .filter_map(|verdicts| verdicts.get("2.4.3 field"));
    let missing = missing_interfaces(in_field.flat_map(|verdict| &verdict.messages));
    let field = Field {
        host: bare(),
        missing,
    };
    let machines: [(&'static str, Box<dyn Host>); 2] =
        [("bare", Box::new(bare())), ("field", Box::new(field))];
    let mut runs = Vec::new();
    for name in names {
        let said = said.get_mut(name).expect("what was said");
        for (environment, host) in &machines {
            runs.push(Run {
                name: name.to_owned(),
                environment,
                loaded: load_one(corpus, name, &**host),
                verdict: said
                    .remove(&format!("2.4.3 {environment}"))
                    .expect("a verdict of 2.4.3"),
            });
        }
    }
    runs
}

/// `014` of `014-set-unicast/keepalived.conf`.
fn number(name: &str) -> &str {
    name.split('-').next().unwrap_or(name)
}

fn load_one(corpus: &Path, name: &str, host: &dyn Host) -> Loaded {
    let start = Instant::now();
    let options = LoadOptions {
        path: corpus.join("keepalived").join(name),
        config_id: Some("vm".into()),
        ..LoadOptions::default()
    };
    let loaded = load(&options, host);
    let took = start.elapsed();
    assert!(took < Duration::from_secs(20), "{name} took {took:?}");
    let _ = loaded.diagnostics.render(true);
    loaded
}

/// The cases of a section of `docs/compatibility.md`: the cells of its tables, without blanks and backquotes.
fn listed(section: &str) -> BTreeSet<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/compatibility.md");
    let text = std::fs::read_to_string(path).expect("docs/compatibility.md");
    let body = text.split(&format!("<!-- {section} -->")).nth(1);
    let body = body.unwrap_or_else(|| panic!("docs/compatibility.md has no section {section}"));
    let rows = body.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| {
        let cells = row.trim_matches('|').split(" | ");
        cells
            .map(|cell| cell.trim().trim_matches('`').to_owned())
            .collect()
    })
    .collect()
}

#[test]
fn the_exit_status_is_the_originals_but_for_the_listed_files() {
    let Some(corpus) = corpus() else { return };
    let listed: BTreeSet<_> = listed("exit status by file")
        .into_iter()
        .map(|cells| {
            (
                cells[0].clone(),
                cells[1].clone(),
                cells[2].clone(),
                cells[3].clone(),
            )
        })
        .collect();
    let (mut same, mut all) = (0, 0);
    let mut differing = BTreeSet::new();
    for run in runs(&corpus) {
        all += 1;
        let ours = run.loaded.test_exit_code().to_string();
        if ours == run.verdict.exit {
            same += 1;
            continue;
        }
        if std::env::var_os("CORPUS_VERBOSE").is_some() {
            println!(
                "{} {}: {ours}, not {}",
                run.name, run.environment, run.verdict.exit
            );
            for (_, line) in run.loaded.diagnostics.log_lines().iter().take(8) {
                println!("      ours: {line}");
            }
        }
        let number = number(&run.name).to_owned();
        differing.insert((number, run.environment.to_owned(), ours, run.verdict.exit));
    }
    println!("{same} of {all} exit statuses are those of 2.4.3");
    let unlisted: Vec<_> = differing.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&differing).collect();
    assert!(
        unlisted.is_empty(),
        "differ, and are not listed (file, machine, ours, 2.4.3): {unlisted:#?}"
    );
    assert!(
        gone.is_empty(),
        "listed, but agree or are otherwise: {gone:#?}"
    );
}

/// The places of all our findings, and the lines in the original's words.
struct Ours {
    places: BTreeSet<(String, u32)>,
    lines: BTreeSet<u32>,
    texts: BTreeSet<String>,
}

impl Ours {
    fn of(loaded: &Loaded) -> Self {
        let mut ours = Self {
            places: BTreeSet::new(),
            lines: BTreeSet::new(),
            texts: BTreeSet::new(),
        };
        for diagnostic in &loaded.diagnostics {
            let related = diagnostic.related.iter().map(|related| &related.span);
            for span in diagnostic.span.iter().chain(related) {
                ours.places.insert((base_name(span.file()), span.line()));
                ours.lines.insert(span.line());
            }
            ours.texts
                .extend(diagnostic.log.iter().map(|line| line.trim().to_owned()));
        }
        ours
    }

    fn matches(&self, message: &Message) -> bool {
        match (&message.file, message.line) {
            (Some(file), Some(line)) => self.places.contains(&(file.clone(), line)),
            (None, Some(line)) => self.lines.contains(&line),
            (_, None) => self.texts.contains(&message.text),
        }
    }
}

/// Whether a message is one that the documentation gives a reason for: file (`*`: any), and how it begins.
fn is_argued(listed: &BTreeSet<Vec<String>>, number: &str, text: &str) -> bool {
    listed.iter().any(|cells| {
        let of_file = cells[0] == "*" || cells[0].split(", ").any(|file| file == number);
        of_file && text.starts_with(cells[1].as_str())
    })
}

#[test]
fn every_message_of_the_original_has_a_finding_at_its_line() {
    let Some(corpus) = corpus() else { return };
    let listed = listed("messages by file");
    let (mut matched, mut argued) = (0, 0);
    let mut missing: BTreeMap<(String, &'static str), BTreeSet<Message>> = BTreeMap::new();
    for run in runs(&corpus) {
        let ours = Ours::of(&run.loaded);
        let number = number(&run.name);
        for message in &run.verdict.messages {
            if ours.matches(message) {
                matched += 1;
            } else if is_argued(&listed, number, &message.text) {
                argued += 1;
            } else {
                let of_run = missing
                    .entry((run.name.clone(), run.environment))
                    .or_default();
                of_run.insert(message.clone());
            }
        }
    }
    let count: usize = missing.values().map(BTreeSet::len).sum();
    println!(
        "{matched} messages of 2.4.3 have a finding at their line, {argued} are argued away, {count} are missing"
    );
    for ((name, environment), messages) in &missing {
        for Message { line, text, .. } in messages {
            let line = line.map_or_else(String::new, |line| format!(" line {line}"));
            println!("{name} {environment}{line}: {text}");
        }
    }
    assert!(
        missing.is_empty(),
        "{count} messages have no finding of ours"
    );
}
