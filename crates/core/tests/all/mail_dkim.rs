//! Signatures, checked by a verifier that shares no code with ours.

use guildhall_core::mail::{DkimError, DkimSigner, Letter, LetterKind, Outgoing, Rendered, Transport};
use guildhall_core::mail::{Outcome, SmtpSettings};
use guildhall_testkit::smtp::{SmtpServer, dkim_check, dkim_key};

fn letter(text: &str) -> Outgoing {
    let rendered = Rendered {
        subject: "Grüße an Zoë — with a subject that is long enough to be folded over two lines".to_owned(),
        text: text.to_owned(),
        html: format!("<p>{text}</p>"),
    };
    Letter::new(
        LetterKind::Test,
        rendered,
        "zoe@example.com".parse().unwrap(),
        "hello@work.example".parse().unwrap(),
        "Bücher & Söhne".to_owned(),
        "<dkim@work.example>".to_owned(),
        "2026-11-25T02:30:00Z".parse().unwrap(),
    )
    .build()
    .unwrap()
}

#[tokio::test]
async fn signed_letters_verify_after_the_journey() {
    let server = SmtpServer::start();
    let transport = Transport::new(&SmtpSettings::new(server.url(), "guildhall.test")).unwrap();
    for (number, kind) in ["rsa", "rsa-pkcs1", "ed25519"].into_iter().enumerate() {
        let key = dkim_key(kind);
        let signer = DkimSigner::new(key.pem.as_bytes(), "gh1", "work.example").unwrap();
        let (name, record) = signer.dns_record();
        assert_eq!(name, "gh1._domainkey.work.example");
        assert_eq!(
            record, key.record,
            "the record we tell admins to publish is the key's ({kind})"
        );

        let signed = signer
            .sign(&letter("Hello Zoë\n\n.\n.dot\nFrom me\n   \n\n"))
            .unwrap();
        let outcome = transport.send(&signed).await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
        let received = server.received().remove(number).bytes;
        dkim_check(&received, &name, &record).unwrap_or_else(|why| panic!("{kind}: {why}"));

        let text = String::from_utf8(received).unwrap();
        for (what, changed) in [
            ("the subject", text.replacen("Subject: ", "Subject: Re: ", 1)),
            ("a second From", format!("From: boss@work.example\r\n{text}")),
            ("the body", text.replacen("Hello", "Hallo", 1)),
        ] {
            assert_ne!(changed, text);
            assert!(
                dkim_check(changed.as_bytes(), &name, &record).is_err(),
                "{what} was changed ({kind})"
            );
        }
        assert!(
            dkim_check(text.as_bytes(), &name, &dkim_key(kind).record).is_err(),
            "another key"
        );
    }
}

#[test]
fn domains_that_a_signature_covers() {
    let key = dkim_key("ed25519");
    let signer = DkimSigner::new(key.pem.as_bytes(), "gh1", "Work.Example").unwrap();
    for (domain, covered) in [
        ("work.example", true),
        ("mail.work.example", true),
        ("homework.example", false),
        ("work.example.com", false),
    ] {
        assert_eq!(signer.covers(domain), covered, "{domain}");
    }
    assert!(!format!("{signer:?}").contains("PRIVATE"));
    assert!(matches!(
        DkimSigner::new(key.record.as_bytes(), "gh1", "work.example"),
        Err(DkimError::Pem)
    ));
}
