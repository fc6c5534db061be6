//! Metadata (saml-metadata-2.0-os): what an identity provider says of itself, and what we say of ourselves.

use bergshamra::xml::writer::XmlWriter;
use jiff::Timestamp;
use roxmltree::{Document, Node, ParsingOptions};

use super::strict::{children, is, text, time_of};
use super::{Certificate, Refusal, ns};

/// The largest metadata that are read, in bytes. Those of one identity provider take a hundredth.
const LARGEST: usize = 4 * 1024 * 1024;

pub const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
pub const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/// An address of an identity provider, and how it is spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub binding: String,
    pub location: String,
    /// Where answers go, if elsewhere.
    pub response_location: Option<String>,
}

/// What an identity provider says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    pub entity_id: String,
    /// Those that sign; several while one follows the other.
    pub certificates: Vec<Certificate>,
    pub sign_on: Vec<Endpoint>,
    pub log_out: Vec<Endpoint>,
    /// After that nobody is to go by them.
    pub valid_until: Option<Timestamp>,
}

impl Provider {
    /// The address for a binding.
    pub fn sign_on_by(&self, binding: &str) -> Option<&str> {
        let endpoint = self.sign_on.iter().find(|endpoint| endpoint.binding == binding)?;
        Some(&endpoint.location)
    }
}

/// Reads metadata. `entity_id` chooses among several identity providers in one file.
///
/// # Errors
/// `malformed`; `several` with their entity ids; `certificate`; `binding` where it can be spoken to in no way that we know.
pub fn read(xml: &str, entity_id: Option<&str>) -> Result<Provider, Refusal> {
    if xml.len() > LARGEST {
        return Err(Refusal::malformed(format!(
            "The metadata are larger than {} MB.",
            LARGEST / 1024 / 1024
        )));
    }
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: 500_000,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(xml, options).map_err(|why| {
        Refusal::malformed(format!(
            "That is not the metadata of an identity provider: {why}."
        ))
    })?;
    let entities: Vec<Node<'_, '_>> = document
        .descendants()
        .filter(|node| is(*node, ns::METADATA, "EntityDescriptor"))
        .filter(|node| role(*node).is_some())
        .filter(|node| entity_id.is_none_or(|id| node.attribute("entityID") == Some(id)))
        .collect();
    match entities.as_slice() {
        [one] => provider(*one),
        [] => Err(Refusal::malformed(match entity_id {
            Some(id) => format!("The metadata name no identity provider \"{id}\"."),
            None => "The metadata name no identity provider (IDPSSODescriptor). Those of a service provider are the other way round.".to_owned(),
        })),
        several => {
            let ids: Vec<&str> = several.iter().filter_map(|node| node.attribute("entityID")).take(20).collect();
            Err(Refusal::new(
                "several",
                format!("The metadata name several identity providers: choose one of {}.", ids.join(", ")),
            ))
        }
    }
}

fn role<'a, 'input>(entity: Node<'a, 'input>) -> Option<Node<'a, 'input>> {
    children(entity).find(|child| {
        let protocols = child.attribute("protocolSupportEnumeration").unwrap_or_default();
        is(*child, ns::METADATA, "IDPSSODescriptor")
            && protocols.split_whitespace().any(|one| one == ns::PROTOCOL)
    })
}

fn provider(entity: Node<'_, '_>) -> Result<Provider, Refusal> {
    let role =
        role(entity).ok_or_else(|| Refusal::malformed("There is no identity provider of SAML 2.0."))?;
    let endpoints = |name: &'static str| {
        let found = children(role).filter(move |child| is(*child, ns::METADATA, name));
        found.filter_map(endpoint).collect::<Vec<_>>()
    };
    let mut certificates: Vec<Certificate> = Vec::new();
    for key in children(role).filter(|child| is(*child, ns::METADATA, "KeyDescriptor")) {
        if key.attribute("use").is_some_and(|of| of != "signing") {
            continue;
        }
        for node in key
            .descendants()
            .filter(|node| is(*node, ns::DSIG, "X509Certificate"))
        {
            let certificate = Certificate::read(text(node)?.as_bytes())?;
            if !certificates.contains(&certificate) {
                certificates.push(certificate);
            }
        }
    }
    if certificates.is_empty() {
        return Err(Refusal::new(
            "certificate",
            "The metadata hold no certificate that signs.",
        ));
    }
    let provider = Provider {
        entity_id: super::strict::attribute(entity, "entityID")?,
        certificates,
        sign_on: endpoints("SingleSignOnService"),
        log_out: endpoints("SingleLogoutService"),
        valid_until: time_of(role, "validUntil")?.or(time_of(entity, "validUntil")?),
    };
    if provider
        .sign_on_by(REDIRECT)
        .or(provider.sign_on_by(POST))
        .is_none()
    {
        return Err(Refusal::new(
            "binding",
            "The identity provider can be asked neither by HTTP-Redirect nor by HTTP-POST.",
        ));
    }
    Ok(provider)
}

/// An endpoint on the web; others are left out.
fn endpoint(node: Node<'_, '_>) -> Option<Endpoint> {
    let on_the_web = |location: &&str| {
        let url = url::Url::parse(location).ok();
        url.is_some_and(|url| matches!(url.scheme(), "https" | "http") && url.host().is_some())
    };
    let answers = node.attribute("ResponseLocation").filter(on_the_web);
    Some(Endpoint {
        binding: node.attribute("Binding")?.to_owned(),
        location: node.attribute("Location").filter(on_the_web)?.to_owned(),
        response_location: answers.map(str::to_owned),
    })
}

/// What we say of ourselves.
#[derive(Clone, Copy, Debug)]
pub struct Ourselves<'a> {
    pub entity_id: &'a str,
    pub acs: &'a str,
    pub log_out: &'a str,
    /// X.509 in DER, of the key that signs our requests and reads what is encrypted for us.
    pub certificate: &'a [u8],
}

/// How an assertion for us may be encrypted, best first.
const OURS_ENCRYPTED_BY: [&str; 4] = [
    "http://www.w3.org/2009/xmlenc11#aes256-gcm",
    "http://www.w3.org/2009/xmlenc11#aes128-gcm",
    "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
    "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
];

/// Our metadata, to be given to an identity provider.
pub fn write(ourselves: Ourselves<'_>) -> String {
    use base64::Engine as _;
    let certificate = base64::engine::general_purpose::STANDARD.encode(ourselves.certificate);
    let mut xml = XmlWriter::new();
    // Writing into memory does not fail.
    let written = (|| {
        xml.write_declaration()?;
        let namespaces = [
            ("xmlns:md", ns::METADATA),
            ("xmlns:ds", ns::DSIG),
            ("entityID", ourselves.entity_id),
        ];
        xml.start_element("md:EntityDescriptor", &namespaces)?;
        xml.start_element(
            "md:SPSSODescriptor",
            &[
                ("AuthnRequestsSigned", "true"),
                ("WantAssertionsSigned", "true"),
                ("protocolSupportEnumeration", ns::PROTOCOL),
            ],
        )?;
        for purpose in ["signing", "encryption"] {
            xml.start_element("md:KeyDescriptor", &[("use", purpose)])?;
            for name in ["ds:KeyInfo", "ds:X509Data", "ds:X509Certificate"] {
                xml.start_element(name, &[])?;
            }
            xml.write_text(&certificate)?;
            for name in ["ds:X509Certificate", "ds:X509Data", "ds:KeyInfo"] {
                xml.end_element(name)?;
            }
            if purpose == "encryption" {
                for algorithm in OURS_ENCRYPTED_BY {
                    xml.empty_element("md:EncryptionMethod", &[("Algorithm", algorithm)])?;
                }
            }
            xml.end_element("md:KeyDescriptor")?;
        }
        for binding in [REDIRECT, POST] {
            let service = [("Binding", binding), ("Location", ourselves.log_out)];
            xml.empty_element("md:SingleLogoutService", &service)?;
        }
        for format in [
            "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
        ] {
            xml.start_element("md:NameIDFormat", &[])?;
            xml.write_text(format)?;
            xml.end_element("md:NameIDFormat")?;
        }
        xml.empty_element(
            "md:AssertionConsumerService",
            &[
                ("Binding", POST),
                ("Location", ourselves.acs),
                ("index", "0"),
                ("isDefault", "true"),
            ],
        )?;
        xml.end_element("md:SPSSODescriptor")?;
        xml.end_element("md:EntityDescriptor")
    })();
    written.and_then(|()| xml.into_string()).unwrap_or_default()
}
