//! The whole outbox against a mail server that people run: what it refuses, puts off and delivers.

use std::time::Duration;

use crate::common::{World, on_both};
use guildhall_core::access::{Device, Origin, PasswordHasher};
use guildhall_core::invitations::{self, Claim, InvitationState, NewPassword};
use guildhall_core::mail::{SmtpSettings, Transport};
use guildhall_core::outbox::{self, LetterState, Posted, Postman};
use guildhall_testkit::postfix::Postfix;
use mail_parser::MessageParser;

const SITE: &str = "https://work.example";

async fn posted(world: &World, to: &str) -> Posted {
    let filter = outbox::Filter {
        limit: 50,
        ..outbox::Filter::default()
    };
    let page = outbox::list(&world.app.db, &world.admin(), &filter)
        .await
        .unwrap();
    page.items
        .into_iter()
        .find(|letter| letter.recipient == to && letter.kind.needs_link())
        .unwrap()
}

#[tokio::test]
async fn what_is_refused_bounces_at_once_what_is_put_off_waits_and_the_rest_arrives() {
    on_both(async |world| {
        let postfix = tokio::task::spawn_blocking(Postfix::start).await.unwrap();
        let gone = world.person("Gone", "gone@example.test", true).await;
        world.person("Defer", "defer@example.test", true).await;
        world.person("Ada", "ada@example.test", true).await;
        let postman = Postman {
            app: world.app.clone(),
            transport: Transport::new(&SmtpSettings::new(postfix.url(), "guildhall.test")).unwrap(),
            from: "office@work.example".parse().unwrap(),
            signer: None,
            public_url: SITE.into(),
        };
        assert_eq!(postman.round(&|| false).await.unwrap(), 3);

        // 550: at once, and the invitation says why.
        assert_eq!(
            posted(world, "gone@example.test").await.state,
            LetterState::Bounced
        );
        let bounced = invitations::of_account(&world.app.db, world.workplace.id, gone)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(bounced.state, InvitationState::Bounced);
        let reason = bounced.bounce_reason.unwrap();
        assert!(reason.contains("550"), "{reason}");

        // 450: later, and then again later, with the answer to read.
        let deferred = posted(world, "defer@example.test").await;
        assert_eq!((deferred.state, deferred.attempts), (LetterState::Waiting, 1));
        assert!(deferred.last_error.unwrap().contains("450"));
        assert_eq!(postman.round(&|| false).await.unwrap(), 0, "not before its time");
        world.hands.turn(61);
        assert_eq!(postman.round(&|| false).await.unwrap(), 1);
        let again = posted(world, "defer@example.test").await;
        assert_eq!((again.state, again.attempts), (LetterState::Waiting, 2));
        assert!(again.next_at > deferred.next_at);

        // 250: it lies in the mailbox once, a mail reader reads it, and its link leads in.
        assert_eq!(posted(world, "ada@example.test").await.state, LetterState::Sent);
        let (postfix, delivered) = tokio::task::spawn_blocking(move || {
            let delivered = postfix.wait_for(1, Duration::from_secs(30));
            (postfix, delivered)
        })
        .await
        .unwrap();
        assert_eq!(delivered.len(), 1);
        let mail = MessageParser::new().parse(&delivered[0]).unwrap();
        assert_eq!(
            mail.header_raw("Delivered-To").map(str::trim),
            Some("ada@example.test")
        );
        let text = mail.body_text(0).unwrap();
        let start = format!("{SITE}/claim/");
        let link = text
            .lines()
            .find_map(|line| line.trim().strip_prefix(&start))
            .unwrap();
        assert!(
            mail.body_html(0)
                .unwrap()
                .contains(&format!("href=\"{start}{link}\""))
        );
        let hasher = PasswordHasher::new(&world.app.entropy).unwrap();
        let claim = Claim {
            password: NewPassword::Typed("violet harbour engine moss".into()),
            accept_terms: true,
            ..Claim::default()
        };
        let origin = Origin {
            address: [127, 0, 0, 1].into(),
            user_agent: "",
            device: Device::New,
        };
        let entered = invitations::claim(&world.app, &hasher, link, &claim, origin)
            .await
            .unwrap()
            .session()
            .unwrap();
        assert_eq!(entered.account.name(), "Ada");

        // The welcome follows; nothing comes twice.
        postman.round(&|| false).await.unwrap();
        let all = tokio::task::spawn_blocking(move || postfix.wait_for(2, Duration::from_secs(30)));
        let all = all.await.unwrap();
        let ids: Vec<Option<String>> = all
            .iter()
            .map(|mail| {
                MessageParser::new()
                    .parse(mail)
                    .unwrap()
                    .message_id()
                    .map(str::to_owned)
            })
            .collect();
        assert_eq!(all.len(), 2);
        assert_ne!(ids[0], ids[1]);
    })
    .await;
}
