//! Single log-out: somebody left at the identity provider, and is out here, too; or the other way round.

use guildhall_store::Tx;
use guildhall_wire::saml::logout::{self, Leave, Message};
use guildhall_wire::saml::request::{Kind, post, redirect};
use guildhall_wire::saml::{NameId, OurKey, Refusal};
use jiff::SignedDuration;

use super::rounds::{Go, our_key};
use super::rules::{Came, Qualifiers};
use super::{Binding, Ourselves, Protocol, Provider, oidc, sql};
use crate::entropy::secret_hash;
use crate::ids::{AccountId, SessionId, SsoProviderId, WorkplaceId};
use crate::sessions::Session;
use crate::{App, Error, Moment, Result, sessions, signals};

/// How old a message may be.
const OLDEST: SignedDuration = SignedDuration::from_mins(10);

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Farewell {
    /// The browser goes back there with our answer.
    Back(Go),
    /// They are out, and nobody waits for an answer.
    Out,
}

fn said(why: Refusal) -> Error {
    Error::Refused {
        code: why.code,
        message: why.message,
    }
}

/// Ends a session here, since it ended there.
pub(super) async fn out(
    app: &App,
    tx: &mut Tx,
    (workplace, account): (WorkplaceId, AccountId),
    session: SessionId,
) -> Result<()> {
    let now = app.now();
    if sessions::end(tx, (workplace, account), session, "log_out", now).await? {
        let kind = signals::SESSIONS_ENDED;
        signals::send(tx, &app.entropy, now, workplace, Some(account), kind).await?;
    }
    Ok(())
}

/// Takes a message of log-out: what is behind the `?` of the address, or the value of the form field. The sessions that it
/// names end at once.
///
/// # Errors
/// Why it is not believed.
pub async fn left_there(
    app: &App,
    public_url: &str,
    id: SsoProviderId,
    (query, posted): (&str, Option<&str>),
    relay: Option<&str>,
) -> Result<Farewell> {
    let now = app.now();
    let mut tx = app.db.snapshot().await?;
    let gone = || Error::not_found("identity provider");
    let provider = sql::anywhere(&mut tx, id).await?.ok_or_else(gone)?;
    // To look at what a stranger sent takes its time, in which nobody else should wait for the database.
    drop(tx);
    let connection = provider.connection.clone().ok_or_else(gone)?;
    let trust = provider.trust(now).map_err(said)?;
    let message = match posted {
        Some(value) => logout::posted(value, &trust),
        None => logout::redirected(query, &trust),
    };
    let message = message.map_err(said)?;
    let ours = Ourselves::to(id, public_url);
    let (at, age) = (now.timestamp(), now.timestamp().duration_since(message.issued));
    let elsewhere = message.destination.as_ref().is_some_and(|to| *to != ours.log_out);
    if message.issuer != connection.entity_id || elsewhere || age > OLDEST || age < -OLDEST {
        return Err(Error::Refused {
            code: "log_out",
            message: "This message of log-out is not for here, or too old: log out here, too.".into(),
        });
    }
    let Message::Request {
        name_id,
        sessions: named,
        until,
    } = message.message
    else {
        return Ok(Farewell::Out);
    };
    if until.is_some_and(|until| until <= at) {
        return Err(Error::Refused {
            code: "log_out",
            message: "This message of log-out has run out: log out here, too.".into(),
        });
    }
    let mut tx = app.begin().await?;
    let whose = (provider.workplace, id);
    for (session, account, index) in sql::tied(&mut tx, whose, &secret_hash(&name_id.value)).await? {
        let meant = named.is_empty() || index.is_none_or(|index| named.contains(&index));
        if meant {
            out(app, &mut tx, (provider.workplace, account), session).await?;
        }
    }
    tx.commit().await?;
    let answers = connection.log_out_answer_url.as_ref();
    let Some(back) = answers.or(connection.log_out_url.as_ref()) else {
        return Ok(Farewell::Out);
    };
    let answer = Leave {
        id: &format!("_{}", app.entropy.secret()),
        issued: at,
        issuer: &ours.entity_id,
        destination: back,
    };
    let pem = our_key(app, &provider)?;
    let relay = relay.unwrap_or_default();
    let (kind, xml) = (Kind::Response, answer.response(&message.id));
    let go = carried(
        connection.log_out_binding,
        (kind, &xml, relay),
        &answer,
        OurKey(&pem),
    );
    Ok(Farewell::Back(go.map_err(said)?))
}

/// How a message of log-out gets there with the browser.
fn carried(
    binding: Binding,
    (kind, xml, relay): (Kind, &str, &str),
    leave: &Leave<'_>,
    key: OurKey<'_>,
) -> std::result::Result<Go, Refusal> {
    if binding == Binding::Redirect {
        return Ok(Go::To(redirect(leave.destination, kind, xml, relay, key)?));
    }
    let mut fields = vec![(kind.parameter(), post(xml, leave.id, key)?)];
    if !relay.is_empty() {
        fields.push(("RelayState", relay.to_owned()));
    }
    Ok(Go::Form {
        action: leave.destination.to_owned(),
        fields,
    })
}

fn context(session: SessionId) -> String {
    format!("the name there of the session {session}")
}

/// Whom a session there is about, as it is kept until somebody logs out here.
pub(super) fn sealed(app: &App, session: SessionId, came: &Came) -> Result<String> {
    let named = (&came.name_id, &came.qualifiers);
    let text = serde_json::to_string(&named).map_err(|why| Error::Internal(why.to_string()))?;
    Ok(app.sealer.seal(&app.entropy, &context(session), &text))
}

fn opened(app: &App, session: SessionId, sealed: &str) -> Option<(String, Qualifiers)> {
    let text = app.sealer.open(&context(session), sealed)?;
    serde_json::from_str(&text).ok()
}

/// Somebody who is out here, and on their way to be out there, too; sealed in the address of the page that takes them.
#[derive(serde::Serialize, serde::Deserialize)]
struct Leaving {
    provider: SsoProviderId,
    workplace: WorkplaceId,
    named: (String, Qualifiers),
    session_index: Option<String>,
    until: Moment,
}

const LEAVING: &str = "on the way to leave there";
/// How long that page may be opened.
const LEAVING_SECONDS: i64 = 5 * 60;

/// Where the browser of somebody goes who logs out here, so that they are out at their identity provider, too; none, where
/// that is not wanted or can't be. It is a page of ours where the provider takes forms only: [`taken_there`]. The session here is
/// ended by whoever asks.
pub async fn leave(app: &App, public_url: &str, session: &Session) -> Result<Option<String>> {
    let mut tx = app.db.snapshot().await?;
    let Some((id, Some(name), index)) = sql::tie_of(&mut tx, session.workplace, session.id).await? else {
        return Ok(None);
    };
    let provider = sql::get(&mut tx, session.workplace, id).await?;
    let Some(provider) = provider.filter(|provider| provider.settings.ends_there) else {
        return Ok(None);
    };
    if provider.protocol == Protocol::Oidc {
        return oidc::leads_to(app, &mut tx, (&provider, public_url), session).await;
    }
    drop(tx);
    let Some(named) = opened(app, session.id, &name) else {
        return Ok(None);
    };
    let leaving = Leaving {
        provider: id,
        workplace: session.workplace,
        named,
        session_index: index,
        until: app.now().plus_seconds(LEAVING_SECONDS),
    };
    Ok(match asked(app, public_url, &provider, &leaving)? {
        None => None,
        Some(Go::To(address)) => Some(address),
        Some(Go::Form { .. }) => {
            let text = serde_json::to_string(&leaving).map_err(|why| Error::Internal(why.to_string()))?;
            let ticket = app.sealer.seal(&app.entropy, LEAVING, &text);
            Some(format!("{public_url}/sso/leave/{ticket}"))
        }
    })
}

/// Our request that somebody is out there; none, where it takes none.
fn asked(app: &App, public_url: &str, provider: &Provider, leaving: &Leaving) -> Result<Option<Go>> {
    let Some((connection, there)) = provider
        .connection
        .as_ref()
        .and_then(|connection| Some((connection, connection.log_out_url.as_ref()?)))
    else {
        return Ok(None);
    };
    let ours = Ourselves::to(provider.id, public_url);
    let leave = Leave {
        id: &format!("_{}", app.entropy.secret()),
        issued: app.now().timestamp(),
        issuer: &ours.entity_id,
        destination: there,
    };
    let (value, qualifiers) = leaving.named.clone();
    let name_id = NameId {
        value,
        format: qualifiers.format,
        name_qualifier: qualifiers.name,
        sp_name_qualifier: qualifiers.sp_name,
    };
    let xml = leave.request(&name_id, leaving.session_index.as_deref());
    let pem = our_key(app, provider)?;
    let go = carried(
        connection.log_out_binding,
        (Kind::Request, &xml, ""),
        &leave,
        OurKey(&pem),
    );
    Ok(Some(go.map_err(said)?))
}

/// What takes somebody there who has left here: the provider's name, and the message. None: that took too long, or the provider
/// is gone or takes no message any more.
pub async fn taken_there(app: &App, public_url: &str, ticket: &str) -> Result<Option<(String, Go)>> {
    let text = app.sealer.open(LEAVING, ticket);
    let leaving = text.and_then(|text| serde_json::from_str::<Leaving>(&text).ok());
    let Some(leaving) = leaving.filter(|leaving| leaving.until > app.now()) else {
        return Ok(None);
    };
    let mut tx = app.db.snapshot().await?;
    let provider = sql::get(&mut tx, leaving.workplace, leaving.provider).await?;
    drop(tx);
    let Some(provider) = provider else {
        return Ok(None);
    };
    let go = asked(app, public_url, &provider, &leaving)?;
    Ok(go.map(|go| (provider.name, go)))
}
