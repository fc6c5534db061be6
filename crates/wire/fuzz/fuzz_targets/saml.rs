//! Any text as a response of SAML, and as metadata: `cargo +nightly fuzz run saml`. Nobody is ever signed in by chance.
#![no_main]

use guildhall_wire::saml::{Trust, metadata, open};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| {
    assert!(open(data, &Trust::default(), None).is_err());
    let _ = metadata::read(data, None);
});
