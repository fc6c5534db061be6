use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::keys::loader::load_x509_cert_der;
use bergshamra::{DsigContext, KeysManager};
use guildhall_wire::saml::request::{Kind, OurKey, Request, post, redirect};

use crate::idp::{NOW, der};

fn request() -> Request<'static> {
    Request {
        id: "_q1",
        issued: NOW.parse().unwrap(),
        issuer: "https://hall.example/saml/7",
        destination: "https://idp.example/sso?tenant=1",
        acs: "https://hall.example/saml/7/acs",
        force: true,
        name_id_format: None,
    }
}

const KEY: OurKey<'static> = OurKey(include_str!("idp.key"));

#[test]
fn a_browser_carries_a_signed_request_in_the_address() {
    let address = redirect(
        request().destination,
        Kind::Request,
        &request().xml(),
        "back to /home",
        KEY,
    )
    .unwrap();
    let url = url::Url::parse(&address).unwrap();
    let (query, signature) = url.query().unwrap().rsplit_once("&Signature=").unwrap();
    let signed = query
        .strip_prefix("tenant=1&")
        .expect("what was in the address stays");
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let value = |name: &str| pairs.iter().find(|(key, _)| key == name).unwrap().1.clone();
    assert_eq!(value("RelayState"), "back to /home");
    let mut xml = String::new();
    let deflated = STANDARD.decode(value("SAMLRequest")).unwrap();
    flate2::read::DeflateDecoder::new(&deflated[..])
        .read_to_string(&mut xml)
        .unwrap();
    let document = roxmltree::Document::parse(&xml).unwrap();
    assert_eq!(document.root_element().attribute("ForceAuthn"), Some("true"));
    assert_eq!(document.root_element().attribute("IssueInstant"), Some(NOW));
    let key = load_x509_cert_der(&der(include_str!("idp.pem")))
        .unwrap()
        .to_spki_der()
        .unwrap();
    let public =
        aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256, key);
    assert!(!signature.contains('+'), "it is encoded for an address");
    public
        .verify(signed.as_bytes(), &STANDARD.decode(value("Signature")).unwrap())
        .unwrap();
    assert_eq!(
        redirect("not an address", Kind::Request, "<a/>", "", KEY)
            .unwrap_err()
            .code,
        "binding"
    );
    assert_eq!(
        redirect(request().destination, Kind::Request, "<a/>", "", OurKey("no key"))
            .unwrap_err()
            .code,
        "key"
    );
}

#[test]
fn a_form_carries_a_request_that_is_signed_behind_its_issuer() {
    let sent = post(&request().xml(), "_q1", KEY).unwrap();
    let xml = String::from_utf8(STANDARD.decode(sent).unwrap()).unwrap();
    let document = roxmltree::Document::parse(&xml).unwrap();
    let names: Vec<&str> = document
        .root_element()
        .children()
        .map(|child| child.tag_name().name())
        .collect();
    assert_eq!(
        names,
        ["Issuer", "Signature", "NameIDPolicy"],
        "the order of the schema"
    );
    let mut keys = KeysManager::new();
    keys.add_key(load_x509_cert_der(&der(include_str!("idp.pem"))).unwrap());
    assert!(
        bergshamra::verify(&DsigContext::new(keys), &xml)
            .unwrap()
            .is_valid()
    );
    assert_eq!(post("<a/>", "_q1", KEY).unwrap_err().code, "malformed");
}
