//! Letters handed to a real SMTP server: what arrives, and what we know about what does not.

use std::time::Duration;

use guildhall_core::mail::smtp::Timeouts;
use guildhall_core::mail::{
    Catalogue, Content, EmailAddress, Letter, LetterData, LetterKind, Outcome, Outgoing, Recipient, Sender,
    SmtpSettings, Stage, Transport, letters,
};
use guildhall_testkit::smtp::{SmtpOptions, SmtpServer, SmtpTls};
use mail_parser::{MessageParser, MimeHeaders};

const FROM: &str = "hello@work.example";
const LINK: &str = "https://work.example/claim/Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE";
const WAIT: Duration = Duration::from_secs(20);

fn invitation(to: &str, id: &str) -> Outgoing {
    let data = LetterData {
        workplace: Sender {
            name: "Bücher & Söhne <GmbH>".to_owned(),
            locale: "en".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            colour: "#ffe600".to_owned(),
        },
        recipient: Recipient {
            name: "Zoë Müller".to_owned(),
            email: to.to_owned(),
            locale: None,
            time_zone: None,
        },
        content: Content::Invitation {
            inviter: Some("Grace Hopper".to_owned()),
            message: Some(".\n.leading dot\nFrom me".to_owned()),
            expires_at: "2026-12-25T13:05:00Z".parse().unwrap(),
        },
        link: Some(LINK.to_owned()),
        code: None,
    };
    let rendered = letters::render(Catalogue::built_in(), &data).unwrap();
    let mut letter = Letter::new(
        LetterKind::Invitation,
        rendered,
        to.parse().unwrap(),
        FROM.parse().unwrap(),
        data.workplace.name,
        format!("<{id}@work.example>"),
        "2026-11-25T02:30:00Z".parse().unwrap(),
    );
    letter.to_name = Some(data.recipient.name);
    letter.build().unwrap()
}

fn transport(url: &str) -> Transport {
    Transport::new(&SmtpSettings::new(url, "guildhall.test")).unwrap()
}

fn quick() -> Timeouts {
    let wait = Duration::from_secs(1);
    Timeouts {
        connect: wait,
        command: wait,
        data: wait,
        idle: wait,
    }
}

#[tokio::test]
async fn an_invitation_arrives_as_it_was_written() {
    let server = SmtpServer::start();
    let outcome = transport(&server.url())
        .send(&invitation("zoe@example.com", "letter-1"))
        .await;
    assert!(
        matches!(&outcome, Outcome::Accepted { text } if text.contains("queued as 1")),
        "{outcome:?}"
    );

    let received = server.wait_for(1, WAIT).remove(0);
    assert_eq!(
        (received.envelope.from.as_str(), received.envelope.to.as_slice()),
        (FROM, &["zoe@example.com".to_owned()][..])
    );
    assert_eq!(received.envelope.hello, "guildhall.test");
    let mail = MessageParser::new().parse(&received.bytes).unwrap();
    assert_eq!(mail.message_id(), Some("letter-1@work.example"));
    assert_eq!(
        mail.subject(),
        Some("Grace Hopper invites you to Bücher & Söhne <GmbH>")
    );
    assert_eq!(mail.date().unwrap().to_rfc3339(), "2026-11-25T02:30:00Z");
    let from = mail.from().unwrap().first().unwrap();
    assert_eq!(
        (from.name(), from.address()),
        (Some("Bücher & Söhne <GmbH>"), Some(FROM))
    );
    let to = mail.to().unwrap().first().unwrap();
    assert_eq!(
        (to.name(), to.address()),
        (Some("Zoë Müller"), Some("zoe@example.com"))
    );
    assert_eq!(
        mail.header_raw("Auto-Submitted").map(str::trim),
        Some("auto-generated")
    );
    assert_eq!(
        mail.root_part().content_type().unwrap().subtype(),
        Some("alternative")
    );
    assert_eq!((mail.text_body_count(), mail.html_body_count()), (1, 1));

    let text = mail.body_text(0).unwrap();
    for line in ["Hello Zoë Müller,", "> .", "> .leading dot", "> From me", LINK] {
        assert!(
            text.lines().any(|have| have == line),
            "{line:?} is missing in\n{text}"
        );
    }
    let html = mail.body_html(0).unwrap();
    assert!(html.contains(&format!("href=\"{LINK}\"")));
    assert!(html.contains("Bücher &#38; Söhne &#60;GmbH&#62;"));
    assert!(html.contains(".leading dot<br>"));
}

#[tokio::test]
async fn every_answer_of_the_server_is_told_apart() {
    let server = SmtpServer::with(&SmtpOptions {
        refuse_sender: Some("forged@work.example".to_owned()),
        ..SmtpOptions::default()
    });
    let transport = transport(&server.url());
    for (to, permanent, code, stage, bounce) in [
        ("gone@example.com", true, 550, Stage::Recipient, true),
        ("defer@example.com", false, 451, Stage::Recipient, false),
        ("spam@example.com", true, 554, Stage::Content, true),
        ("later@example.com", false, 451, Stage::Content, false),
        ("closing@example.com", false, 421, Stage::Recipient, false),
    ] {
        let outcome = transport.send(&invitation(to, "x")).await;
        let Outcome::Rejected {
            permanent: p,
            code: c,
            stage: s,
            ..
        } = &outcome
        else {
            panic!("{to}: {outcome:?}")
        };
        assert_eq!((*p, *c, *s), (permanent, Some(code), stage), "{to}");
        assert_eq!(
            (outcome.is_bounce(), outcome.may_retry()),
            (bounce, !bounce),
            "{to}"
        );
        assert!(outcome.to_string().contains(&code.to_string()), "{outcome}");
    }
    let mut forged = invitation("ada@example.com", "x");
    forged.from = "forged@work.example".parse().unwrap();
    let outcome = transport.send(&forged).await;
    assert!(matches!(
        outcome,
        Outcome::Rejected {
            permanent: true,
            code: Some(553),
            stage: Stage::Sender,
            ..
        }
    ));
    assert!(
        outcome.may_retry(),
        "a refused sender is for the settings to mend"
    );
    assert!(server.received().is_empty());

    let outcome = transport.send(&invitation("ada@example.com", "after-all")).await;
    assert!(
        matches!(outcome, Outcome::Accepted { .. }),
        "after refusals the next letter goes out: {outcome:?}"
    );
    assert_eq!(server.wait_for(1, WAIT).len(), 1);
}

#[tokio::test]
async fn a_connection_lost_after_the_letter_is_neither_success_nor_failure() {
    let server = SmtpServer::start();
    let transport = transport(&server.url());
    for to in ["kept@example.com", "lost@example.com"] {
        let outcome = transport.send(&invitation(to, "x")).await;
        assert!(matches!(outcome, Outcome::Uncertain { .. }), "{to}: {outcome:?}");
        assert!(!outcome.may_retry() && !outcome.is_bounce());
    }
    assert_eq!(
        server.received().len(),
        1,
        "one of the two was taken: no one but the server can know which"
    );
}

#[tokio::test]
async fn silence_after_the_letter_is_uncertain_too() {
    let server = SmtpServer::with(&SmtpOptions {
        slow_seconds: Some(30.0),
        ..SmtpOptions::default()
    });
    let mut settings = SmtpSettings::new(server.url(), "guildhall.test");
    settings.timeouts = quick();
    let outcome = Transport::new(&settings)
        .unwrap()
        .send(&invitation("slow@example.com", "x"))
        .await;
    assert!(
        matches!(&outcome, Outcome::Uncertain { reason } if reason.contains("in time")),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn no_server_no_letter() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    // A listener whose greeting never comes.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    for port in [gone, silent.local_addr().unwrap().port()] {
        let mut settings = SmtpSettings::new(format!("smtp://127.0.0.1:{port}"), "guildhall.test");
        settings.timeouts = quick();
        let outcome = Transport::new(&settings)
            .unwrap()
            .send(&invitation("ada@example.com", "x"))
            .await;
        assert!(
            matches!(outcome, Outcome::Unreachable { .. }) && outcome.may_retry(),
            "{outcome:?}"
        );
    }
}

#[tokio::test]
async fn nothing_is_sent_before_it_is_delivered() {
    let server = SmtpServer::start();
    let transport = transport(&server.url());
    let first = invitation("ada@example.com", "first");
    let prepared = transport.prepare(&first).await.unwrap_or_else(|o| panic!("{o}"));
    drop(prepared);
    let prepared = transport.prepare(&first).await.unwrap_or_else(|o| panic!("{o}"));
    prepared.abandon().await;
    assert!(server.received().is_empty());
    let prepared = transport.prepare(&first).await.unwrap_or_else(|o| panic!("{o}"));
    assert!(matches!(prepared.deliver().await, Outcome::Accepted { .. }));
    assert_eq!(server.wait_for(1, WAIT).len(), 1);
}

#[tokio::test]
async fn letters_share_a_connection_and_survive_its_end() {
    let mut server = SmtpServer::start();
    let transport_ = transport(&server.url());
    for number in 0..5 {
        let outcome = transport_
            .send(&invitation("ada@example.com", &format!("n{number}")))
            .await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    }
    let ports: std::collections::BTreeSet<u16> = server
        .wait_for(5, WAIT)
        .iter()
        .map(|mail| mail.envelope.peer_port)
        .collect();
    assert_eq!(ports.len(), 1, "one connection for all");

    server.restart();
    let outcome = transport_.send(&invitation("ada@example.com", "again")).await;
    assert!(
        matches!(outcome, Outcome::Accepted { .. }),
        "the server was restarted: {outcome:?}"
    );
    transport_.close().await;
}

#[tokio::test]
async fn encryption_and_log_in() {
    let password = "p@ss:w/rd+1 é";
    for tls in [SmtpTls::StartTls, SmtpTls::Implicit] {
        let server = SmtpServer::with(&SmtpOptions {
            tls,
            require_starttls: tls == SmtpTls::StartTls,
            auth: Some(("mailer".to_owned(), password.to_owned())),
            ..SmtpOptions::default()
        });
        let (scheme, port) = (
            if tls == SmtpTls::Implicit { "smtps" } else { "smtp" },
            server.port(),
        );
        let query = if tls == SmtpTls::Implicit {
            ""
        } else {
            "?tls=required"
        };
        let url = |password: &str| format!("{scheme}://mailer:{password}@localhost:{port}{query}");
        let right = url("p%40ss%3Aw%2Frd+1%20%C3%A9");
        let letter = invitation("ada@example.com", "x");

        let untrusted = transport(&right).send(&letter).await;
        let Outcome::Unreachable { reason } = &untrusted else {
            panic!("{untrusted:?}")
        };
        assert!(reason.contains("certificate"), "{reason}");

        let mut settings = SmtpSettings::new(url("wrong"), "guildhall.test");
        settings.extra_ca = Some(server.ca_pem());
        let refused = Transport::new(&settings).unwrap().send(&letter).await;
        assert!(
            matches!(
                refused,
                Outcome::Rejected {
                    code: Some(535),
                    stage: Stage::Login,
                    ..
                }
            ),
            "{refused:?}"
        );
        assert!(refused.may_retry() && !refused.to_string().contains("wrong"));

        settings.url = right;
        let transport = Transport::new(&settings).unwrap();
        transport.check().await.unwrap_or_else(|o| panic!("{o}"));
        let accepted = transport.send(&letter).await;
        assert!(matches!(accepted, Outcome::Accepted { .. }), "{accepted:?}");
        let received = server.wait_for(1, WAIT).remove(0);
        assert!(received.envelope.tls);
        assert_eq!(received.envelope.user.as_deref(), Some("mailer"));
    }
}

#[tokio::test]
async fn required_encryption_is_never_given_up() {
    let server = SmtpServer::start();
    let required = format!("{}?tls=required", server.url());
    let outcome = transport(&required)
        .send(&invitation("ada@example.com", "x"))
        .await;
    assert!(
        matches!(&outcome, Outcome::Rejected { stage: Stage::Greeting, text, .. } if text.contains("STARTTLS"))
    );
    assert!(server.received().is_empty());

    let opportunistic = format!("{}?tls=opportunistic", server.url());
    let outcome = transport(&opportunistic)
        .send(&invitation("ada@example.com", "x"))
        .await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
}

#[tokio::test]
async fn addresses_in_every_script() {
    let server = SmtpServer::start();
    let local: EmailAddress = "zoë@müller.example".parse().unwrap();
    for to in ["zoe@müller.example", local.as_str()] {
        let outcome = transport(&server.url()).send(&invitation(to, "x")).await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    }
    let received = server.wait_for(2, WAIT);
    assert_eq!(received[0].envelope.to, ["zoe@xn--mller-kva.example"]);
    assert_eq!(received[1].envelope.to, ["zoë@xn--mller-kva.example"]);
    assert!(received[1].envelope.options.contains(&"SMTPUTF8".to_owned()));

    let old = SmtpServer::with(&SmtpOptions {
        no_utf8: true,
        ..SmtpOptions::default()
    });
    let outcome = transport(&old.url()).send(&invitation(local.as_str(), "x")).await;
    assert!(
        outcome.is_bounce() && outcome.to_string().contains("SMTPUTF8"),
        "{outcome}"
    );
}
