use fast_qr::convert::Builder as _;
use fast_qr::convert::svg::SvgBuilder;
use fast_qr::{ECL, QRBuilder, QRCode};

/// A QR code (ISO/IEC 18004) as rows of dark and light squares, without the quiet zone of four squares around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qr {
    /// Squares of a side.
    pub size: usize,
    dark: Vec<bool>,
}

fn code(text: &str) -> Option<QRCode> {
    QRBuilder::new(text).ecl(ECL::M).build().ok()
}

impl Qr {
    /// Of a text, such that 15 % of it may be damaged; nothing for a text of more than 2,331 bytes.
    pub fn of(text: &str) -> Option<Self> {
        let code = code(text)?;
        let size = code.size;
        let dark = (0..size).flat_map(|row| (0..size).map(move |column| (row, column)));
        Some(Self {
            size,
            dark: dark.map(|(row, column)| code[row][column].value()).collect(),
        })
    }

    /// Where a row is dark: the first square, and how many.
    pub fn runs(&self, row: usize) -> Vec<(usize, usize)> {
        let squares = &self.dark[row * self.size..(row + 1) * self.size];
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for (column, _) in squares.iter().enumerate().filter(|(_, dark)| **dark) {
            match runs.last_mut() {
                Some((from, length)) if *from + *length == column => *length += 1,
                _ => runs.push((column, 1)),
            }
        }
        runs
    }
}

/// A QR code as a picture, black on white with its quiet zone; nothing for a text that is too long.
pub fn svg(text: &str) -> Option<String> {
    Some(SvgBuilder::default().margin(4).to_str(&code(text)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_becomes_squares_and_a_picture() {
        let link = "https://people.example.com/c/BCDFGHJKLMNPQRST";
        let qr = Qr::of(link).unwrap();
        assert!((25..=41).contains(&qr.size), "{}", qr.size);
        // The corner that every code has: seven dark squares, then a light one.
        assert_eq!(qr.runs(0)[0], (0, 7));
        assert_eq!(qr.runs(1)[..2], [(0, 1), (6, 1)]);
        assert!(svg(link).unwrap().starts_with("<svg"));
        assert_eq!(Qr::of(&"x".repeat(4000)), None);
    }
}
