//! The fonts of cards: one that the program brings along, in two weights, and for letters that it lacks those that are
//! installed where the program runs.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use fontdb::{Database, FaceInfo, ID, Style, Weight};
use krilla::Data;
use krilla::text::Font;
use rustybuzz::Face;
use rustybuzz::ttf_parser::Permissions;

/// The font that the program brings along, in one weight.
pub(super) struct Own {
    pub font: Font,
    pub face: Face<'static>,
}

impl Own {
    pub fn load(bytes: &'static [u8]) -> Option<Self> {
        Some(Self {
            font: Font::new(Data::from(bytes), 0)?,
            face: Face::from_slice(bytes, 0)?,
        })
    }
}

/// A font that was found.
pub(super) struct Other {
    pub font: Font,
    bytes: Arc<Vec<u8>>,
    index: u32,
}

impl Other {
    fn load(bytes: &[u8], index: u32) -> Option<Self> {
        let bytes = Arc::new(bytes.to_vec());
        let font = Font::new(Data::from(Arc::clone(&bytes)), index)?;
        Some(Self { font, bytes, index })
    }

    pub fn face(&self) -> Option<Face<'_>> {
        Face::from_slice(&self.bytes, self.index)
    }
}

/// Whether it is seen: what only says how other letters are written needs no sign of its own.
pub(super) fn is_seen(letter: char) -> bool {
    !letter.is_control()
        && !matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Whether there is a sign for every letter.
pub(super) fn has(face: &Face<'_>, text: &str) -> bool {
    text.chars()
        .all(|letter| !is_seen(letter) || face.glyph_index(letter).is_some())
}

/// The fonts that are installed.
pub(super) struct Shelf(Database);

impl Shelf {
    /// Those of a folder, or else those that the system knows.
    pub fn look(folder: Option<&Path>) -> Self {
        let mut fonts = Database::new();
        match folder {
            Some(folder) => fonts.load_fonts_dir(folder),
            None => fonts.load_system_fonts(),
        }
        Self(fonts)
    }

    /// Fonts that have these letters together, or as many as can be had.
    pub fn with(&self, letters: &BTreeSet<char>, bold: bool) -> Vec<Other> {
        let mut known: Vec<(&FaceInfo, BTreeSet<char>)> = self
            .0
            .faces()
            .filter(|face| face.style == Style::Normal)
            .map(|face| (face, self.found(face.id, letters)))
            .filter(|(_, found)| !found.is_empty())
            .collect();
        known.sort_by_cached_key(|(face, found)| rank(face, found.len(), bold));
        let mut lacking = letters.clone();
        let mut fonts = Vec::new();
        for (face, found) in known {
            if found.is_disjoint(&lacking) {
                continue;
            }
            if let Some(font) = self.0.with_face_data(face.id, Other::load).flatten() {
                lacking.retain(|letter| !found.contains(letter));
                fonts.push(font);
            }
        }
        fonts
    }

    /// Which of the letters a font has; none, if it can't be drawn from or may not be put into a file.
    fn found(&self, id: ID, letters: &BTreeSet<char>) -> BTreeSet<char> {
        let read = |bytes: &[u8], index| {
            let face = Face::from_slice(bytes, index)?;
            let drawn = face.tables().glyf.is_some() || face.tables().cff.is_some();
            let free = face.is_subsetting_allowed()
                && face.is_outline_embedding_allowed()
                && face.permissions() != Some(Permissions::Restricted);
            let has = |letter: &&char| face.glyph_index(**letter).is_some();
            (drawn && free).then(|| letters.iter().filter(has).copied().collect())
        };
        self.0.with_face_data(id, read).flatten().unwrap_or_default()
    }
}

/// What comes first is taken: Noto Sans has a font made for each script, where a font of very many letters has them without
/// what joins them. Then who has more letters, in the weight that is nearest.
fn rank(face: &FaceInfo, found: usize, bold: bool) -> impl Ord + use<> {
    let family = face.families.first().map_or("", |(name, _)| name.as_str());
    let wanted = if bold { Weight::BOLD } else { Weight::NORMAL };
    (
        !family.starts_with("Noto Sans"),
        face.monospaced || family.contains("Mono"),
        Reverse(found),
        face.weight.0.abs_diff(wanted.0),
        face.post_script_name.clone(),
    )
}
