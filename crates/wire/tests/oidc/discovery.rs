use guildhall_wire::oidc::request::{Request, challenge, leave};
use guildhall_wire::oidc::{Discovery, Keys, issuer, refused_there, tokens, user_info, well_known};
use serde_json::{Value, json};

const ISSUER: &str = "https://op.example/realms/staff";

fn document(change: Value) -> String {
    let mut all = json!({
        "issuer": ISSUER, "authorization_endpoint": "https://op.example/auth?kind=a", "token_endpoint": "https://op.example/token",
        "userinfo_endpoint": "https://op.example/me", "jwks_uri": "https://op.example/keys",
        "end_session_endpoint": "https://op.example/end", "response_types_supported": ["code", "id_token"],
        "code_challenge_methods_supported": ["plain", "S256"], "id_token_signing_alg_values_supported": ["RS256", "HS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "authorization_response_iss_parameter_supported": true, "backchannel_logout_supported": true, "scopes_supported": ["openid"]
    });
    for (name, value) in change.as_object().unwrap() {
        all[name] = value.clone();
    }
    all.to_string()
}

#[test]
fn an_issuer_says_where_it_is_and_what_it_can_do() {
    let read = Discovery::read(&document(json!({})), ISSUER).unwrap();
    assert_eq!(
        (
            read.authorization.as_str(),
            read.token.as_str(),
            read.keys.as_str()
        ),
        (
            "https://op.example/auth?kind=a",
            "https://op.example/token",
            "https://op.example/keys"
        )
    );
    assert_eq!(read.authentication, ["client_secret_post"]);
    assert!(read.names_issuer && read.tells_who_left);
    // Entra ID does not list what it knows of PKCE.
    let plain = json!({"code_challenge_methods_supported": null, "userinfo_endpoint": null, "end_session_endpoint": null,
        "token_endpoint_auth_methods_supported": null, "authorization_response_iss_parameter_supported": false});
    let read = Discovery::read(&document(plain), ISSUER).unwrap();
    assert_eq!(
        (read.user_info, read.end_session, read.names_issuer),
        (None, None, false)
    );
    // With a slash or without is the provider's to say.
    let slash = json!({"issuer": format!("{ISSUER}/")});
    assert_eq!(
        Discovery::read(&document(slash), ISSUER).unwrap().issuer,
        format!("{ISSUER}/")
    );
}

#[test]
fn what_is_wrong_with_a_provider_is_said() {
    for (change, code, said) in [
        (
            json!({"issuer": "https://other.example"}),
            "issuer_differs",
            "https://other.example",
        ),
        (
            json!({"issuer": "https://login.example/{tenantid}/v2.0"}),
            "issuer_differs",
            "your own tenant",
        ),
        (json!({"issuer": null}), "issuer_differs", "issuer"),
        (
            json!({"response_types_supported": ["id_token"]}),
            "no_code_flow",
            "authorization code flow",
        ),
        (
            json!({"grant_types_supported": ["implicit"]}),
            "no_code_flow",
            "authorization code flow",
        ),
        (
            json!({"code_challenge_methods_supported": ["plain"]}),
            "no_pkce",
            "S256",
        ),
        (
            json!({"id_token_signing_alg_values_supported": ["HS256", "none"]}),
            "weak_algorithm",
            "RS256",
        ),
        (
            json!({"token_endpoint": "http://op.example/token"}),
            "discovery",
            "token_endpoint",
        ),
        (json!({"jwks_uri": null}), "discovery", "jwks_uri"),
        (
            json!({"authorization_endpoint": "javascript:alert(1)"}),
            "discovery",
            "authorization_endpoint",
        ),
    ] {
        let why = Discovery::read(&document(change.clone()), ISSUER).unwrap_err();
        assert_eq!(why.code, code, "{change}");
        assert!(why.message.contains(said), "{change}: {}", why.message);
    }
    assert_eq!(Discovery::read("<html>", ISSUER).unwrap_err().code, "discovery");
}

#[test]
fn an_issuer_is_an_address_by_https() {
    for (given, expect) in [
        (" https://op.example ", Some("https://op.example")),
        (
            "https://op.example/realms/staff/.well-known/openid-configuration",
            Some(ISSUER),
        ),
        ("https://op.example/", Some("https://op.example/")),
        ("http://op.example", None),
        ("op.example", None),
        ("https://op.example/?a=b", None),
        ("https://op.example/#a", None),
        ("https://me@op.example", None),
        ("https://login.microsoftonline.com/{tenant}/v2.0", None),
        ("", None),
    ] {
        assert_eq!(issuer(given).ok().as_deref(), expect, "{given}");
    }
    for issuer in ["https://op.example", "https://op.example/"] {
        assert_eq!(
            well_known(issuer),
            "https://op.example/.well-known/openid-configuration"
        );
    }
}

#[test]
fn a_question_carries_what_its_answer_is_held_against() {
    let asked = Request {
        at: "https://op.example/auth?kind=a",
        client_id: "us",
        redirect: "https://hall.example/cb",
        state: "s",
        nonce: "n",
        verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        hint: Some("ada@hall.example"),
        fresh: Some(600),
    };
    let url = url::Url::parse(&asked.address().unwrap()).unwrap();
    let said = |name: &str| {
        let found: Vec<String> = url
            .query_pairs()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .collect();
        found.join(",")
    };
    // The example of RFC 7636, appendix B.
    assert_eq!(
        said("code_challenge"),
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    );
    assert_eq!(challenge(asked.verifier), said("code_challenge"));
    for (name, expect) in [
        ("kind", "a"),
        ("response_type", "code"),
        ("client_id", "us"),
        ("redirect_uri", "https://hall.example/cb"),
        ("scope", "openid email profile"),
        ("state", "s"),
        ("nonce", "n"),
        ("code_challenge_method", "S256"),
        ("login_hint", "ada@hall.example"),
        ("prompt", "login"),
        ("max_age", "600"),
        ("response_mode", "query"),
    ] {
        assert_eq!(said(name), expect, "{name}");
    }
    let plain = Request {
        hint: None,
        fresh: None,
        ..asked
    };
    assert!(!plain.address().unwrap().contains("prompt"));
    let out = leave(
        "https://op.example/end",
        "us",
        Some("a.b.c"),
        "https://hall.example/login",
    )
    .unwrap();
    assert!(
        out.contains("client_id=us")
            && out.contains("id_token_hint=a.b.c")
            && out.contains("hall.example%2Flogin"),
        "{out}"
    );
}

#[test]
fn what_a_provider_answers_says_where_to_look() {
    let fine = tokens(
        r#"{"id_token": "a.b.c", "access_token": "t", "token_type": "Bearer"}"#,
        true,
    )
    .unwrap();
    assert_eq!(
        (fine.id_token.as_str(), fine.access_token.as_deref()),
        ("a.b.c", Some("t"))
    );
    for (text, fine, code, said) in [
        (r#"{"error": "invalid_client"}"#, false, "client", "client secret"),
        (
            r#"{"error": "invalid_grant", "error_description": "grant request is invalid"}"#,
            false,
            "code",
            "grant request is invalid",
        ),
        (
            r#"{"error": "unauthorized_client"}"#,
            false,
            "client",
            "authorization code flow",
        ),
        (r#"{"error": "odd"}"#, true, "token", "odd"),
        (r#"{"access_token": "t"}"#, true, "token", "openid"),
        (r#"{"id_token": "a.b.c"}"#, false, "token", "JSON"),
        ("<html>", true, "token", "JSON"),
    ] {
        let why = tokens(text, fine).unwrap_err();
        assert_eq!(why.code, code, "{text}");
        assert!(why.message.contains(said), "{text}: {}", why.message);
    }
    for (error, said) in [
        ("access_denied", "assign"),
        ("login_required", "prove"),
        ("unauthorized_client", "code flow"),
        ("invalid_scope", "openid, email and profile"),
        ("server_error", "trouble of its own"),
        ("AADSTS50105", "Ask an admin"),
    ] {
        let why = refused_there(error, Some("because\u{7}"));
        assert!(
            why.message.contains(said) && why.message.contains(&format!("({error}: because)")),
            "{}",
            why.message
        );
    }
    let more = user_info(r#"{"sub": "s1", "email": "a@x.example"}"#, "s1").unwrap();
    assert_eq!(more.text("email"), Some("a@x.example"));
    assert_eq!(user_info(r#"{"sub": "s2"}"#, "s1").unwrap_err().code, "subject");
    assert_eq!(
        user_info(r#"{"email": "a@x.example"}"#, "s1").unwrap_err().code,
        "subject"
    );
    assert_eq!(user_info("a.b.c", "s1").unwrap_err().code, "user_info");
}

#[test]
fn keys_for_something_else_are_passed_over() {
    for (text, fine) in [
        (
            r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}, {"kty": "new"}]}"#,
            true,
        ),
        (
            r#"{"keys": [{"kty": "oct", "kid": "a", "k": "c2VjcmV0"}]}"#,
            false,
        ),
        (
            r#"{"keys": [{"kty": "OKP", "use": "enc", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
            false,
        ),
        (
            r#"{"keys": [{"kty": "OKP", "key_ops": ["sign"], "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
            false,
        ),
        (r#"{"keys": []}"#, false),
        (r#"{"key": 1}"#, false),
        ("no", false),
    ] {
        let read = Keys::read(text);
        assert_eq!(read.is_ok(), fine, "{text}");
        if let Err(why) = read {
            assert_eq!(why.code, "keys");
        }
    }
}
