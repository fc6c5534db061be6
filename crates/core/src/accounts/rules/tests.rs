use super::*;
use crate::{Entropy, ids};

pub(super) const NOW: Moment = Moment::from_ms(1_780_000_000_000);

pub(super) fn id(number: u64) -> AccountId {
    AccountId::new(&Entropy::seeded(number), NOW)
}

/// As a form gives it: blank is absent.
pub(super) fn text(value: &str) -> Option<String> {
    Some(value.to_owned()).filter(|value| !value.is_empty())
}

fn anna() -> Patch {
    vec![
        (Field::DisplayName, text("Anna Łapińska")),
        (Field::Email, text("Anna@Example.com")),
        (Field::Department, text("Finance")),
    ]
}

pub(super) fn facts() -> Facts {
    Facts {
        other_admins_claimed: 1,
        other_admins: 1,
        role_exists: true,
        ..Facts::default()
    }
}

fn policy() -> Policy {
    Policy {
        owner_fields: vec![Field::Phone, Field::Photo, Field::Email],
        time_zone: Some("Europe/Warsaw".into()),
        ..Policy::default()
    }
}

fn add(patch: Patch, invite: bool) -> Verb {
    Verb::Provision {
        patch,
        invite,
        role: None,
    }
}

fn run(account: &Account, source: Source, verb: Verb, facts: &Facts) -> Decision {
    decide(
        Target::Existing(account),
        &Change::new(source, verb),
        facts,
        &policy(),
        NOW,
    )
}

fn make(patch: Patch, invite: bool) -> Decision {
    let target = Target::New {
        id: id(1),
        workplace: ids::WorkplaceId::new(&Entropy::seeded(9), NOW),
    };
    decide(
        target,
        &Change::new(Source::File, add(patch, invite)),
        &facts(),
        &policy(),
        NOW,
    )
}

/// An account in a state, reached by the rules themselves.
pub(super) fn account(state: State) -> Account {
    let mut account = make(anna(), state != State::Uninvited).unwrap().after.unwrap();
    let mut step = |source, verb| account = run(&account, source, verb, &facts()).unwrap().after.unwrap();
    if matches!(state, State::Claimed | State::Deactivated) {
        step(Source::SelfService, Verb::Claim { patch: vec![] });
    }
    if state == State::Deactivated {
        step(Source::File, Verb::Deactivate);
    }
    assert_eq!(account.state, state);
    account
}

fn verbs() -> Vec<Verb> {
    vec![
        add(vec![(Field::Title, text("Clerk"))], true),
        Verb::Update {
            patch: vec![(Field::Title, text("Clerk"))],
        },
        Verb::Invite { message: None },
        Verb::Remind { message: None },
        Verb::Claim { patch: vec![] },
        Verb::Revoke,
        Verb::Unclaim,
        Verb::Deactivate,
        Verb::Reactivate,
        Verb::Strip,
        Verb::Delete,
        Verb::SetRole {
            role: "analyst".to_owned(),
        },
    ]
}

/// One word for what came out: the action, or `!` and the code of the refusal.
pub(super) fn word(decision: &Decision) -> String {
    match decision {
        Ok(plan) => format!("{:?}", plan.action).to_lowercase(),
        Err(refusal) => format!("!{}", refusal.code),
    }
}

/// Every source x state x verb. A row a source and state, a column a verb in the order of `verbs()`.
#[test]
fn every_source_state_and_verb() {
    let staff = [
        (
            "uninvited",
            "!exists updated invited !not_invited !source_may_not unchanged unchanged deactivated unchanged !not_deactivated deleted updated",
        ),
        (
            "invited",
            "!exists updated unchanged reminded !source_may_not revoked unchanged deactivated unchanged !not_deactivated deleted updated",
        ),
        (
            "claimed",
            "!exists updated unchanged unchanged !source_may_not !already_claimed unclaimed deactivated unchanged !not_deactivated !was_claimed updated",
        ),
        (
            "deactivated",
            "!exists updated !deactivated !deactivated !source_may_not !deactivated !deactivated unchanged reactivated stripped deleted !deactivated",
        ),
    ];
    let lists = [
        (
            "uninvited",
            "invited updated invited !not_invited !source_may_not !source_may_not !source_may_not deactivated unchanged !source_may_not deleted !source_may_not",
        ),
        (
            "invited",
            "updated updated unchanged reminded !source_may_not !source_may_not !source_may_not deactivated unchanged !source_may_not deleted !source_may_not",
        ),
        (
            "claimed",
            "updated updated unchanged unchanged !source_may_not !source_may_not !source_may_not deactivated unchanged !source_may_not !was_claimed !source_may_not",
        ),
        (
            "deactivated",
            "reactivated updated !deactivated !deactivated !source_may_not !source_may_not !source_may_not unchanged reactivated !source_may_not deleted !source_may_not",
        ),
    ];
    let sso = [
        (
            "uninvited",
            "invited updated !s !s !not_invited !s !s !s !s !s !s !s",
        ),
        ("invited", "updated updated !s !s claimed !s !s !s !s !s !s !s"),
        (
            "claimed",
            "updated updated !s !s !already_claimed !s !s !s !s !s !s !s",
        ),
        (
            "deactivated",
            "reactivated updated !s !s !deactivated !s !s !s !s !s !s !s",
        ),
    ];
    let own = [
        (
            "uninvited",
            "!s !not_claimed !s !s !not_invited !s !s !s !s !s !s !s",
        ),
        ("invited", "!s !not_claimed !s !s claimed !s !s !s !s !s !s !s"),
        (
            "claimed",
            "!s !field_locked !s !s !already_claimed !s !s !s !s !s !s !s",
        ),
        (
            "deactivated",
            "!s !not_claimed !s !s !deactivated !s !s !s !s !s !s !s",
        ),
    ];
    for source in Source::ALL {
        let table = match source {
            Source::Admin | Source::Api => staff,
            Source::File | Source::Scim | Source::Directory => lists,
            Source::Sso => sso,
            Source::SelfService => own,
        };
        for (state, expect) in table {
            let account = account(State::parse(state).unwrap());
            let found: Vec<String> = verbs()
                .into_iter()
                .map(|verb| word(&run(&account, *source, verb, &facts())))
                .collect();
            let expect: Vec<String> = expect
                .split(' ')
                .map(|word| {
                    if word == "!s" {
                        "!source_may_not".to_owned()
                    } else {
                        word.to_owned()
                    }
                })
                .collect();
            assert_eq!(found, expect, "{source:?} {state}");
        }
    }
}

#[test]
fn a_repeated_change_does_nothing() {
    for state in State::ALL {
        let before = account(*state);
        for source in Source::ALL {
            for verb in verbs() {
                let Ok(first) = run(&before, *source, verb.clone(), &facts()) else {
                    continue;
                };
                // A reminder is a letter each time; a deleted account is gone.
                let (false, Some(after)) = (first.action == Action::Reminded, first.after) else {
                    continue;
                };
                match run(&after, *source, verb.clone(), &facts()) {
                    Ok(again) => {
                        assert!(again.is_unchanged(), "{source:?} {state:?} {verb:?} {again:?}");
                        assert_eq!(again.after.as_ref(), Some(&after));
                        assert_eq!((again.ends, again.letter), (Ends::default(), None));
                    }
                    Err(refusal) => {
                        assert_eq!(refusal.code, "already_claimed", "{source:?} {state:?} {verb:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn an_uninvited_person_gets_no_letter_unless_the_change_invites_them() {
    let before = account(State::Uninvited);
    for source in Source::ALL {
        for verb in verbs() {
            let invites = matches!(verb, Verb::Invite { .. } | Verb::Provision { .. });
            if let Ok(plan) = run(&before, *source, verb, &facts())
                && plan.letter.is_some()
            {
                assert!(invites && plan.after.unwrap().state == State::Invited);
            }
        }
    }
}

#[test]
fn the_last_system_admin_stays() {
    let alone = Facts {
        role_exists: true,
        ..Facts::default()
    };
    for state in [State::Uninvited, State::Invited, State::Claimed] {
        let mut admin = account(state);
        SYSTEM_ADMIN.clone_into(&mut admin.role);
        for source in Source::ALL {
            for verb in [
                Verb::Deactivate,
                Verb::Delete,
                Verb::Unclaim,
                Verb::Revoke,
                Verb::SetRole {
                    role: MEMBER.to_owned(),
                },
            ] {
                match run(&admin, *source, verb.clone(), &alone) {
                    Ok(plan) => assert!(
                        plan.is_unchanged() && matches!(verb, Verb::Unclaim | Verb::Revoke),
                        "{source:?} {verb:?}"
                    ),
                    Err(refusal) => assert!(
                        ["last_admin", "source_may_not", "was_claimed", "already_claimed"]
                            .contains(&refusal.code),
                        "{source:?} {verb:?} {refusal:?}"
                    ),
                }
            }
        }
    }
    // An invited second admin can't stand in for a claimed one: nobody could get in.
    let mut admin = account(State::Claimed);
    SYSTEM_ADMIN.clone_into(&mut admin.role);
    let invited_only = Facts {
        other_admins: 1,
        other_admins_claimed: 0,
        role_exists: true,
        ..Facts::default()
    };
    assert_eq!(
        word(&run(&admin, Source::Admin, Verb::Deactivate, &invited_only)),
        "!last_admin"
    );
    assert_eq!(
        word(&run(&admin, Source::Admin, Verb::Deactivate, &facts())),
        "deactivated"
    );
    let no_mail = Verb::Update {
        patch: vec![(Field::Email, None), (Field::EmployeeId, text("7"))],
    };
    assert_eq!(word(&run(&admin, Source::Admin, no_mail, &facts())), "!invalid");
}

#[test]
fn what_goes_with_the_rest_of_the_workplace() {
    let person = account(State::Claimed);
    let taken = Facts {
        email_holder: Some(id(5)),
        employee_holder: Some(id(5)),
        ..facts()
    };
    let own = Facts {
        email_holder: Some(person.id),
        ..facts()
    };
    let chain = |chain: &[AccountId]| Facts {
        manager_chain: chain.to_vec(),
        ..facts()
    };
    let manager = || text(&id(7).to_string());
    for (field, value, facts, expect) in [
        (Field::Email, text("bo@example.com"), &taken, "!email_taken"),
        (Field::Email, text("anna@example.com"), &own, "updated"),
        (Field::EmployeeId, text("77"), &taken, "!employee_id_taken"),
        (Field::Manager, manager(), &chain(&[]), "!invalid"),
        (Field::Manager, manager(), &chain(&[id(7), id(8)]), "updated"),
        (
            Field::Manager,
            manager(),
            &chain(&[id(7), person.id]),
            "!manager_cycle",
        ),
        (
            Field::Manager,
            text(&person.id.to_string()),
            &chain(&[person.id]),
            "!manager_cycle",
        ),
        (Field::DisplayName, None, &own, "!invalid"),
        (Field::Email, None, &own, "!invalid"),
        (Field::EndDate, text("not a date"), &own, "!invalid"),
        (Field::Department, text(" Finance "), &own, "unchanged"),
    ] {
        let verb = Verb::Update {
            patch: vec![(field, value.clone())],
        };
        assert_eq!(
            word(&run(&person, Source::Admin, verb, facts)),
            expect,
            "{field:?} {value:?}"
        );
    }
    let dates = vec![
        (Field::StartDate, text("2026-05-01")),
        (Field::EndDate, text("2026-04-01")),
    ];
    assert_eq!(
        word(&run(
            &person,
            Source::Admin,
            Verb::Update { patch: dates },
            &facts()
        )),
        "!invalid"
    );
}

#[test]
fn every_field_keeps_its_source() {
    let made = account(State::Claimed);
    assert_eq!(made.origins[&Field::Department].source, Source::File);
    let patch = vec![
        (Field::Department, text("Legal")),
        (Field::Email, text("Anna@Example.com")),
    ];
    let later = Moment::from_ms(NOW.ms() + 1);
    let change = Change::new(Source::Scim, Verb::Update { patch });
    let plan = decide(Target::Existing(&made), &change, &facts(), &policy(), later).unwrap();
    let after = plan.after.unwrap();
    assert_eq!(
        after.origins[&Field::Department],
        super::super::Origin {
            source: Source::Scim,
            of: None,
            at: later
        }
    );
    assert_eq!(
        after.origins[&Field::Email].source,
        Source::File,
        "the same value keeps its source"
    );
    let fields: Vec<&str> = plan.changes.iter().map(|change| change.field.as_ref()).collect();
    assert_eq!(fields, ["department", "kept.department.file"]);
}

#[test]
fn a_person_edits_what_the_workplace_lets_them() {
    let person = account(State::Claimed);
    for (field, value, expect) in [
        (Field::Phone, "+48 601 234 567", "updated"),
        (Field::Title, "Boss", "!field_locked"),
        (Field::Email, "other@example.com", "!field_locked"),
    ] {
        let verb = Verb::Update {
            patch: vec![(field, text(value))],
        };
        assert_eq!(
            word(&run(&person, Source::SelfService, verb, &facts())),
            expect,
            "{field:?}"
        );
    }
}

#[test]
fn leaving_ends_all_and_coming_back_restores() {
    let mut person = account(State::Claimed);
    person.profile.set(Field::Manager, text(&id(7).to_string()));
    let gone = run(&person, Source::Directory, Verb::Deactivate, &facts()).unwrap();
    assert!(gone.ends.sessions && gone.ends.links && !gone.ends.everything);
    let gone = gone.after.unwrap();
    let back = run(&gone, Source::Directory, Verb::Reactivate, &facts())
        .unwrap()
        .after
        .unwrap();
    assert_eq!(
        (back.state, back.profile.manager()),
        (State::Claimed, Some(id(7)))
    );
    // By hand stays by hand: a list that names the person does not bring them back.
    let by_hand = run(&person, Source::Admin, Verb::Deactivate, &facts())
        .unwrap()
        .after
        .unwrap();
    let listed = run(
        &by_hand,
        Source::File,
        add(vec![(Field::Title, text("Clerk"))], false),
        &facts(),
    )
    .unwrap();
    assert_eq!(listed.after.unwrap().state, State::Deactivated);
    assert_eq!(listed.notes.len(), 1);
}

#[test]
fn stripped_data_is_nowhere() {
    let plan = run(&account(State::Deactivated), Source::Admin, Verb::Strip, &facts()).unwrap();
    assert!(
        plan.changes
            .iter()
            .all(|change| change.before.is_none() && change.after.is_none())
    );
    let after = plan.after.unwrap();
    assert_eq!(
        (after.name().as_str(), after.profile.email_key()),
        ("Former member", None)
    );
    assert_eq!(
        word(&run(&after, Source::Admin, Verb::Reactivate, &facts())),
        "!former"
    );
}

#[test]
fn who_may_be_added() {
    let name = (Field::GivenName, text("Bo"));
    for (patch, invite, expect, state) in [
        (vec![name.clone()], false, "!invalid", None),
        (
            vec![(Field::Email, text("bo@example.com"))],
            false,
            "!invalid",
            None,
        ),
        (
            vec![name.clone(), (Field::Email, text("bo at example"))],
            false,
            "!invalid",
            None,
        ),
        (
            vec![name.clone(), (Field::Email, text("bo@example.com"))],
            false,
            "created",
            Some(State::Uninvited),
        ),
        (
            vec![name.clone(), (Field::Email, text("bo@example.com"))],
            true,
            "created",
            Some(State::Invited),
        ),
        (
            vec![name, (Field::EmployeeId, text("12"))],
            true,
            "created",
            Some(State::Uninvited),
        ),
    ] {
        let made = make(patch.clone(), invite);
        assert_eq!(word(&made), expect, "{patch:?}");
        assert_eq!(
            made.ok().and_then(|plan| plan.after).map(|account| account.state),
            state,
            "{patch:?}"
        );
    }
}

#[test]
fn whoever_a_directory_no_longer_knows_is_removed_or_deactivated() {
    let unclaimed = run(&account(State::Claimed), Source::Admin, Verb::Unclaim, &facts())
        .unwrap()
        .after
        .unwrap();
    let mut never = account(State::Invited);
    never = run(&never, Source::Scim, Verb::Deactivate, &facts())
        .unwrap()
        .after
        .unwrap();
    for (account, expect, told) in [
        (account(State::Uninvited), "deleted", "delete"),
        (account(State::Invited), "deleted", "delete"),
        (never, "deleted", "delete"),
        (account(State::Claimed), "deactivated", "deactivate"),
        (unclaimed, "deactivated", "deactivate"),
        (account(State::Deactivated), "unchanged", "deactivate"),
    ] {
        for source in Source::ALL {
            let decision = run(&account, *source, Verb::Withdraw, &facts());
            if matches!(source, Source::Scim | Source::Directory) {
                assert_eq!(word(&decision), expect, "{source:?} {:?}", account.state);
                assert_eq!(decision.unwrap().verb, told);
            } else {
                assert_eq!(word(&decision), "!source_may_not", "{source:?}");
            }
        }
    }
    let mut admin = account(State::Claimed);
    SYSTEM_ADMIN.clone_into(&mut admin.role);
    let alone = Facts::default();
    assert_eq!(
        word(&run(&admin, Source::Scim, Verb::Withdraw, &alone)),
        "!last_admin"
    );
}
