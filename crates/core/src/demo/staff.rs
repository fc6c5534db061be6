//! The company over time: who comes, goes and moves on, and when each person takes their account. Pure.

use std::net::{IpAddr, Ipv4Addr};

use rand::RngExt as _;
use rand::rngs::StdRng;

use super::people::{Company, Person};
use crate::Moment;

/// How many days ago the HR system's lists were taken in. The first opens the workplace, the others are full lists.
pub(super) const LISTS: [i64; 3] = [231, 140, 40];

/// The columns of the lists, as Workplace's people sheet named them.
pub(super) const HEADER: [&str; 15] = [
    "Email",
    "Employee ID",
    "First name",
    "Last name",
    "Job Title",
    "Department",
    "Division",
    "Organization",
    "Cost Center",
    "Phone Number",
    "Location",
    "Locale",
    "Manager Employee ID",
    "Frontline",
    "Start Date",
];

/// What the dice are thrown for; each has throws of its own.
#[derive(Clone, Copy)]
enum Purpose {
    Career = 1,
    Claim,
    Habits,
    Letter,
}

/// The company's people over the three lists.
#[derive(Clone, Copy)]
pub(super) struct Staff {
    pub company: Company,
    pub now: Moment,
}

/// On which lists a person is, and from which on something about them differs.
struct Career {
    first: usize,
    /// The first list without them.
    gone: Option<usize>,
    promoted: Option<usize>,
    moved: Option<usize>,
}

/// When a person was invited and what they did then.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Way {
    pub invited: Option<Moment>,
    pub visited: Option<Moment>,
    pub claimed: Option<Moment>,
    /// When they were last here.
    pub logged_in: Option<Moment>,
}

impl Staff {
    fn dice(&self, number: u64, purpose: Purpose) -> StdRng {
        self.company.dice(number, purpose as u64)
    }

    fn career(&self, number: u64) -> Career {
        let mut dice = self.dice(number, Purpose::Career);
        let [joins, leaves, rises, moves] = [0; 4].map(|_| dice.random_range(0..1000_u32));
        if self.company.leads(number) || number <= 72 {
            return Career {
                first: 0,
                gone: None,
                promoted: None,
                moved: None,
            };
        }
        let first = match joins {
            0..40 => 1,
            40..75 => 2,
            _ => 0,
        };
        let gone = match leaves {
            0..22 => Some(1),
            22..40 => Some(2),
            _ => None,
        };
        let one_of_two = |throw: u32, share: u32| match throw {
            throw if throw < share => Some(1),
            throw if throw < 2 * share => Some(2),
            _ => None,
        };
        Career {
            first,
            gone: gone.filter(|gone| *gone > first),
            promoted: one_of_two(rises, 30),
            moved: one_of_two(moves, 15),
        }
    }

    /// The person as the list with this number knows them; nobody, if they are not on it.
    pub fn on_list(&self, number: u64, list: usize) -> Option<Person> {
        let career = self.career(number);
        let there = career.first <= list && career.gone.is_none_or(|gone| list < gone);
        let mut person = there.then(|| self.company.person(number))?;
        if career.promoted.is_some_and(|from| list >= from) {
            person.title = format!("Senior {}", person.title);
        }
        if career.moved.is_some_and(|from| list >= from) {
            // Ten numbers on is somebody of the same country, mostly elsewhere in it.
            let other = self.company.person(number - 10);
            if other.locale == person.locale {
                person.location = other.location;
            }
        }
        Some(person)
    }

    /// Those who are new on a list.
    pub fn new_on(&self, list: usize) -> impl Iterator<Item = u64> {
        let staff = *self;
        (0..self.company.size()).filter(move |number| staff.career(*number).first == list)
    }

    /// The day in the company's life, at an hour and some minutes.
    pub fn at(&self, days_ago: i64, hour: i64) -> Moment {
        let midnight = self.now.ms() - self.now.ms().rem_euclid(86_400_000);
        Moment::from_ms(midnight)
            .plus_days(-days_ago)
            .plus_seconds(hour * 3600 + days_ago % 50 * 60)
    }

    /// How many days ago the person was invited. Of the newest, those without a desk are not invited yet.
    fn invited(&self, number: u64) -> Option<i64> {
        let person = self.company.person(number);
        match self.career(number).first {
            0 => Some(match person.division.as_str() {
                "Technology" | "People and Culture" => 224,
                "Manufacturing" | "Logistics" | "Retail" => 203,
                _ => 217,
            }),
            1 => Some(139),
            _ => (!person.frontline).then_some(38),
        }
    }

    /// Whose address in the HR system is wrong: a few who lead nobody.
    pub fn bouncing(self) -> impl Iterator<Item = u64> {
        (0..self.company.size()).filter(move |number| self.bounces(*number))
    }

    fn bounces(&self, number: u64) -> bool {
        !self.company.leads(number) && number > 72 && self.dice(number, Purpose::Letter).random_bool(0.012)
    }

    /// The person's way in.
    pub fn way(&self, number: u64) -> Way {
        let Some(days_ago) = self.invited(number) else {
            return Way::default();
        };
        let mut dice = self.dice(number, Purpose::Claim);
        let invited = self.at(days_ago, 9);
        let chance = if self.company.person(number).frontline {
            0.68
        } else {
            0.93
        };
        let (claims, visits) = (
            self.company.leads(number) || dice.random_bool(chance),
            dice.random_bool(0.45),
        );
        // Most come within days, some after weeks.
        let wait: f64 = dice.random_range(0.0..1.0_f64).powi(3) * 24.0;
        let hour = dice.random_range(11..20);
        let seconds = dice.random_range(0..3600);
        let came = self.at(days_ago - wait as i64, hour).plus_seconds(seconds);
        let gone = self.career(number).gone.map(|list| self.at(LISTS[list], 0));
        let reached = !self.bounces(number);
        let in_time = |at: &Moment| reached && gone.is_none_or(|gone| *at < gone) && *at < self.now;
        let visited = Some(came).filter(|at| (claims || visits) && in_time(at));
        let claimed = visited
            .filter(|_| claims)
            .map(|at| at.plus_seconds(60 + seconds % 200))
            .filter(in_time);
        let mut habits = self.dice(number, Purpose::Habits);
        let back = self.now.plus_seconds(-habits.random_range(600..14 * 86_400_i64));
        let logged_in = claimed
            .filter(|at| *at < back && gone.is_none() && habits.random_bool(0.8))
            .map(|_| back);
        Way {
            invited: Some(invited),
            visited,
            claimed,
            logged_in,
        }
    }

    /// Whom the person would join of `count` groups that are open to all: none to three.
    pub fn interests(&self, number: u64, count: usize) -> Vec<usize> {
        let mut dice = self.dice(number, Purpose::Habits);
        let some = (0..3).filter(|_| dice.random_bool(0.15)).count();
        let mut dice = self.dice(number, Purpose::Claim);
        (0..some).map(|_| dice.random_range(0..count)).collect()
    }

    /// A device of the person, as its browser names itself, and where it was.
    pub fn device(&self, number: u64) -> (&'static str, IpAddr) {
        const DEVICES: [&str; 5] = [
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
        ];
        let mut dice = self.dice(number, Purpose::Habits);
        let phones = self.company.person(number).frontline;
        let device = if phones {
            2 + dice.random_range(0..2)
        } else {
            dice.random_range(0..DEVICES.len())
        };
        // RFC 5737 keeps these addresses free for examples.
        let address = Ipv4Addr::new(203, 0, 113, dice.random_range(1..255));
        (DEVICES[device], address.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_come_go_and_move_on_and_nobody_acts_before_their_time() {
        let staff = Staff {
            company: Company::new(1, 2000),
            now: Moment::from_ms(1_790_000_000_000),
        };
        let on = |list| (0..2000).filter(|n| staff.on_list(*n, list).is_some()).count();
        let left = |list: usize| {
            (0..2000)
                .filter(|n| staff.on_list(*n, list - 1).is_some() && staff.on_list(*n, list).is_none())
                .count()
        };
        assert!(on(0) > 1800 && on(2) > on(0), "{} {}", on(0), on(2));
        // Few enough that the brake lets them go: it holds at 5 %.
        assert!((10..90).contains(&left(1)) && (10..90).contains(&left(2)));
        let mut claimed = 0;
        for number in 0..2000 {
            let way = staff.way(number);
            let times = [way.invited, way.visited, way.claimed, way.logged_in];
            let times: Vec<Moment> = times.into_iter().flatten().collect();
            assert!(times.is_sorted(), "{number}: {way:?}");
            assert!(times.iter().all(|at| *at < staff.now));
            claimed += i64::from(way.claimed.is_some());
            if let Some(person) = staff.on_list(number, 2) {
                assert!(person.manager.is_none_or(|m| staff.on_list(m, 0).is_some()));
            }
        }
        assert!((1400..1900).contains(&claimed), "{claimed}");
    }
}
