//! A database of an older program is brought up to date with the people who are in it.

use guildhall_core::{MIGRATIONS, fold};
use guildhall_store::{Db, migrate, sql};
use guildhall_testkit::postgres;
use uuid::Uuid;

/// As people write their numbers.
const PHONES: &[&str] = &[
    "+48 600 100 200",
    "0048 600-100-200",
    "tel:+44 (0)20 7946 0958",
    "030 1234/56",
    "+1 (415) 555.0100 ext. 7",
];

async fn upgrade(db: &Db) {
    let before = MIGRATIONS.iter().position(|step| step.name == "rest").unwrap();
    migrate(db, &MIGRATIONS[..before], 1).await.unwrap();
    let workplace = Uuid::from_u128(1);
    let mut tx = db.begin().await.unwrap();
    sql(
        "INSERT INTO workplaces (id, name, locale, time_zone, colour, settings, created_at, updated_at) \
         VALUES ($1, 'Łódź', 'en-GB', 'Europe/Warsaw', '#000000', '{}', 1, 1)",
    )
    .bind(workplace)
    .execute(&mut tx)
    .await
    .unwrap();
    for (at, phone) in PHONES.iter().enumerate() {
        sql("INSERT INTO accounts (id, workplace_id, state, former, role, display_name, phone, frontline, login_method, \
             name_key, field_sources, created_source, created_at, updated_at, version) \
             VALUES ($1, $2, 'uninvited', $3, 'member', 'Somebody', $4, $3, 'password', 'somebody', '{}', 'file', 1, 1, 1)")
        .bind(Uuid::from_u128(at as u128 + 2))
        .bind(workplace)
        .bind(false)
        .bind(*phone)
        .execute(&mut tx)
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();

    migrate(db, MIGRATIONS, 2).await.unwrap();
    let found: Vec<(String, Option<String>)> =
        sql("SELECT phone, phone_key FROM accounts WHERE workplace_id = $1")
            .bind(workplace)
            .all(db)
            .await
            .unwrap();
    assert_eq!(found.len(), PHONES.len());
    for (phone, key) in found {
        assert_eq!(key, Some(fold::phone_key(&phone)), "{phone}");
    }
}

#[tokio::test]
async fn people_of_an_older_database_are_found_by_their_numbers() {
    let folder = tempfile::tempdir().unwrap();
    upgrade(&Db::open_lite(&folder.path().join("old.db")).await.unwrap()).await;
    let database = postgres::fresh_database().await;
    upgrade(&Db::open_pg(database.url()).await.unwrap()).await;
}
