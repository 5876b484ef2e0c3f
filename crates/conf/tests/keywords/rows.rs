//! Every row of the table: what a value, its absence and a wrong value make of the typed configuration.
//!
//! The cases are in `rows/*.tsv`, one line a keyword:
//! `block keyword text at value default wrong then said`. `text` is what stands in the block (`\n` parts lines),
//! `at` a pointer into the configuration as JSON (times are seconds), `value` and `default` what is there with and
//! without `text` (`*`: anything but the default), `wrong` a text that is refused or adjusted, `then` what is there
//! after it (`=`: the default), `said` a part of a line of the log. `-`: nothing to say.

use std::collections::{BTreeMap, BTreeSet};

use conf::{FakeHost, Loaded, Status, load_text, schema};
use serde_json::Value;

use super::host;

const CASES: [&str; 8] = [
    include_str!("rows/global.tsv"),
    include_str!("rows/vrrp.tsv"),
    include_str!("rows/track.tsv"),
    include_str!("rows/line.tsv"),
    include_str!("rows/bfd.tsv"),
    include_str!("rows/virtual_server.tsv"),
    include_str!("rows/checker.tsv"),
    include_str!("rows/file.tsv"),
];

struct Case {
    block: &'static str,
    keyword: &'static str,
    text: &'static str,
    at: &'static str,
    value: &'static str,
    default: &'static str,
    wrong: &'static str,
    then: &'static str,
    said: &'static str,
}

impl Case {
    fn parse(line: &'static str) -> Self {
        let fields: Vec<_> = line.split('\t').collect();
        let [block, keyword, text, at, value, default, wrong, then, said] = fields[..] else {
            panic!("nine fields, not {}: {line}", fields.len());
        };
        Self {
            block,
            keyword,
            text,
            at,
            value,
            default,
            wrong,
            then,
            said,
        }
    }

    fn load(&self, text: &str, host: &FakeHost) -> Loaded {
        let (before, after) = surroundings(self.block, self.keyword);
        let file = format!("{before}\n{}\n{after}\n", text.replace("\\n", "\n"));
        load_text("test.conf", file.as_bytes(), "director1", host)
    }

    fn found(&self, loaded: &Loaded) -> Value {
        let mut config = serde_json::to_value(&loaded.config).expect("a configuration is JSON");
        in_seconds(&mut config);
        config.pointer(self.at).cloned().unwrap_or(Value::Null)
    }

    /// What is wrong, if anything.
    fn problems(&self, host: &FakeHost) -> Vec<String> {
        let mut problems = Vec::new();
        let bare = self.load("", host);
        let set = self.load(self.text, host);
        let complaint = set
            .diagnostics
            .iter()
            .find(|d| d.status.is_some_and(|s| s != Status::Deprecated));
        if let Some(complaint) = complaint {
            problems.push(format!("{} is refused: {}", self.text, complaint.message));
        }
        if self.at != "-" {
            let (default, value) = (self.found(&bare), self.found(&set));
            expect(
                &mut problems,
                "without it",
                &default,
                self.default,
                &Value::Null,
            );
            expect(&mut problems, self.text, &value, self.value, &default);
        }
        if self.wrong != "-" {
            self.check_wrong(
                &self.load(self.wrong, host),
                &self.found(&bare),
                &mut problems,
            );
        }
        problems
    }

    fn check_wrong(&self, loaded: &Loaded, default: &Value, problems: &mut Vec<String>) {
        let log: String = loaded
            .diagnostics
            .log_lines()
            .iter()
            .map(|(_, line)| format!("{line}\n"))
            .collect();
        if !log.contains(self.said) {
            problems.push(format!("{}: {:?} is not in\n{log}", self.wrong, self.said));
        }
        if self.at != "-" {
            let then = if self.then == "=" {
                default.to_string()
            } else {
                self.then.to_owned()
            };
            expect(problems, self.wrong, &self.found(loaded), &then, default);
        }
    }
}

fn expect(problems: &mut Vec<String>, what: &str, found: &Value, wanted: &str, default: &Value) {
    if wanted == "-" {
        return;
    }
    let right = if wanted == "*" {
        found != default
    } else {
        match serde_json::from_str::<Value>(wanted) {
            Ok(wanted) => *found == wanted,
            Err(error) => {
                problems.push(format!("{wanted} is no JSON: {error}"));
                return;
            }
        }
    };
    if !right {
        problems.push(format!("{what}: wanted {wanted}, found {found}"));
    }
}

/// Times as numbers of seconds.
fn in_seconds(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let part = |name: &str| fields.get(name).and_then(Value::as_u64);
            if let (2, Some(secs), Some(nanos)) = (fields.len(), part("secs"), part("nanos")) {
                let nanos = u32::try_from(nanos).expect("less than a second");
                *value = if nanos == 0 {
                    Value::from(secs)
                } else {
                    Value::from(std::time::Duration::new(secs, nanos).as_secs_f64())
                };
                return;
            }
            fields.values_mut().for_each(in_seconds);
        }
        Value::Array(list) => list.iter_mut().for_each(in_seconds),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

const INSTANCE: &str = "vrrp_instance V {\n interface eth0\n virtual_router_id 1\n virtual_ipaddress {\n 10.0.0.1\n }\n";
const SERVER: &str = "virtual_server 10.0.0.1 80 {\n protocol TCP\n lb_algo rr\n lb_kind NAT\n";
const REAL: &str = "real_server 10.0.0.2 80 {\n";

/// What stands before and after a statement of a block.
fn surroundings(block: &str, keyword: &str) -> (String, String) {
    if let Some(checker) = block.strip_prefix("virtual_server/real_server/") {
        return around_checker(checker, keyword);
    }
    let safe = match block {
        "global_defs" => "global_defs {\n enable_script_security\n}\n",
        _ => "global_defs { script_user root\n enable_script_security\n}\n",
    };
    let (before, after) = match block {
        "(root)" | "(config file)" => (String::new(), String::new()),
        "global_defs" => ("global_defs {".to_owned(), format!("}}\n{INSTANCE}}}")),
        "vrrp_instance" => (format!("{}{INSTANCE}", tracked(keyword)), "}".to_owned()),
        "vrrp_sync_group" => {
            let group = match keyword {
                "group" => "",
                _ => "group {\nV\nW\n}",
            };
            let other = INSTANCE
                .replace("instance V", "instance W")
                .replace("id 1", "id 2");
            let instances = format!("{INSTANCE}}}\n{other}}}\n");
            let tracked = tracked(keyword);
            (
                format!("{tracked}{instances}vrrp_sync_group G {{\n{group}"),
                "}".to_owned(),
            )
        }
        "bfd_instance" if !keyword.starts_with("neigh") => (
            "bfd_instance B {\nneighbor_ip 10.0.0.9".to_owned(),
            "}".to_owned(),
        ),
        "track_file" | "vrrp_track_file" if keyword != "file" => {
            (format!("{block} F {{\nfile /tmp/f"), "}".to_owned())
        }
        "vrrp_track_process" if keyword != "process" => (
            "vrrp_track_process P {\nprocess p".to_owned(),
            "}".to_owned(),
        ),
        "garp_group" => {
            let other = match keyword {
                "garp_interval" => "gna_interval 0.1",
                _ => "garp_interval 0.1",
            };
            (format!("garp_group {{\n{other}"), "}".to_owned())
        }
        "vrrp_script" => (
            "vrrp_script S {\nscript /bin/ok".to_owned(),
            format!("}}\n{INSTANCE}track_script {{\nS\n}}\n}}"),
        ),
        "track_group" => (format!("{INSTANCE}}}\ntrack_group T {{"), "}".to_owned()),
        "virtual_ipaddress (line)" => (
            format!("{INSTANCE}virtual_ipaddress_excluded {{"),
            "}\n}".to_owned(),
        ),
        "virtual_routes (line)" => (format!("{INSTANCE}virtual_routes {{"), "}\n}".to_owned()),
        "virtual_rules (line)" => (format!("{INSTANCE}virtual_rules {{"), "}\n}".to_owned()),
        "unicast_peer (line)" => (format!("{INSTANCE}unicast_peer {{"), "}\n}".to_owned()),
        "virtual_server_group (line)" => (
            "virtual_server_group G {\n10.0.0.1 80\n".to_owned(),
            format!(
                "}}\nvirtual_server group G {{\nprotocol TCP\nlb_algo rr\nlb_kind NAT\n{REAL}}}\n}}"
            ),
        ),
        "virtual_server" => (SERVER.to_owned(), format!("{REAL}}}\n}}")),
        "virtual_server/real_server" => (format!("{SERVER}{REAL}"), "}\n}".to_owned()),
        block => match block.strip_prefix("vrrp_instance/") {
            Some(inner) => nested(INSTANCE, inner, "}"),
            None => (format!("{block} N {{"), "}".to_owned()),
        },
    };
    (format!("{safe}{before}"), after)
}

/// What a keyword that tracks something needs above it.
fn tracked(keyword: &str) -> String {
    let block = match keyword {
        "track_script" => "vrrp_script S {\nscript /bin/ok\nweight 5\n}\n",
        "track_file" => "track_file F {\nfile /tmp/f\nweight 5\n}\n",
        "track_process" => "vrrp_track_process P {\nprocess p\nweight 5\n}\n",
        "track_bfd" => "bfd_instance B {\nneighbor_ip 10.0.0.9\nweight 5\n}\n",
        _ => "",
    };
    block.to_owned()
}

/// A checker, with what it cannot do without unless that is what is tested.
fn around_checker(checker: &str, keyword: &str) -> (String, String) {
    let needed = match checker {
        "MISC_CHECK" if keyword != "misc_path" => "misc_path /bin/ok\n",
        "FILE_CHECK" if keyword != "track_file" => "track_file F\n",
        "BFD_CHECK" if keyword != "name" => "name B\n",
        "HTTP_GET" | "SSL_GET" => "url {\npath /\n}\n",
        "HTTP_GET/url" | "SSL_GET/url" if keyword != "path" => "path /\n",
        _ => "",
    };
    let above = "global_defs {\nenable_script_security\nscript_user root\n}\n\
                 track_file F {\nfile /tmp/f\nweight 5\n}\nbfd_instance B {\nneighbor_ip 10.0.0.9\n}\n";
    let (before, after) = nested(&format!("{above}{SERVER}{REAL}"), checker, "}\n}");
    (format!("{before}\n{needed}"), after)
}

fn nested(before: &str, blocks: &str, after: &str) -> (String, String) {
    let (mut before, mut after) = (before.to_owned(), after.to_owned());
    for block in blocks.split('/') {
        before += &format!("\n{block} {{");
        after = format!("}}\n{after}");
    }
    (before, after)
}

fn cases() -> impl Iterator<Item = Case> {
    CASES
        .iter()
        .flat_map(|cases| cases.lines())
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(Case::parse)
}

#[test]
fn every_row_has_its_value_its_default_and_its_limits() {
    let host = host();
    let mut failed = 0;
    for case in cases() {
        for problem in case.problems(&host) {
            println!("{} {}: {problem}", case.block, case.keyword);
            failed += 1;
        }
    }
    assert_eq!(failed, 0, "see above");
}

#[test]
fn every_row_of_the_table_is_tested() {
    let tested: BTreeSet<_> = cases().map(|case| (case.block, case.keyword)).collect();
    let mut missing: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in schema::all() {
        if !tested.contains(&(row.block, row.keyword)) {
            missing.entry(row.block).or_default().push(row.keyword);
        }
    }
    assert!(missing.is_empty(), "without a case: {missing:#?}");
}
