//! The only file that touches directories and who is whom in them.

use std::collections::BTreeMap;

use guildhall_store::{Conn, Db, FromRow, Insert, Sql, Tx, Value, sql};

use super::groups::Seen;
use super::links::Link;
use super::rules::Toll;
use super::types::Directory;
use crate::ids::{AccountId, DirectoryId, FileId, WorkplaceId};
use crate::{Error, Moment, Result};

const COLUMNS: &str = "id, workplace_id, name, settings, password IS NOT NULL AS has_password, seen_to, next_at, \
     checked_at, full_at, applied_at, trouble, created_at";

#[derive(FromRow)]
struct Record {
    id: DirectoryId,
    workplace_id: WorkplaceId,
    name: String,
    settings: String,
    has_password: bool,
    seen_to: Option<String>,
    next_at: Option<i64>,
    checked_at: Option<i64>,
    full_at: Option<i64>,
    applied_at: Option<i64>,
    trouble: Option<String>,
    created_at: i64,
}

impl Record {
    fn directory(self) -> Result<Directory> {
        let damaged = |column: &str| Error::Internal(format!("directories.{column} holds what is not known"));
        Ok(Directory {
            id: self.id,
            workplace: self.workplace_id,
            name: self.name,
            settings: serde_json::from_str(&self.settings).map_err(|_| damaged("settings"))?,
            has_password: self.has_password,
            // Unreadable is the same as none: then everybody is read anew.
            cursor: self.seen_to.and_then(|text| serde_json::from_str(&text).ok()),
            next_at: self.next_at.map(Moment::from_ms),
            checked_at: self.checked_at.map(Moment::from_ms),
            full_at: self.full_at.map(Moment::from_ms),
            applied_at: self.applied_at.map(Moment::from_ms),
            trouble: self.trouble,
            created_at: Moment::from_ms(self.created_at),
        })
    }
}

fn text<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|why| Error::Internal(why.to_string()))
}

pub(super) async fn insert(tx: &mut Tx, directory: &Directory, now: Moment) -> Result<()> {
    sql(
        "INSERT INTO directories (id, workplace_id, name, settings, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $5)",
    )
    .bind(directory.id)
    .bind(directory.workplace)
    .bind(&directory.name)
    .bind(text(&directory.settings)?)
    .bind(now.ms())
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes all but the password.
pub(super) async fn update(tx: &mut Tx, directory: &Directory, now: Moment) -> Result<()> {
    sql("UPDATE directories SET name = $1, settings = $2, seen_to = $3, next_at = $4, checked_at = $5, full_at = $6, \
         applied_at = $7, trouble = $8, updated_at = $9 WHERE workplace_id = $10 AND id = $11")
    .bind(&directory.name)
    .bind(text(&directory.settings)?)
    .bind(directory.cursor.as_ref().map(text).transpose()?)
    .bind(directory.next_at.map(Moment::ms))
    .bind(directory.checked_at.map(Moment::ms))
    .bind(directory.full_at.map(Moment::ms))
    .bind(directory.applied_at.map(Moment::ms))
    .bind(directory.trouble.clone())
    .bind(now.ms())
    .bind(directory.workplace)
    .bind(directory.id)
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn set_password(tx: &mut Tx, directory: &Directory, sealed: Option<String>) -> Result<()> {
    sql("UPDATE directories SET password = $1 WHERE workplace_id = $2 AND id = $3")
        .bind(sealed)
        .bind(directory.workplace)
        .bind(directory.id)
        .execute(tx)
        .await?;
    Ok(())
}

/// The sealed password.
pub(super) async fn password(db: &Db, workplace: WorkplaceId, id: DirectoryId) -> Result<Option<String>> {
    let found: Option<Option<String>> =
        sql("SELECT password FROM directories WHERE workplace_id = $1 AND id = $2")
            .bind(workplace)
            .bind(id)
            .scalar_optional(db)
            .await?;
    Ok(found.flatten())
}

pub(super) async fn get<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    id: DirectoryId,
) -> Result<Option<Directory>> {
    Sql::built(format!(
        "SELECT {COLUMNS} FROM directories WHERE workplace_id = $1 AND id = $2"
    ))
    .bind(workplace)
    .bind(id)
    .optional::<Record>(conn)
    .await?
    .map(Record::directory)
    .transpose()
}

pub(super) async fn list(db: &Db, workplace: WorkplaceId) -> Result<Vec<Directory>> {
    let records: Vec<Record> = Sql::built(format!(
        "SELECT {COLUMNS} FROM directories WHERE workplace_id = $1 ORDER BY id"
    ))
    .bind(workplace)
    .all(db)
    .await?;
    records.into_iter().map(Record::directory).collect()
}

/// A directory of any workplace whose time to be read has come.
pub(super) async fn due(tx: &mut Tx, now: Moment) -> Result<Option<Directory>> {
    let query = format!(
        "SELECT {COLUMNS} FROM directories WHERE next_at <= $1 AND workplace_id IS NOT NULL ORDER BY next_at LIMIT 1{}",
        tx.skip_locked()
    );
    Sql::built(query)
        .bind(now.ms())
        .optional::<Record>(tx)
        .await?
        .map(Record::directory)
        .transpose()
}

/// Whether any directory of any workplace is to be read now.
pub(super) async fn any_due(db: &Db, now: Moment) -> Result<bool> {
    let found: Option<i32> =
        sql("SELECT 1 FROM directories WHERE next_at <= $1 AND workplace_id IS NOT NULL LIMIT 1")
            .bind(now.ms())
            .scalar_optional(db)
            .await?;
    Ok(found.is_some())
}

/// The directories of all workplaces whose people were read since their groups were.
pub(super) async fn groups_due(db: &Db) -> Result<Vec<Directory>> {
    let records: Vec<Record> = Sql::built(format!(
        "SELECT {COLUMNS} FROM directories WHERE checked_at IS NOT NULL AND workplace_id IS NOT NULL \
         AND (groups_at IS NULL OR groups_at < checked_at) ORDER BY id LIMIT 20"
    ))
    .all(db)
    .await?;
    records.into_iter().map(Record::directory).collect()
}

/// One server reads the groups. False: another was quicker.
pub(super) async fn claim_groups(tx: &mut Tx, directory: &Directory, at: Moment) -> Result<bool> {
    let claimed = sql(
        "UPDATE directories SET groups_at = $1 WHERE workplace_id = $2 AND id = $3 \
         AND (groups_at IS NULL OR groups_at < checked_at)",
    )
    .bind(at.ms())
    .bind(directory.workplace)
    .bind(directory.id)
    .execute(tx)
    .await?;
    Ok(claimed == 1)
}

/// The groups were read, or why that came to nothing.
pub(super) async fn note_groups(
    tx: &mut Tx,
    directory: &Directory,
    at: Moment,
    trouble: Option<String>,
) -> Result<()> {
    sql("UPDATE directories SET groups_at = $1, groups_trouble = $2 WHERE workplace_id = $3 AND id = $4")
        .bind(at.ms())
        .bind(trouble)
        .bind(directory.workplace)
        .bind(directory.id)
        .execute(tx)
        .await?;
    Ok(())
}

/// The groups are to be read anew.
pub(super) async fn forget_groups(tx: &mut Tx, directory: &Directory) -> Result<()> {
    sql("UPDATE directories SET groups_at = NULL, groups_trouble = NULL WHERE workplace_id = $1 AND id = $2")
        .bind(directory.workplace)
        .bind(directory.id)
        .execute(tx)
        .await?;
    Ok(())
}

/// The groups that an agent pushed last.
pub(super) async fn groups_file<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    id: DirectoryId,
) -> Result<Option<FileId>> {
    let found: Option<Option<FileId>> =
        sql("SELECT groups_file FROM directories WHERE workplace_id = $1 AND id = $2")
            .bind(workplace)
            .bind(id)
            .scalar_optional(conn)
            .await?;
    Ok(found.flatten())
}

pub(super) async fn set_groups_file(
    tx: &mut Tx,
    (workplace, id): (WorkplaceId, DirectoryId),
    file: Option<FileId>,
) -> Result<()> {
    sql("UPDATE directories SET groups_file = $1 WHERE workplace_id = $2 AND id = $3")
        .bind(file.map(|file| file.0))
        .bind(workplace)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

/// When the groups were read last, and why that came to nothing.
pub(super) async fn groups_seen(db: &Db, directory: &Directory) -> Result<Seen> {
    let found: Option<(Option<i64>, Option<String>)> =
        sql("SELECT groups_at, groups_trouble FROM directories WHERE workplace_id = $1 AND id = $2")
            .bind(directory.workplace)
            .bind(directory.id)
            .optional(db)
            .await?;
    let (at, trouble) = found.unwrap_or_default();
    Ok(Seen {
        at: at.map(Moment::from_ms),
        trouble,
        ..Seen::default()
    })
}

/// What the brake holds of the groups, or is let.
pub(super) async fn groups_held<'a>(
    conn: impl Into<Conn<'a>>,
    directory: &Directory,
) -> Result<Option<Toll>> {
    let found: Option<Option<String>> =
        sql("SELECT groups_held FROM directories WHERE workplace_id = $1 AND id = $2")
            .bind(directory.workplace)
            .bind(directory.id)
            .scalar_optional(conn)
            .await?;
    // Unreadable is the same as none: then it is counted anew.
    Ok(found.flatten().and_then(|text| serde_json::from_str(&text).ok()))
}

pub(super) async fn hold_groups(tx: &mut Tx, directory: &Directory, toll: Option<&Toll>) -> Result<()> {
    sql("UPDATE directories SET groups_held = $1 WHERE workplace_id = $2 AND id = $3")
        .bind(toll.map(text).transpose()?)
        .bind(directory.workplace)
        .bind(directory.id)
        .execute(tx)
        .await?;
    Ok(())
}

/// The directories that are connected, by id, and what they are called.
pub(crate) async fn connected<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
) -> Result<BTreeMap<uuid::Uuid, String>> {
    let found: Vec<(uuid::Uuid, String)> = sql("SELECT id, name FROM directories WHERE workplace_id = $1")
        .bind(workplace)
        .all(conn)
        .await?;
    Ok(found.into_iter().collect())
}

pub(super) async fn delete(tx: &mut Tx, workplace: WorkplaceId, id: DirectoryId) -> Result<()> {
    sql("DELETE FROM directory_people WHERE workplace_id = $1 AND directory_id = $2")
        .bind(workplace)
        .bind(id)
        .execute(&mut *tx)
        .await?;
    sql("DELETE FROM directories WHERE workplace_id = $1 AND id = $2")
        .bind(workplace)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn forget(tx: &mut Tx, workplace: WorkplaceId, account: AccountId) -> Result<()> {
    sql("DELETE FROM directory_people WHERE workplace_id = $1 AND account_id = $2")
        .bind(workplace)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}

/// How many people a directory brought or found.
pub async fn people(db: &Db, directory: &Directory) -> Result<i64> {
    Ok(
        sql("SELECT COUNT(*) FROM directory_people WHERE workplace_id = $1 AND directory_id = $2")
            .bind(directory.workplace)
            .bind(directory.id)
            .scalar(db)
            .await?,
    )
}

const LINK: &str = "entry_key, account_id, dn, dn_digest, photo, expires_at";

#[derive(FromRow)]
struct LinkRecord {
    entry_key: String,
    account_id: AccountId,
    dn: String,
    dn_digest: String,
    photo: Option<String>,
    expires_at: Option<i64>,
}

impl From<LinkRecord> for Link {
    fn from(record: LinkRecord) -> Self {
        Self {
            key: record.entry_key,
            account: record.account_id,
            dn: record.dn,
            digest: record.dn_digest,
            photo: record.photo,
            expires: record.expires_at,
        }
    }
}

/// By what [`links_of`] looks for them.
#[derive(Clone, Copy)]
pub(super) enum By {
    Key,
    Name,
    Account,
}

/// The links that have one of these. `values`: a list.
pub(super) async fn links_of(
    tx: &mut Tx,
    (workplace, directory): (WorkplaceId, DirectoryId),
    by: By,
    values: Value,
) -> Result<Vec<Link>> {
    let column = match by {
        By::Key => "entry_key",
        By::Name => "dn_digest",
        By::Account => "account_id",
    };
    let query = format!(
        "SELECT {LINK} FROM directory_people WHERE workplace_id = $1 AND directory_id = $2 AND {column} = ANY($3)"
    );
    let records: Vec<LinkRecord> = Sql::built(query)
        .bind(workplace)
        .bind(directory)
        .bind(values)
        .all(tx)
        .await?;
    Ok(records.into_iter().map(Link::from).collect())
}

/// All who are known of a directory, in the order of their keys, after `after`; or only those who have expired.
pub(super) async fn page(
    db: &Db,
    (workplace, directory): (WorkplaceId, DirectoryId),
    after: &str,
    expired: Option<Moment>,
    limit: i64,
) -> Result<Vec<Link>> {
    let before = expired.map_or(i64::MAX, Moment::ms);
    let records: Vec<LinkRecord> = Sql::built(format!(
        "SELECT {LINK} FROM directory_people WHERE workplace_id = $1 AND directory_id = $2 AND entry_key > $3 \
         AND COALESCE(expires_at, $4) <= $5 ORDER BY entry_key LIMIT $6"
    ))
    .bind(workplace)
    .bind(directory)
    .bind(after)
    .bind(if expired.is_some() { i64::MAX } else { 0 })
    .bind(before)
    .bind(limit)
    .all(db)
    .await?;
    Ok(records.into_iter().map(Link::from).collect())
}

/// Notes who is whom. A person is one entry of a directory: what they were before is forgotten.
pub(super) async fn put_links(
    tx: &mut Tx,
    (workplace, directory): (WorkplaceId, DirectoryId),
    links: &[Link],
) -> Result<()> {
    let accounts: Vec<AccountId> = links.iter().map(|link| link.account).collect();
    sql(
        "DELETE FROM directory_people WHERE workplace_id = $1 AND directory_id = $2 AND account_id = ANY($3)",
    )
    .bind(workplace)
    .bind(directory)
    .bind(AccountId::list(&accounts))
    .execute(&mut *tx)
    .await?;
    let mut insert = Insert::new(
        "INSERT INTO directory_people (workplace_id, directory_id, entry_key, account_id, dn, dn_digest, photo, expires_at)",
        8,
    )
    .tail(
        "ON CONFLICT (directory_id, entry_key) DO UPDATE SET account_id = excluded.account_id, dn = excluded.dn, \
         dn_digest = excluded.dn_digest, photo = excluded.photo, expires_at = excluded.expires_at",
    );
    for link in links {
        insert.push([
            workplace.into(),
            directory.into(),
            link.key.as_str().into(),
            link.account.into(),
            link.dn.as_str().into(),
            link.digest.as_str().into(),
            link.photo.clone().into(),
            link.expires.into(),
        ]);
    }
    insert.execute(tx).await?;
    Ok(())
}
