//! keepalived.conf(5), made of the table: the language by hand, the keywords by their rows.

use std::fmt::Write as _;

use super::{Form, Keyword, ROOT, all, place};

/// What is not a matter of single keywords.
const PROSE: &str = include_str!("keepalived.conf.5.in");

/// The page in the language of man(7).
pub fn manual() -> String {
    let mut keywords = String::new();
    let mut block = "";
    for row in all() {
        if row.block != block {
            block = row.block;
            let _ = writeln!(keywords, ".SS {}", roff(&title(block)));
        }
        entry(&mut keywords, row);
    }
    PROSE.replace("@KEYWORDS@\n", &keywords)
}

/// `in authentication of vrrp_instance` as a heading.
fn title(block: &str) -> String {
    if block == ROOT {
        return "At the outermost level".to_owned();
    }
    if block == "(config file)" {
        return "On any line".to_owned();
    }
    if let Some(block) = block.strip_suffix(" (line)") {
        return format!("In a line of {block}");
    }
    let mut title = place(block);
    title.replace_range(0..1, "I");
    title
}

fn entry(out: &mut String, row: &Keyword) {
    let arguments = match row.form {
        Form::Flag => String::new(),
        Form::Block | Form::List => " { ... }".to_owned(),
        Form::Value
        | Form::Checked
        | Form::Optional
        | Form::Named
        | Form::NamedWords
        | Form::NamedList
        | Form::Line => match row.arguments {
            "(none)" => String::new(),
            arguments => format!(" {arguments}"),
        },
    };
    let _ = writeln!(
        out,
        ".TP\n\\fB{}\\fR{}",
        roff(row.keyword),
        roff(&arguments)
    );
    let _ = writeln!(out, "{}", sentence(row.meaning));
    let range = row.range();
    if !range.is_empty() && !row.form.has_braces() && row.form != Form::Flag {
        let _ = writeln!(out, "{}", sentence(&format!("values: {range}")));
    }
    if !matches!(row.default, "-" | "") && row.form != Form::Flag {
        let _ = writeln!(out, "{}", sentence(&format!("default: {}", row.default)));
    }
    if row.since != "2.2.7" {
        out.push_str("Newer than 2.2.7.\n");
    }
    if let Some(difference) = row.differs {
        let _ = writeln!(out, "{}", sentence(&format!("here: {difference}")));
    }
    if let Some(feature) = row.missing_feature {
        let _ = writeln!(out, ".I Not supported yet\n({}).", roff(feature));
    }
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    let stop = if text.ends_with('.') { "" } else { "." };
    let text = format!("{}{}{stop}", first.unwrap_or_default(), letters.as_str());
    roff(&text)
}

/// Text that no line of which is a request.
fn roff(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    match text.strip_prefix(['.', '\'']) {
        Some(_) => format!("\\&{text}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_a_request() {
        assert_eq!(roff(".so x"), "\\&.so x");
        assert_eq!(roff("-20 \\n"), "\\-20 \\en");
        assert_eq!(sentence("poll it"), "Poll it.");
    }

    #[test]
    fn every_keyword_has_its_entry() {
        let page = manual();
        for row in all() {
            let head = format!(".TP\n\\fB{}\\fR", roff(row.keyword));
            assert!(page.contains(&head), "{}", row.keyword);
        }
    }
}
