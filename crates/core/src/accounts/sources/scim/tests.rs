use serde_json::{Value, json};

use super::*;
use crate::ids::AccountId;

fn map(value: Value) -> Map {
    let Value::Object(map) = value else {
        unreachable!("an object")
    };
    map
}

fn fields(value: Value) -> Vec<(Field, String)> {
    said(&map(value)).fields.into_iter().collect()
}

#[test]
fn a_resource_says_what_a_profile_holds() {
    let e = ENTERPRISE.urn;
    let owned = |list: &[(Field, &str)]| {
        list.iter()
            .map(|(f, v)| (*f, (*v).to_owned()))
            .collect::<Vec<_>>()
    };
    use Field as F;
    let table: [(Value, &[(Field, &str)]); 12] = [
        (
            json!({"userName": "Anna@Example.com"}),
            &[(F::DisplayName, "Anna"), (F::Email, "Anna@Example.com")],
        ),
        (
            json!({"userName": "anna", "externalId": "E1", "displayName": "Anna"}),
            &[(F::DisplayName, "Anna"), (F::EmployeeId, "E1")],
        ),
        (
            json!({"userName": "a@x.org", "name": {"givenName": "A", "familyName": "B"}}),
            &[(F::GivenName, "A"), (F::FamilyName, "B"), (F::Email, "a@x.org")],
        ),
        (
            json!({"userName": "a@x.org", "name": {"formatted": "A B"}}),
            &[(F::DisplayName, "A B"), (F::Email, "a@x.org")],
        ),
        (
            json!({"userName": "u@x.org", "displayName": "A", "emails": [{"value": "h@x.org", "type": "home"}, {"value": "w@x.org", "type": "work"}]}),
            &[(F::DisplayName, "A"), (F::Email, "w@x.org")],
        ),
        (
            json!({"userName": "u@x.org", "displayName": "A", "emails": [{"value": "h@x.org", "type": "home", "primary": true}, {"value": "w@x.org", "type": "work"}]}),
            &[(F::DisplayName, "A"), (F::Email, "h@x.org")],
        ),
        (
            json!({"userName": "u@x.org", "displayName": "A", "emails": [{"value": "no address"}]}),
            &[(F::DisplayName, "A"), (F::Email, "u@x.org")],
        ),
        (
            json!({"displayName": "A", e: {"employeeNumber": "7", "department": "D", "division": "V", "organization": "O", "costCenter": "C"}}),
            &[
                (F::DisplayName, "A"),
                (F::EmployeeId, "7"),
                (F::Department, "D"),
                (F::Division, "V"),
                (F::Organization, "O"),
                (F::CostCenter, "C"),
            ],
        ),
        (
            json!({"displayName": "A", "userName": "u@x.org", "addresses": [{"locality": "Gdańsk", "country": "PL"}]}),
            &[
                (F::DisplayName, "A"),
                (F::Email, "u@x.org"),
                (F::Location, "Gdańsk"),
            ],
        ),
        (
            json!({"displayName": "A", "userName": "u@x.org", "locale": "nonsense", "preferredLanguage": "en-GB", "timezone": "Europe/Warsaw"}),
            &[
                (F::DisplayName, "A"),
                (F::Email, "u@x.org"),
                (F::Locale, "en-GB"),
                (F::TimeZone, "Europe/Warsaw"),
            ],
        ),
        (
            json!({"displayName": "A", "userName": "u@x.org", FACEBOOK_DATES.urn: {"startDate": 1_769_817_600}, FACEBOOK_AUTH.urn: {"auth_method": "sso"}, FACEBOOK_FRONTLINE.urn: {"is_frontline": true}}),
            &[
                (F::DisplayName, "A"),
                (F::Email, "u@x.org"),
                (F::StartDate, "2026-01-31"),
                (F::Frontline, "true"),
                (F::LoginMethod, "sso"),
            ],
        ),
        (
            json!({"displayName": "A", "userName": "u@x.org", FACEBOOK_DATES.urn: {"startDate": 1_769_817_600, "termDate": 0}}),
            &[(F::DisplayName, "A"), (F::Email, "u@x.org")],
        ),
    ];
    for (resource, expect) in table {
        assert_eq!(fields(resource.clone()), owned(expect), "{resource}");
    }
}

#[test]
fn what_can_not_be_used_is_noted() {
    let notes = said(&map(
        json!({"userName": "a@x.org", "phoneNumbers": [{"value": "call me"}], "timezone": "Moon"}),
    ))
    .notes;
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes.iter().all(|note| note.contains("can't be used")));
}

#[test]
fn what_two_resources_differ_in_is_changed() {
    let id = AccountId(uuid::Uuid::from_u128(7));
    let verbs = |before: Value, after: Value, managers| {
        let (before, after) = (map(before), map(after));
        let both = (&said(&before), &said(&after));
        let changes = changed((&before, &after), both, managers);
        changes.into_iter().map(|change| change.verb).collect::<Vec<_>>()
    };
    let title = |value: Option<&str>| vec![(Field::Title, value.map(str::to_owned))];
    let none = (None, None);
    let s = FACEBOOK_STATUS.urn;
    assert_eq!(verbs(json!({"title": "A"}), json!({"title": "A"}), none), []);
    assert_eq!(
        verbs(json!({"title": "A"}), json!({"title": "B"}), none),
        [Verb::Update {
            patch: title(Some("B"))
        }]
    );
    assert_eq!(
        verbs(json!({"title": "A"}), json!({}), none),
        [Verb::Update { patch: title(None) }]
    );
    assert_eq!(
        verbs(
            json!({"active": true}),
            json!({"active": false, "title": "B"}),
            none
        ),
        [
            Verb::Update {
                patch: title(Some("B"))
            },
            Verb::Deactivate
        ]
    );
    assert_eq!(
        verbs(json!({"active": false}), json!({"active": false}), none),
        []
    );
    assert_eq!(
        verbs(json!({"active": false}), json!({"active": true}), none),
        [Verb::Provision {
            patch: vec![],
            invite: false,
            role: None
        }]
    );
    assert_eq!(
        verbs(
            json!({s: {"invited": false}}),
            json!({s: {"invited": true}}),
            none
        ),
        [Verb::Invite { message: None }]
    );
    assert_eq!(
        verbs(json!({}), json!({}), (None, Some(id))),
        [Verb::Update {
            patch: vec![(Field::Manager, Some(id.to_string()))]
        }]
    );
}

#[test]
fn whoever_arrives_is_invited_when_the_connector_says_so_and_they_are_active() {
    let s = FACEBOOK_STATUS.urn;
    for (resource, by_setting, expect) in [
        (json!({"userName": "a@x.org"}), false, false),
        (json!({"userName": "a@x.org"}), true, true),
        (json!({"userName": "a@x.org", s: {"invited": true}}), false, true),
        (json!({"userName": "a@x.org", "active": false}), true, false),
    ] {
        let resource = map(resource);
        let changes = arrived(&resource, &said(&resource), None, by_setting);
        assert!(
            matches!(changes[0].verb, Verb::Provision { invite, .. } if invite == expect),
            "{resource:?}: {changes:?}"
        );
    }
}
