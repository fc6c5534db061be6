//! What an OpenID provider may say of somebody, and when its word for an address is enough. Pure.

use std::collections::BTreeMap;

use guildhall_wire::oidc::Claims;
use serde_json::Value;

use crate::sso::rules::Came;
use crate::sso::{Protocol, SsoSettings};
use crate::words::words;

/// The claim in which an address comes when nobody says otherwise, and those that say whether it is somebody's own. The second is
/// Entra ID's: the tenant owns the domain.
pub const ADDRESS: &str = "email";
const VERIFIED: [&str; 2] = ["email_verified", "xms_edov"];

/// What a token says of itself and of the log-in, and not of the person.
const OF_THE_TOKEN: [&str; 16] = [
    "iss", "aud", "exp", "iat", "nbf", "nonce", "at_hash", "c_hash", "s_hash", "azp", "jti", "sid", "aio",
    "rh", "uti", "ver",
];

words! {
    /// Providers whose ways are known.
    Preset { Entra = "entra", Okta = "okta", Google = "google", Keycloak = "keycloak" }
}

impl Preset {
    /// How it is used to begin with. Entra ID never says whether an address is verified: there the user principal name is the address,
    /// whose domain the tenant has proven, and which people can't change themselves.
    pub fn settings(self) -> SsoSettings {
        match self {
            Self::Entra => SsoSettings {
                address: Some("preferred_username".into()),
                unverified: true,
                ..SsoSettings::default()
            },
            Self::Okta | Self::Google | Self::Keycloak => SsoSettings::default(),
        }
    }
}

/// What was said of somebody, by name: texts, numbers, yes and no, and lists of them.
pub fn attributes(claims: &Claims) -> BTreeMap<String, Vec<String>> {
    let plain = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    };
    let all = claims
        .0
        .iter()
        .filter(|(name, _)| !OF_THE_TOKEN.contains(&name.as_str()));
    all.filter_map(|(name, value)| {
        let values: Vec<String> = match value {
            Value::Array(all) => all.iter().filter_map(plain).collect(),
            one => plain(one).into_iter().collect(),
        };
        (!values.is_empty()).then(|| (name.clone(), values))
    })
    .collect()
}

/// Whether something is missing that the provider may say when it is asked besides: the address, or what fills the profile.
pub fn lacks(claims: &Claims, settings: &SsoSettings) -> (bool, bool) {
    let address = settings.address.as_deref().unwrap_or(ADDRESS);
    let rest = settings.mapping.values().any(|name| !claims.has(name));
    (!claims.has(address), rest)
}

/// Why the address that came is not taken as the person's own: the provider says it is not, or does not say, and nobody has
/// decided that this is enough.
pub fn doubt(came: &Came, settings: &SsoSettings) -> Option<(&'static str, &'static str)> {
    if came.protocol != Protocol::Oidc {
        return None;
    }
    let of = |name: &str| came.attributes.get(name);
    let chosen = settings.address.as_deref().unwrap_or(ADDRESS);
    let yes = |name: &&str| {
        let first = of(name).and_then(|values| values.first());
        first.map(|said| matches!(said.as_str(), "true" | "1"))
    };
    // It speaks of the claim "email", and of another one as far as that says the same.
    let spoken_of = chosen == ADDRESS || (of(chosen).is_some() && of(chosen) == of(ADDRESS));
    let said = spoken_of.then(|| VERIFIED.iter().find_map(yes)).flatten();
    match said {
        Some(true) => None,
        Some(false) => Some((
            "email_not_verified",
            "The identity provider says that your e-mail address is not verified. Verify it there, or ask an admin to do so; then \
             log in again.",
        )),
        None if settings.unverified => None,
        None => Some((
            "email_not_said",
            "The identity provider does not say whether your e-mail address is verified (\"email_verified\"). An admin lets it say so, \
             or decides under \"Single sign-on\" that its word is enough.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sso::rules::Qualifiers;

    fn claims(value: Value) -> Claims {
        Claims(value.as_object().cloned().unwrap_or_default())
    }

    fn came(value: Value) -> Came {
        Came {
            authenticated: None,
            protocol: Protocol::Oidc,
            name_id: "s1".into(),
            attributes: attributes(&claims(value)),
            qualifiers: Qualifiers::default(),
            session_index: None,
            session_until: None,
            id_token: None,
        }
    }

    #[test]
    fn what_is_said_of_the_person_is_kept_as_text() {
        let said = claims(json!({
            "iss": "x", "aud": "y", "exp": 1, "nonce": "n", "sub": "s1", "name": "Ada", "level": 7, "boss": true,
            "groups": ["a", "b", 3, {"x": 1}], "address": {"street": "x"}, "empty": null, "none": []
        }));
        let names: Vec<_> = attributes(&said).into_iter().collect();
        let expect = [
            ("boss", vec!["true"]),
            ("groups", vec!["a", "b", "3"]),
            ("level", vec!["7"]),
            ("name", vec!["Ada"]),
            ("sub", vec!["s1"]),
        ];
        let expect = expect.map(|(name, all)| {
            (
                name.to_owned(),
                all.into_iter().map(str::to_owned).collect::<Vec<_>>(),
            )
        });
        assert_eq!(names, expect);
    }

    #[test]
    fn an_address_counts_when_it_is_verified_or_an_admin_says_it_does() {
        let plain = SsoSettings::default();
        let lenient = SsoSettings {
            unverified: true,
            ..SsoSettings::default()
        };
        let entra = Preset::Entra.settings();
        let name = SsoSettings {
            address: Some("upn".into()),
            ..SsoSettings::default()
        };
        let (no, unsaid) = (Some("email_not_verified"), Some("email_not_said"));
        for (value, settings, expect) in [
            (
                json!({"email": "a@x.example", "email_verified": true}),
                &plain,
                None,
            ),
            (
                json!({"email": "a@x.example", "email_verified": "true"}),
                &plain,
                None,
            ),
            (
                json!({"email": "a@x.example", "email_verified": false}),
                &plain,
                no,
            ),
            (
                json!({"email": "a@x.example", "email_verified": false}),
                &lenient,
                no,
            ),
            (
                json!({"email": "a@x.example", "email_verified": "maybe"}),
                &lenient,
                no,
            ),
            (json!({"email": "a@x.example"}), &plain, unsaid),
            (json!({"email": "a@x.example"}), &lenient, None),
            (json!({"email": "a@x.example", "xms_edov": 1}), &plain, None),
            (json!({"email": "a@x.example", "xms_edov": false}), &lenient, no),
            (json!({"preferred_username": "a@x.example"}), &entra, None),
            (
                json!({"preferred_username": "a@x.example", "email": "b@x.example", "email_verified": false}),
                &entra,
                None,
            ),
            // It says the same address, and that it is not verified.
            (
                json!({"upn": "a@x.example", "email": "a@x.example", "email_verified": false}),
                &name,
                no,
            ),
            (
                json!({"upn": "a@x.example", "email": "a@x.example", "email_verified": true}),
                &name,
                None,
            ),
            // It is verified, and another than the one that counts.
            (
                json!({"upn": "a@x.example", "email": "b@x.example", "email_verified": true}),
                &name,
                unsaid,
            ),
        ] {
            let got = doubt(&came(value.clone()), settings).map(|(code, _)| code);
            assert_eq!(got, expect, "{value}");
        }
    }

    #[test]
    fn it_is_asked_besides_for_what_is_missing() {
        let mapped = SsoSettings {
            mapping: [(crate::accounts::ProfileField::Title, "title".to_owned())].into(),
            ..SsoSettings::default()
        };
        for (value, settings, expect) in [
            (
                json!({"email": "a@x.example"}),
                &SsoSettings::default(),
                (false, false),
            ),
            (json!({"sub": "x"}), &SsoSettings::default(), (true, false)),
            (json!({"email": "a@x.example"}), &mapped, (false, true)),
            (
                json!({"email": "a@x.example", "title": "Dr"}),
                &mapped,
                (false, false),
            ),
        ] {
            assert_eq!(lacks(&claims(value.clone()), settings), expect, "{value}");
        }
    }
}
