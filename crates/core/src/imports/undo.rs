//! Putting back what a list changed: its events are read backwards, and each is answered by its opposite on the one
//! path. What somebody changed since, and who has logged in since, is kept.

use std::collections::BTreeMap;

use super::types::{Counts, RunState};
use super::work::Worker;
use super::{sql, told};
use crate::accounts::{self, Account, AccountState, Change, Origin, ProfileField, Source, Verb, Whom};
use crate::audit::{self, AuditEvent, FieldChange};
use crate::ids::AccountId;
use crate::{Error, Result, directory, invitations};
use guildhall_store::Tx;

/// Events that are answered in one transaction.
const BATCH: i64 = 100;

pub(super) async fn undo(worker: &mut Worker<'_>) -> Result<()> {
    loop {
        let filter = audit::Filter {
            run: Some(worker.run.id),
            after: worker.run.stage.parse().ok(),
            limit: BATCH,
            ..audit::Filter::default()
        };
        let events = audit::list(&worker.app.db, worker.run.workplace, &filter).await?;
        let Some(last) = events.items.last() else { break };
        let mut tx = worker.app.begin_long().await?;
        tx.lock(worker.run.workplace.0).await?;
        let mut outcomes = Vec::new();
        for event in &events.items {
            let outcome = match put_back(worker, &mut tx, event).await? {
                Err(why) => {
                    worker.run.counts.kept += 1;
                    format!("kept: {why}")
                }
                Ok(link) => {
                    worker.run.counts.restored += 1;
                    let Some(told) = link.map(|link| link.noted(&mut worker.run.counts)) else {
                        continue;
                    };
                    format!("restored: {told}")
                }
            };
            outcomes.extend(event.subject.id.map(|id| (AccountId(id), outcome)));
        }
        sql::put_outcomes(&mut tx, &worker.run, &outcomes).await?;
        worker.run.stage = last.id.to_string();
        worker.run.position += events.items.len() as i64;
        worker.keep(&mut tx).await?;
        told(worker.app, &mut tx, &worker.run).await?;
        tx.commit().await?;
    }
    worker.run.undone_at = Some(worker.app.now());
    let mut tx = worker.app.begin_long().await?;
    directory::undone(worker.app, &mut tx, &worker.run).await?;
    worker.end_with(tx, RunState::Undone).await
}

/// Answers one event, or says why what it changed is kept.
async fn put_back(worker: &Worker<'_>, tx: &mut Tx, event: &AuditEvent) -> Result<Answer> {
    let Some(id) = event.subject.id.map(AccountId) else {
        return Ok(Err(GONE.into()));
    };
    let Some(account) = accounts::get(&mut *tx, worker.run.workplace, id).await? else {
        return Ok(Err(GONE.into()));
    };
    if let Some(refusal) = worker.beyond(&account) {
        return Ok(Err(refusal.message));
    }
    let (verbs, complete) = opposite(&account, &event.changes, worker.run.source());
    let mut link = None;
    for (source, verb) in &verbs {
        let mut change = Change::new(*source, verb.clone());
        change.origins = origins(&event.changes);
        let planned = accounts::plan(
            worker.app,
            tx,
            &worker.actor,
            Whom::Is(id),
            &change,
            &worker.policy,
        )
        .await;
        match planned {
            Ok(plan) => {
                accounts::apply(worker.app, tx, &worker.actor, &plan).await?;
                if let (Verb::Reactivate, Some(back)) = (verb, plan.after) {
                    link = invited(worker, tx, &back).await?;
                }
            }
            Err(error @ (Error::Internal(_) | Error::Store(_))) => return Err(error),
            Err(error) => return Ok(Err(error.to_string())),
        }
    }
    Ok(complete.map(|()| link).map_err(str::to_owned))
}

/// Put back, with what became of the person's invitation; or why not.
type Answer = std::result::Result<Option<Link>, String>;

/// What the link of somebody is worth who is back and had been invited.
#[derive(Clone, Copy, Debug)]
enum Link {
    Works,
    Sent,
    None,
}

impl Link {
    fn noted(self, counts: &mut Counts) -> &'static str {
        match self {
            Self::Works => {
                counts.links_back += 1;
                "the invitation they have works again"
            }
            Self::Sent => {
                counts.invited_again += 1;
                "a new invitation is on its way"
            }
            Self::None => {
                counts.without_link += 1;
                "they need a new invitation, the old one never arrived or is too old"
            }
        }
    }
}

/// Sees to the invitation of somebody who is back; nothing when they had none.
async fn invited(worker: &Worker<'_>, tx: &mut Tx, back: &Account) -> Result<Option<Link>> {
    if back.state != AccountState::Invited {
        return Ok(None);
    }
    if worker.run.options.invite_again && back.profile.get(ProfileField::Email).is_some() {
        let remind = Change::new(Source::File, Verb::Remind { message: None });
        let whom = Whom::Is(back.id);
        let plan = accounts::plan(worker.app, tx, &worker.actor, whom, &remind, &worker.policy).await?;
        accounts::apply(worker.app, tx, &worker.actor, &plan).await?;
        return Ok(Some(Link::Sent));
    }
    let invitation = invitations::of_account(&mut *tx, back.workplace, back.id).await?;
    let works = invitation.is_some_and(|invitation| invitation.works(worker.app.now()));
    Ok(Some(if works { Link::Works } else { Link::None }))
}

/// Whose word each field was before. Of events that do not tell (older ones), the list's.
fn origins(changes: &[FieldChange]) -> BTreeMap<ProfileField, Option<Origin>> {
    let known = |change: &&FieldChange| change.was_from.is_some() || change.before.is_none();
    changes
        .iter()
        .filter(known)
        .filter_map(|change| Some((ProfileField::parse(&change.field)?, change.was_from)))
        .collect()
}

const GONE: &str = "is not here any more";
const IN_USE: &str = "the account is in use since";
const CHANGED: &str = "somebody changed it since";

/// What undoes these changes of the account as it is now; and whether that undoes all of them, or why not.
fn opposite(
    account: &Account,
    changes: &[FieldChange],
    from: Source,
) -> (Vec<(Source, Verb)>, std::result::Result<(), &'static str>) {
    let state = changes.iter().find(|change| change.field == "state");
    let was = state.map(|change| change.before.as_deref().and_then(AccountState::parse));
    if was == Some(None) {
        // The list made this person: gone again, unless they have been in.
        let deletable = account.claimed_at.is_none();
        return if deletable {
            (vec![(from, Verb::Delete)], Ok(()))
        } else {
            (Vec::new(), Err(IN_USE))
        };
    }
    let mut complete = Ok(());
    let mut patch = Vec::new();
    for change in changes {
        let Some(field) = ProfileField::parse(&change.field) else {
            continue;
        };
        if account.profile.get(field) == change.after.as_deref() {
            patch.push((field, change.before.clone()));
        } else {
            complete = Err(CHANGED);
        }
    }
    let mut verbs = Vec::new();
    if !patch.is_empty() {
        verbs.push((from, Verb::Update { patch }));
    }
    if let Some(change) = state {
        let is_as_left = change.after.as_deref() == Some(account.state.as_str());
        let back = match (change.before.as_deref(), change.after.as_deref()) {
            _ if !is_as_left => None,
            (_, Some("deactivated")) => Some((from, Verb::Reactivate)),
            (Some("deactivated"), _) => Some((from, Verb::Deactivate)),
            (Some("uninvited"), Some("invited")) => Some((Source::Admin, Verb::Revoke)),
            _ => None,
        };
        if back.is_none() {
            let claimed = account.state == AccountState::Claimed;
            complete = Err(if claimed { IN_USE } else { CHANGED });
        }
        verbs.extend(back);
    }
    (verbs, complete)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Moment;
    use crate::accounts::{MEMBER, Profile};
    use crate::ids::WorkplaceId;
    use uuid::Uuid;

    fn account(state: AccountState) -> Account {
        let mut profile = Profile::default();
        profile.set(ProfileField::Title, Some("Clerk".into()));
        Account {
            id: AccountId(Uuid::nil()),
            workplace: WorkplaceId(Uuid::nil()),
            state,
            resting_state: None,
            ended_by: None,
            former: false,
            role: MEMBER.into(),
            profile,
            origins: std::collections::BTreeMap::new(),
            claims: accounts::Claims::default(),
            created_source: Source::File,
            created_at: Moment::from_ms(0),
            updated_at: Moment::from_ms(0),
            invited_at: None,
            claimed_at: (state == AccountState::Claimed).then_some(Moment::from_ms(0)),
            deactivated_at: None,
            version: 1,
        }
    }

    #[test]
    fn every_change_has_its_opposite_unless_somebody_was_quicker() {
        use AccountState as S;
        let change = |field: &'static str, before: Option<&str>, after: Option<&str>| FieldChange {
            field: field.into(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
            was_from: None,
        };
        let table = [
            (
                S::Uninvited,
                change("state", None, Some("uninvited")),
                "delete",
                true,
            ),
            (S::Claimed, change("state", None, Some("invited")), "", false),
            (
                S::Claimed,
                change("title", Some("Boss"), Some("Clerk")),
                "update",
                true,
            ),
            (
                S::Claimed,
                change("title", Some("Boss"), Some("Chief")),
                "",
                false,
            ),
            (
                S::Deactivated,
                change("state", Some("claimed"), Some("deactivated")),
                "reactivate",
                true,
            ),
            (
                S::Claimed,
                change("state", Some("claimed"), Some("deactivated")),
                "",
                false,
            ),
            (
                S::Uninvited,
                change("state", Some("deactivated"), Some("uninvited")),
                "deactivate",
                true,
            ),
            (
                S::Invited,
                change("state", Some("uninvited"), Some("invited")),
                "revoke",
                true,
            ),
            (
                S::Claimed,
                change("state", Some("uninvited"), Some("invited")),
                "",
                false,
            ),
        ];
        for (state, change, verb, complete) in table {
            let (verbs, whole) = opposite(&account(state), std::slice::from_ref(&change), Source::File);
            let words: Vec<&str> = verbs.iter().map(|(_, verb)| verb.as_str()).collect();
            assert_eq!(
                (words.join(" ").as_str(), whole.is_ok()),
                (verb, complete),
                "{state:?} {change:?}"
            );
        }
    }
}
