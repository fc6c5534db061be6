use axum::Json;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use guildhall_core::{Error, FieldProblem};

/// What is answered when something was not done (RFC 9457).
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Problem {
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    pub kind: &'static str,
    /// The name of the status.
    pub title: &'static str,
    pub status: u16,
    /// Stable: programs decide by it.
    pub code: String,
    /// A sentence that says what to do.
    pub detail: String,
    /// What is wrong with which field.
    pub errors: Vec<FieldProblem>,
}

/// Why a handler failed, for the log only: the person is told calmly, with the number of the request.
#[derive(Clone, Debug)]
pub struct Fault(pub String);

/// The content type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

impl Problem {
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code: code.to_owned(),
            detail: detail.into(),
            errors: Vec::new(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// An error of the product on its way out, turned into a problem here and nowhere else.
#[derive(Debug)]
pub struct Failure(pub Error);

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

fn status(error: &Error) -> StatusCode {
    match error {
        Error::NotFound(_) => StatusCode::NOT_FOUND,
        Error::Forbidden(_) => StatusCode::FORBIDDEN,
        Error::Conflict { .. } | Error::Refused { .. } => StatusCode::CONFLICT,
        Error::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Internal(_) | Error::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = status(&self.0);
        if status.is_server_error() {
            let mut response = status.into_response();
            response.extensions_mut().insert(Fault(self.0.to_string()));
            return response;
        }
        let mut problem = Problem::new(status, self.0.code(), self.0.to_string());
        if let Error::Invalid { fields, .. } = self.0 {
            problem.errors = fields;
        }
        problem.into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_refusal_has_its_status() {
        let text = || "Do that.".to_owned();
        let table = [
            (Error::NotFound(text()), 404),
            (Error::Forbidden(text()), 403),
            (
                Error::Conflict {
                    code: "email_taken",
                    message: text(),
                },
                409,
            ),
            (
                Error::Refused {
                    code: "brake",
                    message: text(),
                },
                409,
            ),
            (Error::invalid("email", text()), 422),
            (Error::Internal(text()), 500),
        ];
        for (error, wanted) in table {
            let told = format!("{error:?}");
            assert_eq!(Failure(error).into_response().status().as_u16(), wanted, "{told}");
        }
    }

    #[test]
    fn what_failed_inside_is_for_the_log_only() {
        let response = Failure(Error::Internal("the secret of the house".into())).into_response();
        assert!(
            response
                .extensions()
                .get::<Fault>()
                .is_some_and(|fault| fault.0.contains("secret"))
        );
        assert!(
            response.headers().get(CONTENT_TYPE).is_none(),
            "the body is written where the request is known"
        );
    }
}
