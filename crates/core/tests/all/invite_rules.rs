//! Standing rules, waves and reminders: who is invited by itself, when, and when it is asked first.

use crate::common::{World, on_both};
use guildhall_core::accounts::{self, AccountState as State, ProfileField as Field, Source, Verb, Whom};
use guildhall_core::conditions::{self, Combine, Conditions};
use guildhall_core::ids::{AccountId, InviteRuleId};
use guildhall_core::invite_rules::{self, Input, InviteRuleKind as Kind, InviteRuleState as RuleState};
use guildhall_core::{Moment, invitations, last_days, outbox, workplaces};

const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;

fn input(name: &str, tests: &[&str], starts_at: Option<Moment>, most: i64) -> Input {
    Input {
        name: name.into(),
        kind: if starts_at.is_some() {
            Kind::Wave
        } else {
            Kind::Standing
        },
        conditions: Conditions {
            combine: Combine::All,
            tests: tests
                .iter()
                .map(|test| conditions::rules::parse(test).unwrap())
                .collect(),
            groups: Vec::new(),
        },
        message: Some("Welcome!".into()),
        starts_at,
        most,
    }
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

async fn state(world: &World, id: AccountId) -> State {
    let account = accounts::get(&world.app.db, world.workplace.id, id)
        .await
        .unwrap();
    account.unwrap().state
}

async fn rule(world: &World, id: InviteRuleId) -> invite_rules::Told {
    invite_rules::get(&world.app, &world.admin(), id).await.unwrap()
}

async fn work(world: &World) {
    invite_rules::work(&world.app).await.unwrap();
}

/// To eleven o'clock of the next morning in Warsaw: stories begin at half past ten in the evening.
fn morning(world: &World) {
    world.hands.turn(12 * HOUR + HOUR / 2);
}

#[tokio::test]
async fn a_standing_rule_invites_whoever_meets_it_when_they_are_awake() {
    on_both(async |world| {
        let (app, admin) = (&world.app, world.admin());
        let bo = hire(world, "Bo", &[(Field::Department, "Sales")]).await;
        let cy = hire(world, "Cy", &[(Field::Department, "Legal")]).await;
        // It is early in the morning there.
        let rio = [
            (Field::Department, "Sales"),
            (Field::TimeZone, "America/Sao_Paulo"),
        ];
        let dee = hire(world, "Dee", &rio).await;
        let sales = input("Sales", &["department is sales"], None, 10);
        let seen = invite_rules::preview(app, &admin, sales.conditions.clone())
            .await
            .unwrap();
        assert_eq!((seen.people, seen.without_email, seen.first.len()), (2, 0, 2));
        let id = invite_rules::create(app, &admin, sales.clone()).await.unwrap();
        work(world).await;
        assert_eq!(
            state(world, dee).await,
            State::Invited,
            "half past five in the afternoon in São Paulo"
        );
        assert_eq!(state(world, bo).await, State::Uninvited, "it is late in Warsaw");
        let told = rule(world, id).await;
        assert_eq!(
            (told.waiting, told.rule.invited, told.rule.state),
            (1, 1, RuleState::Active)
        );
        morning(world);
        work(world).await;
        assert_eq!(
            (state(world, bo).await, state(world, cy).await),
            (State::Invited, State::Uninvited)
        );
        let letter = invitations::of_account(&app.db, world.workplace.id, bo)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(letter.message.as_deref(), Some("Welcome!"));

        let patch = vec![(Field::Department, Some("Sales".to_owned()))];
        world.act(Whom::Is(cy), Verb::Update { patch }).await.unwrap();
        assert_eq!(rule(world, id).await.waiting, 1, "queued by the change itself");
        let patch = vec![(Field::Department, Some("Legal".to_owned()))];
        world.act(Whom::Is(cy), Verb::Update { patch }).await.unwrap();
        work(world).await;
        assert_eq!(
            state(world, cy).await,
            State::Uninvited,
            "who meets it no more is not invited"
        );
        world.act(Whom::Is(bo), Verb::Revoke).await.unwrap();
        let patch = vec![(Field::Title, Some("Clerk".to_owned()))];
        world.act(Whom::Is(bo), Verb::Update { patch }).await.unwrap();
        work(world).await;
        assert_eq!(
            state(world, bo).await,
            State::Uninvited,
            "what an admin took back stays so"
        );

        invite_rules::pause(app, &admin, id).await.unwrap();
        let eve = hire(world, "Eve", &[(Field::Department, "Sales")]).await;
        work(world).await;
        assert_eq!(state(world, eve).await, State::Uninvited);
        invite_rules::resume(app, &admin, id).await.unwrap();
        work(world).await;
        assert_eq!(state(world, eve).await, State::Invited, "seen once it goes on");
        let changed = input("Legal", &["department is Legal"], None, 10);
        invite_rules::update(app, &admin, id, changed).await.unwrap();
        work(world).await;
        assert_eq!(state(world, cy).await, State::Invited);
        invite_rules::delete(app, &admin, id).await.unwrap();
        assert!(invite_rules::list(app, &admin).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_wave_waits_for_its_day_and_its_brake_for_a_word() {
    on_both(async |world| {
        let (app, admin) = (&world.app, world.admin());
        let mut people = Vec::new();
        for name in ["Bo", "Cy", "Dee"] {
            people.push(hire(world, name, &[(Field::Location, "Łódź")]).await);
        }
        let at = app.now().plus_seconds(13 * HOUR);
        let wave = input("Łódź", &["location is łódź"], Some(at), 2);
        let id = invite_rules::create(app, &admin, wave.clone()).await.unwrap();
        work(world).await;
        assert_eq!(rule(world, id).await.rule.state, RuleState::Scheduled);
        world.hands.turn(14 * HOUR);
        work(world).await;
        let held = rule(world, id).await;
        assert_eq!(
            (held.rule.state, held.waiting, held.rule.invited),
            (RuleState::Held, 3, 0)
        );
        for person in &people {
            assert_eq!(
                state(world, *person).await,
                State::Uninvited,
                "nobody before somebody said yes"
            );
        }
        work(world).await;
        invite_rules::resume(app, &admin, id).await.unwrap();
        work(world).await;
        let done = rule(world, id).await;
        assert_eq!(
            (done.rule.state, done.waiting, done.rule.invited),
            (RuleState::Done, 0, 3)
        );
        for person in &people {
            assert_eq!(state(world, *person).await, State::Invited);
        }
        let late = hire(world, "Eve", &[(Field::Location, "Łódź")]).await;
        work(world).await;
        assert_eq!(state(world, late).await, State::Uninvited, "a wave invites once");
        let again = invite_rules::update(app, &admin, id, wave).await.unwrap_err();
        assert_eq!(again.code(), "rule_done");
        let past = input("Late", &["location is łódź"], Some(app.now().plus_days(-2)), 2);
        assert_eq!(
            invite_rules::create(app, &admin, past).await.unwrap_err().code(),
            "invalid"
        );
    })
    .await;
}

#[tokio::test]
async fn the_first_day_comes_and_invites() {
    on_both(async |world| {
        let (app, admin) = (&world.app, world.admin());
        let rule = input("First day", &["start_date reached 0"], None, 10);
        invite_rules::create(app, &admin, rule).await.unwrap();
        let bo = hire(world, "Bo", &[(Field::StartDate, "2026-05-29")]).await;
        let cy = hire(world, "Cy", &[(Field::StartDate, "2026-06-29")]).await;
        conditions::turn_days(app).await.unwrap();
        work(world).await;
        assert_eq!(state(world, bo).await, State::Uninvited);
        morning(world);
        conditions::turn_days(app).await.unwrap();
        work(world).await;
        assert_eq!(
            (state(world, bo).await, state(world, cy).await),
            (State::Invited, State::Uninvited)
        );
    })
    .await;
}

/// Lets the letters of all who are invited arrive.
async fn deliver(world: &World) {
    let filter = invitations::Filter {
        limit: 100,
        ..Default::default()
    };
    let (app, workplace) = (&world.app, world.workplace.id);
    let found = invitations::list(&app.db, workplace, &filter, app.now())
        .await
        .unwrap();
    let mut tx = app.begin().await.unwrap();
    for invitation in found.items {
        invitations::note_sent(&mut tx, workplace, invitation.id, app.now())
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn who_has_not_come_is_reminded_on_the_days_that_are_set() {
    on_both(async |world| {
        let (app, admin) = (&world.app, world.admin());
        morning(world);
        let bo = world.person("Bo", "bo@example.com", true).await;
        let cy = world.person("Cy", "cy@example.com", true).await;
        deliver(world).await;
        let remind = async || {
            let done = invite_rules::remind(app).await.unwrap();
            deliver(world).await;
            done
        };
        assert_eq!(remind().await, 0);
        world.hands.turn(3 * DAY + 60);
        let claim = accounts::Change::new(Source::SelfService, Verb::Claim { patch: Vec::new() });
        let policy = world.workplace.policy();
        accounts::change(app, &admin, Whom::Is(cy), &claim, &policy)
            .await
            .unwrap();
        world.hands.turn(9 * HOUR);
        assert_eq!(remind().await, 0, "it is quiet");
        world.hands.turn(15 * HOUR);
        assert_eq!(remind().await, 1, "who has come is not reminded");
        assert_eq!(remind().await, 0, "once");
        world.hands.turn(DAY);
        assert_eq!(remind().await, 1, "and on day five");
        world.hands.turn(20 * DAY);
        assert_eq!(remind().await, 0);
        let reminded = invitations::of_account(&app.db, world.workplace.id, bo)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(reminded.reminders, 2);
        let letters = outbox::list(
            &app.db,
            &admin,
            &outbox::Filter {
                limit: 50,
                ..Default::default()
            },
        )
        .await
        .unwrap();
        assert!(
            letters
                .items
                .iter()
                .any(|letter| letter.kind == guildhall_core::mail::LetterKind::Reminder)
        );

        workplaces::change(app, &admin, |workplace| workplace.settings.remind_days = vec![])
            .await
            .unwrap();
        world.person("Dee", "dee@example.com", true).await;
        deliver(world).await;
        world.hands.turn(3 * DAY + 60);
        assert_eq!(remind().await, 0, "switched off");
        let wrong =
            workplaces::change(app, &admin, |workplace| workplace.settings.remind_days = vec![0]).await;
        assert_eq!(wrong.unwrap_err().code(), "invalid");
    })
    .await;
}

#[tokio::test]
async fn a_last_day_passes_where_the_person_is_and_many_of_them_are_asked_for() {
    on_both(async |world| {
        let (app, admin) = (&world.app, world.admin());
        let bo = hire(world, "Bo", &[(Field::EndDate, "2026-05-28")]).await;
        let tokyo = [(Field::EndDate, "2026-05-28"), (Field::TimeZone, "Asia/Tokyo")];
        let cy = hire(world, "Cy", &tokyo).await;
        assert_eq!(
            last_days::work(app).await.unwrap(),
            1,
            "in Tokyo the 28th is over"
        );
        assert_eq!(
            (state(world, bo).await, state(world, cy).await),
            (State::Uninvited, State::Deactivated)
        );
        world.hands.turn(2 * HOUR);
        assert_eq!(last_days::work(app).await.unwrap(), 1);
        assert_eq!(last_days::work(app).await.unwrap(), 0);
        let ended = accounts::get(&app.db, world.workplace.id, bo)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (ended.state, ended.ended_by),
            (State::Deactivated, Some(Source::Admin))
        );
        // Also by the clocks of UTC, which this story's policy goes by.
        world.hands.turn(3 * HOUR);
        let back = world.act(Whom::Is(bo), Verb::Reactivate).await.unwrap_err();
        assert_eq!(back.code(), "last_day_passed");
        let patch = vec![(Field::EndDate, None)];
        world.act(Whom::Is(bo), Verb::Update { patch }).await.unwrap();
        world.act(Whom::Is(bo), Verb::Reactivate).await.unwrap();
        assert_eq!(last_days::work(app).await.unwrap(), 0);

        // A wrong list: nobody goes before somebody has looked.
        let mut people = Vec::new();
        for number in 0..7 {
            people.push(hire(world, &format!("P{number}"), &[(Field::EndDate, "2020-01-01")]).await);
        }
        assert_eq!(last_days::work(app).await.unwrap(), 0);
        assert_eq!(last_days::work(app).await.unwrap(), 0);
        let waiting = last_days::waiting(app, &admin).await.unwrap();
        assert_eq!((waiting.people, waiting.first.len()), (7, 7));
        assert!(waiting.said.unwrap().contains("7 of"), "it says how many");
        last_days::release(app, &admin).await.unwrap();
        assert_eq!(last_days::work(app).await.unwrap(), 7);
        assert_eq!(state(world, people[6]).await, State::Deactivated);
        assert_eq!(last_days::work(app).await.unwrap(), 0);
        assert_eq!(last_days::waiting(app, &admin).await.unwrap().people, 0);
    })
    .await;
}

#[tokio::test]
async fn a_letter_is_put_off_when_it_has_grown_late() {
    on_both(async |world| {
        let (app, admin) = (&world.app, world.admin());
        // Half past six in the evening.
        world.hands.turn(20 * HOUR);
        let rule = input("Sales", &["department is Sales"], None, 10);
        invite_rules::create(app, &admin, rule).await.unwrap();
        let bo = hire(world, "Bo", &[(Field::Department, "Sales")]).await;
        world.hands.turn(HOUR);
        work(world).await;
        assert_eq!(state(world, bo).await, State::Uninvited, "quiet since seven");
        world.hands.turn(13 * HOUR);
        work(world).await;
        assert_eq!(state(world, bo).await, State::Invited);
    })
    .await;
}
