use aws_lc_rs::{digest, hmac};
use guildhall_wire::oidc::{Expect, Keys, Left, Refusal, SignedIn, accept, left};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::signer::{Signer, encoded, published};

const ISSUER: &str = "https://op.example";
const CLIENT: &str = "us";
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn at(seconds: i64) -> i64 {
    now().as_second() + seconds
}

fn expect<'a>() -> Expect<'a> {
    Expect {
        issuer: ISSUER,
        client_id: CLIENT,
        nonce: "n",
        code: "the-code",
        access_token: Some("the-token"),
        now: now(),
        skew: SignedDuration::from_secs(60),
    }
}

/// The claims of a good ID token, with these changed; null takes one away.
fn claims(change: Value) -> Value {
    let mut all = json!({"iss": ISSUER, "aud": CLIENT, "sub": "s1", "nonce": "n", "iat": at(-5), "exp": at(300), "sid": "there",
        "email": "ada@hall.example", "email_verified": true});
    put(&mut all, change);
    all
}

fn put(all: &mut Value, change: Value) {
    for (name, value) in change.as_object().unwrap() {
        if value.is_null() {
            all.as_object_mut().unwrap().remove(name);
        } else {
            all[name] = value.clone();
        }
    }
}

fn keys(signers: &[&Signer]) -> Keys {
    Keys::read(&published(signers)).unwrap()
}

fn read(token: &str, keys: &Keys) -> Result<SignedIn, Refusal> {
    accept(token, keys, expect())
}

fn half(with: &'static digest::Algorithm, text: &str) -> String {
    let whole = digest::digest(with, text.as_bytes());
    encoded(&whole.as_ref()[..whole.as_ref().len() / 2])
}

#[test]
fn a_token_by_every_algorithm_that_is_accepted_is_read() {
    let (rsa, p256, p384, ed) = (
        Signer::rsa("r"),
        Signer::p256("p"),
        Signer::p384("q"),
        Signer::ed25519("e"),
    );
    let keys = keys(&[&rsa, &p256, &p384, &ed]);
    for (signer, algorithm, hash) in [
        (&rsa, "RS256", &digest::SHA256),
        (&rsa, "RS384", &digest::SHA384),
        (&rsa, "RS512", &digest::SHA512),
        (&rsa, "PS256", &digest::SHA256),
        (&rsa, "PS384", &digest::SHA384),
        (&rsa, "PS512", &digest::SHA512),
        (&p256, "ES256", &digest::SHA256),
        (&p384, "ES384", &digest::SHA384),
        (&ed, "EdDSA", &digest::SHA512),
    ] {
        let said = claims(
            json!({"at_hash": half(hash, "the-token"), "c_hash": half(hash, "the-code"), "auth_time": at(-9)}),
        );
        let came =
            read(&signer.token(algorithm, &said), &keys).unwrap_or_else(|why| panic!("{algorithm}: {why}"));
        assert_eq!(
            (came.subject.as_str(), came.session.as_deref()),
            ("s1", Some("there"))
        );
        assert_eq!(came.authenticated.map(Timestamp::as_second), Some(at(-9)));
        assert_eq!(came.claims.text("email"), Some("ada@hall.example"));
        let other = claims(json!({"at_hash": half(hash, "another")}));
        assert_eq!(
            read(&signer.token(algorithm, &other), &keys).unwrap_err().code,
            "hash"
        );
    }
}

#[test]
fn what_is_not_meant_for_here_and_now_is_refused() {
    let signer = Signer::p256("p");
    let keys = keys(&[&signer]);
    let long = "x".repeat(256);
    for (change, expect) in [
        (json!({}), None),
        (json!({"iss": "https://other.example"}), Some("issuer")),
        (json!({"iss": "https://op.example/"}), Some("issuer")),
        (json!({"iss": null}), Some("issuer")),
        (json!({"aud": "others"}), Some("audience")),
        (json!({"aud": []}), Some("audience")),
        (json!({"aud": null}), Some("audience")),
        (json!({"aud": ["us"]}), None),
        (json!({"aud": ["others", "us"]}), Some("audience")),
        (
            json!({"aud": ["others", "us"], "azp": "others"}),
            Some("audience"),
        ),
        (json!({"aud": ["others", "us"], "azp": "us"}), None),
        (json!({"azp": "others"}), Some("audience")),
        (json!({"azp": "us"}), None),
        (json!({"nonce": "another"}), Some("nonce")),
        (json!({"nonce": null}), Some("nonce")),
        (json!({"nonce": ["n"]}), Some("nonce")),
        // A minute is what clocks may differ.
        (json!({"exp": at(-59)}), None),
        (json!({"exp": at(-60)}), Some("late")),
        (json!({"exp": null}), Some("malformed")),
        (json!({"exp": "tomorrow"}), Some("malformed")),
        (json!({"exp": 1e30}), Some("malformed")),
        (json!({"exp": at(300) as f64 + 0.5}), None),
        (json!({"iat": at(60)}), None),
        (json!({"iat": at(61)}), Some("early")),
        (json!({"iat": null}), Some("malformed")),
        (json!({"nbf": at(60)}), None),
        (json!({"nbf": at(61)}), Some("early")),
        (json!({"sub": null}), Some("subject")),
        (json!({"sub": ""}), Some("subject")),
        (json!({"sub": long}), Some("subject")),
        (json!({"at_hash": "AAAA"}), Some("hash")),
        (json!({"c_hash": "AAAA"}), Some("hash")),
        // A logout token is no ID token.
        (json!({"events": {EVENT: {}}}), Some("malformed")),
    ] {
        let got = read(&signer.token("ES256", &claims(change.clone())), &keys);
        assert_eq!(got.as_ref().err().map(|why| why.code), expect, "{change}");
        if let Err(why) = got {
            assert!(
                why.message.ends_with('.') && why.message.len() > 30,
                "{}",
                why.message
            );
        }
    }
}

#[test]
fn what_the_provider_did_not_sign_is_refused() {
    let (rsa, p256, other) = (Signer::rsa("r"), Signer::p256("p"), Signer::rsa("r"));
    let keys = keys(&[&rsa, &p256]);
    let said = claims(json!({}));
    let unsigned = |header: Value| format!("{}.{}.", encoded(header.to_string()), encoded(said.to_string()));
    // The public key, taken for a shared secret.
    let by_public_key = |secret: &[u8]| {
        let message = format!(
            "{}.{}",
            encoded(json!({"alg": "HS256", "kid": "r"}).to_string()),
            encoded(said.to_string())
        );
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
        format!("{message}.{}", encoded(tag.as_ref()))
    };
    let right = rsa.token("RS256", &said);
    let changed = {
        let parts: Vec<&str> = right.split('.').collect();
        let claims = claims(json!({"email": "eve@hall.example"}));
        format!("{}.{}.{}", parts[0], encoded(claims.to_string()), parts[2])
    };
    let mut bad_end = right.clone();
    bad_end.truncate(right.len() - 8);
    for (token, code) in [
        (unsigned(json!({"alg": "none"})), "unsigned"),
        (unsigned(json!({"alg": "None", "kid": "r"})), "unsigned"),
        (unsigned(json!({})), "unsigned"),
        (unsigned(json!({"alg": "RS256", "kid": "r"})), "signature"),
        (by_public_key(&rsa.modulus()), "weak_algorithm"),
        (by_public_key(rsa.jwk().to_string().as_bytes()), "weak_algorithm"),
        (rsa.signed(json!({"alg": "RS1"}), &said), "weak_algorithm"),
        (other.token("RS256", &said), "signature"),
        (changed, "signature"),
        (bad_end, "signature"),
        // By another algorithm than it says, and by one that is not the key's.
        (rsa.signed(json!({"alg": "ES256"}), &said), "weak_algorithm"),
        (p256.signed(json!({"alg": "RS256"}), &said), "weak_algorithm"),
        (
            p256.signed(json!({"alg": "ES256", "kid": "r"}), &said),
            "weak_algorithm",
        ),
        (Signer::rsa("new").token("RS256", &said), "unknown_key"),
        // A key that the token brings along is nobody's.
        (
            other.signed(json!({"alg": "RS256", "jwk": other.jwk()}), &said),
            "signature",
        ),
        (
            rsa.signed(json!({"alg": "RS256", "crit": ["exp"]}), &said),
            "malformed",
        ),
        (
            rsa.signed(json!({"alg": "RS256", "typ": "logout+jwt"}), &said),
            "malformed",
        ),
        (
            rsa.signed(json!({"alg": "RS256", "typ": "at+jwt"}), &said),
            "malformed",
        ),
        ("a.b.c.d.e".into(), "encrypted"),
        ("a.b".into(), "malformed"),
        (String::new(), "malformed"),
        ("a.b.c".into(), "malformed"),
        (format!("{right}{}", "x".repeat(200_000)), "malformed"),
    ] {
        let why = read(&token, &keys).unwrap_err();
        assert_eq!(why.code, code, "{}: {why}", &token[..token.len().min(60)]);
    }
    assert!(read(&right, &keys).is_ok());
}

#[test]
fn a_key_that_is_too_short_or_made_for_something_else_signs_nothing() {
    let rsa = Signer::rsa("r");
    let token = rsa.token("RS256", &claims(json!({})));
    let mut short = rsa.jwk();
    short["n"] = json!(encoded(&rsa.modulus()[..128]));
    let mut padded = rsa.jwk();
    padded["n"] = json!(encoded([vec![0; 128], rsa.modulus()[..128].to_vec()].concat()));
    let mut pss = rsa.jwk();
    pss["alg"] = json!("PS256");
    for key in [short, padded, pss] {
        let keys = Keys::read(&json!({"keys": [key]}).to_string()).unwrap();
        assert_eq!(read(&token, &keys).unwrap_err().code, "weak_algorithm", "{key}");
    }
}

#[test]
fn a_new_key_counts_once_it_is_published() {
    let (old, new) = (Signer::rsa("old"), Signer::rsa("new"));
    let token = new.token("RS256", &claims(json!({})));
    assert_eq!(read(&token, &keys(&[&old])).unwrap_err().code, "unknown_key");
    assert!(read(&token, &keys(&[&old, &new])).is_ok());
    // Where a token names no key, each that fits is tried.
    let unnamed = new.signed(json!({"alg": "RS256", "kid": null}), &claims(json!({})));
    assert!(read(&unnamed, &keys(&[&old, &new])).is_ok());
    assert_eq!(read(&unnamed, &keys(&[&old])).unwrap_err().code, "signature");
}

fn goodbye(change: Value) -> Value {
    let mut all = json!({"iss": ISSUER, "aud": CLIENT, "sub": "s1", "sid": "there", "jti": "j", "iat": at(-5), "exp": at(120),
        "events": {EVENT: {}}});
    put(&mut all, change);
    all
}

#[test]
fn who_left_is_believed_only_of_a_logout_token() {
    let signer = Signer::rsa("r");
    let keys = keys(&[&signer]);
    let read = |token: &str| -> Result<Left, Refusal> {
        left(
            token,
            &keys,
            (ISSUER, CLIENT),
            (now(), SignedDuration::from_secs(60)),
        )
    };
    let fine =
        read(&signer.signed(json!({"alg": "RS256", "typ": "logout+jwt"}), &goodbye(json!({})))).unwrap();
    assert_eq!(
        (fine.subject.as_deref(), fine.session.as_deref(), fine.id.as_str()),
        (Some("s1"), Some("there"), "j")
    );
    assert_eq!(fine.remember_until.as_second(), at(180));
    for (change, expect) in [
        (json!({}), None),
        (json!({"sid": null}), None),
        (json!({"sub": null}), None),
        (json!({"exp": null}), None),
        (json!({"sub": null, "sid": null}), Some("malformed")),
        (json!({"nonce": "n"}), Some("malformed")),
        (json!({"jti": null}), Some("malformed")),
        (json!({"events": null}), Some("malformed")),
        (json!({"events": {"other": {}}}), Some("malformed")),
        (json!({"events": {EVENT: true}}), Some("malformed")),
        (json!({"iat": null}), Some("malformed")),
        (json!({"iat": at(61)}), Some("early")),
        (json!({"exp": at(-60)}), Some("late")),
        (json!({"exp": null, "iat": at(-660)}), Some("late")),
        (json!({"exp": at(90_000)}), Some("malformed")),
        (json!({"iss": "https://other.example"}), Some("issuer")),
        (json!({"aud": "others"}), Some("audience")),
    ] {
        let got = read(&signer.token("RS256", &goodbye(change.clone())));
        assert_eq!(got.err().map(|why| why.code), expect, "{change}");
    }
    let other = Signer::rsa("r").token("RS256", &goodbye(json!({})));
    assert_eq!(read(&other).unwrap_err().code, "signature");
    let id_token = signer.token("RS256", &claims(json!({})));
    assert_eq!(read(&id_token).unwrap_err().code, "malformed");
}
