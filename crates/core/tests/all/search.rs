//! Searching as somebody types, in a workplace where many have the same names.

use crate::common::{World, on_both};
use guildhall_core::accounts::bulk::{Item, Keys};
use guildhall_core::accounts::people::{self, Filter};
use guildhall_core::accounts::{self, Change, ProfileField as Field, Source, Verb, Whom};

/// More than a piece of a search may find to be rare.
const MANY: usize = 70;

/// Adds people, each a display name, an e-mail address and an employee id, all at once.
async fn add(world: &World, people: impl Iterator<Item = [String; 3]>) {
    let items = people
        .map(|values| {
            let fields = [Field::DisplayName, Field::Email, Field::EmployeeId];
            let verb = Verb::Provision {
                patch: fields.into_iter().zip(values.map(Some)).collect(),
                invite: false,
                role: None,
            };
            Item {
                keys: Keys::default(),
                change: Change::new(Source::File, verb),
                manager: None,
            }
        })
        .collect();
    world.act_on_many(items).await;
}

/// Whom a search finds, page after page, and how many it says there are.
async fn found(world: &World, q: &str) -> (Vec<String>, i64) {
    let mut filter = Filter {
        q: Some(q.to_owned()),
        limit: 25,
        ..Filter::default()
    };
    let count = accounts::count_matching(&world.app.db, world.workplace.id, &filter)
        .await
        .unwrap();
    let mut names = Vec::new();
    loop {
        let page = people::list(&world.app, &world.admin(), &filter).await.unwrap();
        names.extend(page.items.iter().map(accounts::Account::name));
        let Some(next) = page.next else {
            return (names, count);
        };
        filter.after = Some(people::parse_cursor(&next).unwrap());
    }
}

#[tokio::test]
async fn several_beginnings_that_many_have_find_those_who_have_them_all() {
    on_both(async |world| {
        let many = (0..MANY).flat_map(|i| {
            [
                [
                    format!("Anna Gross {i:02}"),
                    format!("anna.{i}@example.com"),
                    format!("E 1{i:02}"),
                ],
                [
                    format!("José García {i:02}"),
                    format!("jose_{i}@example.com"),
                    format!("E 2{i:02}"),
                ],
            ]
        });
        let few = [
            ["Anna-María Garcés", "am@example.com", "E 900"],
            ["Bo 100%", "anna.bo@example.com", "E 901"],
        ];
        add(world, many.chain(few.map(|values| values.map(str::to_owned)))).await;

        for (q, expect, first) in [
            ("josé gar", MANY, "José García 00"),
            ("GAR jose", MANY, "José García 00"),
            ("anna g", MANY + 1, "Anna Gross 00"),
            ("a g", MANY + 1, "Anna Gross 00"),
            ("anna gar", 1, "Anna-María Garcés"),
            ("anna-m g", 1, "Anna-María Garcés"),
            // All of a word, where it is not the last of a piece.
            ("ann-m g", 0, ""),
            // By the beginning of an address and of a name, and by an id.
            ("anna.b b", 1, "Bo 100%"),
            ("jose_ gar", MANY, "José García 00"),
            ("joseX gar", 0, ""),
            // Of beginnings that many have, one must be of a name: Bo has neither.
            ("anna e", MANY + 1, "Anna Gross 00"),
            ("jose gar 07", 1, "José García 07"),
            ("jose gross", 0, ""),
            ("anna", MANY + 2, "Anna Gross 00"),
            ("@ %", 0, ""),
        ] {
            let (names, count) = found(world, q).await;
            assert_eq!(
                (names.len(), count, names.first().map_or("", String::as_str)),
                (expect, expect as i64, first),
                "{q}: {names:?}"
            );
            assert!(names.is_sorted(), "{q}: {names:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_person_is_found_by_what_they_are_called_now() {
    on_both(async |world| {
        let one = ["Ada Novak", "ada@example.com", "7"].map(str::to_owned);
        add(world, [one].into_iter()).await;
        let ada = people::list(
            &world.app,
            &world.admin(),
            &Filter {
                limit: 1,
                ..Filter::default()
            },
        )
        .await
        .unwrap()
        .items
        .remove(0)
        .id;
        let patch = vec![(Field::DisplayName, Some("Ada Svobodová".to_owned()))];
        let verb = Verb::Update { patch };
        world.act(Whom::Is(ada), verb).await.unwrap();
        for (q, expect) in [("svob ada", 1), ("novak", 0), ("ada nov", 0)] {
            assert_eq!(found(world, q).await.1, expect, "{q}");
        }
    })
    .await;
}
