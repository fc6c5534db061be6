//! API tokens: what programs carry instead of a session. Shown once, stored hashed.

mod sql;

use std::collections::BTreeSet;

use guildhall_store::Db;

use crate::accounts::Account;
use crate::entropy::secret_hash;
use crate::ids::{AccountId, ConnectorId, TokenId, WorkplaceId};
use crate::{Actor, ActorKind, App, Error, Moment, Permission, Result, access, audit, connectors};

pub use sql::{list, made_by, of_connector};

/// What every token begins with, so that one that leaked is recognised.
pub const PREFIX: &str = "ghp_";
/// How often a use is noted, in seconds.
const TOUCH_SECONDS: i64 = 60;
const MAX_NAME: usize = 100;

/// One token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub id: TokenId,
    pub workplace: WorkplaceId,
    pub name: String,
    /// Its last characters, to tell it from others.
    pub hint: String,
    pub scopes: Vec<Permission>,
    pub created_by: Option<AccountId>,
    pub created_at: Moment,
    pub expires_at: Option<Moment>,
    pub last_used_at: Option<Moment>,
    /// The connector that it speaks for.
    pub connector: Option<ConnectorId>,
}

/// Makes a token; gives it with its secret, which is not kept. Nobody gives a token more than they may themselves. One
/// that speaks SCIM belongs to the workplace's first connector, which is made if there is none.
pub async fn create(
    app: &App,
    actor: &Actor,
    name: &str,
    scopes: &[Permission],
    expires_at: Option<Moment>,
) -> Result<(Token, String)> {
    actor.need(Permission::TokensManage)?;
    access::proven(actor, app.now())?;
    let connector = if scopes.contains(&Permission::Scim) && actor.may(Permission::Scim) {
        Some(connectors::first(app, actor).await?.id)
    } else {
        None
    };
    create_for(app, actor, name, scopes, expires_at, connector).await
}

/// [`create`] for a connector. Whether the actor may was asked by the caller.
pub(crate) async fn create_for(
    app: &App,
    actor: &Actor,
    name: &str,
    scopes: &[Permission],
    expires_at: Option<Moment>,
    connector: Option<ConnectorId>,
) -> Result<(Token, String)> {
    let now = app.now();
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME {
        return Err(Error::invalid(
            "name",
            "Give the token a name of at most 100 characters that says which program uses it.",
        ));
    }
    let scopes: BTreeSet<Permission> = scopes.iter().copied().collect();
    if scopes.is_empty() {
        return Err(Error::invalid("scopes", "Choose at least one scope."));
    }
    if let Some(beyond) = scopes.iter().find(|scope| !actor.may(**scope)) {
        return Err(Error::Forbidden(format!(
            "You can't give the scope \"{}\": you don't have it yourself.",
            beyond.as_str()
        )));
    }
    if expires_at.is_some_and(|end| end <= now) {
        return Err(Error::invalid("expires_at", "Choose an end in the future."));
    }
    let secret = format!("{PREFIX}{}", app.entropy.secret());
    let token = Token {
        id: TokenId::new(&app.entropy, now),
        workplace: actor.workplace,
        name: name.to_owned(),
        hint: secret[secret.len() - 4..].to_owned(),
        scopes: scopes.into_iter().collect(),
        created_by: actor.account(),
        created_at: now,
        expires_at,
        last_used_at: None,
        connector,
    };
    let mut tx = app.begin().await?;
    sql::insert(&mut tx, &token, &secret_hash(&secret)).await?;
    note(app, &mut tx, actor, &token, "create").await?;
    tx.commit().await?;
    Ok((token, secret))
}

async fn note(
    app: &App,
    tx: &mut guildhall_store::Tx,
    actor: &Actor,
    token: &Token,
    verb: &'static str,
) -> Result<()> {
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    let scopes = audit::FieldChange {
        field: "scopes".into(),
        before: (verb == "end").then(|| scopes.join(" ")),
        after: (verb == "create").then(|| scopes.join(" ")),
        was_from: None,
    };
    let entry = audit::Entry {
        source: "admin",
        verb,
        subject: audit::Subject {
            kind: "token",
            id: Some(token.id.0),
            name: token.name.clone(),
        },
        run: None,
        changes: vec![scopes],
    };
    let scope = audit::Scope {
        actor,
        now: app.now(),
    };
    audit::write(tx, &app.entropy, scope, entry).await
}

/// Ends a token: it opens nothing from the next request on.
pub async fn end(app: &App, actor: &Actor, id: TokenId) -> Result<()> {
    actor.need(Permission::TokensManage)?;
    let tokens = sql::list(&app.db, actor.workplace).await?;
    let token = tokens.iter().find(|token| token.id == id);
    end_one(app, actor, token.ok_or_else(|| Error::not_found("token"))?).await
}

/// [`end`] for a token that was found. Whether the actor may was asked by the caller.
pub(crate) async fn end_one(app: &App, actor: &Actor, token: &Token) -> Result<()> {
    let mut tx = app.begin().await?;
    end_within(app, &mut tx, actor, token).await?;
    tx.commit().await?;
    Ok(())
}

/// [`end_one`] with the change that causes it.
pub(crate) async fn end_within(
    app: &App,
    tx: &mut guildhall_store::Tx,
    actor: &Actor,
    token: &Token,
) -> Result<()> {
    if !sql::end(tx, actor.workplace, token.id, app.now()).await? {
        return Err(Error::not_found("token"));
    }
    note(app, tx, actor, token, "end").await
}

/// Ends the tokens that the person has made since then, or somebody in their place.
pub(crate) async fn end_made_since(
    app: &App,
    tx: &mut guildhall_store::Tx,
    account: &Account,
    since: Moment,
) -> Result<()> {
    let actor = Actor::person(account, None);
    let made = made_by(&mut *tx, (account.workplace, account.id), app.now()).await?;
    for token in made.iter().filter(|token| token.created_at >= since) {
        end_within(app, tx, &actor, token).await?;
    }
    Ok(())
}

/// Who comes with this secret, if the token lives. Its use is noted once a minute.
pub async fn check(app: &App, secret: &str, request_id: Option<String>) -> Result<Option<Actor>> {
    let Some(token) = find(&app.db, secret, app.now()).await? else {
        return Ok(None);
    };
    touch(app, &token).await?;
    if let Some(maker) = token.created_by {
        app.watch.note(maker, app.now());
    }
    Ok(Some(Actor {
        proved_at: None,
        workplace: token.workplace,
        kind: ActorKind::Token(token.id.0),
        name: token.name,
        permissions: token.scopes.into_iter().collect(),
        request_id,
    }))
}

/// The token of this secret, and whether it lives; one that ended or expired is found, too, so that its use can be told.
pub async fn identify(app: &App, secret: &str) -> Result<Option<(Token, bool)>> {
    if !secret.starts_with(PREFIX) {
        return Ok(None);
    }
    let Some((token, ended)) = sql::any(&app.db, &secret_hash(secret)).await? else {
        return Ok(None);
    };
    let lives = !ended && token.expires_at.is_none_or(|end| end > app.now());
    if lives {
        touch(app, &token).await?;
    }
    Ok(Some((token, lives)))
}

/// Notes that the token was used.
async fn touch(app: &App, token: &Token) -> Result<()> {
    let now = app.now();
    if token
        .last_used_at
        .is_none_or(|used| now >= used.plus_seconds(TOUCH_SECONDS))
    {
        let mut tx = app.begin().await?;
        sql::touch(&mut tx, token, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Lets the tokens of a connector live no longer than until `end`, but for one. Gives how many those were.
pub async fn expire_of_connector(
    app: &App,
    actor: &Actor,
    connector: ConnectorId,
    except: Option<TokenId>,
    end: Moment,
) -> Result<usize> {
    let mut touched = 0;
    let mut tx = app.begin().await?;
    for token in sql::of_connector(&mut tx, actor.workplace, connector).await? {
        let later = token.expires_at.is_none_or(|at| at > end);
        if Some(token.id) != except && later {
            sql::expire(&mut tx, &token, end).await?;
            note(app, &mut tx, actor, &token, "end").await?;
            touched += 1;
        }
    }
    tx.commit().await?;
    Ok(touched)
}

async fn find(db: &Db, secret: &str, now: Moment) -> Result<Option<Token>> {
    if !secret.starts_with(PREFIX) {
        return Ok(None);
    }
    sql::alive(db, &secret_hash(secret), now).await
}
