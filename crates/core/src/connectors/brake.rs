//! What keeps a wrong scope at an identity provider from emptying the workplace, one request at a time: who has come and is
//! ended by a connector is counted, a day at a time, and more than may go without a person's word is refused.

use guildhall_store::Tx;

use super::rules::Leavers;
use super::{Connector, note, read, sql};
use crate::accounts::{self, AccountState};
use crate::ids::ConnectorId;
use crate::mail::{Content, LetterKind};
use crate::outbox::{self, Note};
use crate::{Actor, App, Error, Moment, Permission, Result, audit, roles, workplaces};

/// How long a person's word lets more go.
const HOURS: i64 = 24;

/// Counts one more who has come and is ended by the connector.
///
/// # Errors
/// `brake`, where a person is to be asked first.
pub(crate) async fn let_go(app: &App, tx: &mut Tx, connector: &Connector) -> Result<()> {
    let now = app.now();
    let bounds = workplaces::read(&mut *tx, connector.workplace)
        .await?
        .settings
        .brake();
    let people = accounts::counts(&app.db, connector.workplace).await?;
    let here = people.get(&AccountState::Claimed).copied().unwrap_or(0);
    let so_far = sql::leavers(&mut *tx, connector).await?.at(now);
    let Some(next) = so_far.one_more(now, here, bounds) else {
        return Err(Error::Refused {
            code: "brake",
            message: format!(
                "The brake holds: {} has deactivated {} people within a day, and more need a person's word. Check who is assigned \
                 to this application; an admin lets more go under \"Connectors\". Then send this again.",
                connector.name, so_far.gone
            ),
        });
    };
    sql::put_leavers(tx, connector, &next).await
}

/// Notes that the brake refused somebody; those who look after connectors are told of the first.
pub async fn note_held(app: &App, connector: &Connector) -> Result<()> {
    let mut tx = app.begin().await?;
    tx.lock(connector.workplace.0).await?;
    let leavers = sql::leavers(&mut tx, connector).await?.at(app.now());
    let next = Leavers {
        held: leavers.held + 1,
        ..leavers
    };
    sql::put_leavers(&mut tx, connector, &next).await?;
    if next.held == 1 {
        tell(app, &mut tx, connector, next.gone).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn tell(app: &App, tx: &mut Tx, connector: &Connector, gone: i64) -> Result<()> {
    let workplace = workplaces::read(&mut *tx, connector.workplace).await?;
    for admin in roles::holders(tx, workplace.id, Permission::ConnectorsManage).await? {
        let content = Content::Brief {
            topic: LetterKind::ConnectorHeld,
            about: connector.name.clone(),
            by: None,
            message: None,
            count: gone,
            expires_at: None,
        };
        let letter = Note {
            content,
            invitation: None,
            secret: None,
        };
        outbox::post(app, tx, &workplace, &admin, letter).await?;
    }
    Ok(())
}

/// Lets a connector deactivate more people, for a day.
///
/// # Errors
/// `not_held`, where the brake refused nobody.
pub async fn release(app: &App, actor: &Actor, id: ConnectorId) -> Result<()> {
    actor.need(Permission::PeopleDeactivate)?;
    let connector = read(app, actor, id).await?;
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let now = app.now();
    let leavers = sql::leavers(&mut tx, &connector).await?.at(now);
    if leavers.held == 0 {
        return Err(Error::Conflict {
            code: "not_held",
            message: "The brake holds nobody whom this connector deactivates: there is nothing to let."
                .into(),
        });
    }
    let until = now.plus_seconds(HOURS * 3600);
    let next = Leavers {
        held: 0,
        let_until: Some(until.ms()),
        ..leavers
    };
    sql::put_leavers(&mut tx, &connector, &next).await?;
    let change = audit::FieldChange {
        field: "held".into(),
        before: Some(leavers.held.to_string()),
        after: None,
        was_from: None,
    };
    note(app, &mut tx, actor, &connector, "release", vec![change]).await?;
    tx.commit().await?;
    Ok(())
}

/// What the brake holds of a connector, if it holds anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// People who were deactivated within a day.
    pub gone: i64,
    /// Requests that were refused since.
    pub refused: i64,
    pub since: Moment,
}

/// What the brake holds of a connector.
pub async fn held(app: &App, connector: &Connector) -> Result<Option<Held>> {
    let leavers = sql::leavers(&app.db, connector).await?.at(app.now());
    Ok((leavers.held > 0).then(|| Held {
        gone: leavers.gone,
        refused: leavers.held,
        since: Moment::from_ms(leavers.since),
    }))
}
