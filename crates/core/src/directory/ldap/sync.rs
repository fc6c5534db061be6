//! Content synchronisation (RFC 4533): what changed since a cookie.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_wire::directory::{Entry, uuid};
use ldap3::controls::{
    Control, ControlType, EntryState, MakeCritical as _, RefreshMode, SyncDone, SyncInfo, SyncRequest,
    SyncState, parse_syncinfo,
};

use super::changes::{Asked, query};
use super::search::entry;
use super::{Session, Trouble};

#[derive(Default)]
pub struct Synced {
    pub here: Vec<String>,
    pub gone: Vec<String>,
    /// Everybody who is there was named.
    pub whole: bool,
    pub cookie: Option<String>,
}

/// Asks for what changed since the cookie. Nothing: the server can't tell, and wants to be read anew.
pub async fn synchronise(
    session: &mut Session,
    asked: &Asked<'_>,
    cookie: Option<&String>,
    attributes: Vec<String>,
    take: &mut (dyn FnMut(Entry) -> Result<(), Trouble> + Send),
) -> Result<Option<Synced>, Trouble> {
    let request = SyncRequest {
        mode: RefreshMode::RefreshOnly,
        cookie: cookie.and_then(|cookie| STANDARD.decode(cookie).ok()),
        reload_hint: false,
    };
    let mut synced = Synced::default();
    let query = query(asked.base, asked.filter, attributes);
    let answer = session.ask(&query, vec![request.critical().into()], |found, controls| {
        if found.is_ref() {
            return Ok(());
        }
        if found.is_intermediate() {
            if let SyncInfo::SyncIdSet {
                refresh_deletes,
                sync_uuids,
                ..
            } = parse_syncinfo(found)
            {
                let keys = sync_uuids.iter().filter_map(|bytes| uuid(bytes));
                if refresh_deletes {
                    synced.gone.extend(keys);
                } else {
                    synced.here.extend(keys);
                }
            }
            return Ok(());
        }
        match state(controls) {
            Some(SyncState {
                state: EntryState::Delete,
                entry_uuid,
                ..
            }) => synced.gone.extend(uuid(&entry_uuid)),
            Some(SyncState {
                state: EntryState::Present,
                entry_uuid,
                ..
            }) => synced.here.extend(uuid(&entry_uuid)),
            _ => take(entry(found))?,
        }
        Ok(())
    });
    let result = match answer.await {
        Ok(result) => result,
        Err(trouble) if cookie.is_some() && trouble.code == "directory_refused" => return Ok(None),
        Err(trouble) => return Err(trouble),
    };
    let done = result.ctrls.iter().find_map(|Control(kind, raw)| match kind {
        Some(ControlType::SyncDone) if raw.val.is_some() => Some(raw.parse::<SyncDone>()),
        _ => None,
    });
    if let Some(done) = done {
        synced.whole = !done.refresh_deletes;
        synced.cookie = done.cookie.map(|cookie| STANDARD.encode(cookie));
    }
    Ok(Some(synced))
}

fn state(controls: &[Control]) -> Option<SyncState> {
    controls.iter().find_map(|Control(kind, raw)| match kind {
        Some(ControlType::SyncState) if raw.val.is_some() => Some(raw.parse::<SyncState>()),
        _ => None,
    })
}
