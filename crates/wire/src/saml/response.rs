//! A `<Response>` (Core 3.3.3): exactly one assertion, which is signed itself or by the response around it.

use roxmltree::Node;

use super::strict::{children, is, only, parse, text};
use super::{Assertion, Refusal, Trust, ns, signature};

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// How the identity provider answered (Core 3.2.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The last part of the code, and of the one within it: `Responder`, `AuthnFailed`.
    pub codes: Vec<String>,
    pub message: Option<String>,
}

/// What came. All of the assertion is signed; of the response only what stands in it says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Where the response says it goes to, and what it answers: to be looked at, and not to be trusted unless `signed`.
    pub destination: Option<String>,
    pub in_response_to: Option<String>,
    pub issuer: Option<String>,
    /// The response itself is signed, and not the assertion alone.
    pub signed: bool,
    pub assertion: Assertion,
}

/// Reads a response that came to the assertion consumer service, and verifies it.
///
/// # Errors
/// `malformed`, `wrapped`, `signature`, `weak_algorithm`; `unsigned` where nothing is signed, and `status` where the identity
/// provider says that it did not sign the person in.
pub fn open(xml: &str, trust: &Trust) -> Result<Response, Refusal> {
    let document = parse(xml)?;
    let root = document.root_element();
    let assertion = look(root)?;
    succeeded(root)?;
    let assertion = assertion.ok_or_else(|| Refusal::malformed("The response holds no assertion."))?;
    let (outer, inner) = (
        signature::of(root, trust.weak())?.is_some(),
        signature::of(assertion, trust.weak())?.is_some(),
    );
    if !outer && !inner {
        return Err(Refusal::new(
            "unsigned",
            "Neither the response nor the assertion is signed: let the identity provider sign the assertion.",
        ));
    }
    let verified = signature::verify(xml, trust)?;
    let of = |node: Node<'_, '_>| {
        let found = verified
            .iter()
            .find(|part| Some(part.id.as_str()) == node.attribute("ID"));
        found.ok_or_else(|| Refusal::wrapped("What is signed is not what stands there."))
    };
    if verified.len() != usize::from(outer) + usize::from(inner) {
        return Err(Refusal::wrapped(
            "There are more signatures than one of each part.",
        ));
    }
    // From here on nothing is read but what was verified.
    let whole = outer.then(|| of(root)).transpose()?;
    let whole = whole.map(|part| parse(&part.xml)).transpose()?;
    let read = if inner {
        Assertion::read(parse(&of(assertion)?.xml)?.root_element())?
    } else {
        let whole = whole.as_ref().map_or(root, roxmltree::Document::root_element);
        let within = only(whole, ns::ASSERTION, "Assertion")?;
        Assertion::read(within.ok_or_else(|| Refusal::wrapped("What is signed holds no assertion."))?)?
    };
    let told = whole.as_ref().map_or(root, roxmltree::Document::root_element);
    let part = |name| told.attribute(name).map(str::to_owned);
    Ok(Response {
        destination: part("Destination"),
        in_response_to: part("InResponseTo"),
        issuer: only(told, ns::ASSERTION, "Issuer")?.map(text).transpose()?,
        signed: outer,
        assertion: read,
    })
}

/// Looks whether the document is a response with at most one assertion, and nothing anywhere that could be taken for another
/// one or for a signature of it. Gives the assertion.
fn look<'a, 'input>(root: Node<'a, 'input>) -> Result<Option<Node<'a, 'input>>, Refusal> {
    if !is(root, ns::PROTOCOL, "Response") {
        return Err(Refusal::malformed(format!(
            "This is a <{}> and not a response of SAML 2.0.",
            root.tag_name().name()
        )));
    }
    if root.attribute("Version") != Some("2.0") {
        return Err(Refusal::malformed("The response is not of SAML 2.0."));
    }
    let mut assertion = None;
    for child in children(root) {
        let (namespace, name) = (child.tag_name().namespace(), child.tag_name().name());
        match (namespace, name) {
            (Some(ns::ASSERTION), "Assertion") if assertion.is_none() => assertion = Some(child),
            (Some(ns::ASSERTION), "Issuer")
            | (Some(ns::PROTOCOL), "Status")
            | (Some(ns::DSIG), "Signature") => {}
            (Some(ns::ASSERTION), "EncryptedAssertion") => {
                return Err(Refusal::new(
                    "encrypted",
                    "The assertion is encrypted, and there is no key here to read it: let the identity provider send it signed and not encrypted.",
                ));
            }
            _ => {
                return Err(Refusal::wrapped(format!(
                    "The response holds a <{name}> that has no place there."
                )));
            }
        }
    }
    for node in root.descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        let place = match (node.tag_name().namespace(), name) {
            (Some(ns::ASSERTION), "Assertion") => Some(node) == assertion,
            (Some(ns::PROTOCOL), "Response") => node == root,
            (Some(ns::DSIG), "Signature") => {
                let parent = node.parent_element();
                parent == Some(root) || (assertion.is_some() && parent == assertion)
            }
            (Some(ns::DSIG), "Object" | "Manifest") => false,
            _ => true,
        };
        if !place {
            return Err(Refusal::wrapped(format!(
                "A <{name}> stands where it could be taken for another."
            )));
        }
    }
    Ok(assertion)
}

fn succeeded(root: Node<'_, '_>) -> Result<(), Refusal> {
    let Some(status) = only(root, ns::PROTOCOL, "Status")? else {
        return Err(Refusal::malformed("The response has no status."));
    };
    let mut told = Status::default();
    let mut at = only(status, ns::PROTOCOL, "StatusCode")?;
    let good = at.and_then(|code| code.attribute("Value")) == Some(SUCCESS);
    while let Some(code) = at {
        let value = code.attribute("Value").unwrap_or_default();
        told.codes
            .push(value.rsplit(':').next().unwrap_or_default().to_owned());
        at = only(code, ns::PROTOCOL, "StatusCode")?;
    }
    if good {
        return Ok(());
    }
    told.message = only(status, ns::PROTOCOL, "StatusMessage")?
        .map(text)
        .transpose()?;
    let why = told.message.as_deref().unwrap_or("it gave no reason");
    Err(Refusal::new(
        "status",
        format!(
            "The identity provider did not sign the person in ({}): {why}",
            told.codes.join(", ")
        ),
    ))
}
