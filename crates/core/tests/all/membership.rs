//! Rules of groups: kept true whoever changes people, and minding what was done by hand.

use crate::common::lists;
use crate::common::{World, on_both};
use guildhall_core::accounts::{ProfileField as Field, Source, Verb, Whom};
use guildhall_core::conditions::{
    self, Combine, Condition, ConditionField as C, ConditionOp as Op, Conditions,
};
use guildhall_core::groups::{self, Input, Kind, Privacy, RuleMode};
use guildhall_core::ids::{AccountId, GroupId};
use guildhall_core::imports::Mode;
use guildhall_core::sets;

async fn group(world: &World, name: &str) -> GroupId {
    let input = Input {
        name: name.into(),
        description: String::new(),
        kind: Kind::Teams,
        privacy: Privacy::Closed,
        is_default: false,
    };
    groups::create(&world.app, &world.admin(), input)
        .await
        .unwrap()
        .id
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

async fn rule(world: &World, group: GroupId, mode: RuleMode, tests: Vec<Condition>) {
    groups::set_rule(&world.app, &world.admin(), group, mode, all(tests))
        .await
        .unwrap();
    groups::work(&world.app).await.unwrap();
}

async fn hire(world: &World, name: &str, fields: &[(Field, &str)]) -> AccountId {
    let mut patch = vec![
        (Field::DisplayName, Some(name.to_owned())),
        (Field::Email, Some(format!("{}@example.com", name.to_lowercase()))),
    ];
    patch.extend(
        fields
            .iter()
            .map(|(field, value)| (*field, Some((*value).to_owned()))),
    );
    let verb = Verb::Provision {
        patch,
        invite: false,
        role: None,
    };
    world.act(Whom::New, verb).await.unwrap().after.unwrap().id
}

async fn set(world: &World, id: AccountId, field: Field, value: Option<&str>) {
    let patch = vec![(field, value.map(str::to_owned))];
    world.act(Whom::Is(id), Verb::Update { patch }).await.unwrap();
}

/// Who is in, by name, and how many the group says there are.
async fn inside(world: &World, group: GroupId) -> Vec<String> {
    let page = groups::members(&world.app.db, &world.admin(), group, None, None, 200)
        .await
        .unwrap();
    let mut names: Vec<String> = page.items.into_iter().map(|m| m.person.display_name).collect();
    names.sort();
    let (told, _) = groups::read(&world.app.db, &world.admin(), group).await.unwrap();
    assert_eq!(told.members, names.len() as i64, "the count is true: {names:?}");
    names
}

#[tokio::test]
async fn a_rule_is_kept_true_and_minds_what_was_done_by_hand() {
    on_both(async |world| {
        let (app, admin) = (&world.app, world.admin());
        let bo = hire(world, "Bo", &[(Field::Department, "Sales")]).await;
        let cy = hire(world, "Cy", &[(Field::Department, "Legal")]).await;
        let dee = hire(world, "Dee", &[(Field::Department, "sales ")]).await;
        let sales = group(world, "Sales").await;
        groups::add(app, &admin, sales, &[cy], false).await.unwrap();
        let conditions = || all(vec![test(C::Department, Op::Is, &["SALES", "Retail"])]);
        let seen = groups::preview(app, &admin, sales, RuleMode::AddRemove, conditions())
            .await
            .unwrap();
        assert_eq!((seen.meet, seen.add, seen.remove), (2, 2, 0));
        assert_eq!(seen.added.len(), 2);
        assert_eq!(inside(world, sales).await, ["Cy"], "a preview changes nothing");

        groups::set_rule(app, &admin, sales, RuleMode::AddRemove, conditions())
            .await
            .unwrap();
        let emil = hire(world, "Emil", &[(Field::Department, "Retail")]).await;
        assert_eq!(
            inside(world, sales).await,
            ["Cy", "Emil"],
            "it holds at once for whoever is new"
        );
        groups::work(app).await.unwrap();
        assert_eq!(inside(world, sales).await, ["Bo", "Cy", "Dee", "Emil"]);
        let told = groups::rule(app, &admin, sales).await.unwrap().unwrap();
        assert_eq!(
            (told.rule.due, told.rule.looked_at, told.rule.added, told.members),
            (false, 4, 2, 3)
        );
        assert_eq!(told.sentence, "department is SALES or Retail");

        set(world, bo, Field::Department, Some("Legal")).await;
        set(world, cy, Field::Department, None).await;
        assert_eq!(
            inside(world, sales).await,
            ["Cy", "Dee", "Emil"],
            "who was added by hand stays"
        );
        groups::remove_member(app, &admin, sales, dee).await.unwrap();
        set(world, dee, Field::Title, Some("Clerk")).await;
        set(world, dee, Field::Department, Some("Retail")).await;
        groups::set_rule(app, &admin, sales, RuleMode::Add, conditions())
            .await
            .unwrap();
        groups::work(app).await.unwrap();
        assert_eq!(
            inside(world, sales).await,
            ["Cy", "Emil"],
            "who was taken out by hand stays out"
        );
        let told = groups::rule(app, &admin, sales).await.unwrap().unwrap();
        assert_eq!(told.kept_out[0].display_name, "Dee");

        set(world, emil, Field::Department, Some("Legal")).await;
        assert_eq!(
            inside(world, sales).await,
            ["Cy", "Emil"],
            "a rule that only adds takes nobody out"
        );
        groups::set_rule(app, &admin, sales, RuleMode::AddRemove, conditions())
            .await
            .unwrap();
        groups::set_owner(app, &admin, sales, emil, true).await.unwrap();
        groups::work(app).await.unwrap();
        assert_eq!(
            inside(world, sales).await,
            ["Cy", "Emil"],
            "an owner is not taken out"
        );
        groups::set_owner(app, &admin, sales, emil, false).await.unwrap();
        groups::add(app, &admin, sales, &[emil, dee], false)
            .await
            .unwrap();
        set(world, emil, Field::Title, Some("Clerk")).await;
        set(world, dee, Field::Department, Some("Legal")).await;
        assert_eq!(
            inside(world, sales).await,
            ["Cy", "Dee", "Emil"],
            "whoever is added by hand is in by hand"
        );
    })
    .await;
}

#[tokio::test]
async fn whoever_is_back_is_put_where_they_belong_and_the_rule_of_an_archived_group_sleeps() {
    on_both(async |world| {
        let (app, admin) = (&world.app, world.admin());
        let sales = group(world, "Sales").await;
        rule(
            world,
            sales,
            RuleMode::AddRemove,
            vec![test(C::Department, Op::Is, &["Retail"])],
        )
        .await;
        let bo = hire(world, "Bo", &[(Field::Department, "Legal")]).await;
        let cy = hire(world, "Cy", &[(Field::Department, "Legal")]).await;
        groups::add(app, &admin, sales, &[cy], false).await.unwrap();
        world.act(Whom::Is(bo), Verb::Deactivate).await.unwrap();
        set(world, bo, Field::Department, Some("Retail")).await;
        assert_eq!(inside(world, sales).await, ["Cy"]);
        world.act(Whom::Is(bo), Verb::Reactivate).await.unwrap();
        assert_eq!(
            inside(world, sales).await,
            ["Bo", "Cy"],
            "back, and where they belong"
        );

        groups::archive(app, &admin, sales, true).await.unwrap();
        set(world, bo, Field::Department, Some("Legal")).await;
        assert_eq!(
            inside(world, sales).await,
            ["Bo", "Cy"],
            "nothing in an archived group changes"
        );
        groups::archive(app, &admin, sales, false).await.unwrap();
        groups::work(app).await.unwrap();
        assert_eq!(
            inside(world, sales).await,
            ["Cy"],
            "its rule has slept, not ended"
        );
        groups::drop_rule(app, &admin, sales).await.unwrap();
        hire(world, "Fay", &[(Field::Department, "Retail")]).await;
        assert_eq!(inside(world, sales).await, ["Cy"]);
        assert!(groups::rule(app, &admin, sales).await.unwrap().is_none());
        groups::archive(app, &admin, sales, true).await.unwrap();
        groups::delete(app, &admin, sales).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn whoever_moves_takes_along_those_who_report_to_them() {
    on_both(async |world| {
        let boss = hire(world, "Boss", &[]).await;
        let other = hire(world, "Other", &[]).await;
        let lead = hire(world, "Lead", &[(Field::Manager, &boss.to_string())]).await;
        let clerk = hire(world, "Clerk", &[(Field::Manager, &lead.to_string())]).await;
        let under = group(world, "Under Boss").await;
        let boss_id = boss.to_string();
        rule(
            world,
            under,
            RuleMode::AddRemove,
            vec![test(C::Manager, Op::ReportsTo, &[&boss_id])],
        )
        .await;
        assert_eq!(inside(world, under).await, ["Clerk", "Lead"]);
        set(world, lead, Field::Manager, Some(&other.to_string())).await;
        assert!(inside(world, under).await.is_empty());
        set(world, other, Field::Manager, Some(&boss.to_string())).await;
        assert_eq!(inside(world, under).await, ["Clerk", "Lead", "Other"]);
        let direct = group(world, "Of Lead").await;
        rule(
            world,
            direct,
            RuleMode::AddRemove,
            vec![test(C::Manager, Op::Is, &[&lead.to_string()])],
        )
        .await;
        assert_eq!(inside(world, direct).await, ["Clerk"]);
        world.act(Whom::Is(lead), Verb::Delete).await.unwrap();
        assert!(
            inside(world, direct).await.is_empty(),
            "nobody reports to somebody who is gone"
        );
        assert_eq!(inside(world, under).await, ["Other"]);
        set(world, clerk, Field::Manager, Some(&other.to_string())).await;
        assert_eq!(inside(world, under).await, ["Clerk", "Other"]);
    })
    .await;
}

#[tokio::test]
async fn a_list_and_its_undo_keep_rules_true_and_so_do_people_sets() {
    on_both(async |world| {
        let (app, admin) = (&world.app, world.admin());
        let bo = hire(
            world,
            "Bo",
            &[(Field::Department, "Sales"), (Field::Location, "Łódź")],
        )
        .await;
        let sales = group(world, "Sales").await;
        rule(
            world,
            sales,
            RuleMode::AddRemove,
            vec![test(C::Department, Op::Is, &["Sales"])],
        )
        .await;
        let list = "Email,First name,Department\nbo@example.com,Bo,Legal\ncy@example.com,Cy,Sales\n";
        let run = lists::planned(world, Mode::Add, list).await;
        let run = lists::applied(world, &run).await;
        assert_eq!(inside(world, sales).await, ["Cy"]);
        guildhall_core::imports::undo(app, &admin, run.id, Default::default())
            .await
            .unwrap();
        guildhall_core::imports::work(app).await.unwrap();
        assert_eq!(inside(world, sales).await, ["Bo"]);

        let owner = sets::Owner {
            source: Source::Scim,
            id: uuid::Uuid::from_u128(5),
        };
        let mut tx = app.begin().await.unwrap();
        let mut staff = sets::create(app, &mut tx, &admin, owner, ("All staff", None))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let found = sets::find(&app.db, world.workplace.id, Some("ALL"), 9)
            .await
            .unwrap();
        assert_eq!(found[0].id, staff.id);
        let here = group(world, "Staff in Łódź").await;
        let tests = vec![
            test(C::Set, Op::Is, &[&staff.id.to_string()]),
            test(C::Location, Op::Is, &["łódź"]),
        ];
        rule(world, here, RuleMode::AddRemove, tests).await;
        assert!(inside(world, here).await.is_empty());
        let told = groups::rule(app, &admin, here).await.unwrap().unwrap();
        assert_eq!(told.sentence, "people set is All staff, and location is łódź");
        let mut tx = app.begin().await.unwrap();
        sets::add(app, &mut tx, &admin, &mut staff, &[bo]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(inside(world, here).await, ["Bo"]);
        let mut tx = app.begin().await.unwrap();
        sets::delete(app, &mut tx, &admin, &staff).await.unwrap();
        tx.commit().await.unwrap();
        assert!(
            inside(world, here).await.is_empty(),
            "a set that is gone has nobody in it"
        );
    })
    .await;
}

#[tokio::test]
async fn a_day_that_comes_is_noticed_where_the_person_is() {
    on_both(async |world| {
        let (app, hands) = (&world.app, &world.hands);
        // It is the evening of 28 May 2026.
        let joined = group(world, "Newcomers").await;
        rule(
            world,
            joined,
            RuleMode::Add,
            vec![test(C::StartDate, Op::Reached, &["0"])],
        )
        .await;
        hire(world, "Old", &[(Field::StartDate, "2020-01-01")]).await;
        hire(world, "Here", &[(Field::StartDate, "2026-05-29")]).await;
        let tokyo = [(Field::StartDate, "2026-05-29"), (Field::TimeZone, "Asia/Tokyo")];
        hire(world, "Tokyo", &tokyo).await;
        assert_eq!(
            inside(world, joined).await,
            ["Old", "Tokyo"],
            "there it is the 29th already"
        );
        conditions::turn_days(app).await.unwrap();
        assert_eq!(inside(world, joined).await, ["Old", "Tokyo"]);
        // A quarter past midnight in Warsaw.
        hands.turn(2 * 60 * 60);
        conditions::turn_days(app).await.unwrap();
        assert_eq!(inside(world, joined).await, ["Here", "Old", "Tokyo"]);
        hire(world, "Late", &[(Field::StartDate, "2026-06-01")]).await;
        hands.turn(20 * 24 * 60 * 60);
        conditions::turn_days(app).await.unwrap();
        assert_eq!(
            inside(world, joined).await,
            ["Here", "Late", "Old", "Tokyo"],
            "the server slept for weeks"
        );
    })
    .await;
}

#[tokio::test]
async fn one_change_moves_a_person_through_several_groups() {
    on_both(async |world| {
        let mut groups = Vec::new();
        for (name, op, value) in [
            ("Sales", Op::Is, "Sales"),
            ("Sellers", Op::Contains, "sales"),
            ("Legal", Op::Is, "Legal"),
        ] {
            let made = group(world, name).await;
            rule(
                world,
                made,
                RuleMode::AddRemove,
                vec![test(C::Department, op, &[value])],
            )
            .await;
            groups.push(made);
        }
        let bo = hire(world, "Bo", &[(Field::Department, "Sales")]).await;
        set(world, bo, Field::Department, Some("Legal")).await;
        for (at, expect) in [(0, 0), (1, 0), (2, 1)] {
            assert_eq!(inside(world, groups[at]).await.len(), expect, "{at}");
        }
    })
    .await;
}

/// What the pure rule says of each of many people, and who is in by what the database finds: for everybody at once, and one
/// by one as they change.
#[tokio::test]
async fn groups_of_conditions_hold_alike_when_looked_up_and_when_asked() {
    on_both(async |world| {
        let (app, admin) = (&world.app, world.admin());
        let departments = [None, Some("Sales"), Some("Legal")];
        let locations = [None, Some("Łódź"), Some("Leeds")];
        let titles = [None, Some("Head of Hats"), Some("Clerk")];
        let mut people = Vec::new();
        for number in 0..27 {
            let fields = [
                (Field::Department, departments[number / 9]),
                (Field::Location, locations[number / 3 % 3]),
                (Field::Title, titles[number % 3]),
            ];
            let fields = fields
                .into_iter()
                .filter_map(|(field, value)| Some((field, value?)));
            let fields: Vec<(Field, &str)> = fields.collect();
            people.push(hire(world, &format!("P{number:02}"), &fields).await);
        }
        let one = |text: &str| conditions::rules::parse(text).unwrap();
        let level = |combine, tests: &[&str], groups: Vec<Conditions>| Conditions {
            combine,
            tests: tests.iter().map(|text| one(text)).collect(),
            groups,
        };
        use Combine::{All, Any};
        let here = || level(Any, &["location is leeds", "title begins_with head"], vec![]);
        let rules = [
            (level(All, &["department is Sales"], vec![here()]), 5),
            (level(Any, &["department is Sales"], vec![here()]), 19),
            (
                level(
                    Any,
                    &[],
                    vec![
                        level(All, &["department is Legal", "location is Łódź"], vec![]),
                        level(All, &["title is Clerk", "location is_unknown"], vec![]),
                    ],
                ),
                6,
            ),
            (
                level(
                    All,
                    &["department is_not Legal"],
                    vec![level(
                        Any,
                        &["location is Łódź"],
                        vec![level(All, &["title is Clerk", "department is Sales"], vec![])],
                    )],
                ),
                8,
            ),
        ];
        let mut ruled = Vec::new();
        for (at, (conditions, expect)) in rules.into_iter().enumerate() {
            let made = group(world, &format!("Group {at}")).await;
            groups::set_rule(app, &admin, made, RuleMode::AddRemove, conditions.clone())
                .await
                .unwrap();
            groups::work(app).await.unwrap();
            assert_eq!(inside(world, made).await.len(), expect, "rule {at}");
            ruled.push((made, conditions));
        }
        let agree = async || {
            for (made, conditions) in &ruled {
                let asked = conditions::Compiled::new(conditions);
                let mut expect = Vec::new();
                for id in &people {
                    let account = guildhall_core::accounts::get(&app.db, world.workplace.id, *id)
                        .await
                        .unwrap()
                        .unwrap();
                    let name = account.name();
                    let today = "2026-05-28".parse().unwrap();
                    if asked.holds(&conditions::Person::new(
                        account,
                        vec![],
                        std::collections::HashSet::new(),
                        today,
                    )) {
                        expect.push(name);
                    }
                }
                expect.sort();
                assert_eq!(inside(world, *made).await, expect, "{conditions:?}");
            }
        };
        agree().await;
        // Everybody changes, one by one.
        for (at, id) in people.iter().enumerate() {
            set(world, *id, Field::Department, departments[(at / 2) % 3]).await;
            set(world, *id, Field::Location, locations[at % 3]).await;
        }
        agree().await;
    })
    .await;
}
