//! A signed response that was changed, cut or patched together anyhow: it says what was signed, or nothing.

use proptest::prelude::*;

use crate::idp::{Says, Signs, arrives};

/// Pieces of which wrappings are made.
const PIECES: &[&str] = &[
    "<",
    ">",
    "/>",
    "<!---->",
    "<![CDATA[eve@example.com]]>",
    "<?x y?>",
    "&lt;",
    "&#x41;",
    "&x;",
    "<!DOCTYPE x [<!ENTITY x 'eve'>]>",
    " ID=\"_a1\"",
    " ID=\"_r1\"",
    " xmlns:saml=\"urn:other\"",
    " xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"",
    "<saml:NameID>eve@example.com</saml:NameID>",
    "<saml:Assertion ID=\"_a2\"></saml:Assertion>",
    "</saml:Assertion>",
    "<ds:Object xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">",
    "\u{feff}",
    "\r\n",
    "eve@example.com",
];

#[derive(Clone, Debug)]
enum Change {
    Put(prop::sample::Index, u8),
    Cut(prop::sample::Index, usize),
    Insert(prop::sample::Index, &'static str),
    /// A part of it once more, somewhere else.
    Again(prop::sample::Index, usize, prop::sample::Index),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Change::Put(at, byte)),
        (at(), 1..200_usize).prop_map(|(at, long)| Change::Cut(at, long)),
        (at(), prop::sample::select(PIECES)).prop_map(|(at, piece)| Change::Insert(at, piece)),
        (at(), 1..3000_usize, at()).prop_map(|(from, long, to)| Change::Again(from, long, to)),
    ]
}

/// Most changes hit the edge of a tag, where a document still means something.
fn edge(bytes: &[u8], at: prop::sample::Index) -> usize {
    let edges: Vec<usize> = (0..bytes.len())
        .filter(|&at| matches!(bytes[at], b'<' | b' ' | b'"' | b'>'))
        .collect();
    if edges.is_empty() {
        at.index(bytes.len().max(1))
    } else {
        edges[at.index(edges.len())]
    }
}

fn changed(xml: &str, changes: &[Change]) -> String {
    let mut bytes = xml.as_bytes().to_vec();
    for change in changes {
        match change {
            Change::Put(at, byte) if !bytes.is_empty() => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            Change::Put(..) => {}
            Change::Cut(at, long) => {
                let from = edge(&bytes, *at).min(bytes.len());
                let to = (from + long).min(bytes.len());
                bytes.drain(from..to);
            }
            Change::Insert(at, piece) => {
                let at = edge(&bytes, *at).min(bytes.len());
                bytes.splice(at..at, piece.bytes());
            }
            Change::Again(from, long, to) => {
                let from = edge(&bytes, *from).min(bytes.len());
                let part = bytes[from..(from + long).min(bytes.len())].to_vec();
                let to = edge(&bytes, *to).min(bytes.len());
                bytes.splice(to..to, part);
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn a_changed_response_says_what_was_signed_or_nothing(
        changes in prop::collection::vec(change(), 1..4),
        signs in prop::sample::select(&[Signs::Assertion, Signs::Response, Signs::Both][..]),
    ) {
        let whole = Says::default().send(signs);
        let first = arrives(&whole).unwrap();
        if let Ok(came) = arrives(&changed(&whole, &changes)) {
            prop_assert_eq!(came, first);
        }
    }
}
