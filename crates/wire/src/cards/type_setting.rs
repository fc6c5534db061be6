//! How texts are drawn: in which fonts and directions, how wide they are, and how they are broken into lines.

use std::collections::BTreeSet;

use krilla::text::Font;
use rustybuzz::{Direction, Face, UnicodeBuffer};
use unicode_bidi::{BidiInfo, Level};
use unicode_segmentation::UnicodeSegmentation as _;

use super::fonts::{Other, Own, has, is_seen};

/// One weight of letters.
pub(super) struct Letters {
    own: Own,
    others: Vec<Other>,
}

/// Which font, of those there are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Own,
    Other(usize),
}

/// A stretch of a line in one font and one direction.
pub(super) struct Piece<'t> {
    pub text: &'t str,
    pub backwards: bool,
    which: Which,
}

/// Which way a line is read as a whole.
#[derive(Clone, Copy)]
pub(super) enum Base {
    /// As its first letter is.
    First,
    /// As the words of the card: what is put into them is turned where it stands.
    Card,
}

/// Latin, Greek and Cyrillic, with the signs that they use: one letter after the other, as they stand.
fn is_plain(letter: char) -> bool {
    letter < '\u{590}' || ('\u{1e00}'..='\u{2027}').contains(&letter) && is_seen(letter)
}

/// The text as something of its own within a line, so that also what it is cut off by stands where it ends (Unicode Standard
/// Annex 9, isolates).
pub(super) fn apart(text: &str) -> String {
    if text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("\u{2068}{text}\u{2069}")
}

/// The marks of a stretch that is apart: they have done their work when the order is known, and are not drawn.
fn sets_apart(letter: char) -> bool {
    ('\u{2066}'..='\u{2069}').contains(&letter)
}

/// The width in parts of the size, as the font joins and places the letters.
fn shaped(face: &Face<'_>, text: &str, backwards: bool) -> f32 {
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text);
    buffer.guess_segment_properties();
    buffer.set_direction(if backwards {
        Direction::RightToLeft
    } else {
        Direction::LeftToRight
    });
    let made = rustybuzz::shape(face, &[], buffer);
    let units: i32 = made.glyph_positions().iter().map(|place| place.x_advance).sum();
    units as f32 / face.units_per_em() as f32
}

impl Letters {
    pub fn load(bytes: &'static [u8]) -> Option<Self> {
        Some(Self {
            own: Own::load(bytes)?,
            others: Vec::new(),
        })
    }

    /// The letters of the text that the program's own font lacks.
    pub fn lacking(&self, text: &str) -> impl Iterator<Item = char> {
        let lacks = |letter: &char| is_seen(*letter) && self.own.face.glyph_index(*letter).is_none();
        text.chars().filter(lacks)
    }

    /// Takes these fonts for what its own lacks.
    pub fn take(&mut self, others: Vec<Other>) {
        self.others = others;
    }

    /// Whether the text can be drawn whole.
    pub fn has(&self, text: &str) -> bool {
        self.pieces(text, Base::First).is_some()
    }

    pub fn font(&self, piece: &Piece<'_>) -> Font {
        match piece.which {
            Which::Own => self.own.font.clone(),
            Which::Other(at) => self.others[at].font.clone(),
        }
    }

    /// The text as it is drawn, from the left to the right; nothing, if no font has a sign for some letter.
    pub fn pieces<'t>(&self, text: &'t str, base: Base) -> Option<Vec<Piece<'t>>> {
        if text.chars().all(is_plain) && has(&self.own.face, text) {
            let whole = Piece {
                text,
                backwards: false,
                which: Which::Own,
            };
            return Some(vec![whole]);
        }
        let level = match base {
            Base::First => None,
            Base::Card => Some(Level::ltr()),
        };
        let order = BidiInfo::new(text, level);
        let mut drawn = Vec::new();
        for paragraph in &order.paragraphs {
            let (levels, runs) = order.visual_runs(paragraph, paragraph.range.clone());
            for run in runs {
                let backwards = levels[run.start].is_rtl();
                let mut pieces = self.in_fonts(text[run].trim_matches(sets_apart), backwards)?;
                if backwards {
                    pieces.reverse();
                }
                drawn.append(&mut pieces);
            }
        }
        Some(drawn)
    }

    /// Words in the font that has all of them; a word that none has whole, letter by letter.
    fn in_fonts<'t>(&self, run: &'t str, backwards: bool) -> Option<Vec<Piece<'t>>> {
        let mut parts: Vec<(usize, Which)> = Vec::new();
        let mut add = |length: usize, which: Which| match parts.last_mut() {
            Some((so_far, last)) if *last == which => *so_far += length,
            _ => parts.push((length, which)),
        };
        for word in run.split_inclusive(' ') {
            if let Some(which) = self.one_for(word) {
                add(word.len(), which);
                continue;
            }
            for letter in word.graphemes(true) {
                add(letter.len(), self.one_for(letter)?);
            }
        }
        let mut rest = run;
        let piece = |(length, which)| {
            let (text, after) = rest.split_at(length);
            rest = after;
            Piece {
                text,
                backwards,
                which,
            }
        };
        Some(parts.into_iter().map(piece).collect())
    }

    fn one_for(&self, text: &str) -> Option<Which> {
        if has(&self.own.face, text) {
            return Some(Which::Own);
        }
        let fits = |other: &Other| other.face().is_some_and(|face| has(&face, text));
        self.others.iter().position(fits).map(Which::Other)
    }

    /// The width in points at that size. Of plain letters without kerning, which only makes it less.
    pub fn wide(&self, piece: &Piece<'_>, size: f32) -> f32 {
        let face = match piece.which {
            Which::Own if piece.text.chars().all(is_plain) => return self.plain(piece.text) * size,
            Which::Own => Some(shaped(&self.own.face, piece.text, piece.backwards)),
            Which::Other(at) => {
                let face = self.others[at].face();
                face.map(|face| shaped(&face, piece.text, piece.backwards))
            }
        };
        face.unwrap_or_default() * size
    }

    fn plain(&self, text: &str) -> f32 {
        let face = &self.own.face;
        let units: u32 = text
            .chars()
            .filter_map(|letter| face.glyph_index(letter))
            .filter_map(|glyph| face.glyph_hor_advance(glyph))
            .map(u32::from)
            .sum();
        units as f32 / face.units_per_em() as f32
    }

    /// The width of a line in points at that size.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        let pieces = self.pieces(text, Base::First).unwrap_or_default();
        pieces.iter().map(|piece| self.wide(piece, size)).sum()
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
        let ends: Vec<usize> = text
            .grapheme_indices(true)
            .map(|(at, letter)| at + letter.len())
            .collect();
        let fitting = ends.partition_point(|end| self.width(&text[..*end], size) <= room);
        let end = fitting.checked_sub(1).map_or(0, |last| ends[last]);
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

/// Letters that are to be looked for.
pub(super) fn lacking<'t>(letters: &Letters, texts: impl Iterator<Item = &'t str>) -> BTreeSet<char> {
    texts.flat_map(|text| letters.lacking(text)).collect()
}
