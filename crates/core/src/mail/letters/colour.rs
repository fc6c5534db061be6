//! The workplace's colour, and a text colour that can be read on it.

const DEFAULT: [u8; 3] = [0x2f, 0x5d, 0x50];

/// `#rrggbb` of the accent and of the text on it: black or white, whichever has more contrast (WCAG 2.2, success
/// criterion 1.4.3; with the better of the two it is always at least 4.5:1). What is no colour is ours.
pub fn accent(colour: &str) -> (String, &'static str) {
    let rgb = parse(colour).unwrap_or(DEFAULT);
    let light = luminance(rgb);
    let on_white = 1.05 / (light + 0.05);
    let on_black = (light + 0.05) / 0.05;
    let text = if on_white >= on_black {
        "#ffffff"
    } else {
        "#000000"
    };
    (format!("#{:02x}{:02x}{:02x}", rgb[0], rgb[1], rgb[2]), text)
}

fn parse(colour: &str) -> Option<[u8; 3]> {
    let digits = colour.strip_prefix('#')?;
    let mut rgb = [0; 3];
    hex::decode_to_slice(digits, &mut rgb).ok()?;
    Some(rgb)
}

/// Relative luminance, 0 to 1.
fn luminance(rgb: [u8; 3]) -> f64 {
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    };
    0.0722f64.mul_add(
        linear(rgb[2]),
        0.2126f64.mul_add(linear(rgb[0]), 0.7152 * linear(rgb[1])),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_can_be_read_on_every_accent() {
        for (colour, accent_, text) in [
            ("#000000", "#000000", "#ffffff"),
            ("#FFFFFF", "#ffffff", "#000000"),
            ("#ffe600", "#ffe600", "#000000"),
            ("#1a4fd6", "#1a4fd6", "#ffffff"),
            ("#808080", "#808080", "#000000"),
            ("red", "#2f5d50", "#ffffff"),
            ("#fff", "#2f5d50", "#ffffff"),
            ("#12345g", "#2f5d50", "#ffffff"),
            ("\"><script>", "#2f5d50", "#ffffff"),
        ] {
            assert_eq!(accent(colour), (accent_.to_owned(), text), "{colour}");
        }
    }
}
