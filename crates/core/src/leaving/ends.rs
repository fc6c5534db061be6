//! All that ends when somebody leaves, in the transaction of the change itself: each room ends what is its own and says
//! what that was.

use guildhall_store::Tx;

use super::{End, EndKind};
use crate::accounts::{Account, Plan};
use crate::ids::{AccountId, WorkplaceId};
use crate::sessions::{self, Session};
use crate::{Actor, App, Moment, Result, access, addresses, codes, invitations, joining, outbox, tokens};

/// Ends all by which a deactivated person could still get in or let others in, and writes the proof.
pub async fn end_what_is_theirs(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    plan: &Plan,
    account: &Account,
) -> Result<()> {
    let (whose, now) = ((account.workplace, account.id), app.now());
    let mut ends = Vec::new();
    for session in sessions::list(&mut *tx, whose.0, whose.1, now).await? {
        ends.push(of_session(&session, now));
    }
    sessions::end_all(tx, whose, None, plan.verb, now).await?;
    for token in tokens::made_by(&mut *tx, whose, now).await? {
        let kind = match token.connector {
            None => {
                tokens::end_within(app, tx, actor, &token).await?;
                EndKind::ApiToken
            }
            Some(_) => EndKind::ConnectorToken,
        };
        ends.push(End {
            kind,
            what: format!("{} (ends in {})", token.name, token.hint),
            id: Some(token.id.0),
            began_at: Some(token.created_at),
            last_used_at: token.last_used_at,
            ended_at: token.connector.is_none().then_some(now),
        });
    }
    for link in joining::links_by(&mut *tx, whose, now).await? {
        joining::revoke_within(app, tx, actor, &link).await?;
        let left = link.people - link.used;
        ends.push(End {
            kind: EndKind::JoinLink,
            what: format!("for {left} more people"),
            ..thing(Some(link.id.0), link.created_at, now)
        });
    }
    end_links(tx, whose, now, &mut ends).await?;
    super::note(app, tx, actor, plan, account, &ends).await
}

async fn end_links(
    tx: &mut Tx,
    whose: (WorkplaceId, AccountId),
    now: Moment,
    ends: &mut Vec<End>,
) -> Result<()> {
    if let Some(invitation) = invitations::of_account(&mut *tx, whose.0, whose.1).await?
        && invitation.works(now)
    {
        ends.push(End {
            kind: EndKind::Invitation,
            last_used_at: invitation.visited_at,
            ..thing(Some(invitation.id.0), invitation.created_at, now)
        });
    }
    invitations::rest(tx, whose).await?;
    for (reset, asked) in access::live_resets(&mut *tx, whose, now).await? {
        ends.push(End {
            kind: EndKind::ResetLink,
            ..thing(Some(reset.0), asked, now)
        });
    }
    access::end_resets(tx, whose, now).await?;
    access::end_steps(tx, whose).await?;
    if let Some(code) = codes::end(tx, whose, now).await? {
        ends.push(End {
            kind: EndKind::AccessCode,
            ..thing(Some(code.id.0), code.created_at, now)
        });
    }
    for (proof, email, asked) in addresses::end(tx, whose, now).await? {
        ends.push(End {
            kind: EndKind::AddressLink,
            what: email,
            ..thing(Some(proof.0), asked, now)
        });
    }
    let letters = outbox::cancel(tx, whose).await?;
    if letters > 0 {
        ends.push(End {
            kind: EndKind::Letters,
            what: letters.to_string(),
            began_at: None,
            ..thing(None, now, now)
        });
    }
    Ok(())
}

fn thing(id: Option<uuid::Uuid>, began: Moment, now: Moment) -> End {
    End {
        kind: EndKind::Session,
        what: String::new(),
        id,
        began_at: Some(began),
        last_used_at: None,
        ended_at: Some(now),
    }
}

fn of_session(session: &Session, now: Moment) -> End {
    let (browser, device) = sessions::rules::in_words(&session.user_agent);
    End {
        what: format!("{browser}, {device}, {}", session.address),
        last_used_at: Some(session.last_seen_at),
        ..thing(Some(session.id.0), session.created_at, now)
    }
}

/// When the person was last seen, as far as that was written down.
pub(super) async fn last_seen(
    tx: &mut Tx,
    whose: (WorkplaceId, AccountId),
    ends: &[End],
) -> Result<Option<Moment>> {
    let by_token = ends
        .iter()
        .filter(|end| end.kind == EndKind::ApiToken)
        .filter_map(|end| end.last_used_at)
        .max();
    Ok(sessions::last_seen(tx, whose).await?.max(by_token))
}
