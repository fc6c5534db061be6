use guildhall_wire::saml::{OurKey, open};

use crate::idp::{Says, arrives, encrypted, trust};

const OAEP: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
const GCM: &str = "http://www.w3.org/2009/xmlenc11#aes256-gcm";
const CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";

#[test]
fn an_assertion_that_only_we_can_read_is_read() {
    let says = Says::default();
    let plain = says.assertion("_a1");
    for data in [GCM, CBC] {
        let within = says.response("_r1", &encrypted(&says.signed(&plain, "_a1"), data, OAEP));
        let around = says.signed(&says.response("_r1", &encrypted(&plain, data, OAEP)), "_r1");
        for (name, xml) in [("within", &within), ("around", &around)] {
            let signed_in = arrives(xml).unwrap_or_else(|why| panic!("{name} {data}: {why}"));
            assert_eq!(signed_in.name_id.value, "ada@example.com", "{name} {data}");
        }
        assert!(!within.contains("ada@"));
        for key in [None, Some(OurKey(include_str!("idp.key")))] {
            assert_eq!(open(&within, &trust(), key).unwrap_err().code, "encrypted");
        }
    }
}

#[test]
fn what_is_encrypted_counts_no_more_than_what_is_not() {
    let says = Says {
        name_id: "eve@example.com".into(),
        ..Says::default()
    };
    let plain = says.assertion("_a1");
    let foreign = Says {
        key: include_str!("other.key"),
        ..says.clone()
    };
    let good = Says::default();
    let signed = good.signed(&good.assertion("_a1"), "_a1");
    let evil = says.assertion("_e1");
    let nested = evil.replace("</saml:Assertion>", &format!("{signed}</saml:Assertion>"));
    let table = [
        // Told alike: the answers are no way to find out what stands in it.
        ("encrypted", encrypted(&plain, CBC, OAEP)),
        ("encrypted", encrypted(&foreign.signed(&plain, "_a1"), CBC, OAEP)),
        ("encrypted", encrypted(&nested, CBC, OAEP)),
        ("encrypted", encrypted("no document", CBC, OAEP)),
        ("wrapped", format!("{}{signed}", encrypted(&plain, GCM, OAEP))),
        (
            "weak_algorithm",
            encrypted(&signed, "http://www.w3.org/2001/04/xmlenc#aes128-cbc", OAEP)
                .replace(OAEP, "http://www.w3.org/2001/04/xmlenc#rsa-1_5"),
        ),
        ("malformed", "<saml:EncryptedAssertion/>".to_owned()),
    ];
    let mut said = std::collections::BTreeSet::new();
    for (code, assertion) in table {
        let refused = arrives(&good.response("_r1", &assertion)).expect_err(code);
        assert_eq!(refused.code, code, "{refused}");
        if code == "encrypted" {
            said.insert(refused.message);
        }
    }
    assert_eq!(said.len(), 1, "{said:?}");
    let changed = encrypted(&signed, CBC, OAEP);
    let at = changed.rfind("CipherValue>").unwrap() - 40;
    let other = if &changed[at..=at] == "A" { "B" } else { "A" };
    let changed = format!("{}{other}{}", &changed[..at], &changed[at + 1..]);
    let refused = arrives(&good.response("_r1", &changed)).unwrap_err();
    assert!(said.contains(&refused.message), "{refused}");
}
