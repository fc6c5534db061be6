//! Lists: filters, order, pages by number and by cursor.

use std::collections::HashMap;

use guildhall_wire::scim::{
    ErrorKind, Map, Place as Attribute, Projection, Resource, ScimError, Target, parse_filter, parse_path,
};

use super::cursor::{self, Place};
use super::{Trouble, Within, groups, show, sql};
use crate::accounts;
use crate::connectors::Desk;
use crate::ids::{AccountId, SetId};
use crate::sets;

/// How many a page has when nobody says, and at most.
pub const DEFAULT_PAGE: i64 = 100;
pub const LARGEST_PAGE: i64 = 1000;

/// Which page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paging {
    /// From this number on, beginning at 1.
    Index(i64),
    /// After this cursor; none: from the beginning.
    Cursor(Option<String>),
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Query {
    pub filter: Option<String>,
    pub sort_by: Option<String>,
    pub descending: bool,
    pub paging: Paging,
    pub count: Option<i64>,
    pub projection: Projection,
}

/// A page.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    pub total: i64,
    pub items: Vec<Map>,
    /// The number of the first, where pages are asked for by number.
    pub start: Option<i64>,
    pub next: Option<String>,
}

type Told<T> = Result<T, Trouble>;

fn sort_place(resource: Resource, sort_by: Option<&str>) -> Told<Option<Attribute>> {
    let Some(name) = sort_by.filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    match parse_path(resource, name) {
        Ok(Target::Place(place, None)) => Ok(Some(place)),
        _ => Err(ScimError::new(
            ErrorKind::InvalidPath,
            format!("There is no attribute \"{name}\" to sort by."),
        )
        .into()),
    }
}

/// How many are wanted, within the bounds.
fn count(query: &Query) -> Told<i64> {
    match (&query.paging, query.count) {
        (Paging::Cursor(_), Some(count)) if count > LARGEST_PAGE => Err(ScimError::new(
            ErrorKind::InvalidCount,
            format!("Ask for at most {LARGEST_PAGE} at once."),
        )
        .into()),
        (_, count) => Ok(count.unwrap_or(DEFAULT_PAGE).clamp(0, LARGEST_PAGE)),
    }
}

struct Found {
    total: i64,
    places: Vec<Place>,
    start: Option<i64>,
    next: Option<String>,
}

async fn find(within: Within<'_>, desk: Option<&Desk>, resource: Resource, query: &Query) -> Told<Found> {
    let connector = &within.session.connector;
    let filter = query.filter.as_deref().filter(|filter| !filter.trim().is_empty());
    let expression = filter.map(|filter| parse_filter(resource, filter)).transpose()?;
    let sort = sort_place(resource, query.sort_by.as_deref())?;
    let order = sql::Order::new(resource, sort, query.descending)?;
    let count = count(query)?;
    let now = within.app.now();
    let down = if query.descending { "down" } else { "up" };
    let of = cursor::question(&[
        resource.name(),
        filter.unwrap_or_default(),
        query.sort_by.as_deref().unwrap_or_default(),
        down,
    ]);
    let mut tx = within.app.db.snapshot().await?;
    let total = sql::count(&mut tx, connector, resource, expression.as_ref()).await?;
    let (mut start, mut skip) = (None, 0);
    let after = match &query.paging {
        Paging::Cursor(None) => None,
        Paging::Cursor(Some(text)) => Some(cursor::read(text, &of, now)?),
        Paging::Index(number) => {
            let number = (*number).max(1);
            start = Some(number);
            // Whoever asks for the next page gets what comes after the last one, though rows came and went.
            let after = desk.and_then(|desk| desk.recall(connector.id, &of, number, now));
            if after.is_none() {
                skip = number - 1;
            }
            after
        }
    };
    let mut places = Vec::new();
    if count > 0 {
        places = sql::page(
            &mut tx,
            connector,
            resource,
            expression.as_ref(),
            &order,
            (after.as_ref(), skip, count + 1),
        )
        .await?;
    }
    let more = places.len() as i64 > count;
    places.truncate(count as usize);
    let last = places.last().cloned();
    if let (Some(desk), Some(start), Some(last)) = (desk, start, &last) {
        desk.remember(connector.id, &of, start + places.len() as i64, last.clone(), now);
    }
    let next = match (&query.paging, last) {
        (Paging::Cursor(_), Some(last)) if more => Some(cursor::write(last, &of, now)),
        _ => None,
    };
    Ok(Found {
        total,
        places,
        start,
        next,
    })
}

/// The people whom the connector sees.
pub async fn list_people(within: Within<'_>, desk: Option<&Desk>, query: &Query) -> Told<Listed> {
    let found = find(within, desk, Resource::User, query).await?;
    let connector = &within.session.connector;
    let ids: Vec<AccountId> = found.places.iter().map(|place| AccountId(place.id)).collect();
    let mut tx = within.app.db.snapshot().await?;
    let people = accounts::load_ids(&mut tx, connector.workplace, &ids).await?;
    let mut links: HashMap<AccountId, _> = sql::links(&mut tx, connector, &ids)
        .await?
        .into_iter()
        .map(|link| (link.account, link))
        .collect();
    let mut groups: HashMap<AccountId, Vec<(SetId, String, bool)>> = HashMap::new();
    if query.projection.wants("groups") {
        for some in ids.chunks(500) {
            for (account, set, name, direct) in
                sets::of_people(&mut tx, connector.workplace, connector.id.0, some).await?
            {
                groups.entry(account).or_default().push((set, name, direct));
            }
        }
    }
    let managers: Vec<AccountId> = people
        .iter()
        .filter_map(|person| person.profile.manager())
        .collect();
    let mut names = HashMap::new();
    for some in managers.chunks(500) {
        let named = accounts::named(&mut tx, connector.workplace, some).await?;
        names.extend(named.into_iter().map(|named| (named.id, named.display_name)));
    }
    let by_id: HashMap<AccountId, _> = people.into_iter().map(|person| (person.id, person)).collect();
    let items = ids.iter().filter_map(|id| {
        let account = by_id.get(id)?;
        let manager = account
            .profile
            .manager()
            .and_then(|id| names.get(&id))
            .map(String::as_str);
        let link = links.remove(id);
        let sets = groups.get(id).map(Vec::as_slice).unwrap_or_default();
        let whole = show::person(account, link.as_ref(), manager, sets, within.base);
        Some(query.projection.apply(whole))
    });
    Ok(Listed {
        items: items.collect(),
        total: found.total,
        start: found.start,
        next: found.next,
    })
}

/// The groups of the connector.
pub async fn list_groups(within: Within<'_>, desk: Option<&Desk>, query: &Query) -> Told<Listed> {
    let found = find(within, desk, Resource::Group, query).await?;
    let connector = &within.session.connector;
    let mut tx = within.app.db.snapshot().await?;
    let mut items = Vec::with_capacity(found.places.len());
    for place in &found.places {
        let set = sets::get(&mut tx, connector.workplace, connector.id.0, SetId(place.id)).await?;
        let Some(set) = set else { continue };
        let whole = groups::shown(within, &mut tx, &set, query.projection.wants("members")).await?;
        items.push(query.projection.apply(whole));
    }
    Ok(Listed {
        items,
        total: found.total,
        start: found.start,
        next: found.next,
    })
}
