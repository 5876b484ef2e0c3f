//! Characters that look like others, or like nothing: what came with a copy from a web page or a word processor.

/// What to do about the first such character in a text.
pub(super) fn hint(text: &str) -> Option<String> {
    text.chars().find_map(of_character)
}

fn of_character(c: char) -> Option<String> {
    let number = u32::from(c);
    let hint = match c {
        '\u{feff}' => {
            "there is a byte order mark (U+FEFF) before it: save the file without one".to_owned()
        }
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{ad}' => {
            format!("there is a character that cannot be seen (U+{number:04X}) here: delete it")
        }
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => {
            format!(
                "there is a character (U+{number:04X}) that only looks like a blank: write a blank"
            )
        }
        _ => format!(
            "`{c}` (U+{number:04X}) is not `{0}`: write `{0}`",
            plain(c)?
        ),
    };
    Some(hint)
}

/// The character that was meant.
fn plain(c: char) -> Option<char> {
    /// Between a full-width character and its ASCII form.
    const WIDE: u32 = 0xfee0;
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - WIDE),
        '“' | '”' | '„' | '«' | '»' => Some('"'),
        '‘' | '’' => Some('\''),
        '–' | '—' | '−' => Some('-'),
        '、' => Some(','),
        '。' => Some('.'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::hint;

    #[test]
    fn characters_are_named() {
        let hint = |text| hint(text).unwrap_or_default();
        assert!(hint("\u{200b}nopreempt").contains("U+200B"));
        assert!(hint("priority\u{a0}100").contains("looks like a blank"));
        assert_eq!(hint("｛"), "`｛` (U+FF5B) is not `{`: write `{`");
        assert_eq!(hint("“a”"), "`“` (U+201C) is not `\"`: write `\"`");
        assert_eq!(hint("größe"), "");
    }
}
