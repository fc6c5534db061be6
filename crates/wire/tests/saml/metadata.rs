use guildhall_wire::saml::metadata::{Ourselves, POST, REDIRECT, read, write};

use crate::idp::der;

fn entity(id: &str, keys: &str, services: &str) -> String {
    format!(
        r#"<md:EntityDescriptor entityID="{id}" validUntil="2027-01-01T00:00:00Z"><md:IDPSSODescriptor WantAuthnRequestsSigned="true" protocolSupportEnumeration="urn:oasis:names:tc:SAML:1.1:protocol urn:oasis:names:tc:SAML:2.0:protocol">{keys}<md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>{services}</md:IDPSSODescriptor></md:EntityDescriptor>"#
    )
}

fn key(used: &str, pem: &str) -> String {
    // As some of them break their lines, and with blanks before them.
    let base64 = pem
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect::<Vec<_>>()
        .join("\r\n      ");
    format!(
        "<md:KeyDescriptor{used}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>\n      {base64}\n    </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    )
}

fn whole(entities: &str) -> String {
    format!(
        r#"<?xml version="1.0"?><!-- made by hand --><md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">{entities}</md:EntitiesDescriptor>"#
    )
}

const SERVICES: &str = r#"<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/slo" ResponseLocation="https://idp.example/slo/answer"/><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:SOAP" Location="https://idp.example/soap"/><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example/post"/><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="javascript:alert(1)"/>"#;

fn keys() -> String {
    let (idp, other) = (include_str!("idp.pem"), include_str!("other.pem"));
    key(" use=\"signing\"", idp)
        + &key("", other)
        + &key(" use=\"signing\"", idp)
        + &key(" use=\"encryption\"", include_str!("ec.pem"))
}

#[test]
fn an_identity_provider_tells_where_it_is_and_what_signs() {
    let provider = read(&whole(&entity("https://idp.example", &keys(), SERVICES)), None).unwrap();
    assert_eq!(provider.entity_id, "https://idp.example");
    let subjects: Vec<&str> = provider
        .certificates
        .iter()
        .map(|one| one.subject.as_str())
        .collect();
    assert_eq!(
        subjects,
        ["CN=idp.example", "CN=other.example"],
        "each once, and none that only encrypts"
    );
    assert_eq!(provider.certificates[0].der, der(include_str!("idp.pem")));
    assert!(provider.certificates[0].not_after > provider.certificates[0].not_before);
    assert_eq!(provider.certificates[0].fingerprint.len(), 64);
    assert_eq!(provider.sign_on_by(POST), Some("https://idp.example/post"));
    assert_eq!(
        provider.sign_on_by(REDIRECT),
        None,
        "what is no address on the web is left out"
    );
    assert_eq!(
        provider.log_out[0].response_location.as_deref(),
        Some("https://idp.example/slo/answer")
    );
    assert_eq!(provider.valid_until.unwrap().to_string(), "2027-01-01T00:00:00Z");
}

#[test]
fn one_is_chosen_among_several() {
    let two =
        entity("https://a.example", &keys(), SERVICES) + &entity("https://b.example", &keys(), SERVICES);
    let refused = read(&whole(&two), None).unwrap_err();
    assert_eq!(refused.code, "several");
    assert!(refused.message.contains("https://a.example, https://b.example"));
    assert_eq!(
        read(&whole(&two), Some("https://b.example")).unwrap().entity_id,
        "https://b.example"
    );
    assert_eq!(
        read(&whole(&two), Some("https://c.example")).unwrap_err().code,
        "malformed"
    );
}

#[test]
fn what_is_no_use_is_told() {
    let ours = write(Ourselves {
        entity_id: "https://hall.example",
        acs: "https://hall.example/acs",
        log_out: "https://hall.example/slo",
        certificate: b"x",
    });
    for (code, xml) in [
        ("malformed", "hello".to_owned()),
        ("malformed", ours),
        (
            "malformed",
            format!("<!DOCTYPE a [<!ENTITY b \"c\">]>{}", whole("")),
        ),
        ("certificate", whole(&entity("a", "", SERVICES))),
        ("certificate", whole(&entity("a", &key("", "AAAA"), SERVICES))),
        ("binding", whole(&entity("a", &keys(), ""))),
    ] {
        let refused = read(&xml, None).expect_err(code);
        assert_eq!(refused.code, code, "{refused}");
    }
}

#[test]
fn our_own_are_well_formed_whatever_is_in_an_address() {
    let xml = write(Ourselves {
        entity_id: "https://hall.example/saml?a=1&b=\"<>",
        acs: "https://hall.example/acs?x=1&y=2",
        log_out: "https://hall.example/slo",
        certificate: &der(include_str!("idp.pem")),
    });
    let document = roxmltree::Document::parse(&xml).unwrap();
    let root = document.root_element();
    assert_eq!(
        root.attribute("entityID"),
        Some("https://hall.example/saml?a=1&b=\"<>")
    );
    let acs = document
        .descendants()
        .find(|node| node.tag_name().name() == "AssertionConsumerService")
        .unwrap();
    assert_eq!(
        (acs.attribute("Location"), acs.attribute("Binding")),
        (Some("https://hall.example/acs?x=1&y=2"), Some(POST))
    );
}
