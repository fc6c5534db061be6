//! Somebody leaves: there, and are out here too (OpenID Connect Back-Channel Logout 1.0); or here, and are taken there to leave
//! (RP-Initiated Logout 1.0).

use guildhall_store::Tx;
use guildhall_wire::oidc::{self as wire, Refusal, request};

use super::keys::{self, Whence};
use super::{Addresses, Halt, refusal};
use crate::entropy::secret_hash;
use crate::ids::{SessionId, SsoProviderId, WorkplaceId};
use crate::sessions::Session;
use crate::sso::rounds::SKEW;
use crate::sso::{Provider, leave, sql};
use crate::{App, Error, Moment, Result};

/// The most characters of a logout token.
const LARGEST: usize = 64 * 1024;

/// Takes a logout token, as the provider sends it from server to server. The sessions that it names end at once. Inside: why it
/// is not believed.
///
/// # Errors
/// What failed here; there is no such provider.
pub async fn left(app: &App, id: SsoProviderId, token: &str) -> Result<std::result::Result<(), Refusal>> {
    match take(app, id, token).await {
        Ok(()) => Ok(Ok(())),
        Err(Halt::Refused(why)) => Ok(Err(why)),
        Err(Halt::Failed(error)) => Err(error),
    }
}

async fn take(app: &App, id: SsoProviderId, token: &str) -> std::result::Result<(), Halt> {
    let gone = || Error::not_found("identity provider");
    let mut tx = app.db.snapshot().await.map_err(Error::from)?;
    let provider = sql::anywhere(&mut tx, id).await?.ok_or_else(gone)?;
    drop(tx);
    let connection = provider.oidc.as_ref().ok_or_else(gone)?;
    if token.len() > LARGEST {
        return Err(refusal("malformed", "The logout token is too large.").into());
    }
    let now = app.now();
    let (us, clocks) = (
        (connection.issuer.as_str(), connection.client_id.as_str()),
        (now.timestamp(), SKEW),
    );
    let left = keys::with(app, (&provider, connection), Whence::Anywhere, |keys| {
        wire::left(token, keys, us, clocks)
    })
    .await?;
    let mut tx = app.begin().await?;
    let whose = (provider.workplace, id);
    let until = Moment::from_ms(left.remember_until.as_millisecond());
    if !sql::use_up(
        &mut tx,
        whose,
        &secret_hash(&format!("log-out {}", left.id)),
        until,
    )
    .await?
    {
        return Err(refusal("replay", "This logout token was used already.").into());
    }
    let name = left.subject.as_deref().map(secret_hash);
    let tied = match (&name, &left.session) {
        (Some(name), _) => sql::tied(&mut tx, whose, name).await?,
        (None, Some(session)) => sql::tied_by_index(&mut tx, whose, session).await?,
        (None, None) => Vec::new(),
    };
    for (session, account, index) in tied {
        let meant = left.session.is_none() || index.is_none() || index == left.session;
        if meant {
            leave::out(app, &mut tx, (provider.workplace, account), session).await?;
        }
    }
    tx.commit().await.map_err(Error::from)?;
    Ok(())
}

/// What an ID token is sealed for.
fn id_token_of(session: SessionId) -> String {
    format!("ID token of the session {session}")
}

/// Keeps the ID token of a session, with which somebody may be taken there to leave.
pub(crate) async fn keep_id_token(
    app: &App,
    tx: &mut Tx,
    (workplace, session): (WorkplaceId, SessionId),
    token: &str,
) -> Result<()> {
    let sealed = app.sealer.seal(&app.entropy, &id_token_of(session), token);
    sql::put_id_token(tx, (workplace, session), &sealed).await
}

/// Where whoever leaves here is taken to leave there, too; none, where the provider has no such place.
pub(crate) async fn leads_to(
    app: &App,
    tx: &mut Tx,
    (provider, public_url): (&Provider, &str),
    session: &Session,
) -> Result<Option<String>> {
    let Some((connection, at)) = provider
        .oidc
        .as_ref()
        .and_then(|one| Some((one, one.end_session_url.as_ref()?)))
    else {
        return Ok(None);
    };
    let sealed = sql::id_token_of(tx, (session.workplace, session.id)).await?;
    let session = session.id;
    let token = sealed.and_then(|sealed| app.sealer.open(&id_token_of(session), &sealed));
    let back = Addresses::to(provider.id, public_url).after_log_out;
    let to = request::leave(at, &connection.client_id, token.as_deref(), &back);
    to.map(Some).map_err(|why| Error::Internal(why.to_string()))
}
