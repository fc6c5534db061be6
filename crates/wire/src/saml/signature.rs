//! Which part of a document is signed by whom, and the very bytes that are.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::c14n::{C14nMode, canonicalize_doc};
use bergshamra::core::ns as names;
use bergshamra::xml::nodeset::NodeSet;
use bergshamra::xml::uppsala::{self, Document, NodeId};
use roxmltree::Node;
use x509_cert::Certificate as X509;
use x509_cert::der::{Decode as _, Encode as _};

use super::strict::{attribute, children, is, only, text};
use super::{Refusal, algorithms, ns};

const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const EXCLUSIVE_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

const DIGESTS: &[&str] = &[
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
];
/// Accepted only where an admin allows it for a while.
const WEAK_DIGEST: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
/// Bits of an RSA key.
const SHORTEST: usize = 2048;

/// The certificates of an identity provider, which were given by an admin or its metadata, and never by the message itself.
#[derive(Debug, Default)]
pub struct Trust {
    /// SubjectPublicKeyInfo in DER.
    keys: Vec<Vec<u8>>,
    weak: bool,
}

impl Trust {
    /// `certificates`: X.509 in DER; any one of them may have signed. `weak`: SHA-1 and RSA keys of less than 2048 bits are
    /// accepted, which an admin allows for a while only.
    ///
    /// # Errors
    /// `weak_key` or `certificate`, if one of them can't be trusted with a signature.
    pub fn new(certificates: Vec<Vec<u8>>, weak: bool) -> Result<Self, Refusal> {
        let mut keys = Vec::with_capacity(certificates.len());
        for certificate in &certificates {
            let key = X509::from_der(certificate)
                .and_then(|read| read.tbs_certificate.subject_public_key_info.to_der())
                .map_err(|why| {
                    Refusal::new("certificate", format!("That certificate can't be read: {why}."))
                })?;
            if !weak && rsa_bits(&key).is_some_and(|bits| bits < SHORTEST) {
                return Err(Refusal::new(
                    "weak_key",
                    format!(
                        "The RSA key of that certificate is shorter than {SHORTEST} bits: let the identity provider make a new one."
                    ),
                ));
            }
            keys.push(key);
        }
        Ok(Self { keys, weak })
    }

    pub(super) fn weak(&self) -> bool {
        self.weak
    }

    /// The public keys, as SubjectPublicKeyInfo in DER.
    pub(super) fn keys(&self) -> impl Iterator<Item = &[u8]> {
        self.keys.iter().map(Vec::as_slice)
    }
}

/// The length of the key in bits, if it is RSA.
fn rsa_bits(key: &[u8]) -> Option<usize> {
    let public = aws_lc_rs::rsa::PublicKey::from_der(key).ok()?;
    Some(public.modulus_len() * 8)
}

/// What a signature says of the one element that it covers.
struct Covered {
    /// The element's id.
    id: String,
    /// What it is signed by.
    method: String,
    digest: Vec<u8>,
    with: &'static aws_lc_rs::digest::Algorithm,
    /// Prefixes that the exclusive canonicalization keeps though they are not used in names.
    prefixes: Vec<String>,
}

/// Looks at a `<SignedInfo>`: one reference by id, an enveloped signature, exclusive canonicalization without comments,
/// and algorithms that are trusted (XMLDSIG 4.4). Nothing else is ever computed.
fn covered(info: Node<'_, '_>, weak: bool) -> Result<Covered, Refusal> {
    let algorithm = |node| attribute(node, "Algorithm");
    let need = |parent, name| {
        only(parent, ns::DSIG, name)?
            .ok_or_else(|| Refusal::malformed(format!("A signature has no <{name}>.")))
    };
    if children(info).count() != 3 {
        return Err(Refusal::wrapped("A signature covers several parts, or none."));
    }
    let canonical = need(info, "CanonicalizationMethod")?;
    if algorithm(canonical)? != EXCLUSIVE_C14N {
        return Err(Refusal::new(
            "weak_algorithm",
            "The signature needs exclusive canonicalization without comments.",
        ));
    }
    let method = algorithm(need(info, "SignatureMethod")?)?;
    algorithms::accepted(&method, weak)?;
    let reference = need(info, "Reference")?;
    let uri = attribute(reference, "URI")?;
    let id = uri
        .strip_prefix('#')
        .filter(|id| !id.is_empty() && !id.contains('('));
    let id = id.ok_or_else(|| {
        Refusal::wrapped("The signature names what it covers by something else than its id.")
    })?;
    let mut prefixes = Vec::new();
    let mut transforms = Vec::new();
    for transform in children(need(reference, "Transforms")?) {
        transforms.push(algorithm(transform)?);
        prefixes.extend(prefixes_of(transform)?);
    }
    if transforms != [ENVELOPED, EXCLUSIVE_C14N] {
        return Err(Refusal::wrapped(
            "The signature transforms what it covers in another way than by leaving itself out.",
        ));
    }
    let digest = algorithm(need(reference, "DigestMethod")?)?;
    let accepted = DIGESTS.contains(&digest.as_str()) || (weak && digest == WEAK_DIGEST);
    if !accepted {
        let message = format!(
            "The digest algorithm is \"{digest}\", which is not accepted: let the identity provider sign with SHA-256."
        );
        return Err(Refusal::new("weak_algorithm", message));
    }
    let with = match digest.rsplit('#').next().unwrap_or_default() {
        "sha384" => &aws_lc_rs::digest::SHA384,
        "sha512" => &aws_lc_rs::digest::SHA512,
        "sha1" => &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY,
        _ => &aws_lc_rs::digest::SHA256,
    };
    let value: String = text(need(reference, "DigestValue")?)?
        .split_whitespace()
        .collect();
    Ok(Covered {
        id: id.to_owned(),
        method,
        digest: STANDARD
            .decode(value)
            .map_err(|_| Refusal::malformed("The digest of the signature is not base64."))?,
        with,
        prefixes,
    })
}

/// The prefixes that an exclusive canonicalization keeps, where it names some (Exclusive XML Canonicalization, 4).
fn prefixes_of(method: Node<'_, '_>) -> Result<Vec<String>, Refusal> {
    let mut prefixes = Vec::new();
    for inclusive in children(method) {
        if !is(inclusive, ns::EXCLUSIVE, "InclusiveNamespaces") {
            return Err(Refusal::wrapped("The signature transforms what it covers."));
        }
        let list = inclusive.attribute("PrefixList").unwrap_or_default();
        prefixes.extend(list.split_whitespace().map(str::to_owned));
    }
    Ok(prefixes)
}

/// A signature that was looked at, and is not verified yet.
pub(super) struct Signature {
    /// Of the element that it is in, which is all that it may cover.
    id: String,
    value: Vec<u8>,
    /// Prefixes that the canonicalization of its `<SignedInfo>` keeps.
    prefixes: Vec<String>,
}

/// The signature of an element, if it has one: looked at, not verified.
pub(super) fn of(signed: Node<'_, '_>) -> Result<Option<Signature>, Refusal> {
    let Some(signature) = only(signed, ns::DSIG, "Signature")? else {
        return Ok(None);
    };
    for part in children(signature) {
        let name = part.tag_name().name();
        let known = matches!(name, "SignedInfo" | "SignatureValue" | "KeyInfo");
        if !known || part.tag_name().namespace() != Some(ns::DSIG) {
            return Err(Refusal::wrapped(format!("A signature holds <{name}>.")));
        }
    }
    let need = |parent, name| {
        only(parent, ns::DSIG, name)?
            .ok_or_else(|| Refusal::malformed(format!("A signature has no <{name}>.")))
    };
    let info = need(signature, "SignedInfo")?;
    let value: String = text(need(signature, "SignatureValue")?)?
        .split_whitespace()
        .collect();
    Ok(Some(Signature {
        id: attribute(signed, "ID")?,
        value: STANDARD
            .decode(value)
            .map_err(|_| Refusal::malformed("The signature is not base64."))?,
        prefixes: prefixes_of(need(info, "CanonicalizationMethod")?)?,
    }))
}

/// Where a signature stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Signed {
    /// In the document's element.
    Root,
    /// In the assertion that is a child of it.
    Assertion,
}

/// The document, to be canonicalized.
pub(super) fn document(xml: &str) -> Result<Document<'_>, Refusal> {
    uppsala::parse(xml).map_err(|why| Refusal::malformed(why.to_string()))
}

/// Verifies a signature that was looked at ([`of`]). Gives the canonical XML of what it covers, the element without the signature:
/// what that says is to be read from there and nowhere else.
///
/// The order is that of XMLDSIG 3.2: the canonical `<SignedInfo>` is verified with the provider's keys, and only those very bytes say
/// how, and of which element, the digest is made.
pub(super) fn verify(
    document: &Document<'_>,
    place: Signed,
    signature: &Signature,
    trust: &Trust,
) -> Result<String, Refusal> {
    let root = document.document_element();
    let signed = match (place, root) {
        (Signed::Root, Some(root)) => root,
        (Signed::Assertion, Some(root)) => one(document, (root, ns::ASSERTION, "Assertion"))?,
        (_, None) => return Err(Refusal::malformed("The document is empty.")),
    };
    let node = one(document, (signed, names::DSIG, names::node::SIGNATURE))?;
    let info = one(document, (node, names::DSIG, names::node::SIGNED_INFO))?;
    let nodes = NodeSet::tree_without_comments(info, document);
    let info = canonical(document, &nodes, &signature.prefixes)?;
    let parsed = super::strict::parse(&info)?;
    let covered = covered(parsed.root_element(), trust.weak)?;
    algorithms::verify(&covered.method, info.as_bytes(), &signature.value, trust)?;
    let names_it = document.get_attribute(signed, "ID") == Some(covered.id.as_str());
    if !names_it || covered.id != signature.id {
        return Err(Refusal::wrapped(
            "A signature covers another element than the one that it is in.",
        ));
    }
    let whole = NodeSet::tree_without_comments(signed, document);
    let rest = whole.subtract(&NodeSet::tree_with_comments(node, document));
    let xml = canonical(document, &rest, &covered.prefixes)?;
    let digest = aws_lc_rs::digest::digest(covered.with, xml.as_bytes());
    if digest.as_ref() != covered.digest {
        return Err(Refusal::new(
            "signature",
            "What came is not what the identity provider signed: it was changed on the way.",
        ));
    }
    Ok(xml)
}

/// The one child of that name.
fn one(document: &Document<'_>, (parent, namespace, name): (NodeId, &str, &str)) -> Result<NodeId, Refusal> {
    match document
        .child_elements_by_name_ns(parent, namespace, name)
        .as_slice()
    {
        [one] => Ok(*one),
        _ => Err(Refusal::wrapped(format!(
            "There is not one <{name}> where one is signed."
        ))),
    }
}

fn canonical(document: &Document<'_>, nodes: &NodeSet, prefixes: &[String]) -> Result<String, Refusal> {
    let bytes = canonicalize_doc(document, C14nMode::Exclusive, Some(nodes), prefixes)
        .map_err(|why| Refusal::malformed(why.to_string()))?;
    String::from_utf8(bytes).map_err(|_| Refusal::malformed("The document is not UTF-8."))
}
