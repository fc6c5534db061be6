use super::*;
use crate::accounts::AccountState as State;

const EXISTING: [Option<State>; 5] = [
    None,
    Some(State::Uninvited),
    Some(State::Invited),
    Some(State::Claimed),
    Some(State::Deactivated),
];
const STANDINGS: [Standing; 4] = [
    Standing::Ours,
    Standing::Allowed,
    Standing::Unknown,
    Standing::Elsewhere,
];

/// A letter for each outcome.
fn letter(outcome: Outcome) -> char {
    match outcome {
        Outcome::Join => 'J',
        Outcome::Invite => 'I',
        Outcome::Ask => 'A',
        Outcome::Member => 'm',
        Outcome::Waits => 'w',
        Outcome::Refused(Why::Elsewhere) => 'e',
        Outcome::Refused(Why::Deactivated) => 'd',
        Outcome::Refused(Why::NotOpen) => 'n',
    }
}

/// Join setting x access setting x address kind x who brings them x existing account -> outcome. Each row: the way and
/// the settings; each group of five: an address that is ours, let in, unknown, of another workplace; each letter in it:
/// nobody, uninvited, invited, claimed, deactivated.
#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn who_comes_in_which_way() {
    use Coworkers as C;
    use Joining as J;
    let own = Way::Own;
    let link = |by_admin| Way::Link { by_admin };
    let invited = |by_admin| Way::Invited { by_admin };
    let table = [
        // By themselves: the access setting says nothing.
        (own, J::Invited, C::Admins, false, "AAJmd AAJmd nnJmd eeJmd"),
        (own, J::Invited, C::All, false, "AAJmd AAJmd nnJmd eeJmd"),
        (own, J::Domains, C::Admins, false, "JJJmd JJJmd nnJmd eeJmd"),
        (own, J::Domains, C::All, true, "JJJmd JJJmd nnJmd eeJmd"),
        // An admin invites: no setting says no.
        (
            invited(true),
            J::Invited,
            C::Admins,
            false,
            "IIwmd IIwmd IIwmd eewmd",
        ),
        (invited(true), J::Domains, C::All, true, "IIwmd IIwmd IIwmd eewmd"),
        // A coworker invites: the join setting says nothing.
        (
            invited(false),
            J::Invited,
            C::Admins,
            false,
            "AAwmd AAwmd AAwmd eewmd",
        ),
        (
            invited(false),
            J::Domains,
            C::Admins,
            true,
            "AAwmd AAwmd AAwmd eewmd",
        ),
        (
            invited(false),
            J::Invited,
            C::Domains,
            false,
            "AAwmd AAwmd AAwmd eewmd",
        ),
        (
            invited(false),
            J::Invited,
            C::Domains,
            true,
            "IIwmd IIwmd IIwmd eewmd",
        ),
        (
            invited(false),
            J::Invited,
            C::All,
            false,
            "IIwmd IIwmd IIwmd eewmd",
        ),
        // A link of an admin is an invitation of many; a coworker's goes by both settings.
        (
            link(true),
            J::Invited,
            C::Admins,
            false,
            "JJJmd JJJmd JJJmd eeJmd",
        ),
        (
            link(false),
            J::Invited,
            C::Admins,
            false,
            "AAJmd AAJmd AAJmd eeJmd",
        ),
        (
            link(false),
            J::Domains,
            C::Admins,
            false,
            "JJJmd JJJmd AAJmd eeJmd",
        ),
        (
            link(false),
            J::Invited,
            C::Domains,
            true,
            "JJJmd JJJmd JJJmd eeJmd",
        ),
        (
            link(false),
            J::Invited,
            C::Domains,
            false,
            "AAJmd AAJmd AAJmd eeJmd",
        ),
        (link(false), J::Invited, C::All, false, "JJJmd JJJmd JJJmd eeJmd"),
    ];
    for (way, joining, coworkers, approved, expect) in table {
        let told: Vec<String> = STANDINGS
            .iter()
            .map(|standing| {
                let one = |existing: &Option<State>| {
                    letter(outcome(Case {
                        joining,
                        coworkers,
                        approved,
                        standing: *standing,
                        way,
                        existing: *existing,
                    }))
                };
                EXISTING.iter().map(one).collect()
            })
            .collect();
        assert_eq!(
            told.join(" "),
            expect,
            "{way:?} {joining:?} {coworkers:?} approved: {approved}"
        );
    }
}

#[test]
fn addresses_are_found_in_what_was_pasted() {
    let pasted = ["Ada <ada@example.com>; bo@example.com,\nBO@example.com\tnonsense".to_owned()];
    let (right, wrong) = addresses(&pasted);
    assert_eq!(right, ["ada@example.com", "bo@example.com"]);
    assert_eq!(wrong, ["Ada", "nonsense"]);
}

#[test]
fn required_fields_are_missing_until_filled() {
    let required = [Field::Department, Field::Title];
    let given = [
        (Field::Department, "IT".to_owned()),
        (Field::Title, " ".to_owned()),
    ];
    assert_eq!(missing(&required, &given), [Field::Title]);
    assert!(may_be_required(Field::Department) && !may_be_required(Field::Email));
}

#[test]
fn a_digest_comes_once_a_day_in_the_morning() {
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    let now = at("2026-11-25T07:30:00Z");
    for (told, zone, due) in [
        (None, "Europe/Warsaw", true),
        (None, "UTC", false),
        (Some("2026-11-24T20:00:00Z"), "Europe/Warsaw", true),
        (Some("2026-11-25T07:01:00Z"), "Europe/Warsaw", false),
        (Some("2026-11-24T23:30:00Z"), "Europe/Warsaw", false),
    ] {
        assert_eq!(digest_due(told.map(at), now, zone), due, "{told:?} {zone}");
    }
}
