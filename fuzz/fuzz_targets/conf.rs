//! The loader never panics, and what it has understood is printed so that it is understood the same again.
#![no_main]

use conf::schema::{self, Form, Keyword};
use conf::{FakeHost, Loaded, dump_text, load_text};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target, fuzzer_mutate};

/// What the loader drops is too long only because the dump is longer than the file.
const LONGEST_LINE: usize = 1 << 20;

fuzz_target!(|text: &[u8]| -> Corpus {
    // Includes would make the outcome depend on the machine.
    if text.windows(7).any(|word| word == b"include") {
        return Corpus::Reject;
    }
    let host = FakeHost::with_interfaces(&["eth0", "eth1", "lo"]).with_script("/bin/ok");
    let loaded = load(text, &host);
    let dumped = dump_text("text", text, "id", &host);
    if dumped.split(|byte| *byte == b'\n').any(|line| line.len() > LONGEST_LINE) {
        return Corpus::Reject;
    }
    let again = load(&dumped, &host);
    assert_eq!(again.config, loaded.config, "the dump means something else");
    let twice = dump_text("text", &dumped, "id", &host);
    assert!(
        statements(&twice).eq(statements(&dumped)),
        "dumped again it is another"
    );
    Corpus::Keep
});

// One change in four puts in a line that begins with a keyword: by bytes alone hardly any would be found.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut random = Random(seed);
    if random.below(4) > 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let line = line(&mut random);
    let ends = data[..size].iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    let places: Vec<_> = ends.map(|(at, _)| at + 1).chain([0]).collect();
    let at = places[random.below(places.len())];
    if size + line.len() > max_size {
        return fuzzer_mutate(data, size, max_size);
    }
    data.copy_within(at..size, at + line.len());
    data[at..at + line.len()].copy_from_slice(line.as_bytes());
    size + line.len()
});

/// A line with a keyword of the table and a value, or the lines of a block.
fn line(random: &mut Random) -> String {
    const VALUES: [&str; 12] = [
        "1", "0", "255", "-1", "1.5", "eth0", "10.0.0.1/24", "fe80::1", "V", "\"a b\"", "$A", "on",
    ];
    let rows: Vec<&Keyword> = schema::all().collect();
    let row = rows[random.below(rows.len())];
    let value = VALUES[random.below(VALUES.len())];
    match row.form {
        Form::Flag => format!("{}\n", row.keyword),
        Form::Value | Form::Checked | Form::Optional | Form::Line => {
            format!("{} {value}\n", row.keyword)
        }
        Form::Block | Form::List => format!("{} {{\n}}\n", row.keyword),
        Form::Named | Form::NamedWords | Form::NamedList => {
            format!("{} {value} {{\n}}\n", row.keyword)
        }
    }
}

/// A small generator: what the seed gives must be the same each time.
struct Random(u32);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        usize::try_from(self.0 >> 8).unwrap_or(0) % limit
    }
}

/// Loads, and says all there is to say.
fn load(text: &[u8], host: &FakeHost) -> Loaded {
    let loaded = load_text("text", text, "id", host);
    let told = (
        loaded.diagnostics.render(true),
        loaded.diagnostics.log_lines(),
        loaded.test_exit_code(),
        loaded.start_exit_code(),
    );
    std::hint::black_box(told);
    loaded
}

/// The lines of a dump but those that say what was left out.
fn statements(dumped: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = dumped.split(|byte| *byte == b'\n');
    lines.filter(|line| !line.trim_ascii_start().starts_with(b"#"))
}
