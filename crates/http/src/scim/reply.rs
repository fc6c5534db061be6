//! Answers, and the exact bodies of errors (RFC 7644, section 3.12).

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use guildhall_core::Error;
use guildhall_core::connectors::Outcome;
use guildhall_core::scim::{Done, Trouble};
use guildhall_wire::scim::{ERROR, MEDIA_TYPE};
use serde_json::{Value, json};

use super::Version;

/// When whom the brake holds is worth another try.
const HELD_SECONDS: u64 = 900;

/// An answer, and what the log says of it.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub body: Option<Value>,
    pub etag: Option<String>,
    pub location: Option<String>,
    pub retry_after: Option<u64>,
    pub outcome: Outcome,
    pub summary: String,
    /// `scimType`, or a word of ours.
    pub reason: Option<String>,
    pub notes: Vec<String>,
    pub subject: Option<(&'static str, uuid::Uuid)>,
}

impl Reply {
    /// An answer to a question.
    pub fn read(body: Value, summary: impl Into<String>) -> Self {
        Self {
            status: 200,
            body: Some(body),
            etag: None,
            location: None,
            retry_after: None,
            outcome: Outcome::Read,
            summary: summary.into(),
            reason: None,
            notes: Vec::new(),
            subject: None,
        }
    }

    /// What was done, with the resource if there is one.
    pub fn done(status: u16, kind: &'static str, done: Done) -> Self {
        let location = done
            .resource
            .get("meta")
            .and_then(|meta| meta.get("location"))
            .and_then(Value::as_str);
        Self {
            status,
            location: location.map(str::to_owned),
            etag: Some(done.version).filter(|version| !version.is_empty()),
            outcome: if done.changed {
                Outcome::Changed
            } else {
                Outcome::Unchanged
            },
            notes: done.notes,
            subject: done.id.map(|id| (kind, id)),
            body: (status != 204).then_some(Value::Object(done.resource)),
            ..Self::read(Value::Null, done.summary)
        }
    }

    pub fn into_response(self, version: Version) -> Response {
        let kind = match version {
            Version::V1 => "application/json",
            Version::V2 => MEDIA_TYPE,
        };
        let body = match &self.body {
            Some(value) if version == Version::V1 && self.status >= 400 => {
                Body::from(in_v1(value).to_string())
            }
            Some(value) => Body::from(value.to_string()),
            None => Body::empty(),
        };
        let mut response = Response::new(body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        if self.status == 401 {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"SCIM\""),
            );
        }
        for (name, value) in [
            (header::ETAG, self.etag),
            (header::LOCATION, self.location),
            (
                header::RETRY_AFTER,
                self.retry_after.map(|seconds| seconds.to_string()),
            ),
        ] {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
                headers.insert(name, value);
            }
        }
        response
    }
}

/// An error as 1.1 told it.
fn in_v1(error: &Value) -> Value {
    json!({ "Errors": [{ "description": error["detail"], "code": error["status"] }] })
}

/// A refusal: `kind` is the `scimType`, `reason` what the log calls it.
pub fn refused(status: u16, kind: Option<&str>, reason: &str, detail: &str) -> Reply {
    let mut body = json!({ "schemas": [ERROR], "status": status.to_string(), "detail": detail });
    if let Some(kind) = kind {
        body["scimType"] = kind.into();
    }
    Reply {
        status,
        outcome: Outcome::Refused,
        reason: Some(reason.to_owned()),
        ..Reply::read(body, detail)
    }
}

pub fn syntax(detail: &str) -> Reply {
    refused(400, Some("invalidSyntax"), "invalidSyntax", detail)
}

pub fn stranger() -> Reply {
    refused(
        401,
        None,
        "token_over",
        "This token opens nothing here. Make one under Connectors, and send it as \"Authorization: Bearer ghp_…\".",
    )
}

pub fn too_fast(seconds: u64) -> Reply {
    Reply {
        retry_after: Some(seconds),
        ..refused(
            429,
            None,
            "rate",
            "Too many requests in one second: wait a moment.",
        )
    }
}

pub fn nowhere(version: Version) -> Reply {
    let detail = format!(
        "There is nothing at this address. The base address ends in /scim/{}; below it are Users, Groups, Bulk, Schemas, \
         ResourceTypes and ServiceProviderConfig.",
        version.as_str()
    );
    refused(404, None, "no_such_address", &detail)
}

pub fn method(allowed: &str) -> Reply {
    refused(
        405,
        None,
        "method",
        &format!("This address takes {allowed} only."),
    )
}

/// Why a verb was not done.
pub fn trouble(trouble: Trouble) -> Reply {
    match trouble {
        Trouble::Scim(error) => {
            let kind = error.kind.as_str();
            refused(400, Some(kind), kind, &error.detail)
        }
        Trouble::Taken(detail) => refused(409, Some("uniqueness"), "uniqueness", &detail),
        Trouble::Changed => refused(
            412,
            None,
            "changed",
            "The resource was changed since you read it: read it again and repeat your change.",
        ),
        Trouble::Core(error) => core(&error),
    }
}

fn core(error: &Error) -> Reply {
    let detail = error.to_string();
    match error {
        Error::NotFound(_) => refused(404, None, "not_found", &detail),
        Error::Forbidden(_) => refused(403, None, "forbidden", &detail),
        Error::Invalid { .. } => refused(400, Some("invalidValue"), "invalidValue", &detail),
        Error::Conflict { .. } => refused(409, None, "conflict", &detail),
        Error::Refused { code, .. } => match *code {
            "email_taken" | "employee_id_taken" | "exists" => {
                refused(409, Some("uniqueness"), "uniqueness", &detail)
            }
            // To be sent again once somebody has looked at it.
            "brake" => Reply {
                retry_after: Some(HELD_SECONDS),
                ..refused(503, None, "brake", &detail)
            },
            "manager_cycle" | "no_email" => refused(400, Some("invalidValue"), "invalidValue", &detail),
            code => refused(403, None, code, &detail),
        },
        Error::Internal(why) => failed(why),
        Error::Store(why) => failed(&why.to_string()),
    }
}

fn failed(why: &str) -> Reply {
    tracing::error!(%why, "a SCIM request failed");
    let detail = "The server could not do this just now: send it again in a moment.";
    Reply {
        outcome: Outcome::Failed,
        ..refused(500, None, "internal", detail)
    }
}
