//! The keys of a provider: kept in the database, for all servers alike, and asked for anew when a token is signed by one that is
//! not among them. A new key so works at once, and whoever sends tokens with made-up keys makes us ask a few times only.

use guildhall_wire::oidc::{Keys, Refusal};

use super::{Connection, Halt, LARGEST, PURPOSE, refusal};
use crate::sso::{Provider, sql};
use crate::{App, Error, Moment, Result};

/// For how long keys are believed without another look.
const HOURS: i64 = 24;
/// In so many seconds newer keys are asked for at most so often as [`Whence`] says.
const WINDOW: i64 = 5 * 60;

/// Where a token came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whence {
    /// From the provider itself, for a code.
    There,
    /// The same, where it is still being prepared.
    Prepared,
    /// From anybody.
    Anywhere,
}

impl Whence {
    /// Strangers leave something over for those who log in.
    fn most(self) -> i64 {
        match self {
            Self::There | Self::Prepared => 20,
            Self::Anywhere => 5,
        }
    }
}

/// Reads a token by the keys of the provider, by newer ones if need be.
pub(super) async fn with<T>(
    app: &App,
    (provider, connection): (&Provider, &Connection),
    whence: Whence,
    read: impl Fn(&Keys) -> std::result::Result<T, Refusal>,
) -> std::result::Result<T, Halt> {
    if whence == Whence::Prepared {
        return Ok(read(&Keys::read(&fetched(app, connection).await?)?)?);
    }
    let now = app.now();
    let whose = (provider.workplace, provider.id);
    let mut tx = app.db.snapshot().await.map_err(Error::from)?;
    let held = sql::keys(&mut tx, whose).await?;
    drop(tx);
    let Some((text, taken_at)) = held else {
        return Ok(read(&Keys::read(&take(app, provider, connection).await?)?)?);
    };
    let tried = read(&Keys::read(&text)?);
    let old = taken_at.plus_seconds(HOURS * 60 * 60) <= now;
    // A key without an id is another one if it does not fit.
    let unknown = matches!(&tried, Err(why) if ["unknown_key", "signature"].contains(&why.code));
    if !(old || unknown) {
        return Ok(tried?);
    }
    let mut tx = app.begin().await?;
    let may_ask = sql::may_ask_keys(&mut tx, whose, (now, now.plus_seconds(-WINDOW)), whence.most()).await?;
    tx.commit().await.map_err(Error::from)?;
    if !may_ask {
        return Ok(tried?);
    }
    match take(app, provider, connection).await {
        Ok(fresh) => Ok(read(&Keys::read(&fresh)?)?),
        // Where it is down just now, the keys from before go on working.
        Err(_) if !unknown => Ok(tried?),
        Err(why) => Err(why),
    }
}

/// Fetches the keys and keeps them.
async fn take(app: &App, provider: &Provider, connection: &Connection) -> std::result::Result<String, Halt> {
    let text = fetched(app, connection).await?;
    keep(app, provider, &text, app.now()).await?;
    Ok(text)
}

async fn fetched(app: &App, connection: &Connection) -> std::result::Result<String, Halt> {
    let bytes = app.providers.get(&connection.keys_url, PURPOSE, LARGEST).await;
    let bytes = bytes.map_err(|why| {
        refusal(
            "unreachable",
            format!(
                "The keys of the identity provider could not be taken: {} Try again in some minutes.",
                why.said
            ),
        )
    })?;
    let text = String::from_utf8(bytes).unwrap_or_default();
    Keys::read(&text)?;
    Ok(text)
}

/// Keeps keys that were fetched.
async fn keep(app: &App, provider: &Provider, text: &str, now: Moment) -> Result<()> {
    let mut tx = app.begin().await?;
    sql::put_keys(&mut tx, (provider.workplace, provider.id), text, now).await?;
    tx.commit().await?;
    Ok(())
}
