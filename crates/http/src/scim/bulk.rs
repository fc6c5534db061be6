//! Many operations in one request (RFC 7644, section 3.7).

use std::collections::HashMap;

use guildhall_core::connectors::{Outcome, Sent, Session};
use guildhall_wire::scim::BULK_RESPONSE;
use serde_json::{Value, json};

use super::reply::{self, Reply};
use super::{BULK_OPERATIONS, Call, answer as answer_one, sent};
use crate::Site;

/// How a resource is named that an earlier operation makes.
const REFERENCE: &str = "bulkId:";

pub fn is_bulk(call: &Call) -> bool {
    call.method == "POST" && call.path.trim_matches('/').eq_ignore_ascii_case("bulk")
}

fn text(operation: &Value, name: &str) -> Option<String> {
    operation.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// The references in a value.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let named = |rest: &str| rest.chars().take_while(|c| !"/\"]".contains(*c)).collect();
            found.extend(text.split(REFERENCE).skip(1).map(named));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(map) => map.values().for_each(|value| references(value, found)),
        _ => {}
    }
}

/// The same with each reference replaced by the id that it stands for.
fn resolve(value: &mut Value, made: &HashMap<String, String>) {
    match value {
        Value::String(text) => *text = resolved(text, made),
        Value::Array(items) => items.iter_mut().for_each(|item| resolve(item, made)),
        Value::Object(map) => map.values_mut().for_each(|value| resolve(value, made)),
        _ => {}
    }
}

fn resolved(text: &str, made: &HashMap<String, String>) -> String {
    let mut names = Vec::new();
    references(&Value::String(text.to_owned()), &mut names);
    // Longer names first: one may begin as another does.
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names
        .iter()
        .fold(text.to_owned(), |text, name| match made.get(name) {
            Some(id) => text.replace(&format!("{REFERENCE}{name}"), id),
            None => text,
        })
}

struct Step {
    number: usize,
    call: Call,
    bulk_id: Option<String>,
    needs: Vec<String>,
}

fn step(number: usize, operation: &Value, call: &Call) -> Result<Step, Box<Reply>> {
    let method = text(operation, "method").unwrap_or_default().to_ascii_uppercase();
    let path = text(operation, "path").unwrap_or_default();
    let bulk_id = text(operation, "bulkId");
    if !matches!(method.as_str(), "POST" | "PUT" | "PATCH" | "DELETE") {
        return Err(Box::new(reply::syntax(
            "Each operation needs a method: POST, PUT, PATCH or DELETE.",
        )));
    }
    if method == "POST" && bulk_id.as_deref().is_none_or(str::is_empty) {
        return Err(Box::new(reply::syntax(
            "A POST within a bulk needs a \"bulkId\".",
        )));
    }
    let (path, query) = path.split_once('?').unwrap_or((path.as_str(), ""));
    let path = path.trim_matches('/');
    if path.is_empty() || path.to_ascii_lowercase().starts_with("bulk") {
        return Err(Box::new(reply::syntax(
            "Each operation needs a path, such as /Users.",
        )));
    }
    let data = operation.get("data").cloned().unwrap_or(Value::Null);
    let mut needs = Vec::new();
    references(&data, &mut needs);
    references(&Value::String(path.to_owned()), &mut needs);
    needs.retain(|name| Some(name) != bulk_id.as_ref());
    Ok(Step {
        number,
        needs,
        bulk_id,
        call: Call {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            body: data,
            if_match: text(operation, "version"),
            if_none_match: None,
            ..call.clone()
        },
    })
}

fn told(step: &Step, reply: &Reply) -> Value {
    let mut told = json!({ "method": step.call.method, "status": reply.status.to_string() });
    if let Some(id) = &step.bulk_id {
        told["bulkId"] = json!(id);
    }
    let location = match (&reply.location, step.call.method.as_str()) {
        (Some(location), _) => Some(location.clone()),
        (None, "POST") => None,
        (None, _) => Some(format!("{}/{}", step.call.base, step.call.path)),
    };
    if let Some(location) = location {
        told["location"] = json!(location);
    }
    if let Some(version) = &reply.etag {
        told["version"] = json!(version);
    }
    if reply.status >= 400 {
        told["response"] = reply.body.clone().unwrap_or(Value::Null);
    }
    told
}

/// Does the operations in an order in which each finds what it refers to, and ends early after so many failures.
pub async fn answer(
    site: &Site,
    session: &Session,
    call: &Call,
    note: impl Fn(&Call, &Reply, Sent),
) -> Reply {
    let Some(operations) = call.body.get("Operations").and_then(Value::as_array) else {
        return reply::syntax("Send an object with a list of \"Operations\".");
    };
    if operations.len() > BULK_OPERATIONS {
        let detail = format!("Send at most {BULK_OPERATIONS} operations at once.");
        return reply::refused(413, Some("tooMany"), "tooMany", &detail);
    }
    let fail_on = call
        .body
        .get("failOnErrors")
        .and_then(Value::as_u64)
        .filter(|count| *count > 0);
    let mut waiting = Vec::with_capacity(operations.len());
    for (number, operation) in operations.iter().enumerate() {
        match step(number, operation, call) {
            Ok(step) => waiting.push(step),
            Err(reply) => return *reply,
        }
    }
    let mut made: HashMap<String, String> = HashMap::new();
    let mut answers: Vec<(usize, Value)> = Vec::with_capacity(waiting.len());
    let mut failures = 0;
    while !waiting.is_empty() && fail_on.is_none_or(|most| failures < most) {
        let ready = waiting
            .iter()
            .position(|step| step.needs.iter().all(|name| made.contains_key(name)));
        let mut step = waiting.remove(ready.unwrap_or(0));
        let reply = if ready.is_some() {
            resolve(&mut step.call.body, &made);
            step.call.path = resolved(&step.call.path, &made);
            answer_one(site, session, &step.call, false).await
        } else {
            let detail = format!(
                "\"{}\" names nothing that this request makes.",
                step.needs.join(", ")
            );
            reply::refused(409, Some("invalidValue"), "invalidValue", &detail)
        };
        let length = step.call.body.to_string().len();
        let sent = sent(step.call.body.take(), length).await;
        note(&step.call, &reply, sent);
        if reply.status >= 400 {
            failures += 1;
        } else if let (Some(name), Some((_, id))) = (&step.bulk_id, reply.subject) {
            made.insert(name.clone(), id.to_string());
        }
        answers.push((step.number, told(&step, &reply)));
    }
    answers.sort_by_key(|(number, _)| *number);
    let answers: Vec<Value> = answers.into_iter().map(|(_, answer)| answer).collect();
    Reply {
        outcome: Outcome::Changed,
        ..Reply::read(
            json!({ "schemas": [BULK_RESPONSE], "Operations": answers }),
            "Did many operations.",
        )
    }
}
