use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::response::Response;
use guildhall_core::audit::{self, AuditEvent, Filter};
use guildhall_core::{Error, Moment, Page, Permission, page};
use serde::Deserialize;
use uuid::Uuid;

use crate::caller::Asker;
use crate::{Failure, Problem, Site, download};

/// Which events.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditFilter {
    /// The id of who did it.
    actor: Option<Uuid>,
    /// The id of whom or what it was done to.
    subject: Option<Uuid>,
    verb: Option<String>,
    source: Option<String>,
    /// Only from this moment on, as a date or a date and time (RFC 3339).
    from: Option<String>,
    /// Only before this moment; a date means its end.
    to: Option<String>,
    /// A part of the name of who did it or whom it was done to.
    q: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditPaging {
    /// What the page before had as `next`.
    after: Option<String>,
    /// 50 if left out, 200 at most.
    limit: Option<i64>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Format {
    /// `csv` or `jsonl`.
    format: Option<String>,
}

/// An id to go on after.
pub fn after(text: Option<&str>) -> Result<Option<Uuid>, Error> {
    text.map(str::parse)
        .transpose()
        .map_err(|_| Error::invalid("after", "Give what the page before had as \"next\"."))
}

pub fn moment(field: &str, text: Option<&str>, ends: bool) -> Result<Option<Moment>, Error> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let wrong = || {
        Error::invalid(
            field,
            "Write a date such as 2026-11-25, or a time such as 2026-11-25T09:30:00Z.",
        )
    };
    if let Ok(date) = text.parse::<jiff::civil::Date>() {
        let start = date.in_tz("UTC").map_err(|_| wrong())?;
        let at = Moment::from_ms(start.timestamp().as_millisecond());
        return Ok(Some(if ends { at.plus_days(1) } else { at }));
    }
    let at: jiff::Timestamp = text.parse().map_err(|_| wrong())?;
    Ok(Some(Moment::from_ms(at.as_millisecond())))
}

impl AuditFilter {
    fn filter(&self) -> Result<Filter, Error> {
        let text = |value: &Option<String>| value.clone().filter(|value| !value.trim().is_empty());
        Ok(Filter {
            actor: self.actor,
            subject: self.subject,
            verb: text(&self.verb),
            source: text(&self.source),
            from: moment("from", self.from.as_deref(), false)?,
            to: moment("to", self.to.as_deref(), true)?,
            name: text(&self.q),
            ..Filter::default()
        })
    }
}

/// Who did what, newest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(AuditFilter, AuditPaging), responses(
    (status = 200, description = "A page of events", body = Page<AuditEvent>),
    (status = 403, description = "It takes audit.read", body = Problem, content_type = "application/problem+json")
))]
pub async fn list(
    State(site): State<Site>,
    asker: Asker,
    Query(filter): Query<AuditFilter>,
    Query(paging): Query<AuditPaging>,
) -> Result<Json<Page<AuditEvent>>, Failure> {
    asker.actor.need(Permission::AuditRead)?;
    let filter = Filter {
        after: after(paging.after.as_deref())?,
        limit: page::limit(paging.limit),
        ..filter.filter()?
    };
    Ok(Json(
        audit::list(&site.app.db, asker.actor.workplace, &filter).await?,
    ))
}

const COLUMNS: [&str; 11] = [
    "at",
    "actor_kind",
    "actor",
    "source",
    "verb",
    "subject_kind",
    "subject",
    "subject_id",
    "changes",
    "run_id",
    "request_id",
];

/// All events that match, newest first, as CSV or as one JSON text a line.
#[utoipa::path(get, path = "/api/v1/audit/export", tag = "audit", params(AuditFilter, Format), responses(
    (status = 200, description = "The file", body = String, content_type = "text/csv"),
    (status = 403, description = "It takes audit.read", body = Problem, content_type = "application/problem+json")
))]
pub async fn export(
    State(site): State<Site>,
    asker: Asker,
    Query(filter): Query<AuditFilter>,
    Query(format): Query<Format>,
) -> Result<Response, Failure> {
    asker.actor.need(Permission::AuditRead)?;
    let mut filter = Filter {
        limit: page::MAX_PAGE,
        ..filter.filter()?
    };
    let csv = match format.format.as_deref() {
        None | Some("csv") => true,
        Some("jsonl") => false,
        Some(_) => return Err(Failure(Error::invalid("format", "Export as csv or jsonl."))),
    };
    let workplace = asker.actor.workplace;
    let lines = async_stream::try_stream! {
        if csv {
            yield Bytes::from(download::csv([COLUMNS], false));
        }
        loop {
            let page = audit::list(&site.app.db, workplace, &filter).await.map_err(std::io::Error::other)?;
            let mut text = Vec::new();
            for event in &page.items {
                if csv {
                    text.extend(download::csv([cells(event)], false));
                } else {
                    text.extend(serde_json::to_vec(event).map_err(std::io::Error::other)?);
                    text.push(b'\n');
                }
            }
            yield Bytes::from(text);
            match page.next {
                Some(next) => filter.after = next.parse().ok(),
                None => break,
            }
        }
    };
    let lines: futures::stream::BoxStream<'static, Result<Bytes, std::io::Error>> = Box::pin(lines);
    let (kind, name) = if csv {
        (download::CSV, "audit.csv")
    } else {
        ("application/x-ndjson", "audit.jsonl")
    };
    Ok(download::file(kind, name, Body::from_stream(lines)))
}

fn cells(event: &AuditEvent) -> [String; 11] {
    let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    [
        event.at.timestamp().to_string(),
        event.actor.kind.as_str().to_owned(),
        event.actor.name.clone(),
        event.source.clone(),
        event.verb.clone(),
        event.subject.kind.clone(),
        event.subject.name.clone(),
        id(event.subject.id),
        serde_json::to_string(&event.changes).unwrap_or_default(),
        id(event.run_id),
        event.request_id.clone().unwrap_or_default(),
    ]
}
