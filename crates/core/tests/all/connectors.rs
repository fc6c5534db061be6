//! What the log of a connector keeps of long requests, and what its brake lets go, on both databases.

use crate::common::{World, on_both};
use guildhall_core::connectors::{self, Connector, Desk, LogEntry, LogFilter, Outcome, Sent, Settings};

const MEGABYTE: i64 = 1024 * 1024;

fn entry(world: &World, connector: &Connector, summary: &str, sent: Sent) -> LogEntry {
    world.hands.turn(1);
    let now = world.app.now();
    LogEntry {
        id: world.app.entropy.id(now),
        workplace: connector.workplace,
        connector: connector.id,
        at: now,
        method: "PATCH".into(),
        path: "/v2/Groups/1".into(),
        status: 204,
        outcome: Outcome::Changed,
        summary: summary.into(),
        reason: None,
        notes: Vec::new(),
        subject: None,
        sent,
        took_ms: 1,
        request_id: None,
    }
}

async fn listed(world: &World, connector: &Connector) -> Vec<LogEntry> {
    let filter = LogFilter {
        limit: 50,
        ..LogFilter::default()
    };
    let found = connectors::log(&world.app, &world.admin(), connector.id, &filter).await;
    found.unwrap().items
}

#[tokio::test]
async fn the_oldest_long_requests_make_room_for_the_newest() {
    on_both(async |world| {
        let (app, admin) = (&world.app, world.admin());
        let connect = async |name| {
            connectors::create(app, &admin, name, Settings::default())
                .await
                .unwrap()
        };
        let (busy, quiet) = (connect("Busy").await, connect("Quiet").await);
        let desk = Desk::start(app.clone());
        let other = Sent::of(serde_json::json!({"members": "x".repeat(10_000)}));
        desk.note(entry(world, &quiet, "of another", other.clone()));
        let ten = |_| Sent::Long {
            bytes: 80 * MEGABYTE,
            packed: vec![7; 10 * MEGABYTE as usize],
        };
        for number in 0..11 {
            desk.note(entry(world, &busy, &number.to_string(), ten(number)));
            desk.written().await;
        }
        let entries = listed(world, &busy).await;
        let gone: Vec<&str> = entries
            .iter()
            .filter(|entry| matches!(entry.sent, Sent::Gone { bytes } if bytes == 80 * MEGABYTE))
            .map(|entry| entry.summary.as_str())
            .collect();
        assert_eq!((entries.len(), gone), (11, vec!["0"]));
        let oldest = connectors::log_entry(app, &admin, busy.id, entries[10].id)
            .await
            .unwrap();
        let told = oldest.sent.again().unwrap_err().to_string();
        assert!(
            told.starts_with("What was sent (80 MB) is not kept any longer"),
            "{told}"
        );
        let newest = connectors::log_entry(app, &admin, busy.id, entries[0].id)
            .await
            .unwrap();
        assert_eq!(newest.sent, ten(0));
        let of_another = &listed(world, &quiet).await[0];
        assert!(matches!(of_another.sent, Sent::Apart { .. }));
        let whole = connectors::log_entry(app, &admin, quiet.id, of_another.id)
            .await
            .unwrap();
        assert_eq!(whole.sent, other);
        let elsewhere = connectors::log_entry(app, &admin, busy.id, of_another.id).await;
        assert_eq!(elsewhere.unwrap_err().code(), "not_found");

        world.hands.turn(31 * 86_400);
        desk.note(entry(world, &busy, "a month later", Sent::Nothing));
        desk.written().await;
        assert_eq!(listed(world, &busy).await.len(), 1);
        assert!(listed(world, &quiet).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_burst_of_long_requests_fills_no_memory() {
    on_both(async |world| {
        let admin = world.admin();
        let connector = connectors::create(&world.app, &admin, "Busy", Settings::default())
            .await
            .unwrap();
        let desk = Desk::start(world.app.clone());
        for number in 0..4 {
            let sent = Sent::Long {
                bytes: 200 * MEGABYTE,
                packed: vec![7; 20 * MEGABYTE as usize],
            };
            desk.note(entry(world, &connector, &number.to_string(), sent));
        }
        desk.written().await;
        let entries = listed(world, &connector).await;
        let kept = entries
            .iter()
            .filter(|entry| matches!(entry.sent, Sent::Apart { .. }));
        assert_eq!((entries.len(), kept.count()), (4, 3), "64 MB may wait");
    })
    .await;
}

#[tokio::test]
async fn what_the_brake_held_the_day_before_yesterday_is_not_let_go() {
    on_both(async |world| {
        let (app, admin) = (&world.app, world.admin());
        let made = connectors::create(app, &admin, "Entra ID", Settings::default())
            .await
            .unwrap();
        connectors::note_held(app, &made).await.unwrap();
        world.hands.turn(2 * 86_400);
        assert_eq!(connectors::held(app, &made).await.unwrap(), None);
        let late = connectors::release(app, &admin, made.id).await;
        assert_eq!(late.unwrap_err().code(), "not_held");
        connectors::note_held(app, &made).await.unwrap();
        connectors::release(app, &admin, made.id).await.unwrap();
        assert_eq!(connectors::held(app, &made).await.unwrap(), None);
    })
    .await;
}
