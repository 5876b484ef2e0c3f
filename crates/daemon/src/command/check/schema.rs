//! `--schema json`: every keyword with its place, values and default, for completion in editors and shells.

use conf::schema::{Form, Keyword, Kind, all};
use serde_json::{Value, json};

pub(super) fn json() -> String {
    let rows: Vec<_> = all().map(|keyword| row(keyword).to_string()).collect();
    format!("[\n{}\n]\n", rows.join(",\n"))
}

fn row(keyword: &Keyword) -> Value {
    json!({
        "block": keyword.block,
        "keyword": keyword.keyword,
        "form": form(keyword.form),
        "value": value(&keyword.kind),
        "arguments": keyword.arguments,
        "range": keyword.range(),
        "default": keyword.default,
        "meaning": keyword.meaning,
        "since": keyword.since,
        "not_built": keyword.missing_feature,
    })
}

fn value(kind: &Kind) -> Value {
    let mut value = json!({ "kind": kind.to_string() });
    match kind {
        Kind::Int { min, max } => {
            value["min"] = json!(min);
            value["max"] = json!(max);
        }
        Kind::Decimal {
            places, min, max, ..
        } => {
            value["min"] = json!(decimal(*min, *places));
            value["max"] = json!(decimal(*max, *places));
            value["places"] = json!(places);
        }
        Kind::OneOf { words, exact } => {
            value["words"] = json!(words.split('|').collect::<Vec<_>>());
            value["case_sensitive"] = json!(exact);
        }
        Kind::Bool => value["words"] = json!(["true", "on", "yes", "false", "off", "no"]),
        Kind::Flag
        | Kind::Word
        | Kind::Ip
        | Kind::Ip4
        | Kind::Ip6
        | Kind::Interface
        | Kind::Path
        | Kind::Script
        | Kind::User
        | Kind::Block
        | Kind::Own => {}
    }
    value
}

/// A number of JSON, from units of the last place.
fn decimal(value: u64, places: u32) -> Value {
    let unit = 10u64.pow(places);
    let digits = usize::try_from(places).unwrap_or(0);
    let text = format!("{}.{:0digits$}", value / unit, value % unit);
    text.parse::<f64>()
        .map_or(Value::Null, |number| json!(number))
}

fn form(form: Form) -> &'static str {
    match form {
        Form::Flag => "flag",
        Form::Value | Form::Checked => "value",
        Form::Optional => "optional",
        Form::Block => "block",
        Form::Named | Form::NamedWords => "named-block",
        Form::List => "list",
        Form::NamedList => "named-list",
        Form::Line => "option-of-entry",
    }
}
