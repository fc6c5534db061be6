//! The company's directory decides who is here.

pub mod ldap;
