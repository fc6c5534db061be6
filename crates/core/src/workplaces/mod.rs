//! One organisation's community, the tenant: its name and how it looks and decides.

pub mod rules;
mod settings;
mod sql;

use guildhall_store::{Conn, Tx};

use crate::accounts::Policy;
use crate::ids::{FileId, WorkplaceId};
use crate::{
    Actor, App, Error, Moment, Permission, Result, access, audit, devices, factors, roles, sessions,
};

pub use settings::Settings;
pub(crate) use sql::only;
pub use sql::{all, get, how_many, none, with_logo};

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

impl Workplace {
    /// What the rules of accounts need to know of it.
    pub fn policy(&self) -> Policy {
        Policy {
            time_zone: Some(self.time_zone.clone()),
            ..self.settings.policy()
        }
    }
}

/// The workplace of that id, which must be there.
pub async fn read<'a>(conn: impl Into<Conn<'a>>, id: WorkplaceId) -> Result<Workplace> {
    sql::get(conn, id)
        .await?
        .ok_or_else(|| Error::not_found("workplace"))
}

/// Who writes to those who have no workplace yet: this server.
pub fn house() -> Workplace {
    Workplace {
        id: WorkplaceId(uuid::Uuid::nil()),
        name: "Guildhall".into(),
        locale: "en".into(),
        time_zone: "UTC".into(),
        colour: rules::COLOUR.to_owned(),
        logo: None,
        settings: Settings::default(),
        created_at: Moment::from_ms(0),
    }
}

/// [`read`], or [`house`] for its id.
pub async fn read_or_house(db: &guildhall_store::Db, id: WorkplaceId) -> Result<Workplace> {
    if id == house().id {
        return Ok(house());
    }
    read(db, id).await
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

/// Changes the actor's workplace; what was changed is in the audit log.
pub async fn change(app: &App, actor: &Actor, alter: impl FnOnce(&mut Workplace)) -> Result<Workplace> {
    actor.need(Permission::WorkplaceManage)?;
    let now = app.now();
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let before = read(&mut tx, actor.workplace).await?;
    let mut after = before.clone();
    alter(&mut after);
    let mut after = rules::checked(after)?;
    if rules::changes_log_in(&before, &after) {
        access::proven(actor, now)?;
        for role in &after.settings.second_factor_roles {
            if !roles::exists(&mut tx, actor.workplace, role).await? {
                return Err(Error::invalid(
                    "second_factor_roles",
                    format!("There is no role \"{role}\"."),
                ));
            }
        }
    }
    after.settings.second_factor_since = factors::rules::since(&before.settings, &after.settings, now);
    let changes = rules::differences(&before, &after);
    if !changes.is_empty() {
        sql::update(&mut tx, &after, now).await?;
        let days = after.settings.log_in_again_days;
        if days > 0 && days != before.settings.log_in_again_days {
            sessions::shorten(&mut tx, after.id, days).await?;
            sessions::everybody_told(app, &mut tx, after.id).await?;
        }
        if before.settings.remember_devices && !after.settings.remember_devices {
            devices::ask_everybody_again(&mut tx, after.id).await?;
        }
        let entry = audit::Entry {
            source: "admin",
            verb: "update",
            subject: audit::Subject {
                kind: "workplace",
                id: Some(after.id.0),
                name: after.name.clone(),
            },
            run: None,
            changes,
        };
        audit::write(&mut tx, &app.entropy, audit::Scope { actor, now }, entry).await?;
    }
    tx.commit().await?;
    Ok(after)
}
