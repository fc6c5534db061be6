//! Language, region and time zone, as far as the browser tells without a script.

use axum::http::{HeaderMap, header};

use super::Choice;
use crate::routes::setup::NewSite;

/// Each with the time zone where most of its people live.
const PLACES: [(&str, &str, &str); 33] = [
    ("en-GB", "English (United Kingdom)", "Europe/London"),
    ("en-US", "English (United States)", "America/New_York"),
    ("bg-BG", "Български", "Europe/Sofia"),
    ("cs-CZ", "Čeština", "Europe/Prague"),
    ("da-DK", "Dansk", "Europe/Copenhagen"),
    ("de-DE", "Deutsch (Deutschland)", "Europe/Berlin"),
    ("de-AT", "Deutsch (Österreich)", "Europe/Vienna"),
    ("de-CH", "Deutsch (Schweiz)", "Europe/Zurich"),
    ("el-GR", "Ελληνικά", "Europe/Athens"),
    ("es-ES", "Español (España)", "Europe/Madrid"),
    ("es-MX", "Español (México)", "America/Mexico_City"),
    ("et-EE", "Eesti", "Europe/Tallinn"),
    ("fi-FI", "Suomi", "Europe/Helsinki"),
    ("fr-FR", "Français (France)", "Europe/Paris"),
    ("fr-BE", "Français (Belgique)", "Europe/Brussels"),
    ("fr-CH", "Français (Suisse)", "Europe/Zurich"),
    ("hr-HR", "Hrvatski", "Europe/Zagreb"),
    ("hu-HU", "Magyar", "Europe/Budapest"),
    ("it-IT", "Italiano", "Europe/Rome"),
    ("lt-LT", "Lietuvių", "Europe/Vilnius"),
    ("lv-LV", "Latviešu", "Europe/Riga"),
    ("nb-NO", "Norsk bokmål", "Europe/Oslo"),
    ("nl-NL", "Nederlands (Nederland)", "Europe/Amsterdam"),
    ("nl-BE", "Nederlands (België)", "Europe/Brussels"),
    ("pl-PL", "Polski", "Europe/Warsaw"),
    ("pt-BR", "Português (Brasil)", "America/Sao_Paulo"),
    ("pt-PT", "Português (Portugal)", "Europe/Lisbon"),
    ("ro-RO", "Română", "Europe/Bucharest"),
    ("sk-SK", "Slovenčina", "Europe/Bratislava"),
    ("sl-SI", "Slovenščina", "Europe/Ljubljana"),
    ("sv-SE", "Svenska", "Europe/Stockholm"),
    ("tr-TR", "Türkçe", "Europe/Istanbul"),
    ("uk-UA", "Українська", "Europe/Kyiv"),
];

const ELSEWHERE: (&str, &str) = ("en-GB", "UTC");

const REGIONS: [&str; 9] = [
    "Africa/",
    "America/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
    "Antarctica/",
];

/// Language and time zone as they were chosen, or else as the browser tells them.
pub fn chosen<'a>(asked: Option<&'a NewSite>, headers: &HeaderMap) -> (&'a str, &'a str) {
    let (locale, zone) = guess(headers);
    let chosen = |pick: fn(&NewSite) -> Option<&str>, guess| asked.and_then(pick).unwrap_or(guess);
    (
        chosen(|asked| asked.locale.as_deref(), locale),
        chosen(|asked| asked.time_zone.as_deref(), zone),
    )
}

/// The first language of the browser that is known, with a likely time zone: a language without a region is of the
/// first region that speaks it, and English without one is nowhere.
fn guess(headers: &HeaderMap) -> (&'static str, &'static str) {
    let languages = headers.get(header::ACCEPT_LANGUAGE);
    let languages = languages.and_then(|text| text.to_str().ok()).unwrap_or_default();
    languages
        .split(',')
        .find_map(|part| place(part.split(';').next()?.trim()))
        .unwrap_or(ELSEWHERE)
}

fn place(tag: &str) -> Option<(&'static str, &'static str)> {
    if tag.eq_ignore_ascii_case("en") {
        return Some(ELSEWHERE);
    }
    let language = tag.split('-').next().filter(|language| !language.is_empty())?;
    let exact = PLACES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(tag));
    if let Some((known, _, zone)) = exact {
        return Some((known, zone));
    }
    let near = |known: &str| {
        known
            .split('-')
            .next()
            .is_some_and(|known| known.eq_ignore_ascii_case(language))
    };
    let (known, _, zone) = PLACES.iter().find(|(known, ..)| near(known))?;
    // Another region of the language: its time is not known.
    Some((known, if tag.contains('-') { "UTC" } else { zone }))
}

/// The languages to choose from.
pub fn locales(chosen: &str) -> Vec<Choice> {
    let choice = |(tag, label, _): &(&str, &str, &str)| Choice {
        value: (*tag).to_owned(),
        label: (*label).to_owned(),
        chosen: *tag == chosen,
    };
    PLACES.iter().map(choice).collect()
}

/// The time zones to choose from, UTC first.
pub fn time_zones(chosen: &str) -> Vec<Choice> {
    let known = jiff::tz::db().available();
    let mut zones: Vec<String> = known
        .map(|zone| zone.as_str().to_owned())
        .filter(|zone| REGIONS.iter().any(|region| zone.starts_with(region)))
        .collect();
    zones.sort_unstable();
    zones.insert(0, "UTC".to_owned());
    let choice = |zone: String| Choice {
        label: zone.replace('_', " "),
        chosen: zone == chosen,
        value: zone,
    };
    zones.into_iter().map(choice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_says_where_one_is() {
        for (sent, expect) in [
            ("pl,en;q=0.8", ("pl-PL", "Europe/Warsaw")),
            ("de-ch", ("de-CH", "Europe/Zurich")),
            ("de", ("de-DE", "Europe/Berlin")),
            ("en", ELSEWHERE),
            ("en-NZ", ("en-GB", "UTC")),
            ("xx, fr;q=0.5", ("fr-FR", "Europe/Paris")),
            ("", ELSEWHERE),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, sent.parse().unwrap());
            assert_eq!(guess(&headers), expect, "{sent}");
        }
    }

    #[test]
    fn every_guess_can_be_chosen() {
        for (_, _, zone) in PLACES {
            assert!(time_zones(zone).iter().any(|choice| choice.chosen), "{zone}");
        }
    }
}
