//! A log-in that an identity provider is asked for, and its answer. Nobody is in by the answer alone: the browser that
//! asked fetches what came by a ticket (a browser sends its cookies with that, and not with the provider's form).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_wire::saml::request::{self, Kind, Request};
use guildhall_wire::saml::{self, Expect, OurKey, Peek, Refusal, SignedIn, metadata as wire};
use jiff::SignedDuration;

use super::admin::context;
use super::arrive::Report;
use super::rules::{self, Came};
use super::sql::{self, Round};
use super::{Binding, Connection, NameIdFormat, Ourselves, Protocol, Provider, oidc};
use crate::access::Origin;
use crate::entropy::secret_hash;
use crate::ids::{AccountId, SsoProviderId, SsoRoundId};
use crate::sign_ins::{self, Attempt, Through};
use crate::{App, Error, Moment, Result};

/// How long somebody may take at the identity provider, and then to come in.
pub const MINUTES: i64 = 10;
/// By how much the clocks may differ.
pub(super) const SKEW: SignedDuration = SignedDuration::from_secs(60);
/// The most characters of a response.
const LARGEST: usize = 1024 * 1024;

/// What the provider is asked for.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// To be let in, and to go there. The address that was typed, if one was, is told to the provider where that can be.
    LogIn {
        next: String,
        hint: Option<String>,
        /// They are in already, and prove once more who they are.
        again: bool,
    },
    /// To see whether it works, for this admin.
    Test(AccountId),
}

/// How the browser gets to the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Go {
    To(String),
    /// By a form with these fields.
    Form {
        action: String,
        fields: Vec<(&'static str, String)>,
    },
}

/// A question to a provider.
#[derive(Clone, Debug)]
pub struct Asked {
    pub provider: Provider,
    pub go: Go,
    /// What the browser keeps, so that nobody else's answer lets it in.
    pub browser: String,
}

/// What becomes of an answer.
#[derive(Clone, Debug)]
pub enum Answered {
    /// The browser goes on with this ticket.
    Ticket(String),
    /// It is not accepted: the code, and a sentence. Whether it was a test.
    Refused { refusal: Refusal, test: bool },
}

fn gone() -> Error {
    Error::NotFound("This workplace has no such identity provider: begin at its log-in page.".into())
}

fn refused(code: &'static str, message: &str) -> Error {
    Error::Refused {
        code,
        message: message.into(),
    }
}

/// Our metadata for a provider, as XML.
pub async fn metadata(app: &App, public_url: &str, id: SsoProviderId) -> Result<String> {
    let mut tx = app.db.snapshot().await?;
    let provider = sql::anywhere(&mut tx, id).await?;
    let provider = provider
        .filter(|provider| provider.protocol == Protocol::Saml)
        .ok_or_else(gone)?;
    let ours = Ourselves::to(id, public_url);
    let certificate = STANDARD
        .decode(&provider.certificate)
        .map_err(|why| Error::Internal(why.to_string()))?;
    Ok(wire::write(wire::Ourselves {
        entity_id: &ours.entity_id,
        acs: &ours.acs,
        log_out: &ours.log_out,
        certificate: &certificate,
    }))
}

pub(super) fn our_key(app: &App, provider: &Provider) -> Result<String> {
    app.sealer
        .open(&context(provider.id), &provider.key)
        .ok_or_else(|| {
            Error::Internal(
                "The key for an identity provider can't be opened: the server has another key file.".into(),
            )
        })
}

/// Asks a provider. `browser`: what the browser keeps already, of another question.
///
/// # Errors
/// `sso_off`, `not_connected`.
pub async fn begin(
    app: &App,
    public_url: &str,
    id: SsoProviderId,
    purpose: &Purpose,
    browser: Option<String>,
) -> Result<Asked> {
    let mut tx = app.db.snapshot().await?;
    let mut provider = sql::anywhere(&mut tx, id).await?.ok_or_else(gone)?;
    drop(tx);
    if matches!(purpose, Purpose::Test(_)) {
        provider = provider.prepared();
    }
    if matches!(purpose, Purpose::LogIn { .. }) && !provider.on {
        return Err(refused(
            "sso_off",
            "Log-in by this identity provider is switched off: log in with your password, or ask an admin.",
        ));
    }
    if !provider.is_connected() {
        return Err(refused(
            "not_connected",
            "This identity provider is not connected yet: an admin says where it is under \"Single sign-on\".",
        ));
    }
    let now = app.now();
    let browser = browser
        .filter(|known| known.len() == 43)
        .unwrap_or_else(|| app.entropy.secret());
    let relay = app.entropy.secret();
    let (tester, next, hint) = match purpose {
        Purpose::LogIn { next, hint, .. } => (None, rules::within(next).to_owned(), hint.as_deref()),
        Purpose::Test(tester) => (Some(*tester), String::new(), None),
    };
    let mut round = Round {
        id: SsoRoundId::new(&app.entropy, now),
        workplace_id: provider.workplace,
        provider_id: id,
        request_id: Some(format!("_{}", app.entropy.secret())),
        browser_hash: Some(secret_hash(&browser)),
        tester_id: tester,
        next,
        came: None,
        verifier: None,
        fresh: matches!(purpose, Purpose::LogIn { again: true, .. }),
    };
    // Signing takes its time, in which nobody else should wait for the database.
    let go = match (&provider.connection, &provider.oidc) {
        (Some(connection), _) => question(app, public_url, (&provider, connection), (&round, &relay))?,
        (None, Some(there)) => {
            oidc::question(app, public_url, (&provider, there), (&mut round, &relay), hint)?
        }
        (None, None) => return Err(gone()),
    };
    let expires = now.plus_seconds(MINUTES * 60);
    let mut tx = app.begin().await?;
    sql::insert_round(&mut tx, &round, Some(secret_hash(&relay)), None, expires).await?;
    tx.commit().await?;
    Ok(Asked {
        provider,
        go,
        browser,
    })
}

fn question(
    app: &App,
    public_url: &str,
    (provider, connection): (&Provider, &Connection),
    (round, relay): (&Round, &str),
) -> Result<Go> {
    let ours = Ourselves::to(provider.id, public_url);
    let id = round.request_id.as_deref().unwrap_or_default();
    let asked = Request {
        id,
        issued: app.now().timestamp(),
        issuer: &ours.entity_id,
        destination: &connection.sign_on_url,
        acs: &ours.acs,
        force: provider.settings.force || round.fresh,
        name_id_format: provider.settings.name_id_format.map(NameIdFormat::uri),
    };
    let pem = our_key(app, provider)?;
    let failed = |why: Refusal| Error::Internal(why.to_string());
    let (to, xml) = (&connection.sign_on_url, asked.xml());
    Ok(match connection.sign_on_binding {
        Binding::Redirect => {
            Go::To(request::redirect(to, Kind::Request, &xml, relay, OurKey(&pem)).map_err(failed)?)
        }
        Binding::Post => Go::Form {
            action: to.clone(),
            fields: vec![
                (
                    Kind::Request.parameter(),
                    request::post(&xml, id, OurKey(&pem)).map_err(failed)?,
                ),
                ("RelayState", relay.to_owned()),
            ],
        },
    })
}

/// Takes the answer of a provider, as the browser brings it in a form. What is wrong with it is kept.
pub async fn answer(
    app: &App,
    public_url: &str,
    id: SsoProviderId,
    (response, relay): (&str, Option<&str>),
    origin: Origin<'_>,
) -> Result<Answered> {
    let now = app.now();
    let mut tx = app.db.snapshot().await?;
    let mut provider = sql::anywhere(&mut tx, id).await?.ok_or_else(gone)?;
    let round = match relay {
        Some(relay) => sql::asked(&mut tx, &secret_hash(relay), now).await?,
        None => None,
    };
    let round = round.filter(|round| round.provider_id == id);
    let test = round.as_ref().is_some_and(|round| round.tester_id.is_some());
    drop(tx);
    if test {
        provider = provider.prepared();
    }
    let (read, xml) = match decoded(response) {
        Ok(xml) => (read(app, public_url, &provider, round.as_ref(), &xml), Some(xml)),
        Err(refusal) => (Err(refusal.into()), None),
    };
    let read = match read {
        Ok(came) => take(app, &provider, round.clone(), &came)
            .await?
            .map_err(|refusal| No {
                refusal,
                verified: true,
            }),
        Err(no) => Err(no),
    };
    match read {
        Ok(ticket) => Ok(Answered::Ticket(ticket)),
        Err(no) => {
            // What nobody asked for is not kept, and each question is answered once: a stranger could fill the log.
            if let Some(round) = round {
                let seen = xml.and_then(|xml| saml::peek(&xml, no.verified));
                note(app, &provider, (&round, &no.refusal, seen), origin).await?;
            }
            let refusal = no.refusal;
            Ok(Answered::Refused { refusal, test })
        }
    }
}

/// An answer is not accepted; and whether its signature was right all the same.
struct No {
    refusal: Refusal,
    verified: bool,
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal,
            verified: false,
        }
    }
}

/// The document of a response, which comes in base64.
fn decoded(response: &str) -> std::result::Result<String, Refusal> {
    if response.len() > LARGEST {
        return Err(wrong("malformed", "The response is too large."));
    }
    let plain: String = response.split_whitespace().collect();
    let xml = STANDARD
        .decode(plain)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    xml.ok_or_else(|| wrong("malformed", "The response is not base64 of UTF-8."))
}

fn wrong(code: &'static str, message: &str) -> Refusal {
    Refusal {
        code,
        message: message.to_owned(),
    }
}

/// What the response says, if it is to be believed.
fn read(
    app: &App,
    public_url: &str,
    provider: &Provider,
    round: Option<&Round>,
    xml: &str,
) -> std::result::Result<SignedIn, No> {
    let Some(connection) = &provider.connection else {
        return Err(wrong(
            "not_connected",
            "This identity provider is not connected yet: an admin pastes its metadata under \"Single sign-on\".",
        )
        .into());
    };
    if round.is_none() && !(provider.on && provider.settings.unasked) {
        return Err(wrong(
            "request",
            "This log-in was not begun here, took longer than ten minutes, or was used already: begin again at the log-in \
             page. To begin at the identity provider, an admin allows that under \"Single sign-on\".",
        )
        .into());
    }
    let trust = provider.trust(app.now())?;
    let ours = Ourselves::to(provider.id, public_url);
    let pem = our_key(app, provider).map_err(|why| wrong("key", &why.to_string()))?;
    let opened = saml::open(xml, &trust, Some(OurKey(&pem)))?;
    let verified = |refusal| No {
        refusal,
        verified: true,
    };
    let expect = Expect {
        issuer: &connection.entity_id,
        audience: &ours.entity_id,
        acs: &ours.acs,
        request: round.and_then(|round| round.request_id.as_deref()),
        unasked: round.is_none(),
        now: app.now().timestamp(),
        skew: SKEW,
    };
    let came = saml::accept(&opened, expect).map_err(verified)?;
    let fresh = provider.settings.force || round.is_some_and(|round| round.fresh);
    if fresh && !rules::is_fresh(came.authenticated, expect.now, MINUTES) {
        return Err(verified(wrong(
            "not_fresh",
            "You were to prove once more who you are, and your organisation's log-in took an earlier proof: log out there, and \
             begin again at the log-in page.",
        )));
    }
    Ok(came)
}

/// Uses the assertion up and gives the ticket for what came.
async fn take(
    app: &App,
    provider: &Provider,
    round: Option<Round>,
    came: &SignedIn,
) -> Result<std::result::Result<String, Refusal>> {
    let mut tx = app.begin().await?;
    let whose = (provider.workplace, provider.id);
    let until = Moment::from_ms(came.remember_until.as_millisecond());
    if !sql::use_up(&mut tx, whose, &secret_hash(&came.assertion), until).await? {
        return Ok(Err(used()));
    }
    let (ticket, hash, sealed) = sealed(app, &Came::from(came))?;
    let now = app.now();
    let expires = now.plus_seconds(MINUTES * 60);
    if let Some(round) = round {
        if !sql::answered(&mut tx, &round, (&hash, &sealed), expires).await? {
            return Ok(Err(used()));
        }
    } else {
        let round = Round {
            id: SsoRoundId::new(&app.entropy, now),
            workplace_id: provider.workplace,
            provider_id: provider.id,
            request_id: None,
            browser_hash: None,
            tester_id: None,
            next: "/home".into(),
            came: Some(sealed),
            verifier: None,
            fresh: false,
        };
        sql::insert_round(&mut tx, &round, None, Some(hash), expires).await?;
    }
    tx.commit().await?;
    Ok(Ok(ticket))
}

/// What is kept of a test that was refused.
pub(super) fn of_a_test(said: &str) -> String {
    format!("A test: {said}")
}

fn used() -> Refusal {
    wrong(
        "replay",
        "This log-in was used already: begin again at the log-in page.",
    )
}

/// A ticket for what came, its hash, and what came as it waits.
fn sealed(app: &App, came: &Came) -> Result<(String, String, String)> {
    let ticket = app.entropy.secret();
    let hash = secret_hash(&ticket);
    let text = serde_json::to_string(came).map_err(|why| Error::Internal(why.to_string()))?;
    let sealed = app.sealer.seal(&app.entropy, &sealed_for(&hash), &text);
    Ok((ticket, hash, sealed))
}

/// Gives the ticket for what came as the answer to a question, which is answered once.
pub(super) async fn ticket(app: &App, round: &Round, came: &Came) -> Result<Answered> {
    let (ticket, hash, sealed) = sealed(app, came)?;
    let expires = app.now().plus_seconds(MINUTES * 60);
    let mut tx = app.begin().await?;
    if !sql::answered(&mut tx, round, (&hash, &sealed), expires).await? {
        let test = round.tester_id.is_some();
        return Ok(Answered::Refused {
            refusal: used(),
            test,
        });
    }
    tx.commit().await?;
    Ok(Answered::Ticket(ticket))
}

/// Another browser asked than the one that comes back.
pub(super) fn other_browser() -> Error {
    refused(
        "other_browser",
        "This log-in was begun in another browser: begin again at the log-in page.",
    )
}

pub(super) fn sealed_for(ticket_hash: &str) -> String {
    format!("what came by {ticket_hash}")
}

/// Keeps a refusal among the log-ins with what was seen of the answer; of a test with the provider, too.
pub(super) async fn note(
    app: &App,
    provider: &Provider,
    (round, refusal, seen): (&Round, &Refusal, Option<Peek>),
    origin: Origin<'_>,
) -> Result<()> {
    let mut tx = app.begin().await?;
    if !sql::end_round(&mut tx, round).await? {
        return Ok(());
    }
    if round.tester_id.is_some() {
        tx.lock(provider.workplace.0).await?;
        if let Some(mut provider) = sql::get(&mut tx, provider.workplace, provider.id).await? {
            let report = Report::failed(app.now(), refusal.code, &refusal.message);
            if let Some(draft) = &mut provider.draft {
                draft.test = Some(report);
            } else {
                (provider.tested_at, provider.test) = (None, Some(report));
            }
            sql::put(&mut tx, &provider).await?;
        }
    }
    let through = Through {
        id: provider.id,
        name: provider.name.clone(),
    };
    let said = match round.tester_id {
        Some(_) => of_a_test(&refusal.message),
        None => refusal.message.clone(),
    };
    let attempt = Attempt {
        workplace: provider.workplace,
        account: round.tester_id,
        method: provider.protocol.method(),
        through: Some(&through),
        typed: "",
        refused: Some((refusal.code, &said)),
        came: seen.and_then(|seen| serde_json::to_string(&seen).ok()),
        break_glass: false,
        origin,
    };
    sign_ins::note(app, &mut tx, attempt).await?;
    tx.commit().await?;
    Ok(())
}
