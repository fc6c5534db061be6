use std::collections::{BTreeSet, HashMap};
use std::path::Path as FilePath;

use krilla::Document;
use krilla::color::{luma, rgb};
use krilla::geom::{Path, PathBuilder, Point, Rect, Transform};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::text::TextDirection;

use super::fonts::Shelf;
use super::type_setting::{Base, Letters, apart, lacking};
use super::{Card, Language, Qr};

const REGULAR: &[u8] = include_bytes!("../../fonts/DejaVuSansCondensed.ttf");
const BOLD: &[u8] = include_bytes!("../../fonts/DejaVuSansCondensed-Bold.ttf");

/// A4 in points (ISO 216).
const PAGE: (f32, f32) = (595.28, 841.89);
const COLUMNS: usize = 2;
const ROWS: usize = 4;
/// A card, and the room that is left free along its edges, where the scissors go.
const CARD: (f32, f32) = (PAGE.0 / COLUMNS as f32, PAGE.1 / ROWS as f32);
const MARGIN: f32 = 20.0;
const INNER: f32 = CARD.0 - 2.0 * MARGIN;
/// The side of the QR code with its quiet zone, and how far the zone reaches.
const PICTURE: f32 = 92.0;
const QUIET: usize = 4;
/// Between the text and the picture.
const GAP: f32 = 10.0;
const SMALL: f32 = 7.6;
const LEADING: f32 = 9.4;

/// What all cards of a sheet have in common.
#[derive(Clone, Debug)]
pub struct Sheet<'a> {
    pub workplace: &'a str,
    /// Where a code is typed, without `https://`.
    pub address: &'a str,
    /// Where fonts lie for letters that the program's own font lacks; absent: those that the system knows.
    pub fonts: Option<&'a FilePath>,
}

/// Sheets as a file.
#[derive(Clone, Debug)]
pub struct Printed {
    pub pdf: Vec<u8>,
    pub unwritten: Unwritten,
}

/// What stands on no card, because no font has its letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unwritten {
    /// Whose name, by the place of their card.
    pub names: Vec<usize>,
    pub departments: BTreeSet<String>,
    /// The name of the workplace.
    pub workplace: bool,
}

impl Unwritten {
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.departments.is_empty() && !self.workplace
    }

    fn of(sheet: &Sheet<'_>, cards: &[Card], fonts: &Fonts) -> Self {
        let unwritten = |(_, card): &(usize, &Card)| !fonts.bold.has(&card.name);
        let departments = cards.iter().map(|card| &card.department);
        Self {
            names: cards
                .iter()
                .enumerate()
                .filter(unwritten)
                .map(|(place, _)| place)
                .collect(),
            departments: departments
                .filter(|name| !fonts.regular.has(name))
                .cloned()
                .collect(),
            workplace: !fonts.regular.has(sheet.workplace),
        }
    }
}

struct Fonts {
    regular: Letters,
    bold: Letters,
}

impl Fonts {
    fn load() -> Option<Self> {
        Some(Self {
            regular: Letters::load(REGULAR)?,
            bold: Letters::load(BOLD)?,
        })
    }

    /// Looks for what these cards need besides. Gives whether there was anything to look for.
    fn complete(&mut self, sheet: &Sheet<'_>, cards: &[Card]) -> bool {
        let departments = cards.iter().map(|card| card.department.as_str());
        let plain = lacking(&self.regular, departments.chain([sheet.workplace]));
        let bold = lacking(&self.bold, cards.iter().map(|card| card.name.as_str()));
        if plain.is_empty() && bold.is_empty() {
            return false;
        }
        let shelf = Shelf::look(sheet.fonts);
        self.regular.take(shelf.with(&plain, false));
        self.bold.take(shelf.with(&bold, true));
        true
    }
}

/// What stands on every card of a language alike: the numbered steps, broken into lines.
type Steps = HashMap<Language, Vec<(bool, String)>>;

/// The cards as a PDF of A4 pages, eight to a page, in the order given.
///
/// # Errors
/// What the library could not do, in its words.
pub fn pdf(sheet: &Sheet<'_>, cards: &[Card]) -> Result<Printed, String> {
    const BROKEN: &str = "The fonts of the cards can't be read.";
    let mut fonts = Fonts::load().ok_or(BROKEN)?;
    if fonts.complete(sheet, cards) {
        if let Ok(printed) = print(sheet, cards, &fonts) {
            return Ok(printed);
        }
        // A font that is installed may be damaged: the codes are made, and must not be lost by it.
        fonts = Fonts::load().ok_or(BROKEN)?;
    }
    print(sheet, cards, &fonts)
}

fn print(sheet: &Sheet<'_>, cards: &[Card], fonts: &Fonts) -> Result<Printed, String> {
    let unwritten = Unwritten::of(sheet, cards, fonts);
    let mut document = Document::new();
    let title = format!("{}: {}", sheet.workplace, Language::English.words().title);
    document.set_metadata(Metadata::new().title(title).creator("Guildhall".into()));
    let cuts = cuts();
    let mut steps = Steps::new();
    for eight in cards.chunks(COLUMNS * ROWS) {
        let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or("A page has no size.")?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        draw_cuts(&mut surface, cuts.as_ref());
        for (place, card) in eight.iter().enumerate() {
            let (column, row) = (place % COLUMNS, place / COLUMNS);
            let corner = (column as f32 * CARD.0 + MARGIN, row as f32 * CARD.1 + MARGIN);
            let lines = steps
                .entry(card.language)
                .or_insert_with(|| steps_of(sheet, card.language, fonts));
            let mut pen = Pen {
                surface: &mut surface,
                fonts,
                corner,
            };
            pen.card(sheet, card, lines);
        }
        surface.finish();
        page.finish();
    }
    let pdf = document.finish().map_err(|why| format!("{why:?}"))?;
    Ok(Printed { pdf, unwritten })
}

/// The lines to cut along.
fn cuts() -> Option<Path> {
    let mut path = PathBuilder::new();
    for column in 1..COLUMNS {
        path.move_to(column as f32 * CARD.0, 0.0);
        path.line_to(column as f32 * CARD.0, PAGE.1);
    }
    for row in 1..ROWS {
        path.move_to(0.0, row as f32 * CARD.1);
        path.line_to(PAGE.0, row as f32 * CARD.1);
    }
    path.finish()
}

fn draw_cuts(surface: &mut Surface<'_>, path: Option<&Path>) {
    let Some(path) = path else { return };
    surface.set_fill(None);
    surface.set_stroke(Some(Stroke {
        paint: rgb::Color::new(130, 130, 130).into(),
        width: 0.5,
        opacity: NormalizedF32::ONE,
        dash: Some(StrokeDash {
            array: vec![4.0, 4.0],
            offset: 0.0,
        }),
        ..Stroke::default()
    }));
    surface.draw_path(path);
    surface.set_stroke(None);
}

fn steps_of(sheet: &Sheet<'_>, language: Language, fonts: &Fonts) -> Vec<(bool, String)> {
    let words = language.words();
    let open = words.open.replace("{address}", sheet.address);
    let room = INNER - PICTURE - GAP - 10.0;
    [open.as_str(), words.type_it, words.choose]
        .into_iter()
        .flat_map(|step| {
            let lines = fonts.regular.lines(step, SMALL, room).into_iter();
            lines.enumerate().map(|(at, line)| (at == 0, line))
        })
        .collect()
}

struct Pen<'a, 's> {
    surface: &'a mut Surface<'s>,
    fonts: &'a Fonts,
    corner: (f32, f32),
}

impl Pen<'_, '_> {
    /// Writes a line whose foot is `down` below the top of the card's inner part.
    fn write(&mut self, bold: bool, size: f32, (right, down): (f32, f32), (text, base): (&str, Base)) {
        let letters = if bold {
            &self.fonts.bold
        } else {
            &self.fonts.regular
        };
        let mut left = self.corner.0 + right;
        for piece in letters.pieces(text, base).unwrap_or_default() {
            let start = Point::from_xy(left, self.corner.1 + down);
            let direction = if piece.backwards {
                TextDirection::RightToLeft
            } else {
                TextDirection::LeftToRight
            };
            self.surface
                .draw_text(start, letters.font(&piece), size, piece.text, false, direction);
            left += letters.wide(&piece, size);
        }
    }

    fn card(&mut self, sheet: &Sheet<'_>, card: &Card, steps: &[(bool, String)]) {
        let words = card.language.words();
        self.surface.set_fill(Some(Fill::default()));
        let (plain, bold) = (&self.fonts.regular, &self.fonts.bold);
        let room = INNER - PICTURE - GAP;
        let head = if plain.has(sheet.workplace) {
            format!("{} · {}", apart(sheet.workplace), words.title)
        } else {
            words.title.to_owned()
        };
        let head = plain.cut(&head, SMALL, INNER);
        let id = format!("{} {}", words.employee, card.employee_id);
        // A name whose letters no font has would be boxes: then the number says whose card it is.
        let name = if bold.has(&card.name) { &card.name } else { &id };
        let size = bold.fitting(name, 14.0, room, 9.0);
        let name = bold.cut(name, size, room);
        let under = if card.department.is_empty() || !plain.has(&card.department) {
            id.clone()
        } else {
            format!("{id} · {}", apart(&card.department))
        };
        let under = plain.cut(&under, SMALL, room);
        let keep = words.keep.replace("{day}", &words.day(card.last_day));
        let keep_size = plain.fitting(&keep, SMALL, INNER, 5.0);
        let code_size = bold.fitting(&card.code, 19.0, INNER, 8.0);

        self.write(false, SMALL, (0.0, 6.0), (&head, Base::Card));
        self.write(true, size, (0.0, 29.0), (&name, Base::First));
        self.write(false, SMALL, (0.0, 41.0), (&under, Base::Card));
        let (mut down, mut number) = (58.0, 0);
        for (begins, line) in steps {
            if *begins {
                number += 1;
                if number > 1 {
                    down += 2.2;
                }
                self.write(true, SMALL, (0.0, down), (&number.to_string(), Base::Card));
            }
            self.write(false, SMALL, (10.0, down), (line, Base::Card));
            down += LEADING;
        }
        self.write(true, code_size, (0.0, 151.0), (&card.code, Base::Card));
        self.write(false, keep_size, (0.0, 167.0), (&keep, Base::Card));
        self.picture(card);
    }

    /// The QR code, at the right edge.
    fn picture(&mut self, card: &Card) {
        let Some(qr) = Qr::of(&card.link) else { return };
        let square = PICTURE / (qr.size + 2 * QUIET) as f32;
        // The quiet zone may lie over the margin, which is as white: so the code is in line with the text below it.
        let right = INNER - PICTURE + QUIET as f32 * square;
        let mut path = PathBuilder::new();
        for row in 0..qr.size {
            for (from, length) in qr.runs(row) {
                if let Some(dark) = Rect::from_xywh(from as f32, row as f32, length as f32, 1.0) {
                    path.push_rect(dark);
                }
            }
        }
        let Some(path) = path.finish() else { return };
        let (left, top) = (
            self.corner.0 + right + QUIET as f32 * square,
            self.corner.1 + 12.0 + QUIET as f32 * square,
        );
        let place = Transform::from_row(square, 0.0, 0.0, square, left, top);
        self.surface.push_transform(&place);
        self.surface.set_fill(Some(Fill {
            paint: luma::Color::black().into(),
            ..Fill::default()
        }));
        self.surface.draw_path(&path);
        self.surface.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(name: &str, language: Language) -> Card {
        Card {
            name: name.to_owned(),
            employee_id: "E-7001".to_owned(),
            department: "Walzwerk".to_owned(),
            code: "BCDF GHJK LMNP QRST".to_owned(),
            link: "https://people.example.com/c/BCDFGHJKLMNPQRST".to_owned(),
            last_day: jiff::civil::date(2027, 2, 24),
            language,
        }
    }

    #[test]
    fn nine_cards_are_two_pages() {
        let sheet = Sheet {
            workplace: "Łódź & Søn",
            address: "people.example.com/code",
            fonts: None,
        };
        let cards: Vec<Card> = Language::ALL
            .map(|language| card("Anna Łapińska", language))
            .into();
        let made = pdf(&sheet, &cards).unwrap().pdf;
        assert!(made.starts_with(b"%PDF-1."));
        let pages = made
            .windows(12)
            .filter(|at| *at == b"/Type /Page\n" || *at == b"/Type/Page\n/")
            .count();
        assert!(pages <= 2);
        assert!(pdf(&sheet, &[]).is_ok());
    }

    #[test]
    fn the_steps_leave_room_for_the_code_in_every_language() {
        let fonts = Fonts::load().unwrap();
        for address in [
            "people.example.com/code",
            "zugang.stahlwerke-oberrhein-beispiel.example/code",
        ] {
            let sheet = Sheet {
                workplace: "W",
                address,
                fonts: None,
            };
            for language in Language::ALL {
                let lines = steps_of(&sheet, language, &fonts);
                assert!(lines.len() <= 8, "{language:?}: {lines:?}");
                let keep = language.words().keep;
                assert!(fonts.regular.width(keep, SMALL) < INNER, "{language:?}");
            }
        }
    }

    #[test]
    fn names_of_many_scripts_have_their_letters() {
        let fonts = Fonts::load().unwrap();
        for (name, has) in [
            ("Żaneta Brzęczyszczykiewicz", true),
            ("Ελένη Παπαδοπούλου", true),
            ("Олександра Шевченко", true),
            ("Nguyễn Thị Ánh", true),
            ("İbrahim Şahin", true),
            ("محمد", true),
            ("יעל כהן", true),
            ("محمد (Mo) 7", true),
            ("王秀英", false),
        ] {
            assert_eq!(fonts.bold.has(name), has, "{name}");
        }
    }

    #[test]
    fn what_no_font_has_is_told_and_not_drawn() {
        let empty = tempfile::tempdir().unwrap();
        let sheet = Sheet {
            workplace: "工場",
            address: "people.example.com/code",
            fonts: Some(empty.path()),
        };
        let mut cards = vec![card("王秀英", Language::English), card("Bo", Language::German)];
        cards[1].department = "锻造".to_owned();
        let told = pdf(&sheet, &cards).unwrap().unwritten;
        assert_eq!((told.names, told.workplace), (vec![0], true));
        assert_eq!(told.departments, BTreeSet::from(["锻造".to_owned()]));
        let sheet = Sheet {
            workplace: "Łódź",
            ..sheet
        };
        let told = pdf(&sheet, &[card("محمد", Language::Polish)]).unwrap().unwritten;
        assert!(told.is_empty(), "{told:?}");
    }

    #[test]
    fn a_damaged_font_loses_no_codes() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("torn.ttf"), &REGULAR[..REGULAR.len() / 2]).unwrap();
        std::fs::write(folder.path().join("none.otf"), b"OTTO").unwrap();
        let sheet = Sheet {
            workplace: "W",
            address: "people.example.com/code",
            fonts: Some(folder.path()),
        };
        let made = pdf(&sheet, &[card("王秀英", Language::English)]).unwrap();
        assert_eq!(made.unwritten.names, [0]);
        assert!(made.pdf.starts_with(b"%PDF-1."));
    }

    #[test]
    fn lines_are_drawn_as_they_are_read() {
        let fonts = Fonts::load().unwrap();
        let drawn = |text, base| {
            let pieces = fonts.regular.pieces(text, base).unwrap();
            let drawn = pieces.iter().map(|piece| (piece.text, piece.backwards));
            drawn.collect::<Vec<_>>()
        };
        assert_eq!(drawn("Bo Bold", Base::First), [("Bo Bold", false)]);
        assert_eq!(drawn("محمد علي", Base::First), [("محمد علي", true)]);
        assert_eq!(
            drawn("محمد Mo", Base::First),
            [("Mo", false), ("محمد ", true)],
            "whose name is read from the right begins there"
        );
        assert_eq!(
            drawn("ID 7 · قسم", Base::Card),
            [("ID 7 · ", false), ("قسم", true)]
        );
        let whole = format!("ID 7 · {} · x", apart("قسم 7"));
        assert_eq!(
            drawn(&whole, Base::Card),
            [("ID 7 · ", false), ("7", false), ("قسم ", true), (" · x", false)]
        );
        assert_eq!(
            drawn("ID 7 · \u{2068}قسم…", Base::Card),
            [("ID 7 · ", false), ("قسم…", true)],
            "what is cut off ends on the left"
        );
    }

    #[test]
    fn long_texts_are_cut_or_broken() {
        let measure = Letters::load(REGULAR).unwrap();
        let long = "Interdisciplinary Research, Development and Quality Assurance";
        let cut = measure.cut(long, 8.0, 100.0);
        assert!(cut.ends_with('…') && measure.width(&cut, 8.0) <= 100.0);
        for line in measure.lines("a verylongwordthatfitsnowhereatallinaline b", 8.0, 50.0) {
            assert!(measure.width(&line, 8.0) <= 50.0, "{line}");
        }
        assert!(measure.fitting(long, 14.0, 100.0, 5.0) < 14.0);
        let cut = measure.cut("محمد بن عبد الرحمن بن عبد العزيز", 8.0, 60.0);
        assert!(cut.ends_with('…') && measure.width(&cut, 8.0) <= 60.0);
    }
}
