//! E-mail addresses that were proven by a letter with a link.

mod sql;

use std::net::IpAddr;

use guildhall_store::{Db, Tx};
use uuid::Uuid;

use crate::accounts::{self, Account, AccountState, ProfileField as Field};
use crate::entropy::secret_hash;
use crate::ids::{AccountId, ProofId, WorkplaceId};
use crate::mail::{Content, EmailAddress, LetterKind};
use crate::outbox::{self, Note};
use crate::{App, Error, Moment, Result, access, audit, workplaces};

use crate::words::words;

words! {
    /// What the reader of the letter wants.
    Purpose { Confirm = "confirm", Join = "join", Open = "open" }
}

/// How long a link works.
pub const GOOD_FOR_HOURS: i64 = 24;
/// Letters an hour to one address, and asked for from one network.
const TO_ADDRESS: i64 = 4;
const BY_NETWORK: i64 = 40;
const HOUR: i64 = 60 * 60;

/// A link on its way to an address, or back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    pub id: ProofId,
    pub purpose: Purpose,
    pub workplace: Option<WorkplaceId>,
    pub account: Option<AccountId>,
    /// What else it is about.
    pub about: Option<Uuid>,
    pub email: String,
    pub expires_at: Moment,
}

/// What a link is wanted for.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub purpose: Purpose,
    pub workplace: Option<WorkplaceId>,
    pub account: Option<AccountId>,
    pub about: Option<Uuid>,
    /// Where whoever asks is; absent for people who are in.
    pub from: Option<IpAddr>,
}

/// An address as it is kept; or a sentence on what is wrong with it.
pub fn read(text: &str) -> Result<String> {
    let parsed = EmailAddress::parse(text).map_err(|why| Error::invalid("email", why.to_string()))?;
    Ok(parsed.as_str().to_owned())
}

/// Keeps a new link for an address and gives its secret and its end; nothing when the address got enough letters.
///
/// # Errors
/// `wait` when the network asked for too many.
pub async fn begin(app: &App, tx: &mut Tx, email: &str, wanted: Wanted) -> Result<Option<(String, Moment)>> {
    let now = app.now();
    let network = match wanted.from {
        Some(address) => app
            .sealer
            .digest(&format!("network\0{}", access::network(address))),
        None => String::new(),
    };
    let key = crate::fold::key(email);
    let (to_address, by_network) = sql::asked_since(tx, (&key, &network), now.plus_seconds(-HOUR)).await?;
    if !network.is_empty() && by_network >= BY_NETWORK {
        return Err(Error::Refused {
            code: "wait",
            message: "Too many letters were asked for from here: try again in an hour.".into(),
        });
    }
    if to_address >= TO_ADDRESS {
        return Ok(None);
    }
    let token = app.entropy.secret();
    let proof = Proof {
        id: ProofId::new(&app.entropy, now),
        purpose: wanted.purpose,
        workplace: wanted.workplace,
        account: wanted.account,
        about: wanted.about,
        email: email.to_owned(),
        expires_at: now.plus_seconds(GOOD_FOR_HOURS * HOUR),
    };
    sql::insert(tx, &proof, (&secret_hash(&token), &network), now).await?;
    sql::sweep(tx, now.plus_days(-30)).await?;
    Ok(Some((token, proof.expires_at)))
}

fn dead_link() -> Error {
    Error::NotFound(
        "This link does not work: it was used already, or it is older than a day. Ask for a new letter."
            .into(),
    )
}

/// What the link is for.
pub async fn find(db: &Db, token: &str, purpose: Purpose, now: Moment) -> Result<Proof> {
    sql::by_token(db, &secret_hash(token), now)
        .await?
        .filter(|proof| proof.purpose == purpose)
        .ok_or_else(dead_link)
}

/// Uses the link up, with what it brings about.
pub async fn use_up(tx: &mut Tx, proof: &Proof, now: Moment) -> Result<()> {
    if sql::use_up(tx, proof.id, now).await? {
        return Ok(());
    }
    Err(dead_link())
}

/// Notes that the account's address was proven by a letter.
pub async fn note_confirmed(tx: &mut Tx, account: &Account, now: Moment) -> Result<()> {
    match account.profile.email_key() {
        Some(key) => sql::confirm(tx, (account.workplace, account.id), &key, now).await,
        None => Ok(()),
    }
}

/// Whether the address that the account has now was proven by a letter.
pub async fn is_confirmed(tx: &mut Tx, account: &Account) -> Result<bool> {
    let proven = sql::confirmed(tx, (account.workplace, account.id)).await?;
    Ok(proven.is_some() && proven == account.profile.email_key())
}

/// No link that went to the person's addresses works any more. Gives those that did: the address, and when it was asked
/// for.
pub(crate) async fn end(
    tx: &mut Tx,
    whose: (WorkplaceId, AccountId),
    now: Moment,
) -> Result<Vec<(ProofId, String, Moment)>> {
    let found = sql::live(&mut *tx, whose, now).await?;
    for (id, ..) in &found {
        sql::use_up(tx, *id, now).await?;
    }
    Ok(found)
}

/// Forgets which address the person proved.
pub async fn forget(tx: &mut Tx, whose: (WorkplaceId, AccountId)) -> Result<()> {
    sql::forget(tx, whose).await
}

/// Sends a person the letter by which they show that their address is theirs.
pub async fn ask(app: &App, account: &Account) -> Result<()> {
    let email = account.profile.get(Field::Email).ok_or_else(|| Error::Refused {
        code: "no_email",
        message: "You have no e-mail address here: ask an admin to add it.".into(),
    })?;
    let mut tx = app.begin().await?;
    let wanted = Wanted {
        purpose: Purpose::Confirm,
        workplace: Some(account.workplace),
        account: Some(account.id),
        about: None,
        from: None,
    };
    let Some((secret, until)) = begin(app, &mut tx, email, wanted).await? else {
        return Err(Error::Refused {
            code: "wait",
            message: "Several letters are on their way already: look in your mail, or try again in an hour."
                .into(),
        });
    };
    let workplace = workplaces::read(&mut tx, account.workplace).await?;
    let content = Content::Brief {
        topic: LetterKind::ConfirmAddress,
        about: email.to_owned(),
        by: None,
        message: None,
        count: 0,
        expires_at: Some(until.timestamp()),
    };
    let note = Note {
        content,
        invitation: None,
        secret: Some(secret),
    };
    outbox::post(app, &mut tx, &workplace, account, note).await?;
    tx.commit().await?;
    Ok(())
}

/// Whose address the link confirms.
pub async fn open(app: &App, token: &str) -> Result<(Proof, Account)> {
    let proof = find(&app.db, token, Purpose::Confirm, app.now()).await?;
    let (Some(workplace), Some(id)) = (proof.workplace, proof.account) else {
        return Err(dead_link());
    };
    let account = accounts::get(&app.db, workplace, id).await?;
    let same = |account: &Account| {
        account.state == AccountState::Claimed
            && account.profile.email_key() == Some(crate::fold::key(&proof.email))
    };
    let account = account.filter(same).ok_or_else(dead_link)?;
    Ok((proof, account))
}

/// The person has the address.
pub async fn confirm(app: &App, token: &str) -> Result<Account> {
    let (proof, account) = open(app, token).await?;
    let now = app.now();
    let mut tx = app.begin().await?;
    use_up(&mut tx, &proof, now).await?;
    note_confirmed(&mut tx, &account, now).await?;
    let actor = crate::Actor::person(&account, None);
    let entry = audit::Entry {
        source: "self",
        verb: "confirm_address",
        subject: audit::Subject {
            kind: "account",
            id: Some(account.id.0),
            name: account.name(),
        },
        run: None,
        changes: Vec::new(),
    };
    audit::write(&mut tx, &app.entropy, audit::Scope { actor: &actor, now }, entry).await?;
    tx.commit().await?;
    Ok(account)
}
