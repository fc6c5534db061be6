//! What a response seems to say, whether it is to be believed or not: for whoever looks why it was refused. Nothing is decided
//! by it.

use std::collections::BTreeMap;

use roxmltree::{Document, Node};

use super::ns;
use super::strict::{children, is, parse};

/// The most characters of a value, values of an attribute, and attributes.
const SHORT: usize = 200;
const VALUES: usize = 10;
const ATTRIBUTES: usize = 60;

/// What stood in a response: texts that are cut, and neither signatures nor keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Peek {
    /// The assertion's signature was right: else anybody may have written what follows.
    pub verified: bool,
    pub issuer: Option<String>,
    pub status: Vec<String>,
    pub destination: Option<String>,
    pub recipient: Option<String>,
    pub audience: Vec<String>,
    pub in_response_to: Option<String>,
    pub issued: Option<String>,
    pub not_before: Option<String>,
    pub not_on_or_after: Option<String>,
    /// The ways in which something is signed or encrypted.
    pub algorithms: Vec<String>,
    pub encrypted: bool,
    pub name_id: Option<String>,
    pub attributes: BTreeMap<String, Vec<String>>,
}

fn cut(text: &str) -> String {
    let plain = text.trim().chars().filter(|c| !c.is_control());
    plain.take(SHORT).collect()
}

fn within<'a, 'input>(node: Node<'a, 'input>, namespace: &str, name: &str) -> Option<Node<'a, 'input>> {
    children(node).find(|child| is(*child, namespace, name))
}

fn words(node: Node<'_, '_>) -> String {
    let all: String = node.children().filter_map(|child| child.text()).collect();
    cut(&all)
}

/// Looks into a response; nothing, if it is not even a document that is read at all.
pub fn peek(xml: &str, verified: bool) -> Option<Peek> {
    let document = parse(xml).ok()?;
    let root = document.root_element();
    if !is(root, ns::PROTOCOL, "Response") {
        return None;
    }
    let mut seen = Peek {
        verified,
        destination: root.attribute("Destination").map(cut),
        in_response_to: root.attribute("InResponseTo").map(cut),
        issued: root.attribute("IssueInstant").map(cut),
        issuer: within(root, ns::ASSERTION, "Issuer").map(words),
        encrypted: within(root, ns::ASSERTION, "EncryptedAssertion").is_some(),
        status: status(root),
        algorithms: algorithms(&document),
        ..Peek::default()
    };
    if let Some(assertion) = within(root, ns::ASSERTION, "Assertion") {
        seen.look_at(assertion);
    }
    Some(seen)
}

fn status(root: Node<'_, '_>) -> Vec<String> {
    let mut found = Vec::new();
    let mut at =
        within(root, ns::PROTOCOL, "Status").and_then(|node| within(node, ns::PROTOCOL, "StatusCode"));
    while let Some(code) = at.filter(|_| found.len() < VALUES) {
        let value = code.attribute("Value").unwrap_or_default();
        found.push(cut(value.rsplit(':').next().unwrap_or_default()));
        at = within(code, ns::PROTOCOL, "StatusCode");
    }
    found
}

fn algorithms(document: &Document<'_>) -> Vec<String> {
    let names = ["SignatureMethod", "DigestMethod", "EncryptionMethod"];
    let methods = document
        .descendants()
        .filter(|node| node.is_element() && names.contains(&node.tag_name().name()));
    let mut found: Vec<String> = methods
        .filter_map(|node| node.attribute("Algorithm"))
        .map(cut)
        .collect();
    found.sort();
    found.dedup();
    found.truncate(VALUES);
    found
}

impl Peek {
    fn look_at(&mut self, assertion: Node<'_, '_>) {
        self.issuer = within(assertion, ns::ASSERTION, "Issuer")
            .map(words)
            .or(self.issuer.take());
        self.issued = assertion
            .attribute("IssueInstant")
            .map(cut)
            .or(self.issued.take());
        if let Some(subject) = within(assertion, ns::ASSERTION, "Subject") {
            self.name_id = within(subject, ns::ASSERTION, "NameID").map(words);
            let data = within(subject, ns::ASSERTION, "SubjectConfirmation")
                .and_then(|node| within(node, ns::ASSERTION, "SubjectConfirmationData"));
            self.recipient = data.and_then(|data| data.attribute("Recipient")).map(cut);
        }
        if let Some(conditions) = within(assertion, ns::ASSERTION, "Conditions") {
            self.not_before = conditions.attribute("NotBefore").map(cut);
            self.not_on_or_after = conditions.attribute("NotOnOrAfter").map(cut);
            let audiences = conditions
                .descendants()
                .filter(|node| is(*node, ns::ASSERTION, "Audience"));
            self.audience = audiences.take(VALUES).map(words).collect();
        }
        let given = children(assertion)
            .filter(|child| is(*child, ns::ASSERTION, "AttributeStatement"))
            .flat_map(children)
            .filter(|child| is(*child, ns::ASSERTION, "Attribute"));
        for attribute in given.take(ATTRIBUTES) {
            let values = children(attribute).filter(|child| is(*child, ns::ASSERTION, "AttributeValue"));
            let name = cut(attribute.attribute("Name").unwrap_or_default());
            let kept = self.attributes.entry(name).or_default();
            kept.extend(values.take(VALUES).map(words));
            kept.truncate(VALUES);
        }
    }
}
