//! Any text as a message of single log-out, by form and by address. Nobody is trusted, so nothing is ever read.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_wire::saml::{Trust, logout};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| {
    let trust = Trust::default();
    assert!(logout::posted(&STANDARD.encode(data), &trust).is_err());
    assert!(logout::posted(data, &trust).is_err());
    assert!(logout::redirected(data, &trust).is_err());
});
