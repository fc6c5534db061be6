//! The way of a letter through a mail server that people run.

use std::time::Duration;

use guildhall_core::mail::{
    Catalogue, Content, Letter, LetterData, LetterKind, Outcome, Outgoing, Recipient, Sender, SmtpSettings,
    Stage, Transport, letters,
};
use guildhall_testkit::postfix::Postfix;
use mail_parser::MessageParser;

const LINK: &str = "https://work.example/claim/q83vEjRWeJq7zd7wASNFZ4mrze8BI0VniavN7wEjRWc";

fn invitation(to: &str) -> Outgoing {
    let data = LetterData {
        workplace: Sender {
            name: "Analytical Engines".to_owned(),
            locale: "en".to_owned(),
            time_zone: "Europe/London".to_owned(),
            colour: "#1a4fd6".to_owned(),
        },
        recipient: Recipient {
            name: "Ada Lovelace".to_owned(),
            email: to.to_owned(),
            locale: None,
            time_zone: None,
        },
        content: Content::Invitation {
            inviter: None,
            message: None,
            expires_at: "2026-12-25T13:05:00Z".parse().unwrap(),
        },
        link: Some(LINK.to_owned()),
        code: None,
    };
    let rendered = letters::render(Catalogue::built_in(), &data).unwrap();
    Letter::new(
        LetterKind::Invitation,
        rendered,
        to.parse().unwrap(),
        "hello@work.example".parse().unwrap(),
        data.workplace.name,
        "<postfix-1@work.example>".to_owned(),
        "2026-11-25T02:30:00Z".parse().unwrap(),
    )
    .build()
    .unwrap()
}

#[tokio::test]
async fn an_invitation_lies_in_the_mailbox_and_can_be_followed() {
    let postfix = Postfix::start();
    let transport = Transport::new(&SmtpSettings::new(postfix.url(), "guildhall.test")).unwrap();
    for (to, permanent, code) in [
        ("gone@example.test", true, 550),
        ("defer@example.test", false, 450),
    ] {
        let outcome = transport.send(&invitation(to)).await;
        assert!(
            matches!(outcome, Outcome::Rejected { permanent: p, code: Some(c), stage: Stage::Recipient, .. }
                if (p, c) == (permanent, code)),
            "{to}: {outcome:?}"
        );
    }
    let outcome = transport.send(&invitation("ada@example.test")).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");

    let delivered = postfix.wait_for(1, Duration::from_secs(30));
    assert_eq!(delivered.len(), 1);
    let mail = MessageParser::new().parse(&delivered[0]).unwrap();
    assert_eq!(
        mail.header_raw("Delivered-To").map(str::trim),
        Some("ada@example.test")
    );
    assert_eq!(mail.message_id(), Some("postfix-1@work.example"));
    assert_eq!(mail.subject(), Some("You are invited to Analytical Engines"));
    assert!(mail.body_text(0).unwrap().lines().any(|line| line == LINK));
    assert!(mail.body_html(0).unwrap().contains(&format!("href=\"{LINK}\"")));
}
