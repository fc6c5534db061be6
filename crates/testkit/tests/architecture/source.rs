//! Rust sources, read as tokens: what is code, what is text, and inside which item it stands.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::root;

/// Code of one file without attributes, doc comments and unit tests.
pub struct Source {
    /// From the workspace's root, with `/`.
    pub path: String,
    pub tokens: Vec<TokenTree>,
}

/// A literal text. The pieces of one `format!` or `concat!` are one text: they are one statement.
pub struct Text {
    pub line: usize,
    /// The function or constant around it.
    pub item: String,
    pub value: String,
}

/// Every file of the folder (from the root) with one of these endings, without what is generated or fetched.
pub fn files(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    fn walk(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
        const SKIPPED: &[&str] = &["target", "node_modules", "dist", "generated", "output", ".git"];
        let Ok(entries) = fs::read_dir(folder) else { return };
        for path in entries.map(|entry| entry.expect("a folder's entry").path()) {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if path.is_dir() {
                if !SKIPPED.contains(&name.as_str()) {
                    walk(&path, endings, found);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), endings, &mut found);
    found.sort();
    found
}

pub fn relative(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .to_string_lossy()
        .replace('\\', "/")
}

/// The Rust files below `crates/<name>/src` that ship (unit test files are left out).
pub fn shipped(crate_folder: &str) -> Vec<Source> {
    files(&format!("crates/{crate_folder}/src"), &[".rs"])
        .iter()
        .map(|path| (relative(path), path))
        .filter(|(name, _)| !name.ends_with("/tests.rs") && !name.contains("/tests/"))
        .map(|(path, file)| Source::read(&path, &fs::read_to_string(file).expect("a source file")))
        .collect()
}

/// Drops attributes (doc comments are attributes here) and every item under `#[cfg(test)]`.
fn without_tests(tokens: TokenStream) -> Vec<TokenTree> {
    let mut kept = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    let mut skipping = false;
    while let Some(token) = tokens.next() {
        if let TokenTree::Punct(hash) = &token
            && hash.as_char() == '#'
        {
            let inner = matches!(tokens.peek(), Some(TokenTree::Punct(bang)) if bang.as_char() == '!');
            if inner {
                tokens.next();
            }
            if let Some(TokenTree::Group(attribute)) = tokens.peek()
                && attribute.delimiter() == Delimiter::Bracket
            {
                skipping |= !inner && attribute.stream().to_string().replace(' ', "") == "cfg(test)";
                tokens.next();
                continue;
            }
        }
        let ends = match &token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            _ => false,
        };
        if !skipping {
            kept.push(match token {
                TokenTree::Group(group) => {
                    let stream = without_tests(group.stream()).into_iter().collect();
                    let mut inner = Group::new(group.delimiter(), stream);
                    inner.set_span(group.span());
                    TokenTree::Group(inner)
                }
                other => other,
            });
        }
        skipping &= !ends;
    }
    kept
}

impl Source {
    pub fn read(path: &str, text: &str) -> Self {
        let tokens: TokenStream = text
            .parse()
            .unwrap_or_else(|error| panic!("{path} is no Rust: {error}"));
        Self {
            path: path.to_owned(),
            tokens: without_tests(tokens),
        }
    }

    pub fn texts(&self) -> Vec<Text> {
        let mut texts = Vec::new();
        collect(&self.tokens, "the file", &mut texts);
        texts
    }

    /// All identifiers in order with their line, groups flattened.
    pub fn words(&self) -> Vec<(usize, String)> {
        fn walk(tokens: &[TokenTree], words: &mut Vec<(usize, String)>) {
            for token in tokens {
                match token {
                    TokenTree::Ident(ident) => words.push((ident.span().start().line, ident.to_string())),
                    TokenTree::Group(group) => walk(&group.stream().into_iter().collect::<Vec<_>>(), words),
                    _ => {}
                }
            }
        }
        let mut words = Vec::new();
        walk(&self.tokens, &mut words);
        words
    }
}

fn collect(tokens: &[TokenTree], item: &str, texts: &mut Vec<Text>) {
    let mut item = item.to_owned();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(keyword)
                if ["fn", "const", "static"].contains(&keyword.to_string().as_str()) =>
            {
                if let Some(TokenTree::Ident(name)) = tokens.get(index + 1)
                    && name != "fn"
                {
                    item = name.to_string();
                }
            }
            TokenTree::Literal(literal) => {
                if let Some(value) = unquoted(&literal.to_string()) {
                    texts.push(Text {
                        line: literal.span().start().line,
                        item: item.clone(),
                        value,
                    });
                }
            }
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                if is_assembly(tokens, index) {
                    texts.push(assembled(&inner, group.span().start().line, &item));
                } else {
                    collect(&inner, &item, texts);
                }
            }
            _ => {}
        }
    }
}

/// Is the group at `index` the argument list of `concat!(…)` or `format!(…)`?
fn is_assembly(tokens: &[TokenTree], index: usize) -> bool {
    index >= 2
        && matches!(&tokens[index - 1], TokenTree::Punct(bang) if bang.as_char() == '!')
        && matches!(&tokens[index - 2], TokenTree::Ident(name) if name == "concat" || name == "format")
}

/// One text from the pieces; names between them stay readable as `{name}`.
fn assembled(tokens: &[TokenTree], line: usize, item: &str) -> Text {
    let mut value = String::new();
    for token in tokens {
        match token {
            TokenTree::Literal(literal) => {
                value.push_str(&unquoted(&literal.to_string()).unwrap_or_default());
            }
            TokenTree::Ident(name) => value.extend(["{", &name.to_string(), "}"]),
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                value.push_str(&assembled(&inner, line, item).value);
            }
            TokenTree::Punct(_) => {}
        }
    }
    Text {
        line,
        item: item.to_owned(),
        value,
    }
}

/// The text of a string literal as the compiler would read it, roughly: enough to look for words.
fn unquoted(literal: &str) -> Option<String> {
    if literal.starts_with('r') {
        let start = literal.find('"')?;
        return Some(literal[start + 1..literal.rfind('"')?].to_owned());
    }
    let inner = literal.strip_prefix('"')?.strip_suffix('"')?;
    // A backslash at a line's end swallows the white space; `\n` and its like are white space for us.
    let mut text = String::new();
    let mut chars = inner.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('\n')) => while chars.next_if(|c| c.is_whitespace()).is_some() {},
            ('\\', Some('n' | 't' | 'r')) => {
                chars.next();
                text.push(' ');
            }
            ('\\', Some(_)) => text.extend(chars.next()),
            _ => text.push(c),
        }
    }
    Some(text)
}

#[test]
fn texts_are_found_where_they_stand() {
    let source = Source::read(
        "a.rs",
        r##"
        /// Not a text: "SELECT 1"
        const COLUMNS: &str = "id, workplace_id";
        async fn list(db: &Db) {
            let text = format!("SELECT {COLUMNS} FROM a WHERE {}", condition("b"));
            db.run(concat!("DELETE ", "FROM a")).await;
            db.run("UPDATE a \
                    SET b = 1").await;
            db.run(r#"SELECT "id" x"#).await;
        }
        #[cfg(test)]
        mod tests { const T: &str = "INSERT"; }
        fn after() { "last" }
        "##,
    );
    let found: Vec<(String, String)> = source
        .texts()
        .into_iter()
        .map(|text| (text.item, text.value))
        .collect();
    let expected = [
        ("COLUMNS", "id, workplace_id"),
        ("list", "SELECT {COLUMNS} FROM a WHERE {}{condition}b"),
        ("list", "DELETE FROM a"),
        ("list", "UPDATE a SET b = 1"),
        ("list", "SELECT \"id\" x"),
        ("after", "last"),
    ];
    assert_eq!(
        found,
        expected.map(|(item, value)| (item.to_owned(), value.to_owned()))
    );
}
