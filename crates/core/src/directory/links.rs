//! Which entry of a directory is which person here.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use guildhall_store::{Db, Tx};
use guildhall_wire::directory::dn_key;

use super::sql::{self, By};
use crate::ids::{AccountId, DirectoryId, WorkplaceId};
use crate::{Moment, Result};

/// An entry and the person it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub key: String,
    pub account: AccountId,
    pub dn: String,
    /// [`name_digest`] of the name.
    pub digest: String,
    /// The digest of the photo that the person got from it.
    pub photo: Option<String>,
    /// When the entry expires by itself, in milliseconds.
    pub expires: Option<i64>,
}

/// A workplace and its directory.
pub type Place = (WorkplaceId, DirectoryId);

/// The name of an entry as it is looked for: short, and the same however it is written.
pub fn name_digest(dn: &str) -> String {
    photo_digest(dn_key(dn).as_bytes())
}

pub fn photo_digest(bytes: &[u8]) -> String {
    hex::encode(digest(&SHA256, bytes))
}

/// The links with these keys, by key.
pub async fn by_key(tx: &mut Tx, place: Place, keys: Vec<String>) -> Result<HashMap<String, Link>> {
    let found = sql::links_of(tx, place, By::Key, keys.into()).await?;
    Ok(found.into_iter().map(|link| (link.key.clone(), link)).collect())
}

/// The links of the entries of these names, by the digest of the name.
pub async fn by_name(tx: &mut Tx, place: Place, digests: Vec<String>) -> Result<HashMap<String, Link>> {
    let found = sql::links_of(tx, place, By::Name, digests.into()).await?;
    Ok(found
        .into_iter()
        .map(|link| (link.digest.clone(), link))
        .collect())
}

/// The links of these people.
pub async fn by_account(
    tx: &mut Tx,
    place: Place,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, Link>> {
    let found = sql::links_of(tx, place, By::Account, AccountId::list(accounts)).await?;
    Ok(found.into_iter().map(|link| (link.account, link)).collect())
}

/// Everybody who is known of a directory, by key, after `after`; or those who have expired by then.
pub async fn page(
    db: &Db,
    place: Place,
    after: &str,
    expired: Option<Moment>,
    limit: i64,
) -> Result<Vec<Link>> {
    sql::page(db, place, after, expired, limit).await
}

pub async fn put(tx: &mut Tx, place: Place, links: &[Link]) -> Result<()> {
    sql::put_links(tx, place, links).await
}
