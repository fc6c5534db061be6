//! A `<Response>` (Core 3.3.3): exactly one assertion, which is signed itself or by the response around it.

use roxmltree::Node;

use super::signature::Signed;
use super::strict::{children, is, only, parse, text};
use super::{Assertion, OurKey, Refusal, Trust, encrypted, ns, signature};

/// The most characters of what a provider says went wrong.
const LONGEST_MESSAGE: usize = 300;
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

/// Reads a response that came to the assertion consumer service, and verifies it. `key`: by which encrypted assertions are
/// read.
///
/// # Errors
/// `malformed`, `wrapped`, `signature`, `weak_algorithm`, `encrypted`; `unsigned` where nothing is signed, and `status` where
/// the identity provider says that it did not sign the person in.
pub fn open(xml: &str, trust: &Trust, key: Option<OurKey<'_>>) -> Result<Response, Refusal> {
    let document = parse(xml)?;
    let root = document.root_element();
    let assertion = look(root)?;
    succeeded(root)?;
    let assertion = assertion.ok_or_else(|| Refusal::malformed("The response holds no assertion."))?;
    let encrypted = is(assertion, ns::ASSERTION, "EncryptedAssertion");
    let outer = signature::of(root)?;
    let inner = if encrypted {
        None
    } else {
        signature::of(assertion)?
    };
    let canonical = signature::document(xml)?;
    let verified = |place, signature: Option<&signature::Signature>| {
        signature
            .map(|signature| signature::verify(&canonical, place, signature, trust))
            .transpose()
    };
    // From here on nothing is read of a part that is signed but what was verified.
    let whole = verified(Signed::Root, outer.as_ref())?;
    let part = verified(Signed::Assertion, inner.as_ref())?;
    let read = if encrypted {
        let shown = encrypted::decrypt(whole.as_deref().unwrap_or(xml), key)?;
        let read = decrypted(&shown, trust, outer.is_some());
        if outer.is_some() {
            read?
        } else {
            read.map_err(|_| encrypted::failed())?
        }
    } else if let Some(part) = &part {
        Assertion::read(parse(part)?.root_element())?
    } else {
        let whole = parse(whole.as_deref().ok_or_else(unsigned)?)?;
        let within = only(whole.root_element(), ns::ASSERTION, "Assertion")?;
        Assertion::read(within.ok_or_else(|| Refusal::wrapped("What is signed holds no assertion."))?)?
    };
    let whole = whole.as_deref().map(parse).transpose()?;
    let told = whole.as_ref().map_or(root, roxmltree::Document::root_element);
    let part = |name| told.attribute(name).map(str::to_owned);
    Ok(Response {
        destination: part("Destination"),
        in_response_to: part("InResponseTo"),
        issuer: only(told, ns::ASSERTION, "Issuer")?.map(text).transpose()?,
        signed: outer.is_some(),
        assertion: read,
    })
}

fn unsigned() -> Refusal {
    Refusal::new(
        "unsigned",
        "Neither the response nor the assertion is signed: let the identity provider sign the assertion.",
    )
}

/// Reads an assertion that was encrypted: signed itself, or within a response that is (`covered`).
fn decrypted(xml: &str, trust: &Trust, covered: bool) -> Result<Assertion, Refusal> {
    let document = parse(xml)?;
    let root = document.root_element();
    let assertion = only(root, ns::ASSERTION, "Assertion")?
        .ok_or_else(|| Refusal::malformed("What was encrypted is no assertion."))?;
    stand_in_place(root, Some(assertion))?;
    match signature::of(assertion)? {
        Some(signature) => {
            let canonical = signature::document(xml)?;
            let part = signature::verify(&canonical, Signed::Assertion, &signature, trust)?;
            Assertion::read(parse(&part)?.root_element())
        }
        None if covered => Assertion::read(assertion),
        None => Err(unsigned()),
    }
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
            (Some(ns::ASSERTION), "Assertion" | "EncryptedAssertion") if assertion.is_none() => {
                assertion = Some(child);
            }
            (Some(ns::ASSERTION), "Issuer")
            | (Some(ns::PROTOCOL), "Status")
            | (Some(ns::DSIG), "Signature") => {}
            _ => {
                return Err(Refusal::wrapped(format!(
                    "The response holds a <{name}> that has no place there."
                )));
            }
        }
    }
    stand_in_place(root, assertion)?;
    Ok(assertion)
}

/// Looks whether nothing stands below `root` that could be taken for another response, assertion or signature.
fn stand_in_place(root: Node<'_, '_>, assertion: Option<Node<'_, '_>>) -> Result<(), Refusal> {
    for node in root.descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        let place = match (node.tag_name().namespace(), name) {
            (Some(ns::ASSERTION), "Assertion" | "EncryptedAssertion") => {
                node == root || Some(node) == assertion
            }
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
    Ok(())
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
    // Nobody has signed it yet.
    let why: String = told
        .message
        .as_deref()
        .unwrap_or("it gave no reason")
        .chars()
        .take(LONGEST_MESSAGE)
        .collect();
    Err(Refusal::new(
        "status",
        format!(
            "The identity provider did not sign the person in ({}): {why}",
            told.codes.join(", ")
        ),
    ))
}
