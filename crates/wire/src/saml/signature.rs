//! Which part of a document is signed by whom, and the very bytes that are.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::c14n::{C14nMode, canonicalize_doc};
use bergshamra::core::ns as names;
use bergshamra::dsig::verify::verify_all_document_with_source;
use bergshamra::keys::loader::load_x509_cert_der;
use bergshamra::keys::{KeyUsage, KeysManager};
use bergshamra::xml::nodeset::NodeSet;
use bergshamra::xml::uppsala::{self, NodeId};
use bergshamra::{DsigContext, Key, VerifyResult};
use roxmltree::Node;

use super::strict::{attribute, children, is, only, text};
use super::{Refusal, ns};

const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const EXCLUSIVE_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// Signatures that are accepted: RSA (also PSS) and ECDSA with SHA-2.
const SIGNATURES: &[&str] = &[
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
    "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
    "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1",
    "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
];
const DIGESTS: &[&str] = &[
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
];
/// Accepted only where an admin allows it for a while.
const WEAK_SIGNATURES: &[&str] = &["http://www.w3.org/2000/09/xmldsig#rsa-sha1"];
const WEAK_DIGESTS: &[&str] = &["http://www.w3.org/2000/09/xmldsig#sha1"];
/// Bits of an RSA key.
const SHORTEST: usize = 2048;

/// The certificates of an identity provider, which were given by an admin or its metadata, and never by the message itself.
#[derive(Debug, Default)]
pub struct Trust {
    keys: Vec<Key>,
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
            let mut key = load_x509_cert_der(certificate).map_err(|why| {
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
            key.usage = KeyUsage::Verify;
            keys.push(key);
        }
        Ok(Self { keys, weak })
    }

    pub(super) fn weak(&self) -> bool {
        self.weak
    }

    /// The public keys, as SubjectPublicKeyInfo in DER.
    pub(super) fn public_keys(&self) -> impl Iterator<Item = Vec<u8>> {
        self.keys.iter().filter_map(Key::to_spki_der)
    }

    fn context(&self) -> DsigContext {
        let mut keys = KeysManager::new();
        for key in &self.keys {
            keys.add_key(key.clone());
        }
        DsigContext::new(keys)
    }
}

/// The length of the key in bits, if it is RSA.
fn rsa_bits(key: &Key) -> Option<usize> {
    let public = aws_lc_rs::rsa::PublicKey::from_der(&key.to_spki_der()?).ok()?;
    Some(public.modulus_len() * 8)
}

/// What a signature says of the one element that it covers.
struct Covered {
    /// The element's id.
    id: String,
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
    let known = |what: &str, uri: &str, strong: &[&str], old: &[&str]| {
        if strong.contains(&uri) || (weak && old.contains(&uri)) {
            return Ok(());
        }
        let message = format!(
            "The {what} is \"{uri}\", which is not accepted: let the identity provider sign with RSA or ECDSA and SHA-256."
        );
        Err(Refusal::new("weak_algorithm", message))
    };
    if children(info).count() != 3 {
        return Err(Refusal::wrapped("A signature covers several parts, or none."));
    }
    let canonical = algorithm(need(info, "CanonicalizationMethod")?)?;
    if canonical != EXCLUSIVE_C14N {
        return Err(Refusal::new(
            "weak_algorithm",
            "The signature needs exclusive canonicalization without comments.",
        ));
    }
    let method = algorithm(need(info, "SignatureMethod")?)?;
    known("signature algorithm", &method, SIGNATURES, WEAK_SIGNATURES)?;
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
        for inclusive in children(transform) {
            if !is(inclusive, ns::EXCLUSIVE, "InclusiveNamespaces") {
                return Err(Refusal::wrapped("The signature transforms what it covers."));
            }
            let list = inclusive.attribute("PrefixList").unwrap_or_default();
            prefixes.extend(list.split_whitespace().map(str::to_owned));
        }
    }
    if transforms != [ENVELOPED, EXCLUSIVE_C14N] {
        return Err(Refusal::wrapped(
            "The signature transforms what it covers in another way than by leaving itself out.",
        ));
    }
    let digest = algorithm(need(reference, "DigestMethod")?)?;
    known("digest algorithm", &digest, DIGESTS, WEAK_DIGESTS)?;
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
        digest: STANDARD
            .decode(value)
            .map_err(|_| Refusal::malformed("The digest of the signature is not base64."))?,
        with,
        prefixes,
    })
}

/// The signature of an element, if it has one: looked at, not verified.
pub(super) fn of<'a, 'input>(
    signed: Node<'a, 'input>,
    weak: bool,
) -> Result<Option<Node<'a, 'input>>, Refusal> {
    let Some(signature) = only(signed, ns::DSIG, "Signature")? else {
        return Ok(None);
    };
    let mut info = None;
    for part in children(signature) {
        match part.tag_name().name() {
            "SignedInfo" if info.is_none() && is(part, ns::DSIG, "SignedInfo") => info = Some(part),
            "SignatureValue" | "KeyInfo" if part.tag_name().namespace() == Some(ns::DSIG) => {}
            other => return Err(Refusal::wrapped(format!("A signature holds <{other}>."))),
        }
    }
    let info = info.ok_or_else(|| Refusal::malformed("A signature has no <SignedInfo>."))?;
    if Some(covered(info, weak)?.id.as_str()) != signed.attribute("ID") {
        return Err(Refusal::wrapped(
            "A signature covers another element than the one that it is in.",
        ));
    }
    Ok(Some(signature))
}

/// A part of a document that is signed: its id, and the canonical XML that the signature was verified over. What it says is
/// to be read from there and nowhere else.
pub(super) struct Verified {
    pub id: String,
    pub xml: String,
}

/// Verifies all signatures of a document whose signatures were looked at (`of`), each of which must be right.
pub(super) fn verify(xml: &str, trust: &Trust) -> Result<Vec<Verified>, Refusal> {
    let wrong = |why: String| {
        Refusal::new(
            "signature",
            format!(
                "The signature is not one of this identity provider: {why}. If it has a new certificate, take its metadata over again."
            ),
        )
    };
    let document = uppsala::parse(xml).map_err(|why| Refusal::malformed(why.to_string()))?;
    let results = verify_all_document_with_source(&trust.context(), &document, Some(xml))
        .map_err(|why| wrong(why.to_string()))?;
    results
        .into_iter()
        .map(|result| match result {
            VerifyResult::Valid {
                signature_node,
                references,
                ..
            } => {
                let [reference] = references.as_slice() else {
                    return Err(Refusal::wrapped("A signature covers several parts."));
                };
                let target = reference.resolved_node.filter(|_| reference.digest_verified);
                let target = target
                    .filter(|target| document.parent(signature_node) == Some(*target))
                    .ok_or_else(|| {
                        Refusal::wrapped("A signature covers another element than the one that it is in.")
                    })?;
                verified(&document, signature_node, target, trust.weak)
            }
            VerifyResult::Invalid { reason } => Err(wrong(reason)),
        })
        .collect()
}

/// The bytes that a verified signature covers: the element without the signature, whose digest is what the verified
/// `<SignedInfo>` says.
fn verified(
    document: &uppsala::Document<'_>,
    signature: NodeId,
    target: NodeId,
    weak: bool,
) -> Result<Verified, Refusal> {
    let infos = document.child_elements_by_name_ns(signature, names::DSIG, names::node::SIGNED_INFO);
    let [info] = infos.as_slice() else {
        return Err(Refusal::wrapped("A signature has more than one <SignedInfo>."));
    };
    let info = canonical(document, &NodeSet::tree_without_comments(*info, document), &[])?;
    let parsed = super::strict::parse(&info)?;
    let covered = covered(parsed.root_element(), weak)?;
    let whole = NodeSet::tree_without_comments(target, document);
    let rest = whole.subtract(&NodeSet::tree_with_comments(signature, document));
    let xml = canonical(document, &rest, &covered.prefixes)?;
    let digest = aws_lc_rs::digest::digest(covered.with, xml.as_bytes());
    if digest.as_ref() != covered.digest {
        return Err(Refusal::wrapped(
            "The digest of what is read is not the one that is signed.",
        ));
    }
    Ok(Verified { id: covered.id, xml })
}

fn canonical(
    document: &uppsala::Document<'_>,
    nodes: &NodeSet,
    prefixes: &[String],
) -> Result<String, Refusal> {
    let bytes = canonicalize_doc(document, C14nMode::Exclusive, Some(nodes), prefixes)
        .map_err(|why| Refusal::malformed(why.to_string()))?;
    String::from_utf8(bytes).map_err(|_| Refusal::malformed("The document is not UTF-8."))
}
