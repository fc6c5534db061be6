//! The people of a made-up company, one after the other or by number, in no memory.
//!
//! Everything about a person follows from the seed and the person's number, so the same company comes out
//! every time, a million people need no list, and a manager's address is known without having kept it.

mod departments;
mod names;
mod sheet;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use departments::{DIVISIONS, Division};
use names::{COUNTRIES, Country};
pub use sheet::cell;

/// How many people report to one leader, on average.
const TEAM: u64 = 8;

/// The last number of those who lead a department.
const HEADS: u64 = TEAM + TEAM * TEAM;

/// A company of a given size. The same seed and size give the same people.
#[derive(Debug, Clone, Copy)]
pub struct Company {
    seed: u64,
    size: u64,
}

/// One person as the company's HR system knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// 0 is the chief executive; a manager's number is smaller than those of their reports.
    pub number: u64,
    pub given_name: String,
    pub family_name: String,
    pub display_name: String,
    /// Unique in the company, on a domain that never exists (`….example`).
    pub email: String,
    /// Unique in the company, with leading zeros, as spreadsheets love to lose them.
    pub employee_id: String,
    pub phone: Option<String>,
    pub title: String,
    pub department: String,
    pub division: String,
    pub organization: String,
    pub cost_center: String,
    pub location: String,
    pub locale: String,
    pub time_zone: String,
    /// The number of the manager; only the chief executive has none.
    pub manager: Option<u64>,
    pub start_date: Date,
    pub frontline: bool,
}

impl Company {
    /// A company of `size` people, chosen by `seed`.
    pub fn new(seed: u64, size: u64) -> Self {
        Self { seed, size }
    }

    /// How many people there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Everybody, managers before their reports.
    pub fn people(self) -> impl Iterator<Item = Person> {
        (0..self.size).map(move |number| self.person(number))
    }

    /// The person with this number, from 0 to the size of the company less one.
    pub fn person(&self, number: u64) -> Person {
        let mut rng = StdRng::seed_from_u64(self.mix(number));
        let (country, turn) = self.country(number);
        let (given_name, family_name, repeat) = self.name(country, turn);
        let (division, department, cost_center) = post(number);
        let frontline = division.frontline && !self.leads(number) && number > TEAM;
        let place = country.places[rng.random_range(0..country.places.len())];
        let days = rng.random_range(0..30 * 365_i32);
        Person {
            number,
            display_name: format!("{given_name} {family_name}"),
            email: email(country, given_name, family_name, repeat),
            given_name: given_name.to_owned(),
            family_name: family_name.to_owned(),
            employee_id: employee_id(number),
            phone: country.phone.map(|pattern| dial(pattern, &mut rng)),
            title: self.title(number, division, department, &mut rng),
            department: department.to_owned(),
            division: division.name.to_owned(),
            organization: format!("Brightwell {}", country.code.to_uppercase()),
            cost_center,
            location: place.to_owned(),
            locale: country.locale.to_owned(),
            time_zone: country.time_zone.to_owned(),
            manager: self.manager(number),
            start_date: date(1995, 1, 1).saturating_add(days.days()),
            frontline,
        }
    }

    /// The address of this person, without making the rest of them.
    pub fn email(&self, number: u64) -> String {
        let (country, turn) = self.country(number);
        let (given, family, repeat) = self.name(country, turn);
        email(country, given, family, repeat)
    }

    /// Teams of about eight below each leader. Down to the heads of departments the leader is fixed; further down a
    /// person is led by one of eight neighbours in the same department, so teams differ in size.
    fn manager(&self, number: u64) -> Option<u64> {
        let seat = Seat::of(number);
        let above = seat.width / TEAM;
        if number == 0 {
            return None;
        }
        let first = seat.start - above;
        let pointed = seat.place % above;
        if number <= HEADS {
            return Some(first + pointed);
        }
        let neighbours = above / TEAM;
        let mut rng = StdRng::seed_from_u64(self.mix(number ^ 0x7ea9));
        let chosen = if rng.random_bool(0.5) {
            pointed
        } else {
            pointed % neighbours + neighbours * rng.random_range(0..TEAM)
        };
        Some(first + chosen)
    }

    /// Whether somebody may report to this person.
    pub(super) fn leads(&self, number: u64) -> bool {
        let seat = Seat::of(number);
        seat.start + seat.width + seat.place < self.size
    }

    fn title(&self, number: u64, division: &Division, department: &str, rng: &mut StdRng) -> String {
        match number {
            0 => "Chief Executive Officer".to_owned(),
            1..=TEAM => division.chief.to_owned(),
            _ if number <= HEADS => format!("Head of {department}"),
            _ if self.leads(number) => format!("Team Lead {department}"),
            _ => {
                let titles: Vec<&str> = division.titles().collect();
                titles[rng.random_range(0..titles.len())].to_owned()
            }
        }
    }

    /// Where a person lives, and the how-manieth of that country they are. Ten neighbours are of ten countries.
    fn country(&self, number: u64) -> (&'static Country, u64) {
        let all = COUNTRIES.len() as u64;
        let turn = number / all;
        let shift = self.mix(turn) % all;
        (&COUNTRIES[((number % all + shift) % all) as usize], turn)
    }

    /// Walks through all pairs of given and family name in a mixed order before the first comes again; then they
    /// carry a number in their address.
    fn name(&self, country: &'static Country, turn: u64) -> (&'static str, &'static str, u64) {
        let (given, family) = (country.given.len() as u64, country.family.len() as u64);
        let pairs = given * family;
        // Both lengths are free of common factors with this prime, so the walk meets every pair.
        let pair = (turn % pairs * 1_000_003 + self.seed % pairs) % pairs;
        (
            country.given[(pair % given) as usize],
            country.family[(pair / given) as usize],
            turn / pairs,
        )
    }

    /// What is random about a person, apart for each purpose.
    pub(super) fn dice(&self, number: u64, purpose: u64) -> StdRng {
        StdRng::seed_from_u64(self.mix(number ^ (purpose << 40)))
    }

    /// Spreads a number over all 64 bits, differently for each seed (the finaliser of SplitMix64).
    fn mix(&self, number: u64) -> u64 {
        let mut z = number
            .wrapping_add(self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
            .wrapping_add(1);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// The employee id of a person: their number with leading zeros.
pub fn employee_id(number: u64) -> String {
    format!("{:06}", number + 1)
}

/// Where a number sits in the chart: the rows below the chief executive hold 8, 64, 512, … people, each led by
/// somebody of the row above, in turns, so that all divisions grow alike.
struct Seat {
    /// The first number of the row.
    start: u64,
    /// How many the row holds when it is full.
    width: u64,
    /// Place in the row, from 0.
    place: u64,
}

impl Seat {
    fn of(number: u64) -> Self {
        let (mut start, mut width) = (0, 1);
        while number >= start + width {
            start += width;
            width *= TEAM;
        }
        Self {
            start,
            width,
            place: number - start,
        }
    }
}

/// The division and department that a person belongs to, and their cost center.
fn post(number: u64) -> (&'static Division, &'static str, String) {
    let place = Seat::of(number).place;
    let division = if number == 0 { TEAM - 1 } else { place % TEAM };
    let department = if number <= TEAM {
        0
    } else {
        place / TEAM % TEAM + 1
    };
    let unit = &DIVISIONS[division as usize];
    let name = match department {
        0 => "Executive Office",
        at => unit.departments().nth(at as usize - 1).unwrap_or_default(),
    };
    (unit, name, format!("{}{department:02}0", division + 1))
}

fn email(country: &Country, given: &str, family: &str, repeat: u64) -> String {
    let number = if repeat == 0 {
        String::new()
    } else {
        format!(".{}", repeat + 1)
    };
    format!(
        "{}.{}{number}@{}.brightwell.example",
        plain(given),
        plain(family),
        country.code
    )
}

fn dial(pattern: &str, rng: &mut StdRng) -> String {
    pattern
        .chars()
        .map(|c| {
            if c == '#' {
                char::from(b'0' + rng.random_range(0..10_u8))
            } else {
                c
            }
        })
        .collect()
}

/// The letters of a name as they stand in an address: `Łukasz` is `lukasz`, `van den Berg` is `vandenberg`.
fn plain(name: &str) -> String {
    let mut text = String::new();
    for c in name.nfd().filter(|c| !is_combining_mark(*c)) {
        match c.to_ascii_lowercase() {
            'ß' => text.push_str("ss"),
            'ł' | 'Ł' => text.push('l'),
            'ı' => text.push('i'),
            'ø' | 'Ø' => text.push('o'),
            '-' => text.push('-'),
            c if c.is_ascii_alphanumeric() => text.push(c),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests;
