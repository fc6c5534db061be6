//! The letters about domains.

use guildhall_store::Tx;

use super::rules::News;
use super::{Domain, DomainState, names, sql};
use crate::mail::{Content, LetterKind, Recipient};
use crate::outbox::{self, Addressee, Note};
use crate::{Actor, App, Moment, Permission, Result, roles, signals, workplaces};

fn note(content: Content, secret: Option<String>) -> Note {
    Note {
        content,
        invitation: None,
        secret,
    }
}

/// Tells those who look after the workplace.
pub(super) async fn admins(app: &App, tx: &mut Tx, domain: &Domain, news: News) -> Result<()> {
    let (kind, days) = match news {
        News::Verified => (LetterKind::DomainVerified, 0),
        News::Gone { days_left } => (LetterKind::DomainGone, days_left),
        News::Lost => (LetterKind::DomainLost, 0),
        News::Narrows { days_left } => (LetterKind::DomainNarrows, days_left),
        News::Narrowed => (LetterKind::DomainNarrowed, 0),
    };
    write(app, tx, domain, kind, days).await
}

async fn write(app: &App, tx: &mut Tx, domain: &Domain, topic: LetterKind, count: i64) -> Result<()> {
    let workplace = workplaces::read(&mut *tx, domain.workplace).await?;
    for admin in roles::holders(tx, domain.workplace, Permission::WorkplaceManage).await? {
        let content = Content::Brief {
            topic,
            about: names::shown(&domain.name),
            by: None,
            message: None,
            count,
            expires_at: None,
        };
        outbox::post(app, tx, &workplace, &admin, note(content, None)).await?;
    }
    Ok(())
}

/// Tells the other workplaces that had let the domain in.
pub(super) async fn others(app: &App, tx: &mut Tx, domain: &Domain) -> Result<()> {
    for other in sql::others(tx, domain.workplace, &domain.name).await? {
        if other.state == DomainState::AllowListed {
            write(app, tx, &other, LetterKind::DomainTaken, 0).await?;
        }
        signals::send(
            tx,
            &app.entropy,
            app.now(),
            other.workplace,
            None,
            signals::DOMAINS,
        )
        .await?;
    }
    Ok(())
}

/// Sends the code to the domain's own mailbox.
pub(super) async fn mailbox(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    domain: &Domain,
    (recipient, code, until): (&str, &str, Moment),
) -> Result<()> {
    let workplace = workplaces::read(&mut *tx, domain.workplace).await?;
    let content = Content::Brief {
        topic: LetterKind::DomainCode,
        about: names::shown(&domain.name),
        by: actor.account().map(|_| actor.name.clone()),
        message: None,
        count: 0,
        expires_at: Some(until.timestamp()),
    };
    let to = Addressee {
        account: None,
        recipient: Recipient {
            name: String::new(),
            email: recipient.to_owned(),
            locale: None,
            time_zone: None,
        },
    };
    outbox::post_to(app, tx, &workplace, to, note(content, Some(code.to_owned()))).await?;
    Ok(())
}
