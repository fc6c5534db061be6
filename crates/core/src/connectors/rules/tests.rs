use super::*;
use crate::Permission;
use crate::ids::{ConnectorId, TokenId, WorkplaceId};
use uuid::Uuid;

const NOW: Moment = Moment::from_ms(1_780_000_000_000);

fn entry(method: &str, path: &str, status: u16, outcome: Outcome, summary: &str) -> LogEntry {
    LogEntry {
        id: Uuid::nil(),
        workplace: WorkplaceId(Uuid::nil()),
        connector: ConnectorId(Uuid::nil()),
        at: NOW,
        method: method.into(),
        path: path.into(),
        status,
        outcome,
        summary: summary.into(),
        reason: None,
        notes: Vec::new(),
        subject: None,
        sent: crate::connectors::Sent::Nothing,
        took_ms: 1,
        request_id: None,
    }
}

fn token(expires_at: Option<Moment>) -> Token {
    Token {
        id: TokenId(Uuid::nil()),
        workplace: WorkplaceId(Uuid::nil()),
        name: "T".into(),
        hint: "1234".into(),
        scopes: vec![Permission::Scim],
        created_by: None,
        created_at: NOW,
        expires_at,
        last_used_at: None,
        connector: None,
    }
}

fn titles(found: &[Advice], tone: Tone) -> Vec<&str> {
    found
        .iter()
        .filter(|one| one.tone == tone)
        .map(|one| one.title.as_str())
        .collect()
}

#[test]
fn the_steps_are_ticked_off_as_they_are_seen() {
    let tokens = [token(None)];
    let nothing = advise(&[], &tokens, 0, NOW);
    assert_eq!(titles(&nothing, Tone::Waiting).len(), 5);
    let seen = [
        entry("GET", "/v2/Users", 200, Outcome::Read, "Found nobody"),
        entry("POST", "/v2/Users", 201, Outcome::Changed, "Added Anna"),
        entry("PATCH", "/v2/Users/1", 200, Outcome::Changed, "Deactivated Anna"),
        entry("POST", "/v2/Groups", 201, Outcome::Changed, "Made the group"),
    ];
    let all = advise(&seen, &tokens, 0, NOW);
    assert_eq!(titles(&all, Tone::Good).len(), 5, "{all:?}");
    assert_eq!(all.len(), 5);
}

#[test]
fn tokens_that_are_over_or_soon_will_be_are_told() {
    for (tokens, tone, title) in [
        (vec![], Tone::Wrong, "No token"),
        (vec![token(Some(NOW.plus_days(-1)))], Tone::Wrong, "No token"),
        (
            vec![token(Some(NOW.plus_days(3)))],
            Tone::Warning,
            "The token ends soon",
        ),
    ] {
        assert_eq!(titles(&advise(&[], &tokens, 0, NOW), tone), [title]);
    }
    assert!(
        titles(
            &advise(&[], &[token(Some(NOW.plus_days(90)))], 0, NOW),
            Tone::Warning
        )
        .is_empty()
    );
}

#[test]
fn what_the_provider_does_wrong_is_said_in_words() {
    let mut twice = entry(
        "POST",
        "/v2/Users",
        409,
        Outcome::Refused,
        "Anna is here already.",
    );
    twice.reason = Some("uniqueness".into());
    let mut noted = entry("POST", "/v2/Users", 201, Outcome::Changed, "Added Bo");
    noted.notes = vec![
        "\"shoeSize\" is not kept.".into(),
        "Not invited: there is no e-mail address.".into(),
    ];
    let failed = entry("GET", "/v2/Users", 500, Outcome::Failed, "The server failed.");
    let found = advise(&[twice.clone(), twice, noted, failed], &[token(None)], 2, NOW);
    assert_eq!(
        titles(&found, Tone::Warning),
        [
            "People are added who are here already",
            "More is sent than is kept",
            "People without an e-mail address",
            "Managers are missing",
        ]
    );
    assert_eq!(titles(&found, Tone::Wrong), ["Failures inside"]);
    assert!(
        found.iter().any(|one| one.text.contains("Seen 2 times")),
        "{found:?}"
    );
}

#[test]
fn a_connector_has_a_name() {
    for (given, fine) in [
        (" Entra ID ", true),
        ("", false),
        ("a\nb", false),
        (&"x".repeat(61), false),
    ] {
        assert_eq!(name(given).is_ok(), fine, "{given:?}");
    }
}

#[test]
fn each_refusal_and_each_habit_has_its_sentence() {
    let refused = |reason: &str| LogEntry {
        reason: Some(reason.into()),
        ..entry("POST", "/v2/Users", 400, Outcome::Refused, "Refused.")
    };
    let noted = |note: &str| LogEntry {
        notes: vec![note.into()],
        ..entry("POST", "/v2/Users", 201, Outcome::Changed, "Added Bo")
    };
    let table = [
        (refused("token_over"), Tone::Wrong, "An old token is used"),
        (
            refused("uniqueness"),
            Tone::Warning,
            "People are added who are here already",
        ),
        (
            refused("invalidFilter"),
            Tone::Wrong,
            "A search can't be answered",
        ),
        (refused("invalidPath"), Tone::Wrong, "An attribute is not known"),
        (refused("invalidValue"), Tone::Wrong, "A value can't be used"),
        (refused("invalidSyntax"), Tone::Wrong, "Requests can't be read"),
        (
            refused("last_admin"),
            Tone::Warning,
            "The last system admin was to leave",
        ),
        (refused("no_such_address"), Tone::Wrong, "The address is wrong"),
        (refused("rate"), Tone::Warning, "It asks very fast"),
        (
            noted("\"shoeSize\" is not kept."),
            Tone::Warning,
            "More is sent than is kept",
        ),
        (
            noted("The phone \"ask\" can't be used and is only kept as it was sent."),
            Tone::Warning,
            "Some values are kept and not used",
        ),
        (
            noted("Not invited: there is no e-mail address."),
            Tone::Warning,
            "People without an e-mail address",
        ),
        (
            noted("Stays deactivated: an admin deactivated this person by hand."),
            Tone::Warning,
            "Somebody stays deactivated",
        ),
        (
            noted("Conflict: Okta manages Anna."),
            Tone::Warning,
            "Another source manages somebody",
        ),
    ];
    for (seen, tone, title) in table {
        let found = advise(&[seen], &[token(None)], 0, NOW);
        assert_eq!(
            titles(&found, Tone::Warning).len() + titles(&found, Tone::Wrong).len(),
            1,
            "{found:?}"
        );
        assert_eq!(titles(&found, tone), [title]);
    }
    let one = advise(&[], &[token(None)], 1, NOW);
    assert_eq!(titles(&one, Tone::Warning), ["Managers are missing"]);
}

#[test]
fn more_than_a_share_and_a_few_within_a_day_need_a_word() {
    let at = Moment::from_ms;
    // Of 200, ten; the share is of those who were there, not of those who are left.
    let mut leavers = Leavers::default().at(at(DAY));
    for gone in 0..10 {
        leavers = leavers.one_more(at(DAY), 200 - gone, (5, 5)).unwrap();
    }
    assert_eq!(leavers.one_more(at(DAY), 190, (5, 5)), None);
    assert_eq!(leavers.at(at(2 * DAY - 1)).gone, 10);
    assert_eq!(leavers.at(at(2 * DAY)).gone, 0, "a day later");
    let allowed = Leavers {
        let_until: Some(DAY + 100),
        ..leavers
    };
    assert_eq!(allowed.one_more(at(DAY + 99), 190, (5, 5)).unwrap().gone, 11);
    assert_eq!(allowed.one_more(at(DAY + 100), 190, (5, 5)), None);
    assert_eq!(allowed.at(at(3 * DAY)).let_until, allowed.let_until);
    // In a small workplace a few may always go; with nothing allowed, nobody.
    let few = Leavers {
        gone: 4,
        ..Leavers::default()
    };
    assert!(few.one_more(at(1), 8, (5, 5)).is_some());
    assert!(Leavers { gone: 5, ..few }.one_more(at(1), 8, (5, 5)).is_none());
    assert!(Leavers::default().one_more(at(1), 8, (0, 0)).is_none());
}
