//! One request of SCIM, whether it came by itself, within a bulk, or out of the log to be tried again.

use guildhall_core::connectors::{self, Outcome, Session};
use guildhall_core::scim::{self, Listed, Match, Paging, Query, Trouble, Within};
use guildhall_wire::scim::{
    LIST, Map, Operation, Projection, Resource, ScimError, operations, patch_from_v1, to_v1,
};
use serde_json::{Value, json};

use super::discovery;
use super::reply::{self, Reply};
use crate::Site;

/// How often a write is tried again that met another one.
const TRIES: usize = 5;
/// How a cursor of a search among all begins, once the people are through.
const OF_GROUPS: &str = "groups:";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    V1,
    V2,
}

impl Version {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "v1" => Some(Self::V1),
            "v2" => Some(Self::V2),
            _ => None,
        }
    }
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }
}

/// A request.
#[derive(Clone, Debug)]
pub struct Call {
    pub version: Version,
    pub method: String,
    /// Below the base, without a slash at the beginning.
    pub path: String,
    pub query: String,
    pub body: Value,
    pub if_match: Option<String>,
    pub if_none_match: Option<String>,
    /// Where SCIM is found from outside.
    pub base: String,
}

impl Call {
    /// A parameter of the address, whatever the case of its name.
    pub fn parameter(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.query.as_bytes())
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.into_owned())
    }

    fn projection(&self, resource: Resource) -> Projection {
        let (only, without) = (self.parameter("attributes"), self.parameter("excludedAttributes"));
        Projection::new(resource, only.as_deref(), without.as_deref())
    }

    fn seen(&self) -> Match {
        Match(self.if_match.clone())
    }
}

/// Answers. `only_plan`: nothing is written, though the answer is the same.
pub async fn answer(site: &Site, session: &Session, call: &Call, only_plan: bool) -> Reply {
    let path = call.path.trim_matches('/');
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    if let Some(reply) = discovery::answer(call, &segments) {
        return reply;
    }
    let within = Within {
        app: &site.app,
        session,
        base: &call.base,
    };
    let asked = Asked {
        site,
        within,
        call,
        only_plan,
    };
    let named = |name: &str| match name.to_ascii_lowercase().as_str() {
        "users" => Some(Resource::User),
        "groups" => Some(Resource::Group),
        _ => None,
    };
    let result = match segments.as_slice() {
        [] if call.method == "GET" => asked.search_all(&asked.query_of_address()).await,
        [".search"] if call.method == "POST" => asked.search_all(&asked.query_of_body()).await,
        ["Me" | "me"] => asked.me().await,
        [name] => match named(name) {
            Some(resource) => asked.collection(resource).await,
            None => return reply::nowhere(call.version),
        },
        [name, ".search"] => match named(name) {
            Some(resource) if call.method == "POST" => asked.list(resource, &asked.query_of_body()).await,
            _ => return reply::nowhere(call.version),
        },
        [name, id] => match named(name) {
            Some(resource) => asked.one(resource, id).await,
            None => return reply::nowhere(call.version),
        },
        _ => return reply::nowhere(call.version),
    };
    result.unwrap_or_else(reply::trouble)
}

type Told = Result<Reply, Trouble>;

/// The parameters of a list.
#[derive(Clone, Debug, Default)]
struct Question {
    filter: Option<String>,
    sort_by: Option<String>,
    descending: bool,
    start: Option<i64>,
    cursor: Option<String>,
    count: Option<i64>,
    attributes: Option<String>,
    excluded: Option<String>,
}

impl Question {
    fn of(&self, resource: Resource) -> Query {
        Query {
            filter: self.filter.clone(),
            sort_by: self.sort_by.clone(),
            descending: self.descending,
            paging: match &self.cursor {
                Some(cursor) => Paging::Cursor(Some(cursor.clone()).filter(|cursor| !cursor.is_empty())),
                None => Paging::Index(self.start.unwrap_or(1)),
            },
            count: self.count,
            projection: Projection::new(resource, self.attributes.as_deref(), self.excluded.as_deref()),
        }
    }
}

struct Asked<'a> {
    site: &'a Site,
    within: Within<'a>,
    call: &'a Call,
    only_plan: bool,
}

fn kind(resource: Resource) -> &'static str {
    match resource {
        Resource::User => "account",
        Resource::Group => "set",
    }
}

/// Does a write within a transaction of its own, and once more if it met another one.
macro_rules! write {
    ($asked:expr, |$tx:ident| $verb:expr) => {{
        let mut tries = 0;
        loop {
            tries += 1;
            let mut transaction = $asked.site.app.begin().await?;
            let $tx = &mut transaction;
            match $verb.await {
                Ok(done) => {
                    if !$asked.only_plan {
                        transaction.commit().await?;
                    }
                    break Ok(done);
                }
                Err(Trouble::Core(guildhall_core::Error::Conflict {
                    code: "conflict" | "changed",
                    ..
                })) if tries < TRIES => {}
                Err(trouble) => {
                    drop(transaction);
                    if !$asked.only_plan && trouble.is_brake() {
                        connectors::note_held(&$asked.site.app, &$asked.within.session.connector).await?;
                    }
                    break Err(trouble);
                }
            }
        }
    }};
}

impl Asked<'_> {
    fn query_of_address(&self) -> Question {
        let text = |name: &str| self.call.parameter(name);
        let number = |name: &str| text(name).and_then(|value| value.trim().parse().ok());
        Question {
            filter: text("filter"),
            sort_by: text("sortBy"),
            descending: text("sortOrder").is_some_and(|order| order.eq_ignore_ascii_case("descending")),
            start: number("startIndex"),
            cursor: text("cursor"),
            count: number("count"),
            attributes: text("attributes"),
            excluded: text("excludedAttributes"),
        }
    }

    fn query_of_body(&self) -> Question {
        let empty = Map::new();
        let body = self.call.body.as_object().unwrap_or(&empty);
        let value = |name: &str| {
            body.iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value)
        };
        let text = |name: &str| value(name).and_then(Value::as_str).map(str::to_owned);
        let number = |name: &str| {
            value(name).and_then(|value| value.as_i64().or_else(|| value.as_str()?.parse().ok()))
        };
        let names = |name: &str| match value(name) {
            Some(Value::Array(names)) => {
                let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
                Some(names.join(","))
            }
            Some(Value::String(names)) => Some(names.clone()),
            _ => None,
        };
        Question {
            filter: text("filter"),
            sort_by: text("sortBy"),
            descending: text("sortOrder").is_some_and(|order| order.eq_ignore_ascii_case("descending")),
            start: number("startIndex"),
            cursor: text("cursor"),
            count: number("count"),
            attributes: names("attributes"),
            excluded: names("excludedAttributes"),
        }
    }

    async fn listed(&self, resource: Resource, question: &Question) -> Result<Listed, Trouble> {
        let desk = Some(&self.site.connectors);
        match resource {
            Resource::User => scim::list_people(self.within, desk, &question.of(resource)).await,
            Resource::Group => scim::list_groups(self.within, desk, &question.of(resource)).await,
        }
    }

    fn list_body(&self, resource: Option<Resource>, listed: Listed) -> Value {
        let old = self.call.version == Version::V1;
        let items: Vec<Value> = listed
            .items
            .into_iter()
            .map(|item| match resource {
                Some(resource) if old => Value::Object(to_v1(resource, item)),
                _ => Value::Object(item),
            })
            .collect();
        let mut body = json!({
            "schemas": [if old { "urn:scim:schemas:core:1.0" } else { LIST }],
            "totalResults": listed.total,
            "itemsPerPage": items.len(),
            "Resources": items,
        });
        if let Some(start) = listed.start {
            body["startIndex"] = start.into();
        }
        if let Some(next) = listed.next {
            body["nextCursor"] = next.into();
        }
        body
    }

    async fn list(&self, resource: Resource, question: &Question) -> Told {
        let listed = self.listed(resource, question).await?;
        let what = match resource {
            Resource::User => "people",
            Resource::Group => "groups",
        };
        let asked = question
            .filter
            .as_deref()
            .map(|filter| format!(" by {filter}"))
            .unwrap_or_default();
        let summary = format!("Searched {what}{asked}: found {}.", listed.total);
        Ok(Reply::read(self.list_body(Some(resource), listed), summary))
    }

    /// People first, then groups.
    async fn search_all(&self, question: &Question) -> Told {
        if let Some(cursor) = &question.cursor {
            return self.search_all_by_cursor(question, cursor).await;
        }
        let people = self.listed(Resource::User, question).await;
        let start = question.start.unwrap_or(1).max(1);
        let mut first_trouble = None;
        let mut all = match people {
            Ok(listed) => listed,
            Err(trouble @ Trouble::Scim(_)) => {
                first_trouble = Some(trouble);
                Listed {
                    start: Some(start),
                    ..Listed::default()
                }
            }
            Err(trouble) => return Err(trouble),
        };
        let wanted = question
            .count
            .unwrap_or(scim::DEFAULT_PAGE)
            .clamp(0, scim::LARGEST_PAGE);
        let rest = Question {
            start: Some((start - all.total).max(1)),
            count: Some(wanted - all.items.len() as i64),
            ..question.clone()
        };
        match self.listed(Resource::Group, &rest).await {
            Ok(groups) => {
                all.total += groups.total;
                all.items.extend(groups.items);
            }
            // What only people have, only people are searched by.
            Err(Trouble::Scim(_)) if first_trouble.is_none() => {}
            Err(trouble) => return Err(first_trouble.unwrap_or(trouble)),
        }
        let summary = format!("Searched people and groups: found {}.", all.total);
        Ok(Reply::read(self.list_body(None, all), summary))
    }

    /// People page by page, then groups (RFC 9865): the cursor says of which. Attributes that only the one kind has search
    /// that kind alone.
    async fn search_all_by_cursor(&self, question: &Question, cursor: &str) -> Told {
        let (first, within) = match cursor.strip_prefix(OF_GROUPS) {
            Some(rest) => (Resource::Group, rest),
            None => (Resource::User, cursor),
        };
        let mut shown = first;
        let mut found = self.page_of(first, question, (within, question.count)).await?;
        if found.is_err() && first == Resource::User {
            shown = Resource::Group;
            let groups = self.page_of(shown, question, ("", question.count)).await?;
            found = groups.or(found);
        }
        let mut all = found.map_err(Trouble::Scim)?;
        let other = if shown == Resource::User {
            Resource::Group
        } else {
            Resource::User
        };
        let others = self.page_of(other, question, ("", Some(0))).await?;
        let others = others.map_or(0, |others| others.total);
        all.total += others;
        all.next = match (all.next.take(), shown) {
            (Some(next), Resource::Group) => Some(format!("{OF_GROUPS}{next}")),
            (None, Resource::User) if others > 0 => Some(OF_GROUPS.to_owned()),
            (next, _) => next,
        };
        let summary = format!("Searched people and groups: found {}.", all.total);
        Ok(Reply::read(self.list_body(None, all), summary))
    }

    /// A page of one kind; the inner error, if that kind can't be asked so.
    async fn page_of(
        &self,
        resource: Resource,
        question: &Question,
        (cursor, count): (&str, Option<i64>),
    ) -> Result<Result<Listed, ScimError>, Trouble> {
        let asked = Question {
            cursor: Some(cursor.to_owned()),
            count,
            ..question.clone()
        };
        match self.listed(resource, &asked).await {
            Ok(listed) => Ok(Ok(listed)),
            Err(Trouble::Scim(why)) => Ok(Err(why)),
            Err(trouble) => Err(trouble),
        }
    }

    /// The person behind the token: whoever connected the identity provider.
    async fn me(&self) -> Told {
        match self.within.session.connector.created_by {
            Some(id) if self.call.method != "POST" => self.one(Resource::User, &id.to_string()).await,
            Some(_) => Ok(reply::method("GET, PUT, PATCH and DELETE")),
            None => Ok(reply::refused(
                404,
                None,
                "not_found",
                "Nobody stands behind this token: the connector was made on the command line.",
            )),
        }
    }

    async fn collection(&self, resource: Resource) -> Told {
        match self.call.method.as_str() {
            "GET" => self.list(resource, &self.query_of_address()).await,
            "POST" => {
                let (within, body) = (self.within, &self.call.body);
                let done: Result<_, Trouble> = match resource {
                    Resource::User => write!(self, |tx| scim::create_person(within, tx, body)),
                    Resource::Group => write!(self, |tx| scim::create_group(within, tx, body)),
                };
                Ok(self.given(resource, Reply::done(201, kind(resource), done?)))
            }
            _ => Ok(reply::method("GET and POST")),
        }
    }

    /// The answer with only what was asked for, in the shape of its version.
    fn given(&self, resource: Resource, mut reply: Reply) -> Reply {
        if let Some(Value::Object(map)) = reply.body.take() {
            let map = self.call.projection(resource).apply(map);
            reply.body = Some(Value::Object(match self.call.version {
                Version::V1 => to_v1(resource, map),
                Version::V2 => map,
            }));
        }
        reply
    }

    fn operations(&self, resource: Resource) -> Result<(Vec<Operation>, Vec<String>), Trouble> {
        let has_list = self
            .call
            .body
            .as_object()
            .is_some_and(|body| body.keys().any(|key| key.eq_ignore_ascii_case("operations")));
        if self.call.version == Version::V1 && !has_list {
            return Ok((patch_from_v1(resource, &self.call.body)?, Vec::new()));
        }
        Ok(operations(resource, &self.call.body)?)
    }

    async fn one(&self, resource: Resource, id: &str) -> Told {
        let (within, call, body, seen) = (self.within, self.call, &self.call.body, self.call.seen());
        let projection = call.projection(resource);
        match call.method.as_str() {
            "GET" => {
                let done = match resource {
                    Resource::User => scim::read_person(within, id).await?,
                    Resource::Group => scim::read_group(within, id, projection.wants("members")).await?,
                };
                let is_same = call
                    .if_none_match
                    .as_deref()
                    .is_some_and(|known| known.split(',').any(|one| one.trim() == done.version));
                let mut reply = self.given(resource, Reply::done(200, kind(resource), done));
                reply.outcome = Outcome::Read;
                if is_same {
                    (reply.status, reply.body) = (304, None);
                }
                Ok(reply)
            }
            "PUT" => {
                let done: Result<_, Trouble> = match resource {
                    Resource::User => write!(self, |tx| scim::replace_person(within, tx, id, body, &seen)),
                    Resource::Group => write!(self, |tx| scim::replace_group(within, tx, id, body, &seen)),
                };
                Ok(self.given(resource, Reply::done(200, kind(resource), done?)))
            }
            "PATCH" => {
                let (operations, ignored) = self.operations(resource)?;
                let operations = operations.as_slice();
                let wants = call.parameter("attributes").is_some();
                let done: Result<_, Trouble> = match resource {
                    Resource::User => {
                        write!(self, |tx| scim::patch_person(
                            within,
                            tx,
                            id,
                            (operations, ignored.clone()),
                            &seen
                        ))
                    }
                    // Who is in a large group is told only to those who ask.
                    Resource::Group => write!(self, |tx| scim::patch_group(
                        within,
                        tx,
                        id,
                        (operations, ignored.clone()),
                        &seen,
                        wants && projection.wants("members")
                    )),
                };
                let status = if resource == Resource::Group && !wants {
                    204
                } else {
                    200
                };
                Ok(self.given(resource, Reply::done(status, kind(resource), done?)))
            }
            "DELETE" => {
                let done: Result<_, Trouble> = match resource {
                    Resource::User => write!(self, |tx| scim::remove_person(within, tx, id, &seen)),
                    Resource::Group => write!(self, |tx| scim::remove_group(within, tx, id, &seen)),
                };
                Ok(Reply::done(204, kind(resource), done?))
            }
            _ => Ok(reply::method("GET, PUT, PATCH and DELETE")),
        }
    }
}
