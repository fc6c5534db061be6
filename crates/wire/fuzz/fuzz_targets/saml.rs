//! Any text as a response of SAML: `cargo +nightly fuzz run saml corpus ../tests/saml/signed`, and so each of the others.
//! Whatever is made of the responses that are really signed there says what was signed, or nothing.
#![no_main]

use std::sync::LazyLock;

use guildhall_wire::saml::{Certificate, Trust, open};
use libfuzzer_sys::fuzz_target;

static TRUST: LazyLock<Trust> = LazyLock::new(|| {
    let certificate = Certificate::read(include_bytes!("../../tests/saml/idp.pem")).unwrap();
    Trust::new(vec![certificate.der], true).unwrap()
});

fuzz_target!(|data: &str| {
    if let Ok(came) = open(data, &TRUST, None) {
        let name = came.assertion.name_id.map(|name| name.value).unwrap_or_default();
        assert_eq!(name, "ada@example.com");
    }
    let _ = guildhall_wire::saml::peek(data, false);
});
