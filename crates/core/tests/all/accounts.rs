//! The one path on both databases: what a change leaves in the tables.

use guildhall_core::accounts::{
    self, AccountState as State, Action, Change, Policy, ProfileField as Field, SYSTEM_ADMIN, Source, Verb,
    Whom,
};
use guildhall_core::ids::AccountId;
use guildhall_core::workplaces::{self, Workplace};
use guildhall_core::{Actor, App, Error, audit};

async fn on_both<F: AsyncFn(&App, &Workplace)>(story: F) {
    crate::common::on_both(async |world| story(&world.app, &world.workplace).await).await;
}

/// As a form gives it: blank is absent.
fn text(value: &str) -> Option<String> {
    Some(value.to_owned()).filter(|value| !value.is_empty())
}

fn add(name: &str, email: &str) -> Verb {
    let patch = vec![(Field::DisplayName, text(name)), (Field::Email, text(email))];
    Verb::Provision {
        patch,
        invite: false,
        role: None,
    }
}

async fn act(app: &App, workplace: &Workplace, whom: Whom, verb: Verb) -> Result<accounts::Plan, Error> {
    let change = Change::new(Source::Admin, verb);
    accounts::change(
        app,
        &Actor::command_line(workplace.id),
        whom,
        &change,
        &Policy::default(),
    )
    .await
}

async fn person(app: &App, workplace: &Workplace, name: &str, email: &str) -> AccountId {
    act(app, workplace, Whom::New, add(name, email))
        .await
        .unwrap()
        .after
        .unwrap()
        .id
}

#[tokio::test]
async fn a_person_is_kept_as_decided_with_the_event() {
    on_both(async |app, workplace| {
        let id = person(app, workplace, "Élodie Łapińska", "Elodie@Example.com").await;
        let found = accounts::by_email(&app.db, workplace.id, "eLODIE@EXAMPLE.COM")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (found.id, found.name().as_str(), found.state),
            (id, "Élodie Łapińska", State::Uninvited)
        );
        assert_eq!(found.origins[&Field::Email].source, Source::Admin);

        let patch = vec![
            (Field::Department, text("Finance")),
            (Field::EmployeeId, text("KÉ-1")),
            (Field::Frontline, text("yes")),
        ];
        act(
            app,
            workplace,
            Whom::Is(id),
            Verb::Update { patch: patch.clone() },
        )
        .await
        .unwrap();
        let again = act(app, workplace, Whom::Is(id), Verb::Update { patch })
            .await
            .unwrap();
        assert_eq!(again.action, Action::Unchanged);
        let found = accounts::get(&app.db, workplace.id, id).await.unwrap().unwrap();
        assert_eq!(
            (found.profile.get(Field::Department), found.version),
            (Some("Finance"), 2)
        );

        let filter = audit::Filter {
            subject: Some(id.0),
            limit: 10,
            ..audit::Filter::default()
        };
        let events = audit::list(&app.db, workplace.id, &filter).await.unwrap().items;
        let verbs: Vec<&str> = events.iter().map(|event| event.verb.as_str()).collect();
        assert_eq!(
            verbs,
            ["update", "provision"],
            "newest first, and nothing for the repeated change"
        );
        let fields: Vec<&str> = events[0]
            .changes
            .iter()
            .map(|change| change.field.as_ref())
            .collect();
        assert_eq!(fields, ["employee_id", "department", "frontline"]);
    })
    .await;
}

#[tokio::test]
async fn states_are_counted_as_they_change() {
    on_both(async |app, workplace| {
        let anna = person(app, workplace, "Anna", "anna@example.com").await;
        person(app, workplace, "Bo", "bo@example.com").await;
        act(app, workplace, Whom::Is(anna), Verb::Deactivate)
            .await
            .unwrap();
        let counts = accounts::counts(&app.db, workplace.id).await.unwrap();
        assert_eq!(
            counts.into_iter().collect::<Vec<_>>(),
            [(State::Uninvited, 1), (State::Deactivated, 1)]
        );
        act(app, workplace, Whom::Is(anna), Verb::Delete).await.unwrap();
        assert_eq!(accounts::get(&app.db, workplace.id, anna).await.unwrap(), None);
        assert_eq!(accounts::counts(&app.db, workplace.id).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_refused_change_leaves_nothing() {
    on_both(async |app, workplace| {
        let anna = person(app, workplace, "Anna", "anna@example.com").await;
        let bo = person(app, workplace, "Bo", "bo@example.com").await;
        let manage = |manager: AccountId| Verb::Update {
            patch: vec![(Field::Manager, text(&manager.to_string()))],
        };
        act(app, workplace, Whom::Is(bo), manage(anna)).await.unwrap();
        let role = Verb::SetRole {
            role: SYSTEM_ADMIN.to_owned(),
        };
        act(app, workplace, Whom::Is(anna), role).await.unwrap();
        for (whom, verb, code) in [
            (Whom::New, add("Other", "ANNA@example.com"), "email_taken"),
            (Whom::Is(anna), manage(bo), "manager_cycle"),
            (Whom::Is(anna), Verb::Deactivate, "last_admin"),
            (
                Whom::Is(anna),
                Verb::SetRole {
                    role: "member".to_owned(),
                },
                "last_admin",
            ),
        ] {
            let before = accounts::get(&app.db, workplace.id, anna).await.unwrap();
            assert_eq!(act(app, workplace, whom, verb).await.unwrap_err().code(), code);
            assert_eq!(accounts::get(&app.db, workplace.id, anna).await.unwrap(), before);
        }
    })
    .await;
}

#[tokio::test]
async fn a_workplace_finds_nothing_of_another() {
    on_both(async |app, workplace| {
        let anna = person(app, workplace, "Anna", "anna@example.com").await;
        let other = workplaces::create(app, "Other", "en", "UTC").await.unwrap();
        assert_eq!(accounts::get(&app.db, other.id, anna).await.unwrap(), None);
        assert_eq!(
            accounts::by_email(&app.db, other.id, "anna@example.com")
                .await
                .unwrap(),
            None
        );
        let verb = Verb::Deactivate;
        assert_eq!(
            act(app, &other, Whom::Is(anna), verb).await.unwrap_err().code(),
            "not_found"
        );
        person(app, &other, "Anna elsewhere", "anna@example.com").await;
        let filter = audit::Filter {
            subject: Some(anna.0),
            limit: 10,
            ..audit::Filter::default()
        };
        assert!(
            audit::list(&app.db, other.id, &filter)
                .await
                .unwrap()
                .items
                .is_empty()
        );
    })
    .await;
}

/// By the workplace, all words of everybody in it would be walked along at each change.
#[tokio::test]
async fn the_words_of_one_person_are_found_by_the_person() {
    on_both(async |app, workplace| {
        if !app.db.is_lite() {
            return;
        }
        let plan: Vec<(i64, i64, i64, String)> = guildhall_store::sql(
            "EXPLAIN QUERY PLAN DELETE FROM account_terms WHERE account_id = $1 AND workplace_id = $2",
        )
        .bind(workplace.id)
        .bind(workplace.id)
        .all(&app.db)
        .await
        .unwrap();
        assert!(plan[0].3.contains("account_id=? AND workplace_id=?"), "{plan:?}");
    })
    .await;
}
