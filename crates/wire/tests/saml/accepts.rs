use jiff::SignedDuration;

use guildhall_wire::saml::{Trust, accept, open};

use crate::idp::{Says, Signs, arrives, der, expect, trust};

#[test]
fn who_is_signed_in_is_read_wherever_the_signature_stands() {
    for signs in [Signs::Assertion, Signs::Response, Signs::Both] {
        let signed_in =
            arrives(&Says::default().send(signs)).unwrap_or_else(|why| panic!("{signs:?}: {why}"));
        assert_eq!(signed_in.name_id.value, "ada@example.com", "{signs:?}");
        assert_eq!(signed_in.attributes["department"], ["Research & Development"]);
        assert_eq!(signed_in.attributes["groups"], ["one", "two"]);
        assert_eq!(signed_in.session_index.as_deref(), Some("_s1"));
        assert_eq!(signed_in.assertion, "_a1");
        assert_eq!(signed_in.remember_until.to_string(), "2026-11-26T08:05:58Z");
    }
}

#[test]
fn rsa_may_be_padded_at_random() {
    let signature = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1";
    let says = Says {
        signature,
        ..Says::default()
    };
    assert!(arrives(&says.send(Signs::Both)).is_ok());
}

#[test]
fn several_certificates_may_sign_while_one_follows_the_other() {
    let both = vec![der(include_str!("other.pem")), der(include_str!("idp.pem"))];
    let trust = Trust::new(both, false).unwrap();
    for key in [include_str!("idp.key"), include_str!("other.key")] {
        let says = Says {
            key,
            ..Says::default()
        };
        let response = open(&says.send(Signs::Both), &trust, None).unwrap();
        accept(&response, expect()).unwrap();
    }
}

#[test]
fn what_is_said_must_be_meant_for_here_and_now() {
    let right = Says::default;
    let table: Vec<(&str, Says)> = vec![
        ("issuer", Says { issuer: "https://else.example".into(), ..right() }),
        ("audience", Says { audience: "https://else.example".into(), ..right() }),
        ("destination", Says { destination: "https://else.example/acs".into(), ..right() }),
        ("destination", Says { recipient: "https://else.example/acs".into(), ..right() }),
        ("request", Says { in_response_to: Some("_q2".into()), ..right() }),
        ("request", Says { in_response_to: None, ..right() }),
        ("early", Says { not_before: "2026-11-26T08:01:01Z".into(), ..right() }),
        ("early", Says { issued: "2026-11-26T08:02:00Z".into(), ..right() }),
        ("late", Says { until: "2026-11-26T07:59:00Z".into(), ..right() }),
        ("malformed", Says { until: "2026-11-28T08:00:00Z".into(), ..right() }),
        ("subject", Says { name_id: String::new(), ..right() }),
        ("status", Says { status: "urn:oasis:names:tc:SAML:2.0:status:Responder".into(), ..right() }),
        (
            "malformed",
            Says { more: "<saml:Conditions/>".into(), audience: "x</saml:Audience></saml:AudienceRestriction><saml:Unknown/><saml:AudienceRestriction><saml:Audience>y".into(), ..right() },
        ),
    ];
    for (code, says) in table {
        let refused = arrives(&says.send(Signs::Response)).expect_err(code);
        let wrapped = code == "malformed" && refused.code == "wrapped";
        assert!(refused.code == code || wrapped, "{code}: {refused:?}");
    }
    for (until, good) in [("2026-11-26T07:59:01Z", true), ("2026-11-26T08:00:00Z", true)] {
        let says = Says {
            until: until.into(),
            ..right()
        };
        assert_eq!(
            arrives(&says.send(Signs::Both)).is_ok(),
            good,
            "clocks may differ by a minute: {until}"
        );
    }
}

#[test]
fn an_identity_provider_begins_by_itself_only_where_that_is_allowed() {
    let says = Says {
        in_response_to: None,
        ..Says::default()
    };
    let response = open(&says.send(Signs::Both), &trust(), None).unwrap();
    for (unasked, good) in [(false, false), (true, true)] {
        let expect = guildhall_wire::saml::Expect {
            request: None,
            unasked,
            ..expect()
        };
        assert_eq!(accept(&response, expect).is_ok(), good);
    }
    // An answer to somebody's request is none that came by itself.
    let stolen = open(&Says::default().send(Signs::Both), &trust(), None).unwrap();
    let expect = guildhall_wire::saml::Expect {
        request: None,
        unasked: true,
        ..expect()
    };
    assert_eq!(accept(&stolen, expect).unwrap_err().code, "request");
    let later = guildhall_wire::saml::Expect {
        now: expect.now + SignedDuration::from_hours(1),
        ..crate::idp::expect()
    };
    assert_eq!(accept(&stolen, later).unwrap_err().code, "late");
}

/// Signed by xmlsec1 with the keys beside them.
const SIGNED: [(&str, &str, &str); 4] = [
    (
        "RSA, SHA-256",
        include_str!("signed/rsa_sha256.xml"),
        include_str!("idp.pem"),
    ),
    (
        "RSA, SHA-512",
        include_str!("signed/rsa_sha512.xml"),
        include_str!("idp.pem"),
    ),
    (
        "ECDSA",
        include_str!("signed/ecdsa_sha256.xml"),
        include_str!("ec.pem"),
    ),
    (
        "RSA, SHA-1",
        include_str!("signed/rsa_sha1.xml"),
        include_str!("idp.pem"),
    ),
];

#[test]
fn what_others_sign_is_verified() {
    for (name, xml, pem) in SIGNED {
        let weak = name.ends_with("SHA-1");
        let trust = Trust::new(vec![der(pem)], weak).unwrap();
        let response = open(xml, &trust, None).unwrap_or_else(|why| panic!("{name}: {why}"));
        let signed_in = accept(&response, expect()).unwrap();
        assert_eq!(
            signed_in.attributes["department"],
            ["Forschung & Entwicklung, Łódź"],
            "{name}"
        );
        let changed = xml.replace("Forschung", "Fälschung");
        assert_eq!(
            open(&changed, &trust, None).unwrap_err().code,
            "signature",
            "{name}"
        );
    }
}

#[test]
fn weak_algorithms_are_an_exception_that_an_admin_makes() {
    let (_, xml, pem) = SIGNED[3];
    let strict = Trust::new(vec![der(pem)], false).unwrap();
    assert_eq!(open(xml, &strict, None).unwrap_err().code, "weak_algorithm");
    let short = der(include_str!("short.pem"));
    assert_eq!(
        Trust::new(vec![short.clone()], false).unwrap_err().code,
        "weak_key"
    );
    assert!(Trust::new(vec![short], true).is_ok());
    assert_eq!(
        Trust::new(vec![b"no certificate".to_vec()], false)
            .unwrap_err()
            .code,
        "certificate"
    );
}
