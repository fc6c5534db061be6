//! What we ask an identity provider: an `<AuthnRequest>` (Core 3.4.1), on the bindings of saml-bindings-2.0-os.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::keys::loader::load_pem_auto;
use bergshamra::xml::writer::XmlWriter;
use bergshamra::{DsigContext, KeysManager};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use jiff::Timestamp;

use super::{Refusal, metadata, ns};

const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// Who is to be signed in, and where the answer goes.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Begins with a letter or `_`: the answer names it.
    pub id: &'a str,
    pub issued: Timestamp,
    pub issuer: &'a str,
    pub destination: &'a str,
    pub acs: &'a str,
    /// The person is to prove who they are again, however long they have been in there.
    pub force: bool,
    pub name_id_format: Option<&'a str>,
}

impl Request<'_> {
    pub fn xml(&self) -> String {
        let issued = self.issued.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let mut attributes = vec![
            ("xmlns:samlp", ns::PROTOCOL),
            ("xmlns:saml", ns::ASSERTION),
            ("ID", self.id),
            ("Version", "2.0"),
            ("IssueInstant", issued.as_str()),
            ("Destination", self.destination),
            ("AssertionConsumerServiceURL", self.acs),
            ("ProtocolBinding", metadata::POST),
        ];
        if self.force {
            attributes.push(("ForceAuthn", "true"));
        }
        let mut xml = XmlWriter::new();
        let written = (|| {
            xml.start_element("samlp:AuthnRequest", &attributes)?;
            xml.start_element("saml:Issuer", &[])?;
            xml.write_text(self.issuer)?;
            xml.end_element("saml:Issuer")?;
            let mut policy = vec![("AllowCreate", "true")];
            policy.extend(self.name_id_format.map(|format| ("Format", format)));
            xml.empty_element("samlp:NameIDPolicy", &policy)?;
            xml.end_element("samlp:AuthnRequest")
        })();
        // Writing into memory does not fail.
        written.and_then(|()| xml.into_string()).unwrap_or_default()
    }
}

/// The key that signs what we send: RSA, as PKCS #8 in PEM.
#[derive(Clone, Copy)]
pub struct OurKey<'a>(pub &'a str);

impl OurKey<'_> {
    fn unusable(why: impl std::fmt::Display) -> Refusal {
        Refusal::new("key", format!("Our own key can't sign: {why}."))
    }

    fn sign(self, message: &[u8]) -> Result<Vec<u8>, Refusal> {
        let lines = self.0.lines().filter(|line| !line.starts_with("-----"));
        let der = STANDARD
            .decode(lines.collect::<String>())
            .map_err(Self::unusable)?;
        let key = aws_lc_rs::rsa::KeyPair::from_pkcs8(&der).map_err(Self::unusable)?;
        let mut signature = vec![0; key.public_modulus_len()];
        let chance = aws_lc_rs::rand::SystemRandom::new();
        key.sign(
            &aws_lc_rs::signature::RSA_PKCS1_SHA256,
            &chance,
            message,
            &mut signature,
        )
        .map_err(Self::unusable)?;
        Ok(signature)
    }
}

/// `SAMLRequest` or `SAMLResponse`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Request,
    Response,
}

impl Kind {
    pub fn parameter(self) -> &'static str {
        match self {
            Self::Request => "SAMLRequest",
            Self::Response => "SAMLResponse",
        }
    }
}

/// The address to which a browser is sent with a message: HTTP-Redirect, DEFLATE, signed (Bindings 3.4.4.1).
///
/// # Errors
/// `key`; `binding` where the address can't be one.
pub fn redirect(
    to: &str,
    kind: Kind,
    xml: &str,
    relay_state: &str,
    key: OurKey<'_>,
) -> Result<String, Refusal> {
    let mut url = url::Url::parse(to).map_err(|why| {
        Refusal::new(
            "binding",
            format!("\"{to}\" is no address to send people to: {why}."),
        )
    })?;
    let mut deflated = DeflateEncoder::new(Vec::new(), Compression::default());
    // Writing into memory does not fail.
    let deflated = deflated
        .write_all(xml.as_bytes())
        .and_then(|()| deflated.finish())
        .unwrap_or_default();
    let mut signed = url::form_urlencoded::Serializer::new(String::new());
    signed.append_pair(kind.parameter(), &STANDARD.encode(deflated));
    if !relay_state.is_empty() {
        signed.append_pair("RelayState", relay_state);
    }
    signed.append_pair("SigAlg", RSA_SHA256);
    let signed = signed.finish();
    let signature = STANDARD.encode(key.sign(signed.as_bytes())?);
    let mut last = url::form_urlencoded::Serializer::new(String::new());
    last.append_pair("Signature", &signature);
    let before = url
        .query()
        .filter(|query| !query.is_empty())
        .map(|query| format!("{query}&"));
    url.set_query(Some(&format!(
        "{}{signed}&{}",
        before.unwrap_or_default(),
        last.finish()
    )));
    Ok(url.into())
}

/// The value of the form field that carries a message: HTTP-POST, signed within (Bindings 3.5.4). `id`: that of the message.
///
/// # Errors
/// `key`; `malformed` where the message has no issuer, behind which the signature stands by the schema.
pub fn post(xml: &str, id: &str, key: OurKey<'_>) -> Result<String, Refusal> {
    const BEHIND: &str = "</saml:Issuer>";
    let (head, rest) = xml
        .split_once(BEHIND)
        .ok_or_else(|| Refusal::malformed("The message has no issuer."))?;
    let mut keys = KeysManager::new();
    keys.add_key(load_pem_auto(key.0.as_bytes(), None).map_err(OurKey::unusable)?);
    let template = format!("{head}{BEHIND}{}{rest}", template(id));
    let signed = bergshamra::sign(&DsigContext::new(keys), &template).map_err(OurKey::unusable)?;
    Ok(STANDARD.encode(signed))
}

/// A signature that is to be filled in.
fn template(id: &str) -> String {
    let (dsig, c14n) = (ns::DSIG, ns::EXCLUSIVE);
    format!(
        "<ds:Signature xmlns:ds=\"{dsig}\"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"{c14n}\"/>\
         <ds:SignatureMethod Algorithm=\"{RSA_SHA256}\"/><ds:Reference URI=\"#{id}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"{dsig}enveloped-signature\"/><ds:Transform Algorithm=\"{c14n}\"/></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"{SHA256}\"/><ds:DigestValue></ds:DigestValue></ds:Reference></ds:SignedInfo>\
         <ds:SignatureValue></ds:SignatureValue></ds:Signature>"
    )
}
