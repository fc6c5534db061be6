//! The synonyms (`../synonyms/*.txt`), folded so that case, accents, punctuation and blanks do not matter.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::Field;

/// One file for each language, and one for the exports of products.
const FILES: &[&str] = &[
    include_str!("../synonyms/english.txt"),
    include_str!("../synonyms/products.txt"),
    include_str!("../synonyms/german.txt"),
    include_str!("../synonyms/french.txt"),
    include_str!("../synonyms/spanish.txt"),
    include_str!("../synonyms/portuguese.txt"),
    include_str!("../synonyms/italian.txt"),
    include_str!("../synonyms/dutch.txt"),
    include_str!("../synonyms/polish.txt"),
];

/// Words that say that a column is somebody's own: not the address or number of the company.
const PRIVATE: &[&str] = &[
    "private",
    "personal",
    "home",
    "privat",
    "prive",
    "personnel",
    "particular",
    "pessoal",
    "personale",
    "prywatny",
    "recovery",
    "secondary",
    "emergency",
    "notfall",
];
/// Words around a name that do not change what it means.
const AROUND: &[&str] = &[
    "employee",
    "s",
    "employees",
    "worker",
    "user",
    "users",
    "staff",
    "work",
    "primary",
    "current",
    "business",
    "official",
    "profile",
    "basic",
    "the",
    "of",
    "mitarbeiter",
    "aktuelle",
    "aktueller",
    "dienstliche",
    "salarie",
    "employe",
    "empleado",
    "actual",
    "funcionario",
    "colaborador",
    "dipendente",
    "medewerker",
    "huidige",
    "pracownika",
    "required",
    "optional",
    "pflichtfeld",
    "obligatoire",
    "obligatorio",
    "upload",
    "only",
    "read",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tier {
    Perhaps = 1,
    Likely = 2,
    Sure = 3,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Field(Field),
    /// "Name": which one depends on the other columns.
    Name,
    /// "Manager": what it holds depends on the values.
    Manager,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub meaning: Meaning,
    pub tier: Tier,
    /// The place in its list: earlier is better.
    pub rank: u16,
}

static TABLE: LazyLock<HashMap<String, Vec<Found>>> = LazyLock::new(|| {
    let mut table = HashMap::new();
    for line in FILES.iter().flat_map(|file| file.lines()) {
        add_line(&mut table, line);
    }
    table
});

fn add_line(table: &mut HashMap<String, Vec<Found>>, line: &str) {
    let Some((field, names)) = line.split_once('=').filter(|_| !line.starts_with('#')) else {
        return;
    };
    let meaning = match field.trim() {
        "name" => Meaning::Name,
        "manager" => Meaning::Manager,
        field => match field.parse() {
            Ok(field) => Meaning::Field(field),
            Err(_) => return,
        },
    };
    for (rank, name) in (0u16..).zip(names.split(',')) {
        let name = name.trim();
        let (tier, name) = match name.as_bytes().first() {
            Some(b'~') => (Tier::Likely, &name[1..]),
            Some(b'?') => (Tier::Perhaps, &name[1..]),
            _ => (Tier::Sure, name),
        };
        let mut keys = vec![fold(name), fold(&spelt_out(name))];
        keys.dedup();
        for key in keys.into_iter().filter(|key| !key.is_empty()) {
            let entry: &mut Vec<Found> = table.entry(key).or_default();
            match entry.iter_mut().find(|found| found.meaning == meaning) {
                Some(found) if found.tier < tier => *found = Found { meaning, tier, rank },
                Some(_) => {}
                None => entry.push(Found { meaning, tier, rank }),
            }
        }
    }
}

/// Umlauts as they are written where there are none on the keyboard.
fn spelt_out(name: &str) -> String {
    name.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue")
}

/// Letters and digits only, small, without accents; number signs as "no".
pub(in crate::sheet) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
    {
        match c {
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ø' | '°' => out.push('o'),
            'ł' => out.push('l'),
            'đ' => out.push('d'),
            'ı' => out.push('i'),
            '#' | '№' => out.push_str("no"),
            c if c.is_alphanumeric() => out.push(c),
            _ => {}
        }
    }
    out
}

/// All that a heading may mean, best first where it is ambiguous.
pub(super) fn look_up(header: &str) -> Vec<Found> {
    let header = header.trim();
    if header.is_empty() || header.len() > 400 {
        return Vec::new();
    }
    if let Some(found) = TABLE.get(&fold(header)) {
        return found.clone();
    }
    let words = words_of(header);
    let private = words.iter().any(|word| PRIVATE.contains(&word.as_str()));
    let cap = |found: &Vec<Found>, tier: Tier| {
        let tier = if private { Tier::Perhaps } else { tier };
        found
            .iter()
            .map(|f| Found {
                tier: f.tier.min(tier),
                ..*f
            })
            .collect()
    };
    // `User name [userPrincipalName] Required`: what stands in brackets is the exact name.
    let (outer, round, square) = without_brackets(header);
    if let Some(found) = TABLE.get(&fold(&square)) {
        return cap(found, Tier::Sure);
    }
    let plain = strip_required(outer.trim_matches(['*', ' ', ':']));
    if let Some(found) = TABLE.get(&fold(plain)) {
        // What stands in parentheses may change the meaning: "E-Mail (Assistenz)".
        let harmless = words_of(&round)
            .iter()
            .all(|word| AROUND.contains(&word.as_str()));
        return cap(found, if harmless { Tier::Sure } else { Tier::Likely });
    }
    // `profile.email`, `urn:…:User:department`, `Contact / Work email`.
    let last = plain.rsplit(['.', ':', '/', '>', '|']).next().unwrap_or(plain);
    if last.len() < plain.len()
        && let Some(found) = TABLE.get(&fold(last))
    {
        return cap(found, Tier::Likely);
    }
    let core: String = words
        .iter()
        .filter(|word| !AROUND.contains(&word.as_str()))
        .map(String::as_str)
        .collect();
    if let Some(found) = TABLE.get(&core) {
        return cap(found, Tier::Likely);
    }
    misspelt(&fold(plain))
        .map(|found| cap(found, Tier::Perhaps))
        .unwrap_or_default()
}

fn strip_required(text: &str) -> &str {
    let mut text = text.trim();
    for word in [
        " required",
        " (required)",
        " optional",
        " pflichtfeld",
        " obligatoire",
    ] {
        if let Some(at) = text.len().checked_sub(word.len())
            && text.is_char_boundary(at)
            && text[at..].eq_ignore_ascii_case(word)
        {
            text = text[..at].trim_end();
        }
    }
    text.trim_end_matches(['*', ' '])
}

/// The text outside brackets, in round ones, and in square ones.
fn without_brackets(text: &str) -> (String, String, String) {
    let (mut outer, mut round, mut square) = (String::new(), String::new(), String::new());
    let (mut round_depth, mut square_depth) = (0u32, 0u32);
    for c in text.chars() {
        match c {
            '(' => round_depth += 1,
            ')' => round_depth = round_depth.saturating_sub(1),
            '[' => square_depth += 1,
            ']' => square_depth = square_depth.saturating_sub(1),
            c if square_depth > 0 => square.push(c),
            c if round_depth > 0 => round.push(c),
            c => outer.push(c),
        }
    }
    (outer, round, square)
}

/// Folded words; `workEmail` is two.
fn words_of(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in text.chars() {
        if !c.is_alphanumeric() && c != '#' || before.is_lowercase() && c.is_uppercase() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(c);
        }
        before = c;
    }
    words
        .iter()
        .map(|word| fold(word))
        .filter(|word| !word.is_empty())
        .collect()
}

/// A name of at least seven letters that is one letter off.
fn misspelt(key: &str) -> Option<&'static Vec<Found>> {
    if key.len() < 7 || key.len() > 40 {
        return None;
    }
    let mut hits = TABLE
        .iter()
        .filter(|(name, _)| name.len() >= 7 && one_edit_apart(key, name));
    let mut best = hits.next()?;
    for hit in hits {
        // The same answer in every run.
        if hit.0 < best.0 {
            best = hit;
        }
    }
    Some(best.1)
}

/// One letter changed, missing, too many, or two swapped.
fn one_edit_apart(one: &str, two: &str) -> bool {
    if one.len().abs_diff(two.len()) > 4 {
        return false;
    }
    let same = one
        .char_indices()
        .zip(two.chars())
        .find(|((_, left), right)| left != right)
        .map_or(one.len().min(two.len()), |((at, _), _)| at);
    let (one, two) = (&one[same..], &two[same..]);
    let tail = |text: &str| -> String { text.chars().skip(1).collect() };
    if tail(one) == tail(two) || tail(one) == two || one == tail(two) {
        return true;
    }
    let swapped: String = one
        .chars()
        .skip(1)
        .take(1)
        .chain(one.chars().take(1))
        .chain(one.chars().skip(2))
        .collect();
    swapped == two
}
