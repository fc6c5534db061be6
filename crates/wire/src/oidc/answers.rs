//! What a provider answers in plain JSON, or with an error (RFC 6749 4.1.2.1, 5.1, 5.2; Core 5.3).

use serde::Deserialize;
use serde_json::Value;

use super::keys::shown;
use super::{Claims, Refusal};

/// What a code was worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    pub id_token: String,
    pub access_token: Option<String>,
}

#[derive(Default, Deserialize)]
struct Answer {
    id_token: Option<String>,
    access_token: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// Why a provider sent somebody back without an answer.
pub fn refused_there(error: &str, description: Option<&str>) -> Refusal {
    let advice = match error {
        "access_denied" => {
            "You did not log in there, or may not use this application: try again, or ask an admin to assign it to you there."
        }
        "login_required" | "interaction_required" | "consent_required" | "account_selection_required" => {
            "You were to prove who you are there and did not: begin again at the log-in page."
        }
        "unauthorized_client" | "unsupported_response_type" => {
            "The application there may not use the authorization code flow: an admin allows it at the identity provider."
        }
        "invalid_scope" => {
            "The application there may not ask for openid, email and profile: an admin allows them at the identity provider."
        }
        "invalid_request" => {
            "It does not accept how it was asked: an admin compares the redirect address and the client id with those there."
        }
        "temporarily_unavailable" | "server_error" => "It has trouble of its own: try again in some minutes.",
        _ => "Ask an admin to look at the application at the identity provider.",
    };
    Refusal::new(
        "refused_there",
        format!(
            "{} {advice}",
            said("The identity provider refused", error, description)
        ),
    )
}

fn said(what: &str, error: &str, description: Option<&str>) -> String {
    match description.map(shown).filter(|text| !text.is_empty()) {
        Some(text) => format!("{what} ({}: {text}).", shown(error)),
        None => format!("{what} ({}).", shown(error)),
    }
}

/// What was answered to a code. `fine`: by a status of success.
///
/// # Errors
/// `client`, `code`, `token`: each with what is to be corrected where.
pub fn tokens(text: &str, fine: bool) -> Result<Tokens, Refusal> {
    let answer: Option<Answer> = serde_json::from_str(text).ok();
    let Some(answer) = answer.filter(|answer| fine || answer.error.is_some()) else {
        return Err(Refusal::new(
            "token",
            "The identity provider answered the code with something else than JSON: try again, and look at its own log.",
        ));
    };
    if let Some(error) = &answer.error {
        let (code, advice) = match error.as_str() {
            "invalid_client" => (
                "client",
                "The client id or the client secret is not right, or the secret has ended: an admin gives a new secret under \
                 \"Single sign-on\".",
            ),
            "unauthorized_client" => (
                "client",
                "The application there may not use the authorization code flow, or shows who it is in another way: an admin \
                 compares both.",
            ),
            "invalid_grant" => (
                "code",
                "The log-in was used already, took too long, or its redirect address differs from ours: begin again at the log-in \
                 page.",
            ),
            _ => ("token", "An admin looks at the log of the identity provider."),
        };
        let what = said(
            "The identity provider did not take the code",
            error,
            answer.error_description.as_deref(),
        );
        return Err(Refusal::new(code, format!("{what} {advice}")));
    }
    let id_token = answer.id_token.ok_or_else(|| {
        Refusal::new(
            "token",
            "The identity provider sent no ID token: let the application there use OpenID Connect, with the scope \"openid\".",
        )
    })?;
    Ok(Tokens {
        id_token,
        access_token: answer.access_token,
    })
}

/// What the provider says besides of whoever signed in.
///
/// # Errors
/// `user_info`: it can't be read; `subject`: it is of somebody else (Core 5.3.2).
pub fn user_info(text: &str, subject: &str) -> Result<Claims, Refusal> {
    let Ok(Value::Object(said)) = serde_json::from_str(text) else {
        return Err(Refusal::new(
            "user_info",
            "What the identity provider says besides (userinfo) is no plain JSON: switch signing and encryption of userinfo off there.",
        ));
    };
    let claims = Claims(said);
    if claims.text("sub") != Some(subject) {
        return Err(Refusal::new(
            "subject",
            "What the identity provider says besides (userinfo) is of somebody else than its ID token: begin again at the log-in \
             page, and look at its own log if that does not help.",
        ));
    }
    Ok(claims)
}
