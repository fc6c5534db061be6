//! Encrypted assertions (Core 2.3.4, XML Encryption 1.1).

use bergshamra::c14n::{C14nMode, canonicalize_doc};
use bergshamra::keys::loader::load_pem_auto;
use bergshamra::xml::nodeset::NodeSet;
use bergshamra::xml::uppsala;
use bergshamra::{EncContext, KeysManager};
use roxmltree::Node;

use super::strict::{attribute, children, is, only, parse};
use super::{OurKey, Refusal, ns};

/// What encrypts the assertion: AES. CBC is what several large providers send; it can be changed by others on the way, but
/// nothing is read of it that is not signed, and all failures are told alike ([`failed`]).
const DATA: &[&str] = &[
    "http://www.w3.org/2009/xmlenc11#aes128-gcm",
    "http://www.w3.org/2009/xmlenc11#aes192-gcm",
    "http://www.w3.org/2009/xmlenc11#aes256-gcm",
    "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
    "http://www.w3.org/2001/04/xmlenc#aes192-cbc",
    "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
];
/// What encrypts its key: RSA-OAEP, and never the older padding, which gives keys away to who may ask often.
const KEYS: &[&str] = &[
    "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
    "http://www.w3.org/2009/xmlenc11#rsa-oaep",
];

/// The document with the assertion in the place of what was encrypted: an `<EncryptedAssertion>` that holds it.
///
/// # Errors
/// `encrypted`, whatever it was; `weak_algorithm` where it is not even tried.
pub(super) fn decrypt(xml: &str, key: Option<OurKey<'_>>) -> Result<String, Refusal> {
    let key = key.ok_or_else(|| {
        Refusal::new(
            "encrypted",
            "The assertion is encrypted, and there is no key here to read it: let the identity provider send it signed and not encrypted.",
        )
    })?;
    let alone = alone(xml).ok_or_else(failed)?;
    look(parse(&alone)?.root_element())?;
    let mut keys = KeysManager::new();
    keys.add_key(load_pem_auto(key.0.as_bytes(), None).map_err(|_| failed())?);
    let context = EncContext::new(keys)
        .with_disable_cipher_reference(true)
        .with_max_pbkdf2_iterations(0);
    bergshamra::decrypt(&context, &alone).map_err(|_| failed())
}

/// What is said of all that can't be read, and of all that is wrong with what was read and nobody has signed: whoever changes
/// what was encrypted and asks again and again must not learn from the answers what it says.
pub(super) fn failed() -> Refusal {
    Refusal::new(
        "encrypted",
        "The assertion is encrypted, and can't be read with our key or is not signed by this identity provider: take its metadata \
         over again, give it our certificate anew, and let it sign the assertion.",
    )
}

/// The encrypted assertion as a document of its own.
fn alone(xml: &str) -> Option<String> {
    let document = uppsala::parse(xml).ok()?;
    let root = document.document_element()?;
    let found = document.child_elements_by_name_ns(root, ns::ASSERTION, "EncryptedAssertion");
    let [encrypted] = found.as_slice() else {
        return None;
    };
    let nodes = NodeSet::tree_without_comments(*encrypted, &document);
    let none: &[&str] = &[];
    let bytes = canonicalize_doc(&document, C14nMode::Exclusive, Some(&nodes), none).ok()?;
    String::from_utf8(bytes).ok()
}

/// One part that is encrypted, with one key, each in a way that is accepted.
fn look(root: Node<'_, '_>) -> Result<(), Refusal> {
    let data = only(root, ns::ENCRYPTION, "EncryptedData")?
        .ok_or_else(|| Refusal::malformed("The encrypted assertion holds nothing."))?;
    known(data, DATA)?;
    let of_key = |node: &Node<'_, '_>| is(*node, ns::ENCRYPTION, "EncryptedKey");
    let keys: Vec<Node<'_, '_>> = root.descendants().filter(of_key).collect();
    let [key] = keys.as_slice() else {
        return Err(Refusal::malformed(
            "The encrypted assertion has no key, or several.",
        ));
    };
    known(*key, KEYS)?;
    let several = |name| {
        root.descendants()
            .filter(|node| is(*node, ns::ENCRYPTION, name))
            .count()
            > 1
    };
    if several("EncryptedData")
        || children(root).any(|child| child.tag_name().namespace() == Some(ns::ASSERTION))
    {
        return Err(Refusal::wrapped("The encrypted assertion holds more than one."));
    }
    Ok(())
}

fn known(node: Node<'_, '_>, algorithms: &[&str]) -> Result<(), Refusal> {
    let method = only(node, ns::ENCRYPTION, "EncryptionMethod")?
        .ok_or_else(|| Refusal::malformed("It is not said how the assertion is encrypted."))?;
    let algorithm = attribute(method, "Algorithm")?;
    if algorithms.contains(&algorithm.as_str()) {
        return Ok(());
    }
    Err(Refusal::new(
        "weak_algorithm",
        format!(
            "The assertion is encrypted by \"{algorithm}\", which is not accepted: choose AES and RSA-OAEP at the identity provider."
        ),
    ))
}
