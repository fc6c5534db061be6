use super::{JoinLink, sql};
use crate::entropy::secret_hash;
use crate::ids::{AccountId, GroupId, JoinLinkId, WorkplaceId};
use crate::{Actor, App, Error, Moment, Permission, Result, audit, groups, signals};

/// The most people that one link takes, and days that it works.
const MOST_PEOPLE: i64 = 300;
const MOST_DAYS: i64 = 14;

/// Makes a link by which people come, in a group if one is named; gives it with its secret, which is shown once.
/// Whoever may invite makes links, and so do owners of a group for it: theirs go by what coworkers may.
pub async fn create(
    app: &App,
    actor: &Actor,
    group: Option<GroupId>,
    (people, days): (i64, i64),
) -> Result<(JoinLink, String)> {
    let creator = actor.account().ok_or_else(|| Error::Refused {
        code: "no_account",
        message: "A link is somebody's: log in to make one.".into(),
    })?;
    match group {
        None => actor.need(Permission::PeopleInvite)?,
        Some(id) => groups::may_share(&app.db, actor, id).await?,
    }
    let within = |field: &str, value: i64, most: i64| {
        if (1..=most).contains(&value) {
            return Ok(());
        }
        Err(Error::invalid(
            field,
            format!("Choose a number from 1 to {most}."),
        ))
    };
    within("people", people, MOST_PEOPLE)?;
    within("days", days, MOST_DAYS)?;
    let now = app.now();
    let link = JoinLink {
        id: JoinLinkId::new(&app.entropy, now),
        workplace: actor.workplace,
        group,
        people,
        used: 0,
        created_by: creator,
        created_at: now,
        expires_at: now.plus_days(days),
        revoked_at: None,
    };
    let secret = app.entropy.secret();
    let mut tx = app.begin().await?;
    sql::insert_link(&mut tx, &link, &secret_hash(&secret)).await?;
    note(app, &mut tx, actor, &link, "create").await?;
    tx.commit().await?;
    Ok((link, secret))
}

async fn note(
    app: &App,
    tx: &mut guildhall_store::Tx,
    actor: &Actor,
    link: &JoinLink,
    verb: &'static str,
) -> Result<()> {
    let entry = audit::Entry {
        source: "admin",
        verb,
        subject: audit::Subject {
            kind: "join_link",
            id: Some(link.id.0),
            name: format!("for {} people", link.people),
        },
        run: None,
        changes: Vec::new(),
    };
    let now = app.now();
    audit::write(tx, &app.entropy, audit::Scope { actor, now }, entry).await?;
    signals::send(tx, &app.entropy, now, actor.workplace, None, signals::INVITATION).await
}

/// The links of the workplace, newest first: for those who may invite all, for others their own.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<JoinLink>> {
    let mut all = sql::links(&app.db, actor.workplace).await?;
    if !actor.may(Permission::PeopleInvite) {
        all.retain(|link| Some(link.created_by) == actor.account());
    }
    Ok(all)
}

/// Ends a link: nobody comes by it any more.
pub async fn revoke(app: &App, actor: &Actor, id: JoinLinkId) -> Result<()> {
    let link = sql::link(&app.db, actor.workplace, id)
        .await?
        .filter(|link| actor.may(Permission::PeopleInvite) || Some(link.created_by) == actor.account())
        .ok_or_else(|| Error::not_found("link"))?;
    let mut tx = app.begin().await?;
    revoke_within(app, &mut tx, actor, &link).await?;
    tx.commit().await?;
    Ok(())
}

/// The links that a person made and that work.
pub(crate) async fn by(
    tx: &mut guildhall_store::Tx,
    whose: (WorkplaceId, AccountId),
    now: Moment,
) -> Result<Vec<JoinLink>> {
    let mut links = sql::links_by(tx, whose).await?;
    links.retain(|link| link.works(now));
    Ok(links)
}

/// Ends a link with the change that causes it.
pub(crate) async fn revoke_within(
    app: &App,
    tx: &mut guildhall_store::Tx,
    actor: &Actor,
    link: &JoinLink,
) -> Result<()> {
    sql::revoke_link(tx, link, app.now()).await?;
    note(app, tx, actor, link, "revoke").await
}

/// The link of that secret, while it works.
pub async fn read(app: &App, secret: &str) -> Result<JoinLink> {
    sql::link_by_token(&app.db, &secret_hash(secret))
        .await?
        .filter(|link| link.works(app.now()))
        .ok_or_else(|| {
            Error::NotFound(
                "This link takes nobody any more: it is too old, was ended, or as many came as were expected. Ask \
                 whoever gave it to you for another."
                    .into(),
            )
        })
}
