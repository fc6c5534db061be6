//! Any text as what an OpenID provider says: discovery, keys, tokens, claims.
#![no_main]

use guildhall_wire::oidc::{Discovery, Keys, issuer, tokens, user_info};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| {
    let _ = issuer(data);
    let _ = Discovery::read(data, "https://op.example");
    let _ = Keys::read(data);
    let _ = tokens(data, true);
    let _ = user_info(data, "ada");
});
