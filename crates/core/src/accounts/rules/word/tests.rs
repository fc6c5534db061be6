use crate::accounts::{
    Account, AccountState as State, Action, Change, Facts, Keeper, Patch, Plan, Policy,
    ProfileField as Field, Refusal, Source, Target, Verb, Voice, decide,
};
use crate::ids::{AccountId, WorkplaceId};
use crate::{Entropy, Moment};

const NOW: Moment = Moment::from_ms(1_780_000_000_000);

/// A workplace where people look after their own phone number.
fn policy() -> Policy {
    Policy {
        owner_fields: vec![Field::Phone],
        ..Policy::default()
    }
}

fn patch(fields: &[(Field, &str)]) -> Patch {
    let value = |value: &str| Some(value.to_owned()).filter(|value| !value.is_empty());
    fields.iter().map(|(field, text)| (*field, value(text))).collect()
}

fn provision(fields: &[(Field, &str)]) -> Verb {
    Verb::Provision {
        patch: patch(fields),
        invite: false,
        role: None,
    }
}

fn act(account: &Account, source: Source, verb: Verb, facts: &Facts) -> Result<Plan, Refusal> {
    let change = Change::new(source, verb);
    decide(Target::Existing(account), &change, facts, &policy(), NOW)
}

/// Anna, whom `by` added with a title.
fn anna(by: Source, title: &str) -> Account {
    let target = Target::New {
        id: AccountId::new(&Entropy::seeded(1), NOW),
        workplace: WorkplaceId::new(&Entropy::seeded(2), NOW),
    };
    let fields = [
        (Field::DisplayName, "Anna"),
        (Field::Email, "anna@example.com"),
        (Field::Title, title),
    ];
    let change = Change::new(by, provision(&fields));
    let plan = decide(target, &change, &Facts::default(), &policy(), NOW).unwrap();
    plan.after.unwrap()
}

/// The title in force and whose it is, then what is kept: `Boss by scim (Clerk by file)`.
fn told(account: &Account) -> String {
    let value = account.profile.get(Field::Title).unwrap_or("-");
    let owner = account
        .origins
        .get(&Field::Title)
        .map_or("nobody", |origin| origin.source.as_str());
    let kept: Vec<String> = account
        .claims
        .of(Field::Title)
        .map(|(source, kept)| format!("{} by {}", kept.value, source.as_str()))
        .collect();
    let handed = account.claims.handed.get(&Field::Title);
    let handed = handed.map_or(String::new(), |to| format!(", handed to {}", to.as_str()));
    if kept.is_empty() {
        return format!("{value} by {owner}{handed}");
    }
    format!("{value} by {owner} ({}){handed}", kept.join(", "))
}

#[test]
#[allow(clippy::too_many_lines, reason = "one table, read in one piece")]
fn the_highest_in_rank_has_the_word_and_the_others_are_kept() {
    use Source as S;
    let title = |text: &str| Verb::Update {
        patch: patch(&[(Field::Title, text)]),
    };
    let hand = |to: Option<Source>| Verb::HandOver {
        field: Field::Title,
        to: to.map(Voice::from),
    };
    type Steps<'a> = Vec<(Source, Verb, &'a str)>;
    let table: Vec<(Source, Steps<'_>)> = vec![
        (
            S::File,
            vec![
                // Among equals the last.
                (S::Admin, title("Boss"), "Boss by admin"),
                (S::File, title("Clerk"), "Clerk by file"),
                // A higher one takes the word, and what was in force is kept.
                (
                    S::Directory,
                    title("Director"),
                    "Director by directory (Clerk by file)",
                ),
                (
                    S::Scim,
                    title("Chief"),
                    "Chief by scim (Clerk by file, Director by directory)",
                ),
                // What a lower one says is kept and not used.
                (
                    S::Directory,
                    title("Dean"),
                    "Chief by scim (Clerk by file, Dean by directory)",
                ),
                (
                    S::Admin,
                    title("Boss"),
                    "Chief by scim (Boss by admin, Clerk by file, Dean by directory)",
                ),
                // A lower one says nothing any more.
                (
                    S::Admin,
                    title(""),
                    "Chief by scim (Clerk by file, Dean by directory)",
                ),
                // The highest gives the field back: the next has the word.
                (S::Scim, title(""), "Dean by directory (Clerk by file)"),
                (S::Directory, title(""), "Clerk by file"),
                // Only its own word does a directory take back.
                (S::Directory, title(""), "Clerk by file"),
                (S::File, title(""), "- by file"),
            ],
        ),
        (
            S::Scim,
            vec![
                // An admin takes the field over, with the value that it has.
                (
                    S::Admin,
                    hand(Some(S::Admin)),
                    "Clerk by admin (Clerk by scim), handed to admin",
                ),
                (
                    S::Admin,
                    title("Boss"),
                    "Boss by admin (Clerk by scim), handed to admin",
                ),
                (
                    S::Scim,
                    title("Chief"),
                    "Boss by admin (Chief by scim), handed to admin",
                ),
                (S::Admin, title(""), "- by admin (Chief by scim), handed to admin"),
                (
                    S::Admin,
                    title("Boss"),
                    "Boss by admin (Chief by scim), handed to admin",
                ),
                // And gives it back.
                (S::Admin, hand(None), "Chief by scim (Boss by admin)"),
                (S::Admin, hand(None), "Chief by scim (Boss by admin)"),
                // To one by name: what it says comes into force.
                (
                    S::File,
                    title("Clerk"),
                    "Chief by scim (Boss by admin, Clerk by file)",
                ),
                (
                    S::Api,
                    hand(Some(S::File)),
                    "Clerk by file (Boss by admin, Chief by scim), handed to file",
                ),
                (
                    S::Scim,
                    title("Chair"),
                    "Clerk by file (Boss by admin, Chair by scim), handed to file",
                ),
                (
                    S::Admin,
                    hand(Some(S::Scim)),
                    "Chair by scim (Boss by admin, Clerk by file)",
                ),
                // The identity provider is no more.
                (
                    S::Admin,
                    Verb::Release { gone: S::Scim.into() },
                    "Clerk by file (Boss by admin)",
                ),
            ],
        ),
    ];
    for (by, steps) in table {
        let mut account = anna(by, "Clerk");
        for (source, verb, expect) in steps {
            let what = format!("{} {verb:?}", source.as_str());
            let plan = act(&account, source, verb.clone(), &Facts::default()).unwrap();
            let after = plan.after.clone().unwrap();
            assert_eq!(told(&after), expect, "{what}");
            assert_eq!(plan.is_unchanged(), told(&after) == told(&account), "{what}");
            account = after;
            let again = act(&account, source, verb, &Facts::default()).unwrap();
            assert!(again.is_unchanged(), "{what}, again: {:?}", again.changes);
            assert!(
                again.notes.is_empty(),
                "what is kept is told once: {:?}",
                again.notes
            );
        }
    }
}

#[test]
fn a_field_of_ones_own_is_ones_own_and_a_rank_may_be_set() {
    let phone = |account: &Account| {
        let value = account.profile.get(Field::Phone).unwrap_or("-").to_owned();
        let kept: Vec<_> = account
            .claims
            .of(Field::Phone)
            .map(|(voice, _)| voice.source)
            .collect();
        (value, kept)
    };
    let say = |text: &str| Verb::Update {
        patch: patch(&[(Field::Phone, text)]),
    };
    let mut account = anna(Source::Scim, "Clerk");
    account.state = State::Claimed;
    let steps = [
        (Source::Scim, "+48 22 000 00 01", "+48 22 000 00 01", vec![]),
        (
            Source::SelfService,
            "+48 22 000 00 02",
            "+48 22 000 00 02",
            vec![Source::Scim],
        ),
        (
            Source::Scim,
            "+48 22 000 00 03",
            "+48 22 000 00 02",
            vec![Source::Scim],
        ),
        (
            Source::Admin,
            "+48 22 000 00 04",
            "+48 22 000 00 04",
            vec![Source::Scim],
        ),
    ];
    for (source, says, expect, kept) in steps {
        let plan = act(&account, source, say(says), &Facts::default()).unwrap();
        account = plan.after.unwrap();
        assert_eq!(phone(&account), (expect.to_owned(), kept), "{source:?}");
    }
    let mut other = policy();
    other
        .ranks
        .fields
        .insert(Field::Title, [(Keeper::File, 9)].into_iter().collect());
    let change = Change::new(
        Source::File,
        Verb::Update {
            patch: patch(&[(Field::Title, "Boss")]),
        },
    );
    let plan = decide(
        Target::Existing(&account),
        &change,
        &Facts::default(),
        &other,
        NOW,
    )
    .unwrap();
    assert_eq!(told(&plan.after.unwrap()), "Boss by file (Clerk by scim)");
}

#[test]
fn what_would_come_into_force_must_fit() {
    let mut account = anna(Source::File, "Clerk");
    let email = |text: &str| Verb::Update {
        patch: patch(&[(Field::Email, text)]),
    };
    let plan = act(&account, Source::Scim, email("a@corp.example"), &Facts::default()).unwrap();
    account = plan.after.unwrap();
    // Somebody else has the old address by now.
    let taken = Facts {
        email_holder: Some(AccountId(uuid::Uuid::from_u128(9))),
        ..Facts::default()
    };
    let refused = act(&account, Source::Scim, email(""), &taken).unwrap_err();
    assert_eq!(
        refused.field,
        Some(Field::Email),
        "nobody is left without a way to be told apart"
    );
    let plan = act(&account, Source::Scim, email(""), &Facts::default()).unwrap();
    assert_eq!(
        plan.after.unwrap().profile.get(Field::Email),
        Some("anna@example.com")
    );
    assert!(plan.ends.links);
    let nothing = Verb::HandOver {
        field: Field::Email,
        to: Some(Source::Directory.into()),
    };
    let refused = act(&account, Source::Admin, nothing, &Facts::default()).unwrap_err();
    assert_eq!(refused.code, "no_value");
}

#[test]
fn a_source_through_which_nobody_speaks_gives_way() {
    let account = anna(Source::Scim, "Clerk");
    let absent = Facts {
        absent: vec![Source::Scim.into()],
        ..Facts::default()
    };
    let verb = Verb::Update {
        patch: patch(&[(Field::Title, "Boss")]),
    };
    let plan = act(&account, Source::Admin, verb, &absent).unwrap();
    assert_eq!(told(&plan.after.unwrap()), "Boss by admin (Clerk by scim)");
}

#[test]
fn who_is_here_is_decided_by_hand_until_it_is_handed_back() {
    use Source as S;
    let come = provision(&[]);
    let table = [
        // Who ended it, who speaks then, what becomes of it, and what once an admin hands it back.
        (
            S::Admin,
            vec![(S::Scim, come.clone())],
            State::Deactivated,
            Some(State::Uninvited),
        ),
        (
            S::Admin,
            vec![(S::Directory, come.clone())],
            State::Deactivated,
            Some(State::Uninvited),
        ),
        (
            S::Admin,
            vec![(S::Scim, come.clone()), (S::Scim, Verb::Deactivate)],
            State::Deactivated,
            Some(State::Deactivated),
        ),
        (S::Scim, vec![(S::File, come.clone())], State::Deactivated, None),
        (S::Scim, vec![(S::Scim, come.clone())], State::Uninvited, None),
        (
            S::File,
            vec![(S::Directory, come.clone())],
            State::Uninvited,
            None,
        ),
        (
            S::Directory,
            vec![(S::Scim, come.clone())],
            State::Uninvited,
            None,
        ),
        (
            S::Scim,
            vec![(S::Directory, come.clone())],
            State::Deactivated,
            None,
        ),
    ];
    for (ended_by, says, expect, handed) in table {
        let case = format!("{ended_by:?} {says:?}");
        let facts = Facts::default();
        let mut account = anna(S::Scim, "Clerk");
        account = act(&account, ended_by, Verb::Deactivate, &facts)
            .unwrap()
            .after
            .unwrap();
        for (source, verb) in says {
            account = act(&account, source, verb.clone(), &facts)
                .unwrap()
                .after
                .unwrap();
            let again = act(&account, source, verb, &facts).unwrap();
            assert!(again.is_unchanged(), "{case}");
        }
        assert_eq!(account.state, expect, "{case}");
        if let Some(then) = handed {
            let plan = act(&account, S::Admin, Verb::HandBack, &facts).unwrap();
            account = plan.after.unwrap();
            assert_eq!(account.state, then, "{case}");
            assert!(account.claims.present.is_empty());
            // From now on the source decides.
            let back = act(&account, S::Scim, provision(&[]), &facts)
                .unwrap()
                .after
                .unwrap();
            assert_eq!(back.state, State::Uninvited, "{case}");
        }
    }
    let account = anna(S::File, "Clerk");
    let gone = act(&account, S::Admin, Verb::Deactivate, &Facts::default()).unwrap();
    let refused = act(&gone.after.unwrap(), S::Admin, Verb::HandBack, &Facts::default());
    assert_eq!(refused.unwrap_err().code, "no_source");
    let refused = act(&account, S::Scim, Verb::HandBack, &Facts::default());
    assert_eq!(refused.unwrap_err().code, "source_may_not");
    assert_eq!(
        act(&account, S::Admin, Verb::HandBack, &Facts::default())
            .unwrap()
            .action,
        Action::Unchanged
    );
}

const OKTA: Voice = Voice {
    source: Source::Scim,
    of: Some(uuid::Uuid::from_u128(1)),
};
const ENTRA: Voice = Voice {
    source: Source::Scim,
    of: Some(uuid::Uuid::from_u128(2)),
};
const OFFICE: Voice = Voice {
    source: Source::Directory,
    of: Some(uuid::Uuid::from_u128(3)),
};

/// The same as [`act`], by one of several, where the admins put `order`.
fn say(account: &Account, voice: Voice, verb: Verb, order: &[Voice]) -> Plan {
    let mut policy = policy();
    policy.ranks.order = order.iter().filter_map(|voice| voice.of).collect();
    let change = Change {
        of: voice.of,
        ..Change::new(voice.source, verb)
    };
    let facts = Facts {
        names: [(uuid::Uuid::from_u128(1), "Okta".to_owned())].into(),
        ..Facts::default()
    };
    decide(Target::Existing(account), &change, &facts, &policy, NOW).unwrap()
}

/// The title in force and whose it is, then what is kept, each by its number.
fn whose(account: &Account) -> String {
    let number = |voice: Voice| voice.of.map_or(0, |id| id.as_u128());
    let value = account.profile.get(Field::Title).unwrap_or("-");
    let owner = account
        .origins
        .get(&Field::Title)
        .map_or(0, |origin| number(origin.voice()));
    let kept = account.claims.of(Field::Title);
    let kept: Vec<String> = kept
        .map(|(voice, kept)| format!("{} {}", kept.value, number(voice)))
        .collect();
    format!("{value} {owner} ({})", kept.join(", "))
}

/// Anna as Okta added her.
fn annas(by: Voice) -> Account {
    let mut account = anna(by.source, "Clerk");
    for origin in account.origins.values_mut() {
        origin.of = by.of;
    }
    account
}

#[test]
fn of_two_of_one_kind_the_first_has_the_word_unless_the_other_stands_above_it() {
    let title = |text: &str| Verb::Update {
        patch: patch(&[(Field::Title, text)]),
    };
    let hand = |to| Verb::HandOver {
        field: Field::Title,
        to,
    };
    let admin = Voice::from(Source::Admin);
    let entra_first = [ENTRA, OKTA];
    type Steps<'a> = Vec<(Voice, Verb, &'a [Voice], &'a str)>;
    let table: Vec<Steps<'_>> = vec![
        // In turns, neither overwrites the other.
        vec![
            (ENTRA, title("Boss"), &[], "Clerk 1 (Boss 2)"),
            (OKTA, title("Chief"), &[], "Chief 1 (Boss 2)"),
            (ENTRA, title("Boss"), &[], "Chief 1 (Boss 2)"),
            // The one gives it back: the other has the word, and keeps it.
            (OKTA, title(""), &[], "Boss 2 ()"),
            (OKTA, title("Clerk"), &[], "Boss 2 (Clerk 1)"),
            // What it says no more is no more kept.
            (OKTA, title(""), &[], "Boss 2 ()"),
        ],
        // An admin ranks one above the other, then the other way round.
        vec![
            (ENTRA, title("Boss"), &entra_first, "Boss 2 (Clerk 1)"),
            (OKTA, title("Chief"), &entra_first, "Boss 2 (Chief 1)"),
            (OKTA, title("Clerk"), &[OKTA], "Clerk 1 (Boss 2)"),
            (ENTRA, title("Chair"), &[OKTA], "Clerk 1 (Chair 2)"),
        ],
        // A field is handed to one by name, and given back to whoever stands highest.
        vec![
            (ENTRA, title("Boss"), &[OKTA], "Clerk 1 (Boss 2)"),
            (admin, hand(Some(ENTRA)), &[OKTA], "Boss 2 (Clerk 1)"),
            (OKTA, title("Chief"), &[OKTA], "Boss 2 (Chief 1)"),
            (admin, hand(None), &[OKTA], "Chief 1 (Boss 2)"),
            (
                admin,
                hand(Some(Source::Scim.into())),
                &[OKTA],
                "Chief 1 (Boss 2)",
            ),
        ],
        // One is taken away: its field goes to the other, and what it said is forgotten.
        vec![
            (ENTRA, title("Boss"), &[], "Clerk 1 (Boss 2)"),
            (OFFICE, title("Dean"), &[], "Clerk 1 (Boss 2, Dean 3)"),
            (admin, Verb::Release { gone: OKTA }, &[], "Boss 2 (Dean 3)"),
            (admin, Verb::Release { gone: OFFICE }, &[], "Boss 2 ()"),
            (admin, Verb::Release { gone: ENTRA }, &[], "Boss 2 ()"),
        ],
    ];
    for steps in table {
        let mut account = annas(OKTA);
        for (voice, verb, order, expect) in steps {
            let what = format!("{voice:?} {verb:?} {order:?}");
            let handed_again = matches!(verb, Verb::HandOver { .. });
            account = say(&account, voice, verb.clone(), order).after.unwrap();
            assert_eq!(whose(&account), expect, "{what}");
            if !handed_again {
                assert!(say(&account, voice, verb, order).is_unchanged(), "{what}, again");
            }
        }
    }
    // What was said before they were told apart is the word of any of them.
    let old = anna(Source::Scim, "Clerk");
    let after = say(&old, ENTRA, title("Boss"), &[]).after.unwrap();
    assert_eq!(whose(&after), "Boss 2 ()");
    // Whose connector is gone has no word against another.
    let change = Change {
        of: ENTRA.of,
        ..Change::new(Source::Scim, title("Boss"))
    };
    let facts = Facts {
        absent: vec![OKTA],
        ..Facts::default()
    };
    let account = annas(OKTA);
    let plan = decide(Target::Existing(&account), &change, &facts, &policy(), NOW).unwrap();
    assert_eq!(whose(&plan.after.unwrap()), "Boss 2 (Clerk 1)");
}

#[test]
fn whoever_of_its_kind_manages_the_account_says_that_somebody_left() {
    let table: [(Voice, Verb, &[Voice], State); 8] = [
        (OKTA, Verb::Deactivate, &[], State::Deactivated),
        (ENTRA, Verb::Deactivate, &[], State::Claimed),
        (ENTRA, Verb::Withdraw, &[], State::Claimed),
        (ENTRA, Verb::Deactivate, &[OKTA], State::Claimed),
        // Ranked above it, its word is enough.
        (ENTRA, Verb::Deactivate, &[ENTRA], State::Deactivated),
        // Another kind, and people, are not held back.
        (OFFICE, Verb::Deactivate, &[], State::Deactivated),
        (
            Voice {
                source: Source::Admin,
                of: None,
            },
            Verb::Deactivate,
            &[],
            State::Deactivated,
        ),
        (
            Voice {
                source: Source::Scim,
                of: None,
            },
            Verb::Deactivate,
            &[],
            State::Deactivated,
        ),
    ];
    for (voice, verb, order, expect) in table {
        let mut account = annas(OKTA);
        (account.state, account.claimed_at) = (State::Claimed, Some(NOW));
        let plan = say(&account, voice, verb.clone(), order);
        let state = plan.after.as_ref().unwrap().state;
        assert_eq!(state, expect, "{voice:?} {verb:?}");
        let told = plan
            .notes
            .iter()
            .any(|note| note.contains("Okta") && note.contains("Conflict"));
        assert_eq!(
            told,
            expect == State::Claimed,
            "{voice:?} {verb:?}: {:?}",
            plan.notes
        );
    }
    // Out by the one that manages the account, nobody is brought back by the other, but by itself.
    let come = provision(&[]);
    let mut account = annas(OKTA);
    account = say(&account, OKTA, Verb::Deactivate, &[]).after.unwrap();
    account = say(&account, ENTRA, come.clone(), &[]).after.unwrap();
    assert_eq!(account.state, State::Deactivated);
    assert!(account.claims.present.contains_key(&ENTRA));
    assert_eq!(
        say(&account, ENTRA, come.clone(), &[ENTRA]).after.unwrap().state,
        State::Uninvited
    );
    account = say(&account, OKTA, come, &[]).after.unwrap();
    assert_eq!((account.state, account.claims.ended_of), (State::Uninvited, None));
}
