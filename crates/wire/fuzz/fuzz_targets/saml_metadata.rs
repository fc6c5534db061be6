//! Any text as metadata of an identity provider.
#![no_main]

use guildhall_wire::saml::metadata;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| {
    if let Ok(provider) = metadata::read(data, None) {
        assert!(!provider.entity_id.is_empty() && !provider.certificates.is_empty());
    }
});
