use std::fmt::Write as _;

use guildhall_wire::saml::peek;

use crate::idp::{AUDIENCE, ISSUER, Says, Signs, encrypted};

#[test]
fn what_a_response_seems_to_say_is_told_and_cut() {
    let says = Says {
        name_id: "x".repeat(500),
        ..Says::default()
    };
    let xml = says.send(Signs::Assertion);
    let seen = peek(&xml, false).unwrap();
    assert!(!seen.verified && !seen.encrypted);
    assert_eq!(seen.issuer.as_deref(), Some(ISSUER));
    assert_eq!(seen.audience, [AUDIENCE]);
    assert_eq!(seen.status, ["Success"]);
    assert_eq!(seen.name_id.map(|name| name.len()), Some(200));
    assert_eq!(seen.attributes["groups"], ["one", "two"]);
    assert_eq!(seen.attributes["department"], ["Research & Development"]);
    assert!(
        seen.algorithms.iter().any(|one| one.ends_with("rsa-sha256")),
        "{:?}",
        seen.algorithms
    );
    assert!(peek(&xml, true).unwrap().verified);
    let values = "<saml:AttributeValue>v</saml:AttributeValue>".repeat(30);
    let mut many = String::new();
    for n in 0..100 {
        let _ = write!(many, r#"<saml:Attribute Name="a{n}">{values}</saml:Attribute>"#);
    }
    let more = format!("<saml:AttributeStatement>{many}</saml:AttributeStatement>");
    let seen = peek(
        &Says {
            more,
            ..Says::default()
        }
        .send(Signs::Nothing),
        false,
    )
    .unwrap();
    assert!(seen.attributes.len() <= 60, "{}", seen.attributes.len());
    assert!(seen.attributes.values().all(|values| values.len() <= 10));
}

#[test]
fn neither_signatures_nor_what_is_encrypted_are_told() {
    let says = Says::default();
    let signed = says.send(Signs::Both);
    let value = signed.split("SignatureValue>").nth(1).unwrap();
    let value = value.split('<').next().unwrap().trim();
    let told = serde_json::to_string(&peek(&signed, true).unwrap()).unwrap();
    assert!(!told.contains(&value[..40]), "{told}");
    let cipher = encrypted(
        &says.assertion("_a1"),
        "http://www.w3.org/2009/xmlenc11#aes256-gcm",
        "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
    );
    let seen = peek(&says.response("_r1", &cipher), false).unwrap();
    assert!(
        seen.encrypted && seen.name_id.is_none() && seen.attributes.is_empty(),
        "{seen:?}"
    );
}

#[test]
fn what_is_no_response_is_not_looked_into() {
    let assertion = Says::default().assertion("_a1");
    for xml in [
        "",
        "<a/>",
        assertion.as_str(),
        "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>",
    ] {
        assert_eq!(peek(xml, false), None, "{xml}");
    }
}
