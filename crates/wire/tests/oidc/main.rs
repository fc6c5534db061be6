//! What is believed of an OpenID provider, and what is not, with tokens that are really signed.

mod discovery;
mod signer;
mod tokens;
