//! The exceptions from the rules, each with its reason, and none that is no longer needed.

use std::cell::RefCell;
use std::collections::BTreeSet;

/// Lines of `exceptions.txt`: `rule | place | reason`.
pub struct Exceptions {
    rule: &'static str,
    places: BTreeSet<String>,
    used: RefCell<BTreeSet<String>>,
}

impl Exceptions {
    pub fn of(rule: &'static str) -> Self {
        let mut places = BTreeSet::new();
        for (number, line) in include_str!("exceptions.txt").lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let parts: Vec<&str> = line.split('|').map(str::trim).collect();
            let [of, place, reason] = parts[..] else {
                panic!("exceptions.txt:{}: expected `rule | place | reason`", number + 1);
            };
            assert!(
                reason.len() > 20,
                "exceptions.txt:{}: say why in a sentence",
                number + 1
            );
            if of == rule {
                places.insert(place.to_owned());
            }
        }
        Self {
            rule,
            places,
            used: RefCell::default(),
        }
    }

    pub fn covers(&self, place: &str) -> bool {
        let known = self.places.contains(place);
        if known {
            self.used.borrow_mut().insert(place.to_owned());
        }
        known
    }

    /// Findings for exceptions that nothing needs any more.
    pub fn unused(&self) -> Vec<String> {
        let used = self.used.borrow();
        let left = self.places.difference(&used);
        left.map(|place| {
            format!(
                "exceptions.txt: `{} | {place}` is not needed any more: remove it",
                self.rule
            )
        })
        .collect()
    }
}
