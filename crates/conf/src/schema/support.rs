//! The list of keywords for `docs/compatibility.md`: what works, what differs and why, what is not there yet.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Keyword, all};

/// The list, in Markdown.
pub fn support() -> String {
    let mut out = String::new();
    let missing = all().filter(|row| row.missing_feature.is_some()).count();
    let differ = all()
        .filter(|row| row.differs.is_some() && row.missing_feature.is_none())
        .count();
    let _ = writeln!(
        out,
        "All {} keywords are read, checked and held with their unit, range and default. {} do what they say, {} of \
         these not quite as the original; {} belong to features that are not built yet: each gives a note that names \
         the feature.\n",
        all().count(),
        all().count() - missing,
        differ,
        missing,
    );
    out.push_str("| feature that is not built yet | keywords |\n|---|---|\n");
    let mut features: BTreeMap<&str, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    for row in all() {
        if let Some(feature) = row.missing_feature {
            let blocks = features.entry(feature).or_default();
            blocks.entry(row.block).or_default().push(row.keyword);
        }
    }
    for (feature, blocks) in &features {
        let blocks: Vec<_> = blocks
            .iter()
            .map(|(block, words)| of_block(block, words))
            .collect();
        let _ = writeln!(out, "| {feature} | {} |", blocks.join("; "));
    }
    out.push_str("\n| block | keyword | here |\n|---|---|---|\n");
    for row in all().filter(|row| row.missing_feature.is_none() || row.differs.is_some()) {
        let _ = writeln!(
            out,
            "| {} | `{}` | {} |",
            row.block,
            escaped(row.keyword),
            state(row)
        );
    }
    out
}

/// `vrrp_instance: use_vmac, use_vmac_addr`.
fn of_block(block: &str, words: &[&str]) -> String {
    let words: Vec<_> = words
        .iter()
        .map(|word| format!("`{}`", escaped(word)))
        .collect();
    format!("{block}: {}", words.join(", "))
}

fn state(row: &Keyword) -> String {
    match row.differs {
        None => "works".to_owned(),
        Some(difference) if row.missing_feature.is_some() => {
            format!("read; differs: {}", escaped(difference))
        }
        Some(difference) => format!("differs: {}", escaped(difference)),
    }
}

fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}
