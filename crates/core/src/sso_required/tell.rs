//! Who is told: of a log-in past single sign-on, and when too few could still log in like that.

use guildhall_store::Tx;

use super::{AdminWay, Reach, admins, rules, sql};
use crate::access::Origin;
use crate::accounts::Account;
use crate::ids::WorkplaceId;
use crate::mail::{Content, LetterKind};
use crate::outbox::{self, Note};
use crate::sessions::rules::in_words;
use crate::{Actor, App, Result, accounts, audit, workplaces};

/// Somebody came in past single sign-on: that is in the audit log, and the other system admins are told by letter.
pub(crate) async fn announce(app: &App, tx: &mut Tx, account: &Account, origin: Origin<'_>) -> Result<()> {
    let actor = Actor::person(account, None);
    let entry = audit::Entry {
        source: "self",
        verb: "break_glass",
        subject: audit::Subject {
            kind: "account",
            id: Some(account.id.0),
            name: account.name(),
        },
        run: None,
        changes: Vec::new(),
    };
    let now = app.now();
    audit::write(tx, &app.entropy, audit::Scope { actor: &actor, now }, entry).await?;
    let (browser, device) = in_words(origin.user_agent);
    let content = Content::Brief {
        topic: LetterKind::BreakGlass,
        about: account.name(),
        by: Some(format!(
            "{browser} on {device}, {}",
            origin.address.to_canonical()
        )),
        message: None,
        count: 0,
        expires_at: Some(now.timestamp()),
    };
    let others = system_admins(tx, account.workplace).await?;
    let others = others.into_iter().filter(|admin| admin.id != account.id);
    write(app, tx, account.workplace, others.collect(), &content).await
}

async fn system_admins(tx: &mut Tx, workplace: WorkplaceId) -> Result<Vec<Account>> {
    accounts::with_roles(tx, workplace, &[accounts::SYSTEM_ADMIN.to_owned()]).await
}

async fn write(
    app: &App,
    tx: &mut Tx,
    workplace: WorkplaceId,
    admins: Vec<Account>,
    content: &Content,
) -> Result<()> {
    let workplace = workplaces::read(&mut *tx, workplace).await?;
    for admin in admins {
        let note = Note {
            content: content.clone(),
            invitation: None,
            secret: None,
        };
        outbox::post(app, tx, &workplace, &admin, note).await?;
    }
    Ok(())
}

/// Looks, in every workplace that requires single sign-on, whether enough system admins could still come in without it; the
/// admins of one where that changed are told, once.
pub async fn work(app: &App) -> Result<()> {
    for workplace in sql::requiring(&app.db).await? {
        let mut tx = app.begin().await?;
        tx.lock(workplace.0).await?;
        let Some(kept) = sql::get(&mut tx, workplace).await? else {
            continue;
        };
        if kept.requirement.reach == Reach::Off {
            continue;
        }
        let admins = admins(&mut tx, workplace, &kept.requirement).await?;
        let ways: Vec<AdminWay> = admins.iter().map(|(_, way)| *way).collect();
        let few = rules::kept(&ways) < rules::KEPT;
        if few != kept.warned && sql::note_warned(&mut tx, workplace, few).await? {
            if few {
                let admins = admins.into_iter().map(|(admin, _)| admin).collect();
                let name = workplaces::read(&mut tx, workplace).await?.name;
                let content = Content::brief(LetterKind::BreakGlassFew, &name);
                write(app, &mut tx, workplace, admins, &content).await?;
            }
            tx.commit().await?;
        }
    }
    Ok(())
}
