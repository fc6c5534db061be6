use std::collections::HashSet;

use super::*;
use crate::accounts::{Account, MEMBER, Profile, Source};
use crate::ids::WorkplaceId;
use crate::{Moment, conditions::Person};

fn account(fields: &[(Field, &str)]) -> Account {
    let mut profile = Profile::default();
    for (field, value) in fields {
        profile.set(*field, Some((*value).to_owned()));
    }
    Account {
        id: AccountId(Uuid::from_u128(1)),
        workplace: WorkplaceId(Uuid::nil()),
        state: AccountState::Uninvited,
        resting_state: None,
        ended_by: None,
        former: false,
        role: MEMBER.into(),
        profile,
        origins: std::collections::BTreeMap::new(),
        claims: crate::accounts::Claims::default(),
        created_source: Source::File,
        created_at: Moment::from_ms(0),
        updated_at: Moment::from_ms(0),
        invited_at: None,
        claimed_at: None,
        deactivated_at: None,
        version: 1,
    }
}

fn id(number: u128) -> String {
    Uuid::from_u128(number).to_string()
}

/// In Łódź in the sales department, under 7 who is under 8, in the set 9, started on 2 March.
fn person() -> Person {
    let manager = id(7);
    let account = account(&[
        (Field::Department, "Sales EMEA"),
        (Field::Location, "ŁÓDŹ"),
        (Field::Title, "Account executive"),
        (Field::Manager, &manager),
        (Field::StartDate, "2026-03-02"),
        (Field::Frontline, "true"),
    ]);
    let above = vec![AccountId(Uuid::from_u128(7)), AccountId(Uuid::from_u128(8))];
    let sets = HashSet::from([SetId(Uuid::from_u128(9))]);
    Person::new(account, above, sets, "2026-03-10".parse().unwrap())
}

fn test(field: C, op: Op, values: &[&str]) -> Condition {
    Condition {
        field,
        op,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    }
}

fn all(tests: Vec<Condition>) -> Conditions {
    Conditions {
        combine: Combine::All,
        tests,
        groups: Vec::new(),
    }
}

#[test]
fn what_holds_of_a_person_and_by_which_key_the_rule_is_found() {
    let person = person();
    let (seven, eight, nine, ten) = (id(7), id(8), id(9), id(10));
    let table = [
        (C::Department, Op::Is, vec!["sales emea"], true),
        (C::Department, Op::Is, vec!["Legal", "Sales EMEA "], true),
        (C::Department, Op::Is, vec!["Sales"], false),
        (C::Department, Op::IsNot, vec!["Sales"], true),
        (C::Department, Op::IsNot, vec!["Sales EMEA", "Legal"], false),
        (C::Department, Op::BeginsWith, vec!["sales"], true),
        (C::Department, Op::Contains, vec!["emea"], true),
        (C::Location, Op::Is, vec!["łódź"], true),
        (C::Division, Op::Is, vec!["x"], false),
        (C::Division, Op::IsNot, vec!["x"], true),
        (C::Division, Op::IsKnown, vec![], false),
        (C::Division, Op::IsUnknown, vec![], true),
        (C::Title, Op::IsKnown, vec![], true),
        (C::Manager, Op::Is, vec![&seven], true),
        (C::Manager, Op::Is, vec![&eight], false),
        (C::Manager, Op::IsNot, vec![&eight], true),
        (C::Manager, Op::ReportsTo, vec![&eight], true),
        (C::Manager, Op::ReportsTo, vec![&ten], false),
        (C::Manager, Op::IsKnown, vec![], true),
        (C::Set, Op::Is, vec![&ten, &nine], true),
        (C::Set, Op::IsNot, vec![&nine], false),
        (C::Set, Op::IsNot, vec![&ten], true),
        (C::Frontline, Op::Is, vec!["true"], true),
        (C::Frontline, Op::Is, vec!["false"], false),
        (C::StartDate, Op::Before, vec!["2026-03-02"], false),
        (C::StartDate, Op::Before, vec!["2026-03-03"], true),
        (C::StartDate, Op::OnOrAfter, vec!["2026-03-02"], true),
        (C::StartDate, Op::Reached, vec!["0"], true),
        (C::StartDate, Op::Reached, vec!["8"], true),
        (C::StartDate, Op::Reached, vec!["9"], false),
        (C::StartDate, Op::Reached, vec!["-30"], true),
        (C::StartDate, Op::IsKnown, vec![], true),
    ];
    for (field, op, values, expect) in table {
        let conditions = checked(all(vec![test(field, op, &values)])).unwrap();
        assert_eq!(
            Compiled::new(&conditions).holds(&person),
            expect,
            "{field:?} {op:?} {values:?}"
        );
        let found = !Finder::new([&conditions]).of(&person).is_empty();
        assert!(found || !expect, "{field:?} {op:?} {values:?} is not found");
        assert!(
            !found || expect || positive(&conditions.tests[0]).is_none(),
            "{field:?} {op:?} {values:?} is found in vain"
        );
    }
}

#[test]
fn all_or_any_and_the_keys_of_each() {
    let person = person();
    let sales = || test(C::Department, Op::Is, &["Sales EMEA"]);
    let legal = || test(C::Department, Op::Is, &["Legal"]);
    let late = || test(C::StartDate, Op::Reached, &["100"]);
    let any = |tests| Conditions {
        combine: Combine::Any,
        tests,
        groups: Vec::new(),
    };
    let table = [
        (all(vec![sales()]), true, vec!["department=sales emea"]),
        (
            all(vec![sales(), late()]),
            false,
            vec!["?reached=100", "department=sales emea"],
        ),
        (
            any(vec![sales(), legal()]),
            true,
            vec!["department=legal", "department=sales emea"],
        ),
        (any(vec![legal(), late()]), false, vec!["*", "?reached=100"]),
        (all(vec![legal(), sales()]), false, vec!["department=legal"]),
        (
            all(vec![
                test(C::Location, Op::Is, &["Łódź"]),
                test(C::Title, Op::Is, &["Clerk"]),
            ]),
            false,
            vec!["title=clerk"],
        ),
    ];
    for (conditions, expect, found_by) in table {
        assert_eq!(
            Compiled::new(&conditions).holds(&person),
            expect,
            "{conditions:?}"
        );
        assert_eq!(keys(&conditions), found_by, "{conditions:?}");
    }
    assert!(
        !Compiled::new(&all(Vec::new())).holds(&person),
        "nothing asked is met by nobody"
    );
    let set = all(vec![test(C::Set, Op::IsNot, &[&id(9)])]);
    assert_eq!(
        keys(&set),
        ["*".to_owned(), "?set".to_owned(), format!("?set={}", id(9))]
    );
}

#[test]
fn what_is_wrong_with_conditions() {
    for (field, op, values) in [
        (C::Department, Op::Is, vec![]),
        (C::Department, Op::Is, vec!["  "]),
        (C::Department, Op::Before, vec!["2026-01-01"]),
        (C::Manager, Op::Is, vec!["Ada"]),
        (C::Set, Op::Contains, vec!["x"]),
        (C::StartDate, Op::Before, vec!["yesterday"]),
        (C::StartDate, Op::Reached, vec!["99999"]),
        (C::StartDate, Op::OnOrAfter, vec!["2026-01-01", "2026-01-02"]),
        (C::Frontline, Op::Is, vec!["maybe"]),
    ] {
        let error = checked(all(vec![test(field, op, &values)])).unwrap_err();
        assert_eq!(error.code(), "invalid", "{field:?} {op:?} {values:?}");
    }
    assert_eq!(checked(all(Vec::new())).unwrap_err().code(), "invalid");
    let twice = checked(all(vec![test(C::Location, Op::Is, &["Łódź", "łódź ", ""])])).unwrap();
    assert_eq!(twice.tests[0].values, ["Łódź"]);
}

#[test]
fn a_rule_in_a_sentence() {
    let names = std::collections::BTreeMap::from([(id(7), "Ada".to_owned())]);
    let conditions = all(vec![
        test(C::Department, Op::Is, &["Sales", "Legal"]),
        test(C::Manager, Op::ReportsTo, &[&id(7)]),
        test(C::StartDate, Op::Reached, &["0"]),
    ]);
    assert_eq!(
        sentence(&conditions, &names),
        "department is Sales or Legal, and reports to Ada, also through others, and the start date has come"
    );
}

#[test]
fn which_changes_matter() {
    let before = account(&[(Field::Department, "Sales"), (Field::Phone, "1")]);
    let phone = account(&[(Field::Department, "Sales"), (Field::Phone, "2")]);
    let moved = account(&[(Field::Department, "Legal")]);
    let mut gone = moved.clone();
    gone.state = AccountState::Deactivated;
    for (before, after, expect) in [
        (None, Some(&before), true),
        (Some(&before), Some(&phone), false),
        (Some(&before), Some(&moved), true),
        (Some(&before), Some(&gone), false),
        (Some(&gone), Some(&moved), true),
        (Some(&before), None, false),
    ] {
        assert_eq!(matters(&(before, after)), expect);
    }
}

#[test]
fn a_condition_as_it_is_typed() {
    for (text, expect) in [
        (
            "department is Sales; Human Resources;",
            Some((C::Department, Op::Is, vec!["Sales", "Human Resources"])),
        ),
        (
            " start_date reached -7 ",
            Some((C::StartDate, Op::Reached, vec!["-7"])),
        ),
        ("title is_known", Some((C::Title, Op::IsKnown, vec![]))),
        ("shoe_size is 44", None),
        ("department", None),
    ] {
        let read = parse(text);
        match expect {
            Some((field, op, values)) => assert_eq!(read.unwrap(), test(field, op, &values), "{text}"),
            None => assert_eq!(read.unwrap_err().code(), "invalid", "{text}"),
        }
    }
}

fn group(combine: Combine, tests: Vec<Condition>, groups: Vec<Conditions>) -> Conditions {
    Conditions {
        combine,
        tests,
        groups,
    }
}

#[test]
fn groups_count_as_one_condition_each() {
    use Combine::{All, Any};
    let person = person();
    let sales = || test(C::Department, Op::Is, &["Sales EMEA"]);
    let legal = || test(C::Department, Op::Is, &["Legal"]);
    let lodz = || test(C::Location, Op::Is, &["Łódź"]);
    let head = || test(C::Title, Op::BeginsWith, &["Head"]);
    let account = || test(C::Title, Op::BeginsWith, &["Account"]);
    let late = || test(C::StartDate, Op::Reached, &["100"]);
    // What is asked, whether it holds, by what it is found, and the sentence.
    let table = [
        (
            group(All, vec![sales()], vec![group(Any, vec![lodz(), head()], vec![])]),
            true,
            vec!["department=sales emea"],
            "department is Sales EMEA, and (location is Łódź, or title begins with Head)",
        ),
        (
            group(
                All,
                vec![sales()],
                vec![group(Any, vec![legal(), head()], vec![])],
            ),
            false,
            vec!["department=sales emea"],
            "department is Sales EMEA, and (department is Legal, or title begins with Head)",
        ),
        // The group is all that has keys.
        (
            group(
                All,
                vec![account()],
                vec![group(Any, vec![lodz(), legal()], vec![])],
            ),
            true,
            vec!["department=legal", "location=łódź"],
            "title begins with Account, and (location is Łódź, or department is Legal)",
        ),
        // One way in without a key: it is asked of everybody.
        (
            group(Any, vec![legal()], vec![group(All, vec![account()], vec![])]),
            true,
            vec!["*"],
            "department is Legal, or title begins with Account",
        ),
        (
            group(
                Any,
                vec![],
                vec![
                    group(All, vec![legal(), lodz()], vec![]),
                    group(All, vec![sales(), late()], vec![]),
                ],
            ),
            false,
            vec!["?reached=100", "department=legal", "department=sales emea"],
            "(department is Legal, and location is Łódź), or (department is Sales EMEA, and 100 days after the start date have come)",
        ),
        (
            group(
                All,
                vec![sales()],
                vec![group(
                    Any,
                    vec![head()],
                    vec![group(All, vec![lodz(), account()], vec![])],
                )],
            ),
            true,
            vec!["department=sales emea"],
            "department is Sales EMEA, and (title begins with Head, or (location is Łódź, and title begins with Account))",
        ),
        (
            group(Any, vec![], vec![group(All, vec![], vec![])]),
            false,
            vec!["*"],
            "()",
        ),
    ];
    for (conditions, expect, found_by, words) in table {
        assert_eq!(Compiled::new(&conditions).holds(&person), expect, "{words}");
        assert_eq!(keys(&conditions), found_by, "{words}");
        assert_eq!(sentence(&conditions, &std::collections::BTreeMap::new()), words);
        assert!(
            !expect || !Finder::new([&conditions]).of(&person).is_empty(),
            "{words}: found"
        );
        let kept = serde_json::to_string(&conditions).unwrap();
        assert_eq!(
            serde_json::from_str::<Conditions>(&kept).unwrap(),
            conditions,
            "{kept}"
        );
    }
}

#[test]
fn how_deep_groups_may_stand_and_how_rules_are_kept() {
    let leaf = || test(C::Department, Op::Is, &["Legal"]);
    let nest = |inside| group(Combine::All, vec![leaf()], vec![inside]);
    let three = nest(nest(all(vec![leaf()])));
    assert_eq!(checked(three.clone()).unwrap(), three);
    assert_eq!(checked(nest(three)).unwrap_err().code(), "invalid");
    assert_eq!(
        checked(nest(all(vec![]))).unwrap_err().code(),
        "invalid",
        "an empty group"
    );
    let many = nest(all((0..20).map(|_| leaf()).collect()));
    assert_eq!(
        checked(many).unwrap_err().code(),
        "invalid",
        "21 conditions, wherever they stand"
    );
    let wrong = nest(all(vec![test(C::Department, Op::Before, &["x"])]));
    assert_eq!(checked(wrong).unwrap_err().code(), "invalid");
    let only_groups = group(Combine::Any, vec![], vec![all(vec![leaf()])]);
    assert!(checked(only_groups).is_ok());
    let old = r#"{"match":"all","tests":[{"field":"department","op":"is","values":["Legal"]}]}"#;
    let read: Conditions = serde_json::from_str(old).unwrap();
    assert_eq!(read, all(vec![leaf()]));
    assert_eq!(serde_json::to_string(&read).unwrap(), old, "kept as it was");
}
