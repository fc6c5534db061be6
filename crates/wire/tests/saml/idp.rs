//! An identity provider: makes responses and really signs them.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::EncContext;
use bergshamra::dsig::sign::{EnvelopedSignatureOptions, sign_enveloped_document};
use bergshamra::keys::loader::load_pem_auto;
use bergshamra::keys::loader::load_x509_cert_der;
use bergshamra::xml::uppsala;
use bergshamra::{DsigContext, KeysManager};
use guildhall_wire::saml::{Expect, OurKey, Refusal, SignedIn, Trust, accept, open};
use jiff::{SignedDuration, Timestamp};

pub const ISSUER: &str = "https://idp.example/metadata";
pub const AUDIENCE: &str = "https://hall.example/saml/7";
pub const ACS: &str = "https://hall.example/saml/7/acs";
pub const REQUEST: &str = "_q1";
pub const NOW: &str = "2026-11-26T08:00:00Z";

/// The key by which we read what is encrypted for us.
pub const OURS: OurKey<'static> = OurKey(include_str!("other.key"));

const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
pub const SAML: &str = r#"xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion""#;
const SAMLP: &str = r#"xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol""#;

/// Which parts are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signs {
    Nothing,
    Assertion,
    Response,
    Both,
}

/// What the identity provider says; each part can be made wrong.
#[derive(Clone, Debug)]
pub struct Says {
    pub key: &'static str,
    pub signature: &'static str,
    pub digest: &'static str,
    pub name_id: String,
    pub issuer: String,
    pub audience: String,
    pub recipient: String,
    pub destination: String,
    pub in_response_to: Option<String>,
    pub issued: String,
    pub not_before: String,
    pub until: String,
    pub status: String,
    pub more: String,
}

impl Default for Says {
    fn default() -> Self {
        Self {
            key: include_str!("idp.key"),
            signature: RSA_SHA256,
            digest: SHA256,
            name_id: "ada@example.com".into(),
            issuer: ISSUER.into(),
            audience: AUDIENCE.into(),
            recipient: ACS.into(),
            destination: ACS.into(),
            in_response_to: Some(REQUEST.into()),
            issued: "2026-11-26T07:59:58Z".into(),
            not_before: "2026-11-26T07:58:58Z".into(),
            until: "2026-11-26T08:04:58Z".into(),
            status: "urn:oasis:names:tc:SAML:2.0:status:Success".into(),
            more: String::new(),
        }
    }
}

impl Says {
    pub fn assertion(&self, id: &str) -> String {
        let mut to = String::new();
        if let Some(request) = &self.in_response_to {
            let _ = write!(to, r#" InResponseTo="{request}""#);
        }
        format!(
            r#"<saml:Assertion {SAML} ID="{id}" Version="2.0" IssueInstant="{}"><saml:Issuer>{}</saml:Issuer><saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">{}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData Recipient="{}" NotOnOrAfter="{}"{to}/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="{}" NotOnOrAfter="{}"><saml:AudienceRestriction><saml:Audience>{}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="{}" SessionIndex="_s1"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement><saml:Attribute Name="department"><saml:AttributeValue>Research &amp; Development</saml:AttributeValue></saml:Attribute><saml:Attribute Name="groups"><saml:AttributeValue>one</saml:AttributeValue><saml:AttributeValue>two</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>{}</saml:Assertion>"#,
            self.issued,
            self.issuer,
            self.name_id,
            self.recipient,
            self.until,
            self.not_before,
            self.until,
            self.audience,
            self.issued,
            self.more,
        )
    }

    /// A response around an assertion.
    pub fn response(&self, id: &str, assertion: &str) -> String {
        let mut to = String::new();
        if let Some(request) = &self.in_response_to {
            let _ = write!(to, r#" InResponseTo="{request}""#);
        }
        format!(
            r#"<samlp:Response {SAMLP} {SAML} ID="{id}" Version="2.0" IssueInstant="{}" Destination="{}"{to}><saml:Issuer>{}</saml:Issuer><samlp:Status><samlp:StatusCode Value="{}"/></samlp:Status>{assertion}</samlp:Response>"#,
            self.issued, self.destination, self.issuer, self.status,
        )
    }

    pub fn signed(&self, xml: &str, id: &str) -> String {
        let mut keys = KeysManager::new();
        keys.add_key(load_pem_auto(self.key.as_bytes(), None).unwrap());
        let mut document = uppsala::parse(xml).unwrap();
        let c14n = "http://www.w3.org/2001/10/xml-exc-c14n#";
        let options = EnvelopedSignatureOptions::new(Some(id), self.signature, self.digest, c14n, None);
        sign_enveloped_document(&DsigContext::new(keys), &mut document, options).unwrap();
        document.to_xml()
    }

    pub fn send(&self, signs: Signs) -> String {
        let mut assertion = self.assertion("_a1");
        if matches!(signs, Signs::Assertion | Signs::Both) {
            assertion = self.signed(&assertion, "_a1");
        }
        let response = self.response("_r1", &assertion);
        match signs {
            Signs::Response | Signs::Both => self.signed(&response, "_r1"),
            _ => response,
        }
    }
}

/// An assertion as it is sent to us alone.
pub fn encrypted(assertion: &str, data: &str, key: &str) -> String {
    encrypted_for(&der(include_str!("other.pem")), assertion, data, key)
}

/// The same for whoever has the key of a certificate.
pub fn encrypted_for(certificate: &[u8], assertion: &str, data: &str, key: &str) -> String {
    let mut keys = KeysManager::new();
    keys.add_key(load_x509_cert_der(certificate).unwrap());
    let template = format!(
        r#"<xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element"><xenc:EncryptionMethod Algorithm="{data}"/><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="{key}"/><xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedData>"#
    );
    let made = bergshamra::encrypt(&EncContext::new(keys), &template, assertion.as_bytes()).unwrap();
    format!("<saml:EncryptedAssertion>{made}</saml:EncryptedAssertion>")
}

pub fn der(pem: &str) -> Vec<u8> {
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    STANDARD.decode(lines.collect::<String>()).unwrap()
}

pub fn trust() -> Trust {
    Trust::new(vec![der(include_str!("idp.pem"))], false).unwrap()
}

pub fn expect() -> Expect<'static> {
    Expect {
        issuer: ISSUER,
        audience: AUDIENCE,
        acs: ACS,
        request: Some(REQUEST),
        unasked: false,
        now: NOW.parse::<Timestamp>().unwrap(),
        skew: SignedDuration::from_secs(60),
    }
}

/// What becomes of a response that the browser brings.
pub fn arrives(xml: &str) -> Result<SignedIn, Refusal> {
    accept(&open(xml, &trust(), Some(OURS))?, expect())
}
