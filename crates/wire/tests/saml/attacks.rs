//! Every published way to wrap a signed document around a forged one, made from really signed responses; and what else
//! has been tried on others. None may sign anybody in, least of all as somebody else.

use crate::idp::{SAML, Says, Signs, arrives};

const EVIL: &str = "eve@example.com";

/// The first element of that name, with all in it.
fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    let begin = xml
        .find(&format!("<{name} "))
        .or_else(|| xml.find(&format!("<{name}>")))
        .unwrap();
    let end = format!("</{name}>");
    &xml[begin..begin + xml[begin..].find(&end).unwrap() + end.len()]
}

fn signature(xml: &str) -> &str {
    element(xml, "ds:Signature")
}

/// The same for somebody else, under another id and not signed.
fn forged(part: &str, id: &str) -> String {
    let without = part.replacen(signature(part), "", 1);
    let own = if without.contains("ID=\"_a1\"") {
        "_a1"
    } else {
        "_r1"
    };
    without
        .replacen(&format!("ID=\"{own}\""), &format!("ID=\"{id}\""), 1)
        .replace("ada@example.com", EVIL)
}

fn assertion_signed() -> (String, String) {
    let xml = Says::default().send(Signs::Assertion);
    let assertion = element(&xml, "saml:Assertion").to_owned();
    (xml, assertion)
}

fn object(what: &str) -> String {
    format!("<ds:Object xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{what}</ds:Object>")
}

fn in_object(signature: &str, what: &str) -> String {
    signature.replace("</ds:Signature>", &format!("{}</ds:Signature>", object(what)))
}

/// Around a signed response.
fn wrapped_responses() -> Vec<(&'static str, String)> {
    let whole = Says::default().send(Signs::Response);
    let evil_response = forged(&whole, "_e2");
    let response_signature = signature(&whole);
    let bare = whole.replacen(response_signature, "", 1);
    let into_response =
        |outer: &str, what: &str| outer.replacen("</samlp:Response>", &format!("{what}</samlp:Response>"), 1);
    vec![
        (
            "XSW1",
            into_response(&evil_response, &in_object(response_signature, &bare)),
        ),
        (
            "XSW2",
            into_response(&evil_response, &format!("{bare}{response_signature}")),
        ),
        ("a response in a response", into_response(&evil_response, &whole)),
    ]
}

/// Around a signed assertion.
fn wrapped_assertions() -> Vec<(&'static str, String)> {
    let (xml, assertion) = assertion_signed();
    let (sig, evil) = (signature(&assertion).to_owned(), forged(&assertion, "_e1"));
    let unsigned = assertion.replacen(&sig, "", 1);
    let with = |what: &str| xml.replacen(&assertion, what, 1);
    let into =
        |outer: &str, what: &str| outer.replacen("</saml:Assertion>", &format!("{what}</saml:Assertion>"), 1);
    let status = "<samlp:Status>";
    vec![
        ("XSW3", with(&format!("{evil}{assertion}"))),
        ("XSW3 behind", with(&format!("{assertion}{evil}"))),
        ("XSW4", with(&into(&evil, &assertion))),
        ("XSW5", with(&format!("{}{unsigned}", into(&evil, &sig)))),
        (
            "XSW6",
            with(&into(
                &evil,
                &sig.replace("</ds:SignatureValue>", &format!("</ds:SignatureValue>{unsigned}")),
            )),
        ),
        (
            "XSW7",
            with(&format!("<samlp:Extensions>{evil}</samlp:Extensions>{assertion}")),
        ),
        ("XSW8", with(&into(&evil, &in_object(&sig, &unsigned)))),
        (
            "in the status",
            with(&assertion).replacen(
                status,
                &format!("{status}<samlp:StatusDetail>{evil}</samlp:StatusDetail>"),
                1,
            ),
        ),
        (
            "as advice",
            with(&into(&evil, &format!("<saml:Advice>{assertion}</saml:Advice>"))),
        ),
        (
            "as a value",
            with(&into(
                &evil,
                &format!(
                    "<saml:AttributeStatement><saml:Attribute Name=\"x\"><saml:AttributeValue>{assertion}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>"
                ),
            )),
        ),
        (
            "the same id",
            with(&format!("{}{assertion}", evil.replace("_e1", "_a1"))),
        ),
        (
            "the same id, spelt otherwise",
            with(&into(&evil.replace("ID=\"_e1\"", "ID=\"_e1\" Id=\"_a1\""), &sig)),
        ),
        (
            "another id attribute",
            with(&format!(
                "{}{}",
                into(&evil, &sig),
                unsigned.replacen("ID=", "AssertionID=", 1)
            )),
        ),
        (
            "a signature of nothing",
            with(&into(&evil, &sig.replacen("URI=\"#_a1\"", "URI=\"#_e1\"", 1))),
        ),
        (
            "a signature of the whole",
            with(&into(&evil, &sig.replacen("URI=\"#_a1\"", "URI=\"\"", 1))),
        ),
        (
            "a signature by pointer",
            with(&assertion.replacen("URI=\"#_a1\"", "URI=\"#xpointer(id('_a1'))\"", 1)),
        ),
        (
            "encrypted beside",
            with(&format!("<saml:EncryptedAssertion/>{assertion}")),
        ),
    ]
}

#[test]
fn wrapping_gets_nobody_in() {
    for (name, attack) in wrapped_responses().into_iter().chain(wrapped_assertions()) {
        assert!(attack.contains("ds:Signature"), "{name} makes sense");
        let got = arrives(&attack);
        assert!(got.is_err(), "{name} signed in {:?}", got.unwrap().name_id);
    }
}

#[test]
fn what_was_signed_cannot_be_changed() {
    for signs in [Signs::Assertion, Signs::Response, Signs::Both] {
        let xml = Says::default().send(signs);
        assert_eq!(
            arrives(&xml.replace("ada@", "eve@")).unwrap_err().code,
            "signature",
            "{signs:?}"
        );
        let stripped = xml.replacen(signature(&xml), "", 1);
        let stripped = if signs == Signs::Both {
            stripped.replacen(signature(&stripped), "", 1)
        } else {
            stripped
        };
        assert_eq!(arrives(&stripped).unwrap_err().code, "unsigned", "{signs:?}");
    }
    // The assertion of another signed response.
    let (xml, assertion) = assertion_signed();
    let more = Says {
        name_id: EVIL.into(),
        ..Says::default()
    }
    .send(Signs::Nothing);
    let swapped = xml.replacen(&assertion, element(&more, "saml:Assertion"), 1);
    assert_eq!(arrives(&swapped).unwrap_err().code, "unsigned");
}

#[test]
fn nobody_signs_with_a_key_of_their_own() {
    let says = Says {
        key: include_str!("other.key"),
        name_id: EVIL.into(),
        ..Says::default()
    };
    let xml = says.send(Signs::Both);
    assert_eq!(arrives(&xml).unwrap_err().code, "signature");
    let pem: String = include_str!("other.pem")
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let brought = format!("<ds:X509Data><ds:X509Certificate>{pem}</ds:X509Certificate></ds:X509Data>");
    let brought = xml.replace("<ds:X509Data/>", &brought);
    assert!(brought.contains(&pem));
    assert_eq!(arrives(&brought).unwrap_err().code, "signature");
}

#[test]
fn a_signature_does_only_what_is_needed() {
    let (xml, assertion) = assertion_signed();
    let enveloped = "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
    let more = |algorithm: &str| format!("{enveloped}<ds:Transform Algorithm=\"{algorithm}\"/>");
    let reference = element(&assertion, "ds:Reference");
    let attacks = [
        xml.replace(enveloped, &more("http://www.w3.org/TR/1999/REC-xslt-19991116")),
        xml.replace(enveloped, &more("http://www.w3.org/TR/1999/REC-xpath-19991116")),
        xml.replace(enveloped, &more("http://www.w3.org/2000/09/xmldsig#base64")),
        xml.replace(enveloped, ""),
        xml.replace(reference, &format!("{reference}{reference}")),
        xml.replace(reference, ""),
        xml.replace("xmldsig-more#rsa-sha256", "xmldsig-more#hmac-sha256"),
        xml.replace("2001/10/xml-exc-c14n#", "2001/10/xml-exc-c14n#WithComments"),
        xml.replace(
            "http://www.w3.org/2001/10/xml-exc-c14n#",
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        ),
        xml.replace("URI=\"#_a1\"", "URI=\"file:///etc/passwd\""),
        xml.replace("URI=\"#_a1\"", "URI=\"https://eve.example/assertion.xml\""),
    ];
    for (number, attack) in attacks.iter().enumerate() {
        assert_ne!(*attack, xml, "attack {number} changes something");
        let refused = arrives(attack).expect_err("refused");
        assert!(
            ["wrapped", "weak_algorithm", "malformed"].contains(&refused.code),
            "attack {number}: {refused:?}"
        );
    }
}

#[test]
fn documents_that_hide_something_are_not_read() {
    let (xml, _) = assertion_signed();
    let entity = "<!DOCTYPE r [<!ENTITY e \"eve\">]>";
    let deep = "<saml:a>".repeat(40) + &"</saml:a>".repeat(40);
    let attacks = [
        xml.replace("ada@example.com", "ada@example.com<!-- -->.eve.example"),
        xml.replace("ada@example.com", "<![CDATA[ada@example.com]]>"),
        xml.replace("ada@example.com", "ada@example.com<?x y?>"),
        format!("{entity}{xml}"),
        format!("{entity}{}", xml.replace("ada@", "&e;@")),
        xml.replace(
            "<saml:AttributeStatement>",
            &format!("{deep}<saml:AttributeStatement>"),
        ),
        xml.replace("ada@example.com", &"a".repeat(600_000)),
        xml.replace(
            "<saml:AttributeStatement>",
            &format!("{}<saml:AttributeStatement>", "<saml:a/>".repeat(30_000)),
        ),
        xml.replace("</samlp:Response>", ""),
        String::new(),
        "<a/>".to_owned(),
        format!("<saml:Response {SAML}/>"),
    ];
    for (number, attack) in attacks.iter().enumerate() {
        let refused = arrives(attack).expect_err("refused");
        assert_eq!(refused.code, "malformed", "attack {number}: {refused:?}");
    }
}
