use std::collections::BTreeMap;

use crate::Error;
use crate::accounts::AccountState;

/// What keeps a wrong list, or a slip of the hand, from emptying a workplace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Brake {
    pub would_deactivate: i64,
    /// More than so many needs a person's word.
    pub limit: i64,
    /// How many people there are who have not left.
    pub active: i64,
    /// Somebody gave it.
    pub confirmed: bool,
}

impl Brake {
    /// Whether so many leavers need a person's word, by how many people are in each state. `bounds`: the share in
    /// percent, and how many may always go.
    pub fn hold(
        would_deactivate: i64,
        people: &BTreeMap<AccountState, i64>,
        (percent, minimum): (i64, i64),
    ) -> Option<Self> {
        let gone = people.get(&AccountState::Deactivated).copied().unwrap_or(0);
        let active = people.values().sum::<i64>() - gone;
        let limit = (active * percent / 100).max(minimum);
        (would_deactivate > limit).then_some(Self {
            would_deactivate,
            limit,
            active,
            confirmed: false,
        })
    }

    /// What it says. `what`: "this list"; `advice`: what to look at, and how to let it.
    pub fn sentence(&self, what: &str, advice: &str) -> String {
        format!(
            "The brake holds: {what} would deactivate {} of {} people, and more than {} need your word. {advice}",
            self.would_deactivate, self.active, self.limit
        )
    }

    /// The refusal that says so.
    pub fn refusal(&self, what: &str, advice: &str) -> Error {
        Error::Refused {
            code: "brake",
            message: self.sentence(what, advice),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_brake_holds_what_is_more_than_a_share_and_a_few() {
        for (leavers, active, expect) in [
            (0, 0, None),
            (5, 20, None),
            (6, 20, Some(5)),
            (50, 1000, None),
            (51, 1000, Some(50)),
            (1000, 1000, Some(50)),
        ] {
            let people = [(AccountState::Claimed, active), (AccountState::Deactivated, 500)].into();
            let limit = Brake::hold(leavers, &people, (5, 5)).map(|brake| brake.limit);
            assert_eq!(limit, expect, "{leavers} of {active}");
        }
    }
}
