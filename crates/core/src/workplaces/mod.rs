//! One organisation's community, the tenant: its name and how it looks and decides.

pub mod rules;
mod settings;
mod sql;

use guildhall_store::Tx;

use crate::ids::{FileId, WorkplaceId};
use crate::{Actor, App, Moment, Result, audit};

pub use settings::Settings;
pub use sql::{all, get, none};

/// One workplace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workplace {
    pub id: WorkplaceId,
    pub name: String,
    /// BCP 47, such as `en-GB`.
    pub locale: String,
    /// IANA, such as `Europe/Warsaw`.
    pub time_zone: String,
    /// `#rrggbb`.
    pub colour: String,
    pub logo: Option<FileId>,
    pub settings: Settings,
    pub created_at: Moment,
}

/// Opens a workplace with nobody in it.
pub async fn create(app: &App, name: &str, locale: &str, time_zone: &str) -> Result<Workplace> {
    let mut tx = app.begin().await?;
    let workplace = open(app, &mut tx, (name, locale, time_zone)).await?;
    tx.commit().await?;
    Ok(workplace)
}

/// [`create`] within a transaction: name, locale, time zone.
pub async fn open(
    app: &App,
    tx: &mut Tx,
    (name, locale, time_zone): (&str, &str, &str),
) -> Result<Workplace> {
    let now = app.now();
    let workplace = Workplace {
        id: WorkplaceId::new(&app.entropy, now),
        name: rules::name(name)?,
        locale: rules::locale(locale)?,
        time_zone: rules::time_zone(time_zone)?,
        colour: rules::COLOUR.to_owned(),
        logo: None,
        settings: Settings::default(),
        created_at: now,
    };
    sql::insert(tx, &workplace).await?;
    let entry = audit::Entry {
        source: "admin",
        verb: "create",
        subject: audit::Subject {
            kind: "workplace",
            id: Some(workplace.id.0),
            name: workplace.name.clone(),
        },
        run: None,
        changes: Vec::new(),
    };
    let actor = Actor::command_line(workplace.id);
    audit::write(tx, &app.entropy, audit::Scope { actor: &actor, now }, entry).await?;
    Ok(workplace)
}
