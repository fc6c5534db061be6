//! The only file that touches sso_requirements.

use guildhall_store::{Conn, Db, FromRow, Tx, sql};

use super::{Kept, Reach, Requirement};
use crate::ids::WorkplaceId;
use crate::{Error, Moment, Result};

#[derive(FromRow)]
struct Record {
    reach: String,
    domain_list: String,
    group_list: String,
    break_glass: String,
    changed_at: i64,
    warned: bool,
}

fn damaged(column: &str) -> Error {
    Error::Internal(format!("sso_requirements.{column} holds what is not known"))
}

impl Record {
    fn kept(self) -> Result<Kept> {
        let list = |column: &'static str| move |_| damaged(column);
        Ok(Kept {
            requirement: Requirement {
                reach: Reach::parse(&self.reach).ok_or_else(|| damaged("reach"))?,
                domains: serde_json::from_str(&self.domain_list).map_err(list("domain_list"))?,
                groups: serde_json::from_str(&self.group_list).map_err(list("group_list"))?,
                break_glass: serde_json::from_str(&self.break_glass).map_err(list("break_glass"))?,
            },
            changed_at: Moment::from_ms(self.changed_at),
            warned: self.warned,
        })
    }
}

/// What the workplace requires; none, if nobody ever said.
pub(super) async fn get<'a>(conn: impl Into<Conn<'a>>, workplace: WorkplaceId) -> Result<Option<Kept>> {
    let record: Option<Record> = sql(
        "SELECT reach, domain_list, group_list, break_glass, changed_at, warned FROM sso_requirements \
         WHERE workplace_id = $1",
    )
    .bind(workplace)
    .optional(conn)
    .await?;
    record.map(Record::kept).transpose()
}

pub(super) async fn put(
    tx: &mut Tx,
    workplace: WorkplaceId,
    requirement: &Requirement,
    now: Moment,
) -> Result<()> {
    let list = |text: serde_json::Result<String>| text.map_err(|why| Error::Internal(why.to_string()));
    sql("INSERT INTO sso_requirements (workplace_id, reach, domain_list, group_list, break_glass, changed_at, warned) \
         VALUES ($1, $2, $3, $4, $5, $6, FALSE) ON CONFLICT (workplace_id) DO UPDATE SET reach = excluded.reach, \
         domain_list = excluded.domain_list, group_list = excluded.group_list, break_glass = excluded.break_glass, \
         changed_at = excluded.changed_at, warned = FALSE")
    .bind(workplace)
    .bind(requirement.reach.as_str())
    .bind(list(serde_json::to_string(&requirement.domains))?)
    .bind(list(serde_json::to_string(&requirement.groups))?)
    .bind(list(serde_json::to_string(&requirement.break_glass))?)
    .bind(now.ms())
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes whether admins were told that too few of them could still come in. False: it was noted already.
pub(super) async fn note_warned(tx: &mut Tx, workplace: WorkplaceId, warned: bool) -> Result<bool> {
    let noted = sql("UPDATE sso_requirements SET warned = $1 WHERE workplace_id = $2 AND warned <> $1")
        .bind(warned)
        .bind(workplace)
        .execute(tx)
        .await?;
    Ok(noted == 1)
}

/// The workplaces that require it of anybody.
pub(super) async fn requiring(db: &Db) -> Result<Vec<WorkplaceId>> {
    Ok(
        sql("SELECT workplace_id FROM sso_requirements WHERE reach <> 'off' ORDER BY workplace_id")
            .scalars(db)
            .await?,
    )
}
