//! A question to an OpenID provider, and the browser that comes back with an answer: a code, which is worth an ID token once.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_wire::oidc::request::Request;
use guildhall_wire::oidc::{self as wire, Claims, Expect, Refusal, SignedIn, Tokens};

use super::keys::{self, Whence};
use super::{
    Addresses, ClientAuthentication as By, Connection, Halt, LARGEST, PURPOSE, refusal, rules, secret_of,
    verifier_of,
};
use crate::access::Origin;
use crate::entropy::secret_hash;
use crate::fetch::{Question, Told};
use crate::ids::SsoProviderId;
use crate::sso::rounds::{self, Answered, Go, MINUTES, SKEW};
use crate::sso::rules::{Came, Qualifiers, is_fresh};
use crate::sso::sql::{self, Round};
use crate::sso::{Protocol, Provider};
use crate::{App, Error, Result};

/// What the browser brings back.
#[derive(Clone, Copy, Debug, Default)]
pub struct Returned<'a> {
    pub code: Option<&'a str>,
    pub state: Option<&'a str>,
    pub error: Option<&'a str>,
    pub description: Option<&'a str>,
    /// Who the provider says it is (RFC 9207).
    pub issuer: Option<&'a str>,
}

/// How the browser is sent to the provider. What is shown with the code is kept with the round, sealed.
pub(in crate::sso) fn question(
    app: &App,
    public_url: &str,
    (provider, connection): (&Provider, &Connection),
    (round, state): (&mut Round, &str),
    hint: Option<&str>,
) -> Result<Go> {
    let verifier = app.entropy.secret();
    round.verifier = Some(app.sealer.seal(&app.entropy, &verifier_of(round.id), &verifier));
    let asked = Request {
        at: &connection.authorization_url,
        client_id: &connection.client_id,
        redirect: &Addresses::to(provider.id, public_url).redirect,
        state,
        nonce: round.request_id.as_deref().unwrap_or_default(),
        verifier: &verifier,
        hint,
        fresh: (provider.settings.force || round.fresh).then_some(MINUTES * 60),
    };
    let to = asked.address().map_err(|why| Error::Internal(why.to_string()))?;
    Ok(Go::To(to))
}

/// Takes the answer that the browser brings back. What is wrong with it is kept. `browser`: what the browser keeps of its question.
///
/// # Errors
/// `other_browser`, where another browser asked: no code is used for it.
pub async fn returned(
    app: &App,
    public_url: &str,
    id: SsoProviderId,
    answer: Returned<'_>,
    browser: Option<&str>,
    origin: Origin<'_>,
) -> Result<Answered> {
    let mut tx = app.db.snapshot().await?;
    let provider = sql::anywhere(&mut tx, id).await?;
    let provider = provider.filter(|provider| provider.protocol == Protocol::Oidc);
    let mut provider = provider.ok_or_else(|| Error::not_found("identity provider"))?;
    let round = match answer.state {
        Some(state) => sql::asked(&mut tx, &secret_hash(state), app.now()).await?,
        None => None,
    };
    drop(tx);
    let Some(round) = round.filter(|round| round.provider_id == id) else {
        let refusal = refusal(
            "request",
            "This log-in was not begun here, took longer than ten minutes, or was used already: begin again at the log-in page.",
        );
        return Ok(Answered::Refused { refusal, test: false });
    };
    if round.browser_hash != browser.map(secret_hash) {
        return Err(rounds::other_browser());
    }
    let test = round.tester_id.is_some();
    if test {
        provider = provider.prepared();
    }
    match read(app, public_url, &provider, &round, answer).await {
        Ok(came) => rounds::ticket(app, &round, &came).await,
        Err(Halt::Failed(error)) => Err(error),
        Err(Halt::Refused(refusal)) => {
            rounds::note(app, &provider, (&round, &refusal, None), origin).await?;
            Ok(Answered::Refused { refusal, test })
        }
    }
}

/// What the provider says, if it is to be believed.
async fn read(
    app: &App,
    public_url: &str,
    provider: &Provider,
    round: &Round,
    answer: Returned<'_>,
) -> std::result::Result<Came, Halt> {
    let gone = || {
        refusal(
            "not_connected",
            "This identity provider is not connected any more: begin again at the log-in page.",
        )
    };
    let connection = provider.oidc.as_ref().ok_or_else(gone)?;
    is_it(connection, answer.issuer)?;
    if let Some(error) = answer.error {
        return Err(wire::refused_there(error, answer.description).into());
    }
    let code = answer.code.filter(|code| !code.is_empty() && code.len() <= 4096);
    let code = code.ok_or_else(|| {
        refusal(
            "code",
            "The identity provider sent neither a code nor an error: look at its own log.",
        )
    })?;
    let verifier = round.verifier.as_deref();
    let verifier = verifier.and_then(|sealed| app.sealer.open(&verifier_of(round.id), sealed));
    let verifier = verifier.ok_or_else(gone)?;
    let tokens = redeem(app, (provider, connection), public_url, (code, &verifier)).await?;
    let expect = Expect {
        issuer: &connection.issuer,
        client_id: &connection.client_id,
        nonce: round.request_id.as_deref().unwrap_or_default(),
        code,
        access_token: tokens.access_token.as_deref(),
        now: app.now().timestamp(),
        skew: SKEW,
    };
    // The keys that are kept are of what is in force.
    let whence = match provider.draft {
        Some(_) if round.tester_id.is_some() => Whence::Prepared,
        _ => Whence::There,
    };
    let said = keys::with(app, (provider, connection), whence, |keys| {
        wire::accept(&tokens.id_token, keys, expect)
    })
    .await?;
    // Whoever is in already goes on where a provider does not say when they proved it: it was asked to have them do so.
    let must = provider.settings.force || (round.fresh && said.authenticated.is_some());
    if must && !is_fresh(said.authenticated, expect.now, MINUTES) {
        return Err(refusal(
            "not_fresh",
            "You were to prove once more who you are, and your organisation's log-in took an earlier proof or does not say when it \
             was (\"auth_time\"): log out there, and begin again at the log-in page.",
        )
        .into());
    }
    let claims = besides(app, provider, connection, (&said, &tokens)).await?;
    Ok(Came {
        protocol: Protocol::Oidc,
        name_id: said.subject,
        session_index: said.session,
        qualifiers: Qualifiers::default(),
        session_until: None,
        authenticated: said
            .authenticated
            .map(|at| crate::Moment::from_ms(at.as_millisecond())),
        attributes: rules::attributes(&claims),
        id_token: provider.settings.ends_there.then_some(tokens.id_token),
    })
}

/// Whether the answer is of the provider that was asked, where it says whose it is: of several, one must not pass on the code of
/// another (RFC 9207).
fn is_it(connection: &Connection, said: Option<&str>) -> std::result::Result<(), Refusal> {
    match said {
        Some(said) if said == connection.issuer => Ok(()),
        None if !connection.names_issuer => Ok(()),
        said => Err(refusal(
            "issuer",
            format!(
                "The answer is of \"{}\", and \"{}\" was asked: begin again at the log-in page.",
                said.unwrap_or("nobody").chars().take(200).collect::<String>(),
                connection.issuer
            ),
        )),
    }
}

/// How a part of `Authorization: Basic` is written (RFC 6749, 2.3.1).
fn escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Gives the code back for tokens.
async fn redeem(
    app: &App,
    (provider, connection): (&Provider, &Connection),
    public_url: &str,
    (code, verifier): (&str, &str),
) -> std::result::Result<Tokens, Halt> {
    let redirect = Addresses::to(provider.id, public_url).redirect;
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect.as_str()),
        ("code_verifier", verifier),
    ];
    let secret = connection.secret.as_deref().map(|sealed| {
        app.sealer.open(&secret_of(provider.id), sealed).ok_or_else(|| {
            Error::Internal(
                "The secret for an identity provider can't be opened: the server has another key file."
                    .into(),
            )
        })
    });
    let secret = secret.transpose()?.unwrap_or_default();
    let client = connection.client_id.as_str();
    let mut authorization = None;
    match connection.authentication {
        By::Basic => {
            let pair = format!("{}:{}", escaped(client), escaped(&secret));
            authorization = Some(format!("Basic {}", STANDARD.encode(pair)));
        }
        By::Post => form.extend([("client_id", client), ("client_secret", secret.as_str())]),
        By::None => form.push(("client_id", client)),
    }
    let question = Question {
        address: &connection.token_url,
        form: Some(&form),
        authorization,
    };
    let told = app.providers.ask(question, PURPOSE, LARGEST).await;
    let told = told.map_err(|why| {
        refusal(
            "unreachable",
            format!(
                "The identity provider could not be asked: {} Try again in some minutes.",
                why.said
            ),
        )
    })?;
    Ok(wire::tokens(&told.text(), told.fine())?)
}

/// What the ID token says, and where something is missing in it what the provider says besides.
async fn besides(
    app: &App,
    provider: &Provider,
    connection: &Connection,
    (said, tokens): (&SignedIn, &Tokens),
) -> std::result::Result<Claims, Halt> {
    let mut claims = said.claims.clone();
    let (address, rest) = rules::lacks(&claims, &provider.settings);
    let (Some(at), Some(token), true) = (&connection.user_info_url, &tokens.access_token, address || rest)
    else {
        return Ok(claims);
    };
    let question = Question {
        address: at,
        form: None,
        authorization: Some(format!("Bearer {token}")),
    };
    let told: Option<Told> = match app.providers.ask(question, PURPOSE, LARGEST).await {
        Ok(told) if told.fine() => Some(told),
        Ok(_) | Err(_) => None,
    };
    let Some(told) = told else {
        // What would fill the profile keeps nobody out; without an address nobody is known.
        if address {
            return Err(refusal(
                "user_info",
                "The ID token holds no address, and the identity provider did not say more when it was asked (userinfo): let it put \
                 the e-mail address into the ID token.",
            )
            .into());
        }
        return Ok(claims);
    };
    let more = wire::user_info(&told.text(), &said.subject)?;
    for (name, value) in more.0 {
        // What is signed counts first.
        claims.0.entry(name).or_insert(value);
    }
    Ok(claims)
}
