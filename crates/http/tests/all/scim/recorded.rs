//! What identity providers send, one request after the other, as their public documentation tells it.

use std::collections::BTreeMap;

use super::*;

const RECORDED: [(&str, &str); 4] = [
    ("Entra ID", include_str!("recorded/entra_id.json")),
    ("Okta", include_str!("recorded/okta.json")),
    ("OneLogin", include_str!("recorded/onelogin.json")),
    ("Google", include_str!("recorded/google.json")),
];

/// The text with the ids in it that earlier answers gave.
fn filled(text: &str, kept: &BTreeMap<String, String>) -> String {
    let fill = |text: String, (name, value): (&String, &String)| text.replace(&format!("{{{name}}}"), value);
    kept.iter().fold(text.to_owned(), fill)
}

/// A path whose query is encoded as a client encodes it.
fn sent(path: &str) -> String {
    let Some((path, query)) = path.split_once('?') else {
        return path.to_owned();
    };
    let parts = query.split('&').map(|part| match part.split_once('=') {
        Some((name, value)) => format!("{name}={}", encoded(value)),
        None => part.to_owned(),
    });
    format!("{path}?{}", parts.collect::<Vec<_>>().join("&"))
}

async fn replay(client: &Client<'_>, who: &str, recorded: &Value) {
    let mut kept = BTreeMap::new();
    for (number, step) in recorded["steps"].as_array().unwrap().iter().enumerate() {
        let ask = filled(step["ask"].as_str().unwrap(), &kept);
        let (method, path) = ask.split_once(' ').unwrap();
        let body: Value = serde_json::from_str(&filled(&step["body"].to_string(), &kept)).unwrap();
        let answer = client.ask(method, &sent(path), body).await;
        let told = format!(
            "{who}, step {}, {ask}: {} {}",
            number + 1,
            answer.status,
            answer.body
        );
        let fine = match &step["status"] {
            Value::Array(several) => several.contains(&json!(answer.status)),
            one => *one == json!(answer.status),
        };
        assert!(fine, "{told}");
        for (pointer, expect) in step["is"].as_object().into_iter().flatten() {
            let expect: Value = serde_json::from_str(&filled(&expect.to_string(), &kept)).unwrap();
            let value = answer.body.pointer(pointer).cloned().unwrap_or_default();
            assert_eq!(value, expect, "{pointer}: {told}");
        }
        for (name, pointer) in step["keep"].as_object().into_iter().flatten() {
            let value = answer.body.pointer(pointer.as_str().unwrap());
            kept.insert(
                name.clone(),
                value.and_then(Value::as_str).expect(&told).to_owned(),
            );
        }
    }
}

#[tokio::test]
async fn what_identity_providers_send_is_understood() {
    on_both(async |server| {
        let (_, actor) = admin(server).await;
        for (who, text) in RECORDED {
            let recorded: Value = serde_json::from_str(text).unwrap();
            let (client, _) = connected(server, &actor, Settings::default()).await;
            replay(&client, who, &recorded).await;
        }
    })
    .await;
}
