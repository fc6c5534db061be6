//! How wide texts are, and how they are broken into lines.

use ttf_parser::Face;

/// A font as it is measured.
pub(super) struct Measure(Face<'static>);

impl Measure {
    pub fn of(bytes: &'static [u8]) -> Option<Self> {
        Face::parse(bytes, 0).ok().map(Self)
    }

    /// Whether there is a sign for every letter.
    pub fn has(&self, text: &str) -> bool {
        text.chars()
            .all(|letter| letter.is_control() || self.0.glyph_index(letter).is_some())
    }

    /// The width in points at that size, without kerning, which only makes it less.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        let units: u32 = text
            .chars()
            .filter_map(|letter| self.0.glyph_index(letter))
            .filter_map(|glyph| self.0.glyph_hor_advance(glyph))
            .map(u32::from)
            .sum();
        units as f32 * size / f32::from(self.0.units_per_em())
    }

    /// The largest size up to `size` at which the text is no wider than that, but never less than `least`.
    pub fn fitting(&self, text: &str, size: f32, width: f32, least: f32) -> f32 {
        let wide = self.width(text, size);
        if wide <= width {
            size
        } else {
            (size * width / wide).max(least)
        }
    }

    /// The text, cut off where it would be wider than that.
    pub fn cut(&self, text: &str, size: f32, width: f32) -> String {
        if self.width(text, size) <= width {
            return text.to_owned();
        }
        let room = width - self.width("…", size);
        let mut end = 0;
        for (at, letter) in text.char_indices() {
            let next = at + letter.len_utf8();
            if self.width(&text[..next], size) > room {
                break;
            }
            end = next;
        }
        format!("{}…", text[..end].trim_end())
    }

    /// Lines no wider than that, broken between words; a word that is wider is broken where it has to be.
    pub fn lines(&self, text: &str, size: f32, width: f32) -> Vec<String> {
        let mut lines = vec![String::new()];
        for word in text.split_whitespace() {
            let line = lines.last_mut().expect("there is always a line");
            let longer = if line.is_empty() {
                word.to_owned()
            } else {
                format!("{line} {word}")
            };
            if self.width(&longer, size) <= width {
                *line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(String::new());
            }
            for letter in word.chars() {
                let line = lines.last_mut().expect("there is always a line");
                let longer = format!("{line}{letter}");
                if self.width(&longer, size) <= width || line.is_empty() {
                    *line = longer;
                } else {
                    lines.push(letter.to_string());
                }
            }
        }
        lines
    }
}
