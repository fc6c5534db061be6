use std::collections::BTreeMap;

/// One entry as a server gave it. Names of attributes are compared without capitals and without options.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    pub dn: String,
    values: BTreeMap<String, Vec<Vec<u8>>>,
}

/// The name without what follows a semicolon, such as `;binary` or `;range=0-1499`.
fn plain(name: &str) -> String {
    name.split(';').next().unwrap_or(name).to_ascii_lowercase()
}

impl Entry {
    pub fn new(dn: impl Into<String>) -> Self {
        Self {
            dn: dn.into(),
            values: BTreeMap::new(),
        }
    }

    pub fn add(&mut self, name: &str, values: impl IntoIterator<Item = Vec<u8>>) {
        self.values.entry(plain(name)).or_default().extend(values);
    }

    /// [`Entry::add`] for tests and examples.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.add(name, [value.as_ref().to_vec()]);
        self
    }

    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.values.get(&plain(name))?.first().map(Vec::as_slice)
    }

    /// The first value that is text and not blank.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts(name).find(|text| !text.trim().is_empty())
    }

    pub fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.values
            .get(&plain(name))
            .into_iter()
            .flatten()
            .filter_map(|value| std::str::from_utf8(value).ok())
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name)?.trim().parse().ok()
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }
}
