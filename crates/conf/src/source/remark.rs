//! What is read as it stands, but is hardly meant.

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Span, Status};

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A byte order mark at the beginning of a file; the original takes it for a part of the first keyword.
pub(super) fn byte_order_mark(line: &Span, diagnostics: &mut Diagnostics) -> usize {
    let bytes = line.bytes();
    if !bytes.starts_with(BYTE_ORDER_MARK) || line.line() > 1 {
        return 0;
    }
    let length = BYTE_ORDER_MARK.len();
    let end = bytes[length..]
        .iter()
        .position(u8::is_ascii_whitespace)
        .map_or(bytes.len(), |at| length + at);
    let word = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let sentence = "the file begins with a byte order mark, which keepalived takes for a part of the first word; left out here";
    diagnostics.push(
        Diagnostic::warning(Code::Encoding, sentence)
            .at(&line.part(0..end).into())
            .hint("save the file as UTF-8 without a byte order mark")
            .log(format!("Unknown keyword '{word}'"))
            .in_parent()
            .status(Status::UnknownKeyword),
    );
    length
}

/// A comment that begins inside a word: `auth_pass s3c!ret`.
pub(super) fn comment_in_word(line: &Span, cut: usize, diagnostics: &mut Diagnostics) {
    let bytes = line.bytes();
    let Some(sign) = bytes.get(cut) else { return };
    let joins = |byte: Option<&u8>| byte.is_some_and(|b| !b.is_ascii_whitespace());
    let before = bytes[..cut].last();
    let apart = matches!(
        before,
        Some(b'{' | b'}' | b'"' | b'\'' | b'#' | b'!' | b';')
    );
    if !joins(before) || !joins(bytes.get(cut + 1)) || apart {
        return;
    }
    let start = bytes[..cut]
        .iter()
        .rposition(u8::is_ascii_whitespace)
        .map_or(0, |at| at + 1);
    let sign = char::from(*sign);
    let sentence = format!("`{sign}` begins a comment, so this word ends before it");
    diagnostics.push(
        Diagnostic::warning(Code::CommentInWord, sentence)
            .at(&line.part(start..cut + 1).into())
            .hint(format!(
                "write `\\{sign}`, or put the word in double quotes; or a blank before a comment"
            )),
    );
}
