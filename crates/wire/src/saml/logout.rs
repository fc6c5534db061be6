//! Single log-out (Core 3.7): somebody leaves everywhere, whichever side they leave first. A message comes by address or by
//! form, and is read only if the identity provider signed it.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::xml::writer::XmlWriter;
use flate2::read::DeflateDecoder;
use jiff::Timestamp;
use roxmltree::Node;

use super::request::Kind;
use super::signature::Signed;
use super::strict::{LARGEST, attribute, children, is, only, parse, text, time, time_of};
use super::{NameId, Refusal, Trust, algorithms, ns, signature};

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// What an identity provider sends about leaving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Somebody left there: their sessions here are to end, those with these indexes or all.
    Request {
        name_id: NameId,
        sessions: Vec<String>,
        until: Option<Timestamp>,
    },
    /// The answer to ours.
    Response {
        in_response_to: Option<String>,
        success: bool,
    },
}

/// A message of log-out that was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logout {
    pub id: String,
    pub issuer: String,
    pub issued: Timestamp,
    pub destination: Option<String>,
    pub message: Message,
}

/// Reads a message that came by form (HTTP-POST), in base64 as it came.
///
/// # Errors
/// `malformed`, `wrapped`, `unsigned`, `signature`, `weak_algorithm`
pub fn posted(value: &str, trust: &Trust) -> Result<Logout, Refusal> {
    let xml = decoded(value)?;
    let xml = String::from_utf8(xml).map_err(|_| Refusal::malformed("The message is not UTF-8."))?;
    let document = parse(&xml)?;
    let root = document.root_element();
    let signature = signature::of(root)?.ok_or_else(unsigned)?;
    let signatures = root
        .descendants()
        .filter(|node| is(*node, ns::DSIG, "Signature"))
        .count();
    if signatures != 1 {
        return Err(Refusal::wrapped("There are several signatures."));
    }
    let canonical = signature::document(&xml)?;
    let verified = signature::verify(&canonical, Signed::Root, &signature, trust)?;
    read(parse(&verified)?.root_element())
}

/// Reads a message that came in an address (HTTP-Redirect): `query` is all behind the `?`, as it came. The signature is over
/// those very characters (Bindings 3.4.4.1).
///
/// # Errors
/// As [`posted`].
pub fn redirected(query: &str, trust: &Trust) -> Result<Logout, Refusal> {
    let raw = |name: &str| {
        let mut found = query
            .split('&')
            .filter(|pair| pair.split('=').next() == Some(name));
        let first = found.next();
        if found.next().is_some() {
            return Err(Refusal::wrapped(format!("The address has {name} twice.")));
        }
        Ok(first)
    };
    let plain = |pair: &str| {
        let (_, value) = url::form_urlencoded::parse(pair.as_bytes())
            .next()
            .unwrap_or_default();
        value.into_owned()
    };
    let (request, response) = (raw(Kind::Request.parameter())?, raw(Kind::Response.parameter())?);
    let ((Some(message), None) | (None, Some(message))) = (request, response) else {
        return Err(Refusal::malformed("The address carries no message, or two."));
    };
    let (Some(algorithm), Some(signature)) = (raw("SigAlg")?, raw("Signature")?) else {
        return Err(unsigned());
    };
    let mut signed = message.to_owned();
    for part in [raw("RelayState")?, Some(algorithm)].into_iter().flatten() {
        signed.push('&');
        signed.push_str(part);
    }
    algorithms::verify(
        &plain(algorithm),
        signed.as_bytes(),
        &decoded(&plain(signature))?,
        trust,
    )?;
    let mut xml = String::new();
    DeflateDecoder::new(&decoded(&plain(message))?[..])
        .take(LARGEST as u64 + 1)
        .read_to_string(&mut xml)
        .map_err(|why| Refusal::malformed(format!("The message can't be unpacked: {why}.")))?;
    read(parse(&xml)?.root_element())
}

fn unsigned() -> Refusal {
    Refusal::new(
        "unsigned",
        "The message is not signed: let the identity provider sign messages of log-out.",
    )
}

fn decoded(value: &str) -> Result<Vec<u8>, Refusal> {
    if value.len() > 2 * LARGEST {
        return Err(Refusal::malformed("The message is too large."));
    }
    let plain: String = value.split_whitespace().collect();
    STANDARD
        .decode(plain)
        .map_err(|_| Refusal::malformed("The message is not base64."))
}

fn read(root: Node<'_, '_>) -> Result<Logout, Refusal> {
    let issuer = only(root, ns::ASSERTION, "Issuer")?
        .ok_or_else(|| Refusal::malformed("The message does not say whom it is from."))?;
    let message = if is(root, ns::PROTOCOL, "LogoutRequest") {
        let name = only(root, ns::ASSERTION, "NameID")?
            .ok_or_else(|| Refusal::malformed("The message does not say who left."))?;
        let sessions = children(root).filter(|child| is(*child, ns::PROTOCOL, "SessionIndex"));
        Message::Request {
            name_id: NameId::read(name)?,
            sessions: sessions.map(text).collect::<Result<_, _>>()?,
            until: time_of(root, "NotOnOrAfter")?,
        }
    } else if is(root, ns::PROTOCOL, "LogoutResponse") {
        let status = only(root, ns::PROTOCOL, "Status")?;
        let code = status
            .map(|status| only(status, ns::PROTOCOL, "StatusCode"))
            .transpose()?
            .flatten();
        Message::Response {
            in_response_to: root.attribute("InResponseTo").map(str::to_owned),
            success: code.and_then(|code| code.attribute("Value")) == Some(SUCCESS),
        }
    } else {
        return Err(Refusal::malformed("The message is not one of log-out."));
    };
    Ok(Logout {
        id: attribute(root, "ID")?,
        issuer: text(issuer)?,
        issued: time(&attribute(root, "IssueInstant")?)?,
        destination: root.attribute("Destination").map(str::to_owned),
        message,
    })
}

/// What we send about leaving.
#[derive(Clone, Copy, Debug)]
pub struct Leave<'a> {
    pub id: &'a str,
    pub issued: Timestamp,
    pub issuer: &'a str,
    pub destination: &'a str,
}

impl Leave<'_> {
    /// Somebody left here, of that session there.
    pub fn request(&self, name_id: &NameId, session: Option<&str>) -> String {
        let format = name_id.format.as_deref().map(|format| ("Format", format));
        let qualifier = name_id.name_qualifier.as_deref().map(|of| ("NameQualifier", of));
        let ours = name_id
            .sp_name_qualifier
            .as_deref()
            .map(|of| ("SPNameQualifier", of));
        let name: Vec<(&str, &str)> = [format, qualifier, ours].into_iter().flatten().collect();
        self.write("samlp:LogoutRequest", None, |xml| {
            xml.start_element("saml:NameID", &name)?;
            xml.write_text(&name_id.value)?;
            xml.end_element("saml:NameID")?;
            if let Some(session) = session {
                xml.start_element("samlp:SessionIndex", &[])?;
                xml.write_text(session)?;
                xml.end_element("samlp:SessionIndex")?;
            }
            Ok(())
        })
    }

    /// The answer to a request: they are out here.
    pub fn response(&self, in_response_to: &str) -> String {
        self.write("samlp:LogoutResponse", Some(in_response_to), |xml| {
            xml.start_element("samlp:Status", &[])?;
            xml.empty_element("samlp:StatusCode", &[("Value", SUCCESS)])?;
            xml.end_element("samlp:Status")
        })
    }

    fn write(
        &self,
        name: &str,
        in_response_to: Option<&str>,
        rest: impl FnOnce(&mut XmlWriter) -> Result<(), bergshamra::Error>,
    ) -> String {
        let issued = self.issued.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let mut attributes = vec![
            ("xmlns:samlp", ns::PROTOCOL),
            ("xmlns:saml", ns::ASSERTION),
            ("ID", self.id),
            ("Version", "2.0"),
            ("IssueInstant", issued.as_str()),
            ("Destination", self.destination),
        ];
        attributes.extend(in_response_to.map(|id| ("InResponseTo", id)));
        let mut xml = XmlWriter::new();
        let written = (|| {
            xml.start_element(name, &attributes)?;
            xml.start_element("saml:Issuer", &[])?;
            xml.write_text(self.issuer)?;
            xml.end_element("saml:Issuer")?;
            rest(&mut xml)?;
            xml.end_element(name)
        })();
        // Writing into memory does not fail.
        written.and_then(|()| xml.into_string()).unwrap_or_default()
    }
}
