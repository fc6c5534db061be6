//! Letters outlive those who carry them, and nobody gets one twice.

use std::collections::HashMap;

use guildhall_core::accounts::{self, Change, Policy, ProfileField as Field, Source, Verb, Whom};
use guildhall_core::ids::WorkplaceId;
use guildhall_core::mail::{SmtpSettings, Transport};
use guildhall_core::outbox::{self, Filter, LetterState, Postman};
use guildhall_core::{Actor, App, workplaces};
use guildhall_testkit::postgres;
use guildhall_testkit::smtp::{SmtpOptions, SmtpServer};

use crate::worker::{Fate, kills, open};

/// Who carries at once, as in the server.
const POSTMEN: usize = 4;
/// Letters of a round.
const LETTERS: usize = 48;
/// The longest life of a worker; a round takes some of them.
const LONGEST: u64 = 500;

/// What the worker does: all that is due, and no more.
pub async fn carry(app: App, server: &str) {
    let postman = Postman {
        app,
        transport: Transport::new(&SmtpSettings::new(server, "guildhall.example")).unwrap(),
        from: "guildhall@guildhall.example".parse().unwrap(),
        signer: None,
        public_url: "https://guildhall.example".into(),
    };
    let all = (0..POSTMEN).map(|_| {
        let postman = postman.clone();
        tokio::spawn(async move { postman.round(&|| false).await })
    });
    for one in all.collect::<Vec<_>>() {
        one.await.unwrap().unwrap();
    }
}

/// Every third letter is slow to be taken, so that many a worker dies between its first byte and its answer.
fn address(round: usize, number: usize) -> String {
    let slow = if number.is_multiple_of(3) { "slow-" } else { "" };
    format!("{slow}p{round}-{number}@example.com")
}

async fn invite(app: &App, workplace: WorkplaceId, email: String) {
    let patch = vec![
        (Field::DisplayName, Some("Léa Dubois".to_owned())),
        (Field::Email, Some(email)),
    ];
    let provision = Verb::Provision {
        patch,
        invite: true,
        role: None,
    };
    let change = Change::new(Source::Admin, provision);
    let actor = Actor::command_line(workplace);
    accounts::change(app, &actor, Whom::New, &change, &Policy::default())
        .await
        .unwrap();
}

/// What became of each letter, by its recipient.
async fn fates(app: &App, actor: &Actor) -> HashMap<String, LetterState> {
    let mut filter = Filter {
        limit: 500,
        ..Filter::default()
    };
    let mut fates = HashMap::new();
    loop {
        let page = outbox::list(&app.db, actor, &filter).await.unwrap();
        filter.after = page.items.last().map(|letter| letter.id);
        for letter in page.items {
            assert!(fates.insert(letter.recipient, letter.state).is_none());
        }
        if page.next.is_none() {
            return fates;
        }
    }
}

async fn kill_often(database: String, kills: u32) {
    let server = SmtpServer::with(&SmtpOptions {
        slow_seconds: Some(0.08),
        ..SmtpOptions::default()
    });
    let app = open(&database, 0).await;
    let workplace = workplaces::create(&app, "Łódź & Søn", "en", "UTC").await.unwrap();
    let actor = Actor::command_line(workplace.id);
    let mut fate = Fate::new(&format!("letters {}", server.url()), database.clone(), LONGEST);
    let mut round = 0;
    while fate.kills < kills {
        for number in 0..LETTERS {
            invite(&app, workplace.id, address(round, number)).await;
        }
        round += 1;
        let under_way = [LetterState::Waiting, LetterState::Sending];
        for strikes in 0.. {
            let fates = fates(&app, &actor).await;
            if !fates.values().any(|state| under_way.contains(state)) {
                break;
            }
            assert!(strikes < 200, "letters stay behind: {fates:?}");
            fate.strike().await;
        }
    }

    let mut arrived: HashMap<String, u32> = HashMap::new();
    for letter in server.received() {
        *arrived.entry(letter.envelope.to[0].clone()).or_default() += 1;
    }
    let twice: Vec<_> = arrived.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "sent twice: {twice:?}");
    let fates = fates(&app, &actor).await;
    assert_eq!(fates.len(), round * LETTERS);
    let mut unknown = 0;
    for (recipient, state) in &fates {
        match state {
            LetterState::Sent => assert!(arrived.contains_key(recipient), "{recipient} got nothing"),
            LetterState::Unknown => unknown += 1,
            state => panic!("{recipient}: {state:?}"),
        }
    }
    // No more is in doubt than was in somebody's hands when they died.
    assert!(
        unknown <= fate.kills as usize * POSTMEN,
        "{unknown} of {} unknown",
        fates.len()
    );
    // Else nobody died between a letter's first byte and its answer, and this has shown nothing.
    assert!(unknown > 0 || kills < 10);
    app.db.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_letter_goes_twice_and_none_is_lost_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("g.db");
    kill_often(file.to_string_lossy().into_owned(), kills().div_ceil(2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_letter_goes_twice_and_none_is_lost_on_postgresql() {
    let database = postgres::fresh_database().await;
    kill_often(database.url().to_owned(), kills() / 2).await;
}
