//! The groups of the company.

use super::people::Person;
use crate::groups::{Input, Kind, Privacy};

/// Groups that anybody may join, and what they are about.
const OPEN: [(&str, &str, Kind); 12] = [
    (
        "Ask IT",
        "Questions on laptops, phones and passwords. Somebody answers within the hour.",
        Kind::Discussions,
    ),
    (
        "Cycling to work",
        "Routes, repairs and the company's bikes.",
        Kind::Social,
    ),
    (
        "Book club",
        "One book a month. We meet on the last Thursday, on screen and in Utrecht.",
        Kind::Social,
    ),
    (
        "Swap market",
        "What one no longer needs, another looks for.",
        Kind::Social,
    ),
    (
        "Photography",
        "The picture of the week, and how it was made.",
        Kind::Social,
    ),
    (
        "New parents",
        "Leave, part time, sleep. Mostly sleep.",
        Kind::Social,
    ),
    (
        "Running",
        "Training before work, and the company relay in May.",
        Kind::Social,
    ),
    (
        "Customers first",
        "What our customers tell us, and what we make of it.",
        Kind::Discussions,
    ),
    (
        "Better every week",
        "Ideas from the floor. Each gets an answer from whoever can decide it.",
        Kind::Discussions,
    ),
    (
        "Languages over lunch",
        "Practise Polish, Spanish or German with those who speak it at home.",
        Kind::Learning,
    ),
    (
        "First weeks at Brightwell",
        "Where things are and whom to ask. Start here when you are new.",
        Kind::Learning,
    ),
    (
        "Safety on the shop floor",
        "Near misses, lessons and the monthly drill.",
        Kind::Learning,
    ),
];

/// Whom a group holds from the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Members {
    /// Whoever claims an account.
    Everybody,
    Board,
    Division(String),
    Location(String),
    /// Who wants.
    Whoever,
}

impl Members {
    pub fn hold(&self, person: &Person) -> bool {
        match self {
            Self::Board => person.number <= 8,
            Self::Division(name) => person.division == *name,
            Self::Location(name) => person.location == *name,
            Self::Everybody | Self::Whoever => false,
        }
    }
}

/// All groups, with whom they hold; those that anybody may join come last.
pub(super) fn all(divisions: &[String], locations: &[String]) -> Vec<(Input, Members)> {
    let group = |name: &str, about: &str, kind, privacy| Input {
        name: name.to_owned(),
        description: about.to_owned(),
        kind,
        privacy,
        is_default: false,
    };
    let mut groups = vec![
        (
            Input {
                is_default: true,
                ..group(
                    "Brightwell news",
                    "What concerns all of us, first hand.",
                    Kind::Announcements,
                    Privacy::Open,
                )
            },
            Members::Everybody,
        ),
        (
            group(
                "Leadership circle",
                "The board among themselves.",
                Kind::Teams,
                Privacy::Secret,
            ),
            Members::Board,
        ),
    ];
    for name in divisions {
        let about = format!("Plans, figures and people of {name}.");
        groups.push((
            group(name, &about, Kind::Teams, Privacy::Closed),
            Members::Division(name.clone()),
        ));
    }
    for name in locations {
        let title = format!("Brightwell in {name}");
        let about = format!("The house, the canteen and the neighbours in {name}.");
        groups.push((
            group(&title, &about, Kind::Discussions, Privacy::Open),
            Members::Location(name.clone()),
        ));
    }
    for (name, about, kind) in OPEN {
        groups.push((group(name, about, kind, Privacy::Open), Members::Whoever));
    }
    groups
}
