//! One row, kept compact: all its text in one buffer that is used again for the next row.

/// A row of the sheet. Cells are trimmed and cleaned (see [`super`]); a cell beyond the end is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    line: u64,
    text: String,
    /// Byte ranges in `text`.
    cells: Vec<(u32, u32)>,
}

impl Row {
    pub fn new() -> Self {
        Self::default()
    }

    /// The row's first line in the file, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The text of a column (from 0); empty when the row is shorter.
    pub fn get(&self, column: usize) -> &str {
        self.cells
            .get(column)
            .map_or("", |&(from, to)| &self.text[from as usize..to as usize])
    }

    pub fn len(&self) -> usize {
        self.cells.len()
    }

    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Whether no cell holds anything.
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|&(from, to)| from == to)
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.cells
            .iter()
            .map(|&(from, to)| &self.text[from as usize..to as usize])
    }

    pub fn to_vec(&self) -> Vec<String> {
        self.iter().map(str::to_owned).collect()
    }

    pub(super) fn clear(&mut self, line: u64) {
        self.line = line;
        self.text.clear();
        self.cells.clear();
    }

    /// Adds a cell, cleaned.
    pub(super) fn push(&mut self, cell: &str) {
        let from = self.text.len();
        if needs_cleaning(cell.as_bytes()) {
            clean_into(cell, &mut self.text);
        } else {
            self.text.push_str(cell);
        }
        self.finish_cell(from);
    }

    /// Takes a whole record: `text` with the end of every cell in it. Ends must be character boundaries.
    pub(super) fn set(&mut self, line: u64, text: &str, ends: &[usize]) {
        self.clear(line);
        if needs_cleaning(text.as_bytes()) {
            let mut from = 0;
            for &end in ends {
                self.push(&text[from..end]);
                from = end;
            }
            return;
        }
        self.text.push_str(text);
        let mut from = 0;
        for &end in ends {
            self.push_range(from, end);
            from = end;
        }
    }

    pub(super) fn truncate(&mut self, columns: usize) {
        self.cells.truncate(columns);
    }

    fn finish_cell(&mut self, from: usize) {
        self.push_range(from, self.text.len());
    }

    fn push_range(&mut self, from: usize, to: usize) {
        let cell = &self.text[from..to];
        let start = from + (cell.len() - cell.trim_start().len());
        let end = (from + cell.trim_end().len()).max(start);
        let start = start + usize::from(super::write::is_guarded(&self.text[start..end]));
        self.cells.push((start as u32, end as u32));
    }
}

/// Whether a text may hold a character that [`clean_into`] changes; a quick look at single bytes.
fn needs_cleaning(bytes: &[u8]) -> bool {
    bytes.iter().fold(false, |dirty, &b| {
        dirty | matches!(b, 0..0x20 | 0x7f | 0xc2 | 0xe2 | 0xef)
    })
}

/// Copies a cell: blanks of every kind (no-break, narrow, tab) as a space, line ends as `\n`; control, direction and
/// zero-width characters, which come along when names are copied from address books and web pages, are left out.
fn clean_into(cell: &str, out: &mut String) {
    let mut chars = cell.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                if chars.peek() != Some(&'\n') {
                    out.push('\n');
                }
            }
            '\n' => out.push('\n'),
            '\t' | '\u{a0}' | '\u{2007}' | '\u{202f}' => out.push(' '),
            '\u{ad}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
}
