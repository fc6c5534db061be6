//! Passkeys (Web Authentication, W3C): a browser is asked a question that only the owner's device can answer. What was asked is
//! kept here, sealed, and answered once.

use guildhall_store::Tx;
use url::Url;
use uuid::Uuid;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey as Credential, PasskeyAuthentication, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential, Webauthn, WebauthnBuilder,
};

use super::sql::{self, Round};
use super::{Passkey, Told, desk, first_codes, of, rules};
use crate::accounts::{Account, ProfileField as Field};
use crate::entropy::secret_hash;
use crate::ids::{AccountId, PasskeyId, WorkplaceId};
use crate::mail::LetterKind;
use crate::sessions::rules::in_words;
use crate::workplaces::Workplace;
use crate::{Actor, App, Error, Result, access, workplaces};

/// How long a browser may take to answer.
const MINUTES: i64 = 5;

/// What a browser is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// To make a passkey.
    Add,
    /// To log in, whoever it is.
    LogIn,
    /// To show more than a password, or again who they are.
    Show,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::LogIn => "log_in",
            Self::Show => "show",
        }
    }
}

/// What a browser is to be asked, as JSON for `navigator.credentials` (`publicKey`), and the token to be given back with
/// its answer.
#[derive(Clone, Debug)]
pub struct Challenge {
    pub round: String,
    pub options: serde_json::Value,
}

/// What a browser answered.
#[derive(Clone, Debug)]
pub struct Given {
    pub round: String,
    /// As `PublicKeyCredential.toJSON()` gives it.
    pub credential: serde_json::Value,
}

/// The site that passkeys are for: its host is theirs for ever (the RP ID).
#[derive(Debug)]
pub struct Passkeys(Webauthn);

impl Passkeys {
    /// For the address under which people reach the server.
    ///
    /// # Errors
    /// `no_passkeys`: browsers make none for such an address.
    pub fn of(public_url: &str) -> Result<Self> {
        let why = |message: &str| Error::Refused {
            code: "no_passkeys",
            message: message.to_owned(),
        };
        let url = Url::parse(public_url).map_err(|_| why("The public address of this server is none."))?;
        let host = url.domain().ok_or_else(|| {
            why("Browsers make no passkeys for a server that is reached by a number. Whoever runs it gives it a name, \
                 and names that in public_url.")
        })?;
        let local = host == "localhost" || host.ends_with(".localhost");
        if url.scheme() != "https" && !local {
            return Err(why(
                "Browsers make passkeys by HTTPS only. Whoever runs this server puts HTTPS before it, and names the \
                 https address in public_url.",
            ));
        }
        let builder = WebauthnBuilder::new(host, &url).map_err(broken)?;
        Ok(Self(builder.rp_name(host).build().map_err(broken)?))
    }
}

fn broken(why: impl std::fmt::Display) -> Error {
    Error::Internal(format!("passkeys: {why}"))
}

/// What the person is told, whatever was wrong with the answer; what it was goes to the log.
fn wrong(why: impl std::fmt::Display) -> Error {
    tracing::info!(%why, "a passkey was refused");
    Error::Refused {
        code: "wrong_passkey",
        message: "That passkey is not known here, or the browser took too long: try once more, or log in another way.".into(),
    }
}

fn sealed_for(round_hash: &str) -> String {
    format!("passkey round {round_hash}")
}

/// Keeps what was asked, and gives the token for it.
async fn ask(
    app: &App,
    tx: &mut Tx,
    whose: Option<(WorkplaceId, AccountId)>,
    purpose: Purpose,
    state: &impl serde::Serialize,
) -> Result<String> {
    let round = app.entropy.secret();
    let round_hash = secret_hash(&round);
    let state = serde_json::to_string(state).map_err(broken)?;
    let kept = Round {
        workplace_id: whose.map_or(WorkplaceId(Uuid::nil()), |whose| whose.0),
        account_id: whose.map(|whose| whose.1),
        purpose: purpose.as_str().to_owned(),
        state: app.sealer.seal(&app.entropy, &sealed_for(&round_hash), &state),
        expires_at: app.now().plus_seconds(MINUTES * 60).ms(),
        token_hash: round_hash,
    };
    sql::put_round(tx, &kept).await?;
    Ok(round)
}

/// What was asked, which can't be answered again.
async fn asked<T: serde::de::DeserializeOwned>(
    app: &App,
    tx: &mut Tx,
    round: &str,
    (whose, purpose): (Option<(WorkplaceId, AccountId)>, Purpose),
) -> Result<T> {
    let round = sql::take_round(tx, &secret_hash(round)).await?;
    let round = round
        .filter(|round| {
            round.expires_at > app.now().ms()
                && round.purpose == purpose.as_str()
                && round.account_id == whose.map(|whose| whose.1)
                && round.workplace_id == whose.map_or(WorkplaceId(Uuid::nil()), |whose| whose.0)
        })
        .ok_or_else(|| wrong("the round is over"))?;
    let state = app.sealer.open(&sealed_for(&round.token_hash), &round.state);
    serde_json::from_str(&state.ok_or_else(|| wrong("the round is sealed by another key"))?).map_err(broken)
}

async fn known(tx: &mut Tx, whose: (WorkplaceId, AccountId)) -> Result<Vec<Credential>> {
    let kept = sql::credentials(tx, whose).await?;
    kept.iter()
        .map(|text| serde_json::from_str(text).map_err(broken))
        .collect()
}

/// The question by which the person makes a passkey.
pub(crate) async fn question_to_add(
    app: &App,
    tx: &mut Tx,
    site: &Passkeys,
    (workplace, account): (&Workplace, &Account),
) -> Result<Challenge> {
    let whose = (account.workplace, account.id);
    if of(tx, whose.0, whose.1).await?.passkeys >= rules::MOST_PASSKEYS {
        return Err(Error::Refused {
            code: "too_many",
            message: format!(
                "You have {} passkeys: remove one that you do not use before you add another.",
                rules::MOST_PASSKEYS
            ),
        });
    }
    let there = known(tx, whose).await?;
    let there = there.iter().map(|one| one.cred_id().clone()).collect();
    let name = account.profile.get(Field::Email).map(str::to_owned);
    // Whoever has accounts in several workplaces is to tell them apart where the browser lets choose.
    let name = format!("{} ({})", name.unwrap_or_else(|| account.name()), workplace.name);
    let (asked, state) = site
        .0
        .start_passkey_registration(account.id.0, &name, &account.name(), Some(there))
        .map_err(broken)?;
    let mut options = serde_json::to_value(&asked.public_key).map_err(broken)?;
    // So that it can be found without a name being typed; the library leaves that to the browser.
    options["authenticatorSelection"]["residentKey"] = "required".into();
    options["authenticatorSelection"]["requireResidentKey"] = true.into();
    Ok(Challenge {
        round: ask(app, tx, Some(whose), Purpose::Add, &state).await?,
        options,
    })
}

/// Keeps the passkey that the browser made. Gives recovery codes, if the person had none.
///
/// # Errors
/// `wrong_passkey`.
pub(crate) async fn keep(
    app: &App,
    tx: &mut Tx,
    site: &Passkeys,
    (actor, account): (&Actor, &Account),
    (given, name, user_agent): (&Given, &str, &str),
) -> Result<(Passkey, Vec<String>)> {
    let whose = (account.workplace, account.id);
    let state: PasskeyRegistration = asked(app, tx, &given.round, (Some(whose), Purpose::Add)).await?;
    let made: RegisterPublicKeyCredential =
        serde_json::from_value(given.credential.clone()).map_err(wrong)?;
    let credential = site.0.finish_passkey_registration(&made, &state).map_err(wrong)?;
    let (browser, system) = in_words(user_agent);
    let passkey = Passkey {
        id: PasskeyId::new(&app.entropy, app.now()),
        name: rules::passkey_name(name, browser, system),
        created_at: app.now(),
        last_used_at: None,
    };
    let text = serde_json::to_string(&credential).map_err(broken)?;
    sql::add_passkey(tx, whose, &passkey, (&written(credential.cred_id()), &text)).await?;
    let told = Told {
        verb: "add_passkey",
        what: &format!("the passkey \"{}\"", passkey.name),
        letter: Some((LetterKind::FactorAdded, 0)),
    };
    told.write(app, tx, actor, account).await?;
    Ok((passkey, first_codes(app, tx, account).await?))
}

fn written(credential_id: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(credential_id)
}

/// The question to somebody who is known: one of their passkeys.
pub(crate) async fn challenge_of(
    app: &App,
    tx: &mut Tx,
    site: &Passkeys,
    whose: (WorkplaceId, AccountId),
) -> Result<Challenge> {
    let there = known(tx, whose).await?;
    if there.is_empty() {
        return Err(Error::Refused {
            code: "no_passkey",
            message: "You have no passkey here: use another way.".into(),
        });
    }
    let (asked, state) = site.0.start_passkey_authentication(&there).map_err(broken)?;
    Ok(Challenge {
        round: ask(app, tx, Some(whose), Purpose::Show, &state).await?,
        options: serde_json::to_value(&asked.public_key).map_err(broken)?,
    })
}

/// Whether the answer is by one of the person's passkeys; its use is noted.
pub(crate) async fn right(
    app: &App,
    tx: &mut Tx,
    site: &Passkeys,
    whose: (WorkplaceId, AccountId),
    given: &Given,
) -> Result<()> {
    let state: PasskeyAuthentication = asked(app, tx, &given.round, (Some(whose), Purpose::Show)).await?;
    let shown: PublicKeyCredential = serde_json::from_value(given.credential.clone()).map_err(wrong)?;
    let result = site
        .0
        .finish_passkey_authentication(&shown, &state)
        .map_err(wrong)?;
    let id = result.cred_id().clone();
    let credential = known(tx, whose)
        .await?
        .into_iter()
        .find(|one| *one.cred_id() == id);
    // It may have been removed since the question.
    let credential = credential.ok_or_else(|| wrong("it was removed"))?;
    note(app, tx, whose.0, credential, &result).await
}

async fn note(
    app: &App,
    tx: &mut Tx,
    workplace: WorkplaceId,
    mut credential: Credential,
    result: &webauthn_rs::prelude::AuthenticationResult,
) -> Result<()> {
    credential.update_credential(result);
    let text = serde_json::to_string(&credential).map_err(broken)?;
    let id = written(credential.cred_id());
    sql::used_passkey(
        tx,
        workplace,
        (&id, &text),
        i64::from(result.counter()),
        app.now(),
    )
    .await
}

/// The question of the log-in page, to whoever it is. `quiet`: the page asks by itself.
///
/// # Errors
/// `no_passkeys`; `wait`, when too many were asked from the same place and not answered.
pub async fn challenge_anybody(
    app: &App,
    public_url: &str,
    from: std::net::IpAddr,
    quiet: bool,
) -> Result<Challenge> {
    let site = Passkeys::of(public_url)?;
    access::count_question(app, from, quiet).await?;
    let (asked, state) = site.0.start_discoverable_authentication().map_err(broken)?;
    let mut tx = app.begin().await?;
    let round = ask(app, &mut tx, None, Purpose::LogIn, &state).await?;
    tx.commit().await?;
    Ok(Challenge {
        round,
        options: serde_json::to_value(&asked.public_key).map_err(broken)?,
    })
}

/// Whose passkey answered the question of the log-in page; its use is noted.
pub(crate) async fn identify(
    app: &App,
    tx: &mut Tx,
    site: &Passkeys,
    given: &Given,
) -> Result<(WorkplaceId, AccountId)> {
    let state: DiscoverableAuthentication = asked(app, tx, &given.round, (None, Purpose::LogIn)).await?;
    let shown: PublicKeyCredential = serde_json::from_value(given.credential.clone()).map_err(wrong)?;
    let (user, id) = site
        .0
        .identify_discoverable_authentication(&shown)
        .map_err(wrong)?;
    let (workplace, account, text) = sql::owner(tx, &written(id))
        .await?
        .filter(|(_, account, _)| account.0 == user)
        .ok_or_else(|| wrong("nobody has it"))?;
    let credential: Credential = serde_json::from_str(&text).map_err(broken)?;
    let result = site
        .0
        .finish_discoverable_authentication_v2(&shown, state, &credential)
        .map_err(wrong)?;
    note(app, tx, workplace, credential, &result).await?;
    Ok((workplace, account))
}

/// Begins to add a passkey.
///
/// # Errors
/// `prove_yourself`, `no_passkeys`, `too_many`.
pub async fn begin_passkey(
    app: &App,
    public_url: &str,
    actor: &Actor,
    account: &Account,
) -> Result<Challenge> {
    access::proven(actor, app.now())?;
    let site = Passkeys::of(public_url)?;
    let mut tx = app.begin().await?;
    let workplace = workplaces::read(&mut tx, account.workplace).await?;
    let challenge = question_to_add(app, &mut tx, &site, (&workplace, account)).await?;
    tx.commit().await?;
    Ok(challenge)
}

/// Ends adding it. Gives the passkey, and recovery codes, if there were none.
///
/// # Errors
/// `prove_yourself`, `wrong_passkey`.
pub async fn add_passkey(
    app: &App,
    public_url: &str,
    (actor, account): (&Actor, &Account),
    (given, name, user_agent): (&Given, &str, &str),
) -> Result<(Passkey, Vec<String>)> {
    access::proven(actor, app.now())?;
    let site = Passkeys::of(public_url)?;
    let mut tx = app.begin().await?;
    tx.lock(account.workplace.0).await?;
    let kept = keep(app, &mut tx, &site, (actor, account), (given, name, user_agent)).await?;
    tx.commit().await?;
    Ok(kept)
}

/// Gives a passkey of the person another name.
pub async fn rename_passkey(app: &App, account: &Account, id: PasskeyId, name: &str) -> Result<()> {
    if name.trim().is_empty() {
        return Err(Error::invalid(
            "name",
            "Give the passkey a name, such as that of the device.",
        ));
    }
    let name = rules::passkey_name(name, "", "");
    let mut tx = app.begin().await?;
    if !sql::rename_passkey(&mut tx, (account.workplace, account.id), id, &name).await? {
        return Err(Error::not_found("passkey"));
    }
    tx.commit().await?;
    Ok(())
}

/// Removes a passkey of the person.
///
/// # Errors
/// `prove_yourself`; `second_factor_needed`, where the workplace asks for one and this is the last.
pub async fn remove_passkey(app: &App, actor: &Actor, account: &Account, id: PasskeyId) -> Result<()> {
    access::proven(actor, app.now())?;
    let whose = (account.workplace, account.id);
    let mut tx = app.begin().await?;
    tx.lock(account.workplace.0).await?;
    let passkey = sql::passkeys(&mut tx, whose)
        .await?
        .into_iter()
        .find(|passkey| passkey.id == id)
        .ok_or_else(|| Error::not_found("passkey"))?;
    sql::remove_passkey(&mut tx, whose, id).await?;
    desk::may_do_without(&mut tx, account).await?;
    let told = Told {
        verb: "remove_passkey",
        what: &format!("the passkey \"{}\"", passkey.name),
        letter: Some((LetterKind::FactorRemoved, 0)),
    };
    told.write(app, &mut tx, actor, account).await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_browsers_make_passkeys() {
        for (url, expect) in [
            ("https://people.example.com", None),
            ("https://people.example.com:8443", None),
            ("http://localhost:8080", None),
            ("http://people.example.com", Some("HTTPS")),
            ("https://192.0.2.7", Some("by a number")),
            ("http://127.0.0.1:8080", Some("by a number")),
            ("https://[2001:db8::1]", Some("by a number")),
        ] {
            let why = Passkeys::of(url).err().map(|why| why.to_string());
            match expect {
                None => assert_eq!(why, None, "{url}"),
                Some(words) => assert!(
                    why.as_ref().is_some_and(|why| why.contains(words)),
                    "{url}: {why:?}"
                ),
            }
        }
    }
}
