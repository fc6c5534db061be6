use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use guildhall_core::accounts::Source;
use guildhall_core::ids::{AccountId, LeavingId};
use guildhall_core::leaving::{self, Filter, Leaving, Proof, rules};
use guildhall_core::{Error, Moment, Page, Permission, page};
use serde::Deserialize;

use super::audit::moment;
use crate::caller::Asker;
use crate::{Failure, Problem, Site, download};

/// How many proofs are made at once for a file.
const AT_ONCE: i64 = 100;

/// Which leavers.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LeaverFilter {
    /// One person's.
    account: Option<AccountId>,
    /// A part of the name.
    q: Option<String>,
    /// Who or what ended it: `admin`, `file`, `scim`, `directory`, `api`.
    source: Option<String>,
    /// Only from this moment on, as a date or a date and time (RFC 3339).
    from: Option<String>,
    /// Only before this moment; a date means its end.
    to: Option<String>,
    /// Only those who have not come back.
    gone: Option<bool>,
}

#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LeaverPaging {
    /// What the page before had as `next`.
    after: Option<String>,
    /// 50 if left out, 200 at most.
    limit: Option<i64>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Format {
    /// `csv` or `json`.
    format: Option<String>,
}

impl Format {
    fn is_csv(&self) -> Result<bool, Error> {
        match self.format.as_deref() {
            None | Some("csv") => Ok(true),
            Some("json") => Ok(false),
            Some(_) => Err(Error::invalid("format", "Export as csv or json.")),
        }
    }
}

fn after(text: &str) -> Result<(Moment, LeavingId), Error> {
    let wrong = || Error::invalid("after", "Give what the page before had as \"next\".");
    let (at, id) = text.split_once('.').ok_or_else(wrong)?;
    let at = at.parse().map_err(|_| wrong())?;
    Ok((Moment::from_ms(at), id.parse().map_err(|_| wrong())?))
}

impl LeaverFilter {
    fn filter(&self) -> Result<Filter, Error> {
        let text = |value: &Option<String>| value.clone().filter(|value| !value.trim().is_empty());
        let source = text(&self.source).map(|text| {
            Source::parse(&text)
                .ok_or_else(|| Error::invalid("source", "Choose admin, file, scim, directory, sso or api."))
        });
        Ok(Filter {
            account: self.account,
            name: text(&self.q),
            source: source.transpose()?,
            from: moment("from", self.from.as_deref(), false)?,
            to: moment("to", self.to.as_deref(), true)?,
            gone: self.gone.unwrap_or(false),
            ..Filter::default()
        })
    }
}

/// Who left, newest first.
#[utoipa::path(get, path = "/api/v1/leavers", tag = "leavers", params(LeaverFilter, LeaverPaging), responses(
    (status = 200, description = "A page of leavers", body = Page<Leaving>),
    (status = 403, description = "It takes people.read", body = Problem, content_type = "application/problem+json")
))]
pub async fn list(
    State(site): State<Site>,
    asker: Asker,
    Query(filter): Query<LeaverFilter>,
    Query(paging): Query<LeaverPaging>,
) -> Result<Json<Page<Leaving>>, Failure> {
    asker.actor.need(Permission::PeopleRead)?;
    let filter = Filter {
        after: paging.after.as_deref().map(after).transpose()?,
        limit: page::limit(paging.limit),
        ..filter.filter()?
    };
    Ok(Json(leaving::list(&site.app, &asker.actor, &filter).await?))
}

/// Proof of leaving: what ended with one leaver, when, who ended it, and when the last request was let in.
#[utoipa::path(get, path = "/api/v1/leavers/{id}", tag = "leavers", params(("id" = LeavingId, Path)), responses(
    (status = 200, description = "The proof", body = Proof),
    (status = 404, description = "Nobody left under that id", body = Problem, content_type = "application/problem+json")
))]
pub async fn read(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<LeavingId>,
) -> Result<Json<Proof>, Failure> {
    Ok(Json(leaving::proof(&site.app, &asker.actor, id).await?))
}

/// The proof for one leaver as a file.
#[utoipa::path(get, path = "/api/v1/leavers/{id}/export", tag = "leavers", params(("id" = LeavingId, Path), Format), responses(
    (status = 200, description = "The file", body = String, content_type = "text/csv"),
    (status = 404, description = "Nobody left under that id", body = Problem, content_type = "application/problem+json")
))]
pub async fn file(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<LeavingId>,
    Query(format): Query<Format>,
) -> Result<Response, Failure> {
    let csv = format.is_csv()?;
    let proof = leaving::proof(&site.app, &asker.actor, id).await?;
    if csv {
        let mut text = download::csv([rules::COLUMNS], true);
        text.extend(download::csv(rules::lines(&proof), false));
        return Ok(download::file(download::CSV, "proof-of-leaving.csv", text));
    }
    let text = serde_json::to_vec_pretty(&proof).map_err(|why| Error::Internal(why.to_string()))?;
    Ok(download::file("application/json", "proof-of-leaving.json", text))
}

/// The proofs for all leavers that match, newest first, as CSV (a line for each thing that ended) or as a JSON array.
#[utoipa::path(get, path = "/api/v1/leavers/export", tag = "leavers", params(LeaverFilter, Format), responses(
    (status = 200, description = "The file", body = String, content_type = "text/csv"),
    (status = 403, description = "It takes people.read", body = Problem, content_type = "application/problem+json")
))]
pub async fn export(
    State(site): State<Site>,
    asker: Asker,
    Query(filter): Query<LeaverFilter>,
    Query(format): Query<Format>,
) -> Result<Response, Failure> {
    asker.actor.need(Permission::PeopleRead)?;
    let csv = format.is_csv()?;
    let mut filter = Filter {
        limit: AT_ONCE,
        ..filter.filter()?
    };
    let parts = async_stream::try_stream! {
        yield if csv { Bytes::from(download::csv([rules::COLUMNS], true)) } else { Bytes::from_static(b"[") };
        let mut first = true;
        loop {
            let page = leaving::list(&site.app, &asker.actor, &filter).await.map_err(std::io::Error::other)?;
            let proofs = leaving::proofs(&site.app, &asker.actor, page.items).await.map_err(std::io::Error::other)?;
            let mut text = Vec::new();
            for proof in &proofs {
                if csv {
                    text.extend(download::csv(rules::lines(proof), false));
                } else {
                    text.extend_from_slice(if first { b"\n" } else { b",\n" });
                    text.extend(serde_json::to_vec(proof).map_err(std::io::Error::other)?);
                }
                first = false;
            }
            yield Bytes::from(text);
            match page.next {
                Some(next) => filter.after = after(&next).ok(),
                None => break,
            }
        }
        if !csv {
            yield Bytes::from_static(b"\n]\n");
        }
    };
    let parts: futures::stream::BoxStream<'static, Result<Bytes, std::io::Error>> = Box::pin(parts);
    let (kind, name) = if csv {
        (download::CSV, "leavers.csv")
    } else {
        ("application/json", "leavers.json")
    };
    Ok(download::file(kind, name, Body::from_stream(parts)))
}
