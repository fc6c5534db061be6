//! The letters about those who would come.

use guildhall_store::Tx;

use super::{Request, rules, sql};
use crate::ids::WorkplaceId;
use crate::mail::{Content, LetterKind, Recipient};
use crate::outbox::{self, Addressee, Note};
use crate::workplaces::{self, Workplace};
use crate::{App, Moment, Permission, Result, accounts, roles};

pub(super) fn plain(content: Content) -> Note {
    Note {
        content,
        invitation: None,
        secret: None,
    }
}

pub(super) fn to_address(email: &str, name: &str) -> Addressee {
    Addressee {
        account: None,
        recipient: Recipient {
            name: name.to_owned(),
            email: email.to_owned(),
            locale: None,
            time_zone: None,
        },
    }
}

/// Tells those who may invite that somebody waits: at once when nobody waited before, else the digest will.
pub(super) async fn admins(app: &App, tx: &mut Tx, workplace: &Workplace) -> Result<()> {
    if sql::waiting(&mut *tx, workplace.id).await? == 1 {
        write(app, tx, workplace, 1).await?;
    }
    Ok(())
}

async fn write(app: &App, tx: &mut Tx, workplace: &Workplace, waiting: i64) -> Result<()> {
    for admin in roles::holders(tx, workplace.id, Permission::PeopleInvite).await? {
        let content = Content::Brief {
            topic: LetterKind::RequestsWaiting,
            about: workplace.name.clone(),
            by: None,
            message: None,
            count: waiting,
            expires_at: None,
        };
        outbox::post(app, tx, workplace, &admin, plain(content)).await?;
    }
    sql::note_told(tx, workplace.id, app.now()).await
}

/// Reminds the admins of every workplace where somebody waits, once a day.
pub async fn digest(app: &App) -> Result<()> {
    for (id, _, told_at) in sql::to_tell(&app.db).await? {
        let workplace = workplaces::read(&app.db, id).await?;
        if is_due(app, &workplace, told_at.map(Moment::from_ms)) {
            remind(app, id).await?;
        }
    }
    Ok(())
}

fn is_due(app: &App, workplace: &Workplace, told_at: Option<Moment>) -> bool {
    rules::digest_due(
        told_at.map(Moment::timestamp),
        app.now().timestamp(),
        &workplace.time_zone,
    )
}

/// Of several servers that remind at once, one does.
async fn remind(app: &App, id: WorkplaceId) -> Result<()> {
    let mut tx = app.begin().await?;
    tx.lock(id.0).await?;
    let workplace = workplaces::read(&mut tx, id).await?;
    let told_at = sql::told_at(&mut tx, id).await?;
    let waiting = sql::waiting(&mut tx, id).await?;
    if waiting > 0 && is_due(app, &workplace, told_at) {
        write(app, &mut tx, &workplace, waiting).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Tells whoever asked what became of it: the coworker, or the person whom it was declined.
pub(super) async fn asker(
    app: &App,
    tx: &mut Tx,
    workplace: &Workplace,
    request: &Request,
    topic: LetterKind,
) -> Result<()> {
    let content = Content::Brief {
        topic,
        about: request.name.clone().unwrap_or_else(|| request.email.clone()),
        by: None,
        message: request.reason.clone(),
        count: 0,
        expires_at: None,
    };
    match request.asked_by {
        Some(coworker) => {
            if let Some(account) = accounts::get(&mut *tx, workplace.id, coworker).await?
                && super::is_in(&account)
            {
                outbox::post(app, tx, workplace, &account, plain(content)).await?;
            }
        }
        // Whoever was let in gets the invitation itself.
        None if topic == LetterKind::RequestDeclined => {
            let to = to_address(&request.email, request.name.as_deref().unwrap_or_default());
            outbox::post_to(app, tx, workplace, to, plain(content)).await?;
        }
        None => {}
    }
    Ok(())
}
