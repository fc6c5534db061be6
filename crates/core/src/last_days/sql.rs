//! The only file that touches last_days.

use guildhall_store::{Conn, Tx, sql};

use super::Hold;
use crate::ids::WorkplaceId;
use crate::{Moment, Result};

pub(super) async fn get<'a>(conn: impl Into<Conn<'a>>, workplace: WorkplaceId) -> Result<Option<Hold>> {
    let row: Option<(i64, Option<i64>, i64)> =
        sql("SELECT people, held_at, allowed FROM last_days WHERE workplace_id = $1")
            .bind(workplace)
            .optional(conn)
            .await?;
    Ok(row.map(|(people, held_at, allowed)| Hold {
        people,
        held_at: held_at.map(Moment::from_ms),
        allowed,
    }))
}

pub(super) async fn put(tx: &mut Tx, workplace: WorkplaceId, hold: Hold) -> Result<()> {
    sql(
        "INSERT INTO last_days (workplace_id, people, held_at, allowed) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (workplace_id) DO UPDATE SET people = excluded.people, held_at = excluded.held_at, \
         allowed = excluded.allowed",
    )
    .bind(workplace)
    .bind(hold.people)
    .bind(hold.held_at.map(Moment::ms))
    .bind(hold.allowed)
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn remove(tx: &mut Tx, workplace: WorkplaceId) -> Result<()> {
    sql("DELETE FROM last_days WHERE workplace_id = $1")
        .bind(workplace)
        .execute(tx)
        .await?;
    Ok(())
}
