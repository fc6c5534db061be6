//! Who was invited, and how far they came: sent, bounced, visited, claimed. The letter itself is the outbox's.

mod claim;
mod sql;

use guildhall_store::Tx;

use crate::accounts::{Account, Letter};
use crate::entropy::secret_hash;
use crate::ids::{AccountId, InvitationId, WorkplaceId};
use crate::mail::Content;
use crate::outbox::{self, Note};
use crate::{Actor, ActorKind, App, Moment, Result, signals, workplaces};

use crate::words::words;

pub(crate) use claim::welcome;
pub use claim::{Claim, NewPassword, Opened, claim, keep_password, open};
pub(crate) use sql::note_visited;
pub use sql::{
    Filter, Funnel, end, forget, funnel, get, list, note_bounced, note_sent, of_account, open_between, rest,
    revive,
};

words! {
    /// How far an invitation has come.
    InvitationState {
        Waiting = "waiting",
        Sent = "sent",
        Bounced = "bounced",
        Visited = "visited",
        Claimed = "claimed",
        /// Its link is too old.
        Expired = "expired",
        Revoked = "revoked",
    }
}

/// One person's invitation: a newer one takes the place of the older.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub id: InvitationId,
    pub workplace: WorkplaceId,
    pub account: AccountId,
    pub state: InvitationState,
    pub message: Option<String>,
    pub invited_by: Option<AccountId>,
    pub created_at: Moment,
    pub expires_at: Moment,
    pub sent_at: Option<Moment>,
    pub bounced_at: Option<Moment>,
    pub bounce_reason: Option<String>,
    pub visited_at: Option<Moment>,
    pub claimed_at: Option<Moment>,
    pub reminded_at: Option<Moment>,
    pub reminders: i64,
}

impl Invitation {
    /// Whether the person has a link that works.
    pub fn works(&self, now: Moment) -> bool {
        matches!(self.state, InvitationState::Sent | InvitationState::Visited) && self.expires_at > now
    }
}

/// Writes the letter that a change of an account causes, with a new link in place of any older. Gives the token of
/// the link, which is for the letter (or for whoever made the workplace on the command line) and is not kept.
pub async fn write(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    account: &Account,
    letter: &Letter,
) -> Result<String> {
    let workplace = workplaces::read(&mut *tx, account.workplace).await?;
    let now = app.now();
    let token = app.entropy.secret();
    let whose = (account.workplace, account.id);
    let expires_at = now.plus_days(workplace.settings.invite_days);
    let (message, reminds) = match letter {
        Letter::Invitation { message } => (message.clone(), false),
        Letter::Reminder { message } => (message.clone(), true),
    };
    let older = sql::of_account(&mut *tx, account.workplace, account.id).await?;
    let reminded = older.filter(|_| reminds);
    let invitation = Invitation {
        id: InvitationId::new(&app.entropy, now),
        workplace: account.workplace,
        account: account.id,
        state: InvitationState::Waiting,
        message: message.clone(),
        invited_by: actor
            .account()
            .or(reminded.as_ref().and_then(|older| older.invited_by)),
        created_at: reminded.as_ref().map_or(now, |older| older.created_at),
        expires_at,
        sent_at: None,
        bounced_at: None,
        bounce_reason: None,
        visited_at: None,
        claimed_at: None,
        reminded_at: reminds.then_some(now),
        reminders: reminded.map_or(0, |older| older.reminders) + i64::from(reminds),
    };
    outbox::cancel(tx, whose).await?;
    sql::replace(tx, &invitation, &secret_hash(&token)).await?;
    let inviter = match actor.kind {
        ActorKind::Account(_) => Some(actor.name.clone()),
        _ => None,
    };
    let expires_at = expires_at.timestamp();
    let content = if reminds {
        Content::Reminder {
            inviter,
            message,
            expires_at,
        }
    } else {
        Content::Invitation {
            inviter,
            message,
            expires_at,
        }
    };
    let note = Note {
        content,
        invitation: Some(invitation.id),
        secret: Some(token.clone()),
    };
    outbox::post(app, tx, &workplace, account, note).await?;
    signals::send(
        tx,
        &app.entropy,
        now,
        account.workplace,
        None,
        signals::INVITATION,
    )
    .await?;
    Ok(token)
}
