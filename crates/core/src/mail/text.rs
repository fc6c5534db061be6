//! Text that people typed, made safe to stand in a sentence or a header of a mail.

/// `text` on one line: every control character and line separator becomes a space, runs of white space one
/// space, marks that turn the direction of what follows are dropped, and the result is at most `max`
/// characters long (with "…" where it was cut). Nothing that comes out of here can begin a new header.
pub fn one_line(text: &str, max: usize) -> String {
    let spaced: String = text
        .chars()
        .filter(|c| !turns_direction(*c))
        .map(|c| if breaks_line(c) { ' ' } else { c })
        .collect();
    cut(&spaced.split_whitespace().collect::<Vec<_>>().join(" "), max)
}

/// `text` as paragraphs of lines, for what an admin wrote under an invitation: line ends of any system, no
/// other control characters, no empty paragraphs, at most `max` characters in all.
pub fn paragraphs(text: &str, max: usize) -> Vec<Vec<String>> {
    let text = cut(
        &text
            .replace("\r\n", "\n")
            .replace(['\r', '\u{2028}', '\u{2029}'], "\n"),
        max,
    );
    let mut all = Vec::new();
    let mut current = Vec::new();
    for line in text.split('\n') {
        let line: String = line
            .chars()
            .filter(|c| !turns_direction(*c))
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        if line.trim().is_empty() {
            if !current.is_empty() {
                all.push(std::mem::take(&mut current));
            }
        } else {
            current.push(line.trim_end().to_owned());
        }
    }
    if !current.is_empty() {
        all.push(current);
    }
    all
}

/// `text`, isolated (U+2068 … U+2069, Unicode UAX #9) when it has letters of a right-to-left script, so that
/// a Hebrew name cannot turn the words around it.
pub fn isolated(text: &str) -> String {
    if text.chars().any(right_to_left) {
        format!("\u{2068}{text}\u{2069}")
    } else {
        text.to_owned()
    }
}

fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(max.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

fn breaks_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Embeddings, overrides and isolates: balanced ones are ours to set, others spoof ("gpj.exe").
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn right_to_left(c: char) -> bool {
    matches!(c, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}'
        | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_has_one_line() {
        for (text, want) in [
            ("Ada Lovelace", "Ada Lovelace"),
            ("  Ada \t Lovelace ", "Ada Lovelace"),
            ("Ada\r\nBcc: all@example.com", "Ada Bcc: all@example.com"),
            ("Ada\rX\nY\u{b}Z\u{85}W\u{2028}V\u{0}U", "Ada X Y Z W V U"),
            ("evil\u{202E}gpj.exe\u{2066}", "evilgpj.exe"),
            ("دينا \u{200F}", "دينا \u{200F}"),
            ("Jos\u{e9}", "José"),
        ] {
            assert_eq!(one_line(text, 200), want, "{text:?}");
        }
        assert_eq!(one_line("abcdef", 4), "abc…");
        assert_eq!(one_line("äöüß", 4), "äöüß");
    }

    #[test]
    fn paragraphs_keep_lines_apart() {
        assert_eq!(
            paragraphs("Hi\r\nthere\r\n\r\n\r\nBye\u{7}!\rEnd", 1000),
            vec![vec!["Hi", "there"], vec!["Bye !", "End"]]
        );
        assert!(paragraphs(" \n\n\t", 1000).is_empty());
    }

    #[test]
    fn only_right_to_left_names_are_isolated() {
        assert_eq!(isolated("Zoë 王"), "Zoë 王");
        assert_eq!(isolated("שרה"), "\u{2068}שרה\u{2069}");
    }
}
