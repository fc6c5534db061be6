//! What may stand in a document at all, whoever signed it.

use std::collections::HashSet;

use memchr::memmem;
use roxmltree::{Document, Node, ParsingOptions};

use super::Refusal;

/// The largest document that is read, in bytes. A response with a certificate, its chain and some hundred groups of a
/// person takes a tenth of it.
pub(super) const LARGEST: usize = 512 * 1024;
const NODES: u32 = 20_000;
const DEPTH: usize = 24;

/// The names of attributes by which the parts of a document are found for their signatures.
const IDS: &[&str] = &["ID", "Id", "id", "AssertionID"];

/// Parses a document and looks whether it keeps within what is read: no document type, entities, comments, processing
/// instructions or CDATA, no name given twice, and neither large nor deep.
pub(super) fn parse(xml: &str) -> Result<Document<'_>, Refusal> {
    if xml.len() > LARGEST {
        return Err(Refusal::malformed(format!(
            "The document is larger than {} kB.",
            LARGEST / 1024
        )));
    }
    // In a document without comments and CDATA a "<!" can only begin one of these, or a document type.
    if memmem::find(xml.as_bytes(), b"<!").is_some() {
        return Err(Refusal::malformed(
            "The document has a document type, a comment or CDATA, which could hide what is signed.",
        ));
    }
    let begins = xml.trim_start_matches('\u{feff}');
    let body = match begins.strip_prefix("<?xml") {
        Some(rest) => rest.split_once("?>").map_or("", |(_, body)| body),
        None => begins,
    };
    if memmem::find(body.as_bytes(), b"<?").is_some() {
        return Err(Refusal::malformed("The document has a processing instruction."));
    }
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: NODES,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(xml, options)
        .map_err(|why| Refusal::malformed(format!("The document is not XML: {why}.")))?;
    look(&document)?;
    Ok(document)
}

fn look(document: &Document<'_>) -> Result<(), Refusal> {
    let mut ids = HashSet::new();
    for node in document.root().descendants().filter(Node::is_element) {
        if node.ancestors().nth(DEPTH).is_some() {
            return Err(Refusal::malformed("The document is nested too deeply."));
        }
        for attribute in node.attributes() {
            let names = attribute.namespace().is_none() && IDS.contains(&attribute.name());
            if names && !ids.insert(attribute.value()) {
                return Err(Refusal::wrapped(format!(
                    "Two elements have the id \"{}\".",
                    attribute.value()
                )));
            }
        }
    }
    Ok(())
}

/// The child elements.
pub(super) fn children<'a, 'input>(node: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(Node::is_element)
}

/// Whether the element has this name in this namespace.
pub(super) fn is(node: Node<'_, '_>, namespace: &str, name: &str) -> bool {
    node.tag_name().namespace() == Some(namespace) && node.tag_name().name() == name
}

/// The one child of that name, if there is one.
///
/// # Errors
/// There are several.
pub(super) fn only<'a, 'input>(
    node: Node<'a, 'input>,
    namespace: &str,
    name: &str,
) -> Result<Option<Node<'a, 'input>>, Refusal> {
    let mut found = children(node).filter(|child| is(*child, namespace, name));
    let first = found.next();
    if found.next().is_some() {
        return Err(Refusal::wrapped(format!(
            "<{}> has more than one <{name}>.",
            node.tag_name().name()
        )));
    }
    Ok(first)
}

/// The text of an element that holds nothing else, without white space around it.
pub(super) fn text(node: Node<'_, '_>) -> Result<String, Refusal> {
    if children(node).next().is_some() {
        return Err(Refusal::malformed(format!(
            "<{}> holds elements where a text is due.",
            node.tag_name().name()
        )));
    }
    let texts: String = node.children().filter_map(|child| child.text()).collect();
    Ok(texts.trim().to_owned())
}

/// An attribute that must be there.
pub(super) fn attribute(node: Node<'_, '_>, name: &str) -> Result<String, Refusal> {
    node.attribute(name)
        .map(str::to_owned)
        .ok_or_else(|| Refusal::malformed(format!("<{}> has no attribute {name}.", node.tag_name().name())))
}

/// A point in time (Core 1.3.3: UTC).
pub(super) fn time(text: &str) -> Result<jiff::Timestamp, Refusal> {
    text.trim()
        .parse()
        .map_err(|_| Refusal::malformed(format!("\"{text}\" is no point in time.")))
}

/// The time of an attribute, if it is there.
pub(super) fn time_of(node: Node<'_, '_>, name: &str) -> Result<Option<jiff::Timestamp>, Refusal> {
    node.attribute(name).map(time).transpose()
}
