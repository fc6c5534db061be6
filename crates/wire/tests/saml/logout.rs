use guildhall_wire::saml::logout::{Leave, Message, posted, redirected};
use guildhall_wire::saml::request::{Kind, OurKey, post, redirect};
use guildhall_wire::saml::{NameId, Trust};

use crate::idp::{ISSUER, NOW, der, trust};

/// The identity provider speaks as we do, with its own key.
const THEIRS: OurKey<'static> = OurKey(include_str!("idp.key"));

fn leave() -> Leave<'static> {
    Leave {
        id: "_l1",
        issued: NOW.parse().unwrap(),
        issuer: ISSUER,
        destination: "https://hall.example/saml/7/slo",
    }
}

fn ada() -> NameId {
    NameId {
        value: "ada@example.com".into(),
        format: Some("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress".into()),
        ..NameId::default()
    }
}

fn query(xml: &str, kind: Kind, key: OurKey<'_>) -> String {
    let address = redirect(leave().destination, kind, xml, "a b+c/ü", key).unwrap();
    address.split_once('?').unwrap().1.to_owned()
}

#[test]
fn who_left_there_is_told_by_address_and_by_form() {
    let xml = leave().request(&ada(), Some("_s1"));
    let by_form = posted(&post(&xml, "_l1", THEIRS).unwrap(), &trust()).unwrap();
    let by_address = redirected(&query(&xml, Kind::Request, THEIRS), &trust()).unwrap();
    assert_eq!(by_form, by_address);
    assert_eq!((by_form.id.as_str(), by_form.issuer.as_str()), ("_l1", ISSUER));
    let sessions = vec!["_s1".to_owned()];
    let expected = Message::Request {
        name_id: ada(),
        sessions,
        until: None,
    };
    assert_eq!(by_form.message, expected);
}

#[test]
fn our_own_is_answered() {
    let xml = leave().response("_q9");
    for message in [
        posted(&post(&xml, "_l1", THEIRS).unwrap(), &trust())
            .unwrap()
            .message,
        redirected(&query(&xml, Kind::Response, THEIRS), &trust())
            .unwrap()
            .message,
    ] {
        let in_response_to = Some("_q9".to_owned());
        assert_eq!(
            message,
            Message::Response {
                in_response_to,
                success: true
            }
        );
    }
}

#[test]
fn nobody_else_signs_anybody_out() {
    let xml = leave().request(&ada(), None);
    let ours = OurKey(include_str!("other.key"));
    let good = query(&xml, Kind::Request, THEIRS);
    let without: Vec<&str> = good.split('&').filter(|pair| !pair.starts_with("Sig")).collect();
    let other = query(
        &leave().request(
            &NameId {
                value: "eve@example.com".into(),
                ..ada()
            },
            None,
        ),
        Kind::Request,
        ours,
    );
    let swapped = good.replace(good.split('&').next().unwrap(), other.split('&').next().unwrap());
    for (code, query) in [
        ("signature", query(&xml, Kind::Request, ours)),
        ("unsigned", without.join("&")),
        ("signature", swapped),
        ("signature", good.replace("RelayState=a+b", "RelayState=a+x")),
        ("wrapped", format!("{good}&SAMLRequest=x")),
        ("malformed", format!("{good}&SAMLResponse=x")),
        ("weak_algorithm", good.replace("rsa-sha256", "hmac-sha256")),
        ("malformed", String::new()),
    ] {
        assert_eq!(
            redirected(&query, &trust()).expect_err(code).code,
            code,
            "{query}"
        );
    }
    let form = |xml: &str, key| post(xml, "_l1", key).unwrap();
    use base64::Engine as _;
    let bare = base64::engine::general_purpose::STANDARD.encode(&xml);
    for (code, value) in [
        ("signature", form(&xml, ours)),
        ("unsigned", bare),
        ("malformed", "no base64!".to_owned()),
        (
            "malformed",
            form(&xml.replace("LogoutRequest", "AuthnRequest"), THEIRS),
        ),
    ] {
        assert_eq!(posted(&value, &trust()).expect_err(code).code, code);
    }
    let none = Trust::new(Vec::new(), false).unwrap();
    assert_eq!(redirected(&good, &none).unwrap_err().code, "signature");
    assert!(Trust::new(vec![der(include_str!("idp.pem"))], false).is_ok());
}
