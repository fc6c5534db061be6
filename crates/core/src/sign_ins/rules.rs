//! Why somebody was refused who typed a name and a password, in words for those who may know. Pure.

use crate::accounts::AccountState as State;

/// The most characters of a reason.
pub const LONGEST_REASON: usize = 500;
/// The most of what was typed that is kept.
const MOST: usize = 100;

/// What is kept in place of what is no name.
pub const NO_NAME: &str = "(not a name)";

/// What was typed, at a length that is worth keeping. A password that was typed into the wrong field is not kept: what
/// holds no letter, digit and mark of a name, or spaces, is masked.
pub fn typed(text: &str) -> String {
    let name = |c: char| c.is_alphanumeric() || matches!(c, '@' | '.' | '-' | '_' | '+' | '\'' | '/');
    let text = text.trim();
    if text.chars().all(name) {
        return text.chars().take(MOST).collect();
    }
    NO_NAME.to_owned()
}

/// What was wrong with a log-in by password: the code, and what to do. The person is told neither.
pub fn why(state: Option<State>, has_password: bool) -> (&'static str, &'static str) {
    match (state, has_password) {
        (None, _) => (
            "unknown",
            "Nobody here has this name. Look whether the address, employee ID or user name is right.",
        ),
        (Some(State::Uninvited), _) => (
            "not_invited",
            "The account is prepared and not invited yet: invite the person.",
        ),
        (Some(State::Invited), _) => (
            "not_claimed",
            "The account is invited and not claimed yet: send a reminder, or give an access code.",
        ),
        (Some(State::Deactivated), _) => (
            "deactivated",
            "The account is deactivated: reactivate it, if the person still belongs here.",
        ),
        (Some(State::Claimed), false) => (
            "no_password",
            "The person has no password: they log in by single sign-on, or choose one with \"Forgotten password\".",
        ),
        (Some(State::Claimed), true) => (
            "wrong_password",
            "The password was not right: the person can choose a new one with \"Forgotten password\".",
        ),
    }
}

/// What admins can do about a refusal of which the person was told `said`.
pub fn for_admins<'a>(code: &str, said: &'a str) -> &'a str {
    match code {
        "unknown" => {
            "The identity provider knows them, and nobody here has this address: add and invite the person, or let accounts be made."
        }
        "not_invited" => why(Some(State::Uninvited), false).1,
        "deactivated" => why(Some(State::Deactivated), false).1,
        "use_password" => "Their log-in method is password: set it to SSO or both on their page.",
        "use_sso" => {
            "Their log-in method is SSO: they log in by the identity provider, or you set it to password or both on their page."
        }
        "domain_not_verified" => {
            "The address is of a domain that is not verified for this workplace: verify it under Domains, if it is yours."
        }
        "domain_not_served" => {
            "The identity provider does not answer for the domain of the address: choose it under \"Single sign-on\", step 3."
        }
        "no_address" => {
            "Nothing that came is an e-mail address: let the provider send it as the name id, or choose the attribute or claim that holds it."
        }
        "email_not_verified" => {
            "The identity provider says that their e-mail address is not verified: verify it there, on their account."
        }
        "email_not_said" => {
            "The identity provider does not say whether their e-mail address is verified: let it send \"email_verified\", or decide under \"Single sign-on\", step 5, that its word is enough."
        }
        _ => said,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_says_what_to_do() {
        for (state, has_password, expect) in [
            (None, false, "unknown"),
            (Some(State::Uninvited), false, "not_invited"),
            (Some(State::Invited), false, "not_claimed"),
            (Some(State::Deactivated), true, "deactivated"),
            (Some(State::Claimed), false, "no_password"),
            (Some(State::Claimed), true, "wrong_password"),
        ] {
            let (code, said) = why(state, has_password);
            assert_eq!(code, expect);
            assert!(said.contains(':') || said.contains(". "), "{said}");
        }
    }

    #[test]
    fn what_was_typed_is_kept_as_far_as_it_is_a_name() {
        for (text, expect) in [
            (" ada@example.com ", "ada@example.com"),
            ("E-7001", "E-7001"),
            ("żółw", "żółw"),
            ("correct horse battery", "(not a name)"),
            ("p4$$word!", "(not a name)"),
            ("", ""),
        ] {
            assert_eq!(typed(text), expect, "{text:?}");
        }
        assert_eq!(typed(&"x".repeat(500)).len(), 100);
    }
}
