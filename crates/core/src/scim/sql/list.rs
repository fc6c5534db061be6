//! Pages of people and groups.

use guildhall_store::{FromRow, Growing, Tx};
use guildhall_wire::scim::{Expression, Place as Attribute, Resource, ScimError};
use uuid::Uuid;

use super::filter::{self, Sorted};
use crate::Result;
use crate::connectors::Connector;
use crate::scim::Trouble;
use crate::scim::cursor::Place;

/// Everybody whom the connector ($2) sees.
const PEOPLE: &str = "FROM accounts a LEFT JOIN scim_people p ON p.workplace_id = $1 AND p.connector_id = $2 \
     AND p.account_id = a.id WHERE a.workplace_id = $1 AND NOT a.former AND p.left_at IS NULL";
/// Every group of the connector.
const GROUPS: &str = "FROM sets s WHERE s.workplace_id = $1 AND s.owner_id = $2";

fn from(resource: Resource) -> (&'static str, &'static str) {
    match resource {
        Resource::User => (PEOPLE, "a.id"),
        Resource::Group => (GROUPS, "s.id"),
    }
}

/// In which order.
pub struct Order {
    by: Option<Sorted>,
    down: bool,
}

impl Order {
    pub fn new(
        resource: Resource,
        by: Option<Attribute>,
        down: bool,
    ) -> std::result::Result<Self, ScimError> {
        Ok(Self {
            by: match by {
                Some(place) => filter::sorted(resource, place)?,
                None => None,
            },
            down,
        })
    }

    fn text(&self, id: &str) -> String {
        let way = if self.down { "DESC" } else { "ASC" };
        match &self.by {
            None => format!("{id} {way}"),
            Some(Sorted::Number(by)) => format!("{by} {way}, {id} {way}"),
            Some(Sorted::Text(by)) => {
                format!("CASE WHEN {by} IS NULL THEN 1 ELSE 0 END {way}, {by} {way}, {id} {way}")
            }
        }
    }

    /// What is given of each row besides its id.
    fn columns(&self) -> String {
        match &self.by {
            None => "CAST(NULL AS TEXT) AS text, CAST(NULL AS BIGINT) AS number".to_owned(),
            Some(Sorted::Number(by)) => format!("CAST(NULL AS TEXT) AS text, CAST({by} AS BIGINT) AS number"),
            Some(Sorted::Text(by)) => format!("{by} AS text, CAST(NULL AS BIGINT) AS number"),
        }
    }

    /// Only what comes after `place`.
    fn after(&self, query: &mut Growing, id: &str, place: &Place) -> String {
        let than = if self.down { "<" } else { ">" };
        let last = query.put(place.id);
        match &self.by {
            None => format!("{id} {than} {last}"),
            Some(Sorted::Number(by)) => {
                let number = query.put(place.number.unwrap_or_default());
                format!("({by} {than} {number} OR ({by} = {number} AND {id} {than} {last}))")
            }
            Some(Sorted::Text(by)) => match (&place.text, self.down) {
                (None, false) => format!("({by} IS NULL AND {id} > {last})"),
                (None, true) => format!("(({by} IS NULL AND {id} < {last}) OR {by} IS NOT NULL)"),
                (Some(text), down) => {
                    let text = query.put(text);
                    let later = format!(
                        "({by} IS NOT NULL AND ({by} {than} {text} OR ({by} = {text} AND {id} {than} {last})))"
                    );
                    if down {
                        later
                    } else {
                        format!("({later} OR {by} IS NULL)")
                    }
                }
            },
        }
    }
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    text: Option<String>,
    number: Option<i64>,
}

/// How many there are.
pub async fn count(
    tx: &mut Tx,
    connector: &Connector,
    resource: Resource,
    expression: Option<&Expression>,
) -> std::result::Result<i64, Trouble> {
    let (from, _) = from(resource);
    let mut query = Growing::new(
        format!("SELECT COUNT(*) {from}"),
        [connector.workplace.into(), connector.id.into()],
    );
    if let Some(expression) = expression {
        filter::narrow(&mut query, resource, expression)?;
    }
    let counted: Result<i64> = query.sql().scalar(tx).await.map_err(Into::into);
    Ok(counted?)
}

/// One page: after a row, or after so many, and so many.
pub async fn page(
    tx: &mut Tx,
    connector: &Connector,
    resource: Resource,
    expression: Option<&Expression>,
    order: &Order,
    (after, skip, count): (Option<&Place>, i64, i64),
) -> std::result::Result<Vec<Place>, Trouble> {
    let (from, id) = from(resource);
    let text = format!("SELECT {id} AS id, {} {from}", order.columns());
    let mut query = Growing::new(text, [connector.workplace.into(), connector.id.into()]);
    if let Some(expression) = expression {
        filter::narrow(&mut query, resource, expression)?;
    }
    if let Some(place) = after {
        let after = order.after(&mut query, id, place);
        query.and(&after);
    }
    let (count, skip) = (query.put(count), query.put(skip));
    query.push(&format!(
        " ORDER BY {} LIMIT {count} OFFSET {skip}",
        order.text(id)
    ));
    let rows: Result<Vec<Row>> = query.sql().all(tx).await.map_err(Into::into);
    let rows = rows?.into_iter().map(|row| Place {
        text: row.text,
        number: row.number,
        id: row.id,
    });
    Ok(rows.collect())
}
