//! New workplaces that people open from the web: where the deployment allows it, and not on a domain that another
//! workplace has proven to be its own.

mod sql;

use std::net::IpAddr;

use guildhall_store::Tx;
use uuid::Uuid;

use crate::access::{self, LoggedIn, Origin, PasswordHasher};
use crate::accounts::{self, Account};
use crate::addresses::{self, Proof, Purpose, Wanted};
use crate::domains::{self, Standing, names};
use crate::ids::{OpeningId, WorkplaceId};
use crate::mail::{Content, LetterKind, Recipient};
use crate::outbox::{self, Addressee, Note};
use crate::setup::First;
use crate::sign_ins::SignInMethod;
use crate::workplaces::{self, house};
use crate::{App, Error, Moment, Result, setup};

use crate::words::words;

pub use sql::waiting;

words! {
    /// Who may open workplaces from the web.
    Openness {
        /// Only whoever runs the server, on its command line.
        Closed = "closed",
        /// Everybody asks, whoever runs the server says yes.
        Approval = "approval",
        Open = "open",
    }
}

/// A workplace that waits for a yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    pub id: OpeningId,
    pub email: String,
    pub workplace_name: String,
    pub display_name: String,
    pub locale: String,
    pub time_zone: String,
    pub created_at: Moment,
    hash: String,
}

/// What the link of the letter leads to.
#[derive(Clone, Debug)]
pub enum Door {
    /// To name a workplace.
    New { email: String },
    /// The domain belongs to a workplace that is here already.
    Here { email: String, workplace: String },
}

/// What became of a workplace that somebody named.
#[derive(Clone, Debug)]
pub enum Opened {
    Open(Box<LoggedIn>),
    Waits,
}

fn closed() -> Error {
    Error::Refused {
        code: "closed",
        message: "Workplaces on this server are opened by whoever runs it: ask them.".into(),
    }
}

fn note(content: Content, secret: Option<String>) -> Note {
    Note {
        content,
        invitation: None,
        secret,
    }
}

async fn write(app: &App, tx: &mut Tx, email: &str, note: Note) -> Result<()> {
    let to = Addressee {
        account: None,
        recipient: Recipient {
            name: String::new(),
            email: email.to_owned(),
            locale: None,
            time_zone: None,
        },
    };
    outbox::post_to(app, tx, &house(), to, note).await?;
    Ok(())
}

/// Sends the letter that proves an address.
pub async fn ask(app: &App, openness: Openness, email: &str, from: IpAddr) -> Result<()> {
    if openness == Openness::Closed {
        return Err(closed());
    }
    let email = addresses::read(email)?;
    let mut tx = app.begin().await?;
    let wanted = Wanted {
        purpose: Purpose::Open,
        workplace: None,
        account: None,
        about: None,
        from: Some(from),
    };
    if let Some((secret, until)) = addresses::begin(app, &mut tx, &email, wanted).await? {
        let content = Content::Brief {
            topic: LetterKind::OpenWorkplace,
            about: email.clone(),
            by: None,
            message: None,
            count: 0,
            expires_at: Some(until.timestamp()),
        };
        write(app, &mut tx, &email, note(content, Some(secret))).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// What the link of the letter leads to.
pub async fn door(app: &App, openness: Openness, token: &str) -> Result<Door> {
    if openness == Openness::Closed {
        return Err(closed());
    }
    let proof = addresses::find(&app.db, token, Purpose::Open, app.now()).await?;
    let mut tx = app.begin().await?;
    Ok(match owner(&mut tx, &proof.email).await? {
        Some(workplace) => Door::Here {
            email: proof.email,
            workplace: workplaces::read(&mut tx, workplace).await?.name,
        },
        None => Door::New { email: proof.email },
    })
}

/// The workplace that has proven the domain of an address to be its own.
async fn owner(tx: &mut Tx, email: &str) -> Result<Option<WorkplaceId>> {
    let Some(domain) = names::of_address(email) else {
        return Ok(None);
    };
    let nobody = WorkplaceId(Uuid::nil());
    if domains::of_domain(tx, nobody, &domain).await? != Standing::Elsewhere {
        return Ok(None);
    }
    Ok(domains::known_to(tx, &domain).await?.into_iter().next())
}

/// Opens the workplace that somebody named, or keeps it until whoever runs the server says yes. The address is the one
/// that the link proved, whatever `first` says.
pub async fn open(
    app: &App,
    hasher: &PasswordHasher,
    openness: Openness,
    (token, first): (&str, &First),
    origin: Origin<'_>,
) -> Result<Opened> {
    if openness == Openness::Closed {
        return Err(closed());
    }
    let now = app.now();
    let proof = addresses::find(&app.db, token, Purpose::Open, now).await?;
    let first = checked(first, &proof)?;
    let hash = hasher.hash(&app.entropy, &first.password).await?;
    let mut tx = app.begin().await?;
    tx.lock(domains::EVERYWHERE).await?;
    refuse_taken(&mut tx, &proof.email).await?;
    addresses::use_up(&mut tx, &proof, now).await?;
    let opening = Opening {
        id: OpeningId::new(&app.entropy, now),
        email: proof.email.clone(),
        workplace_name: first.workplace_name,
        display_name: first.display_name,
        locale: first.locale,
        time_zone: first.time_zone,
        created_at: now,
        hash,
    };
    if openness == Openness::Approval {
        sql::insert(&mut tx, &opening).await?;
        tx.commit().await?;
        return Ok(Opened::Waits);
    }
    let account = make(app, &mut tx, &opening).await?;
    let entered = access::let_in(app, &mut tx, account, SignInMethod::Setup.into(), origin).await?;
    tx.commit().await?;
    Ok(Opened::Open(Box::new(entered)))
}

async fn refuse_taken(tx: &mut Tx, email: &str) -> Result<()> {
    if owner(tx, email).await?.is_none() {
        return Ok(());
    }
    Err(Error::Refused {
        code: "domain_elsewhere",
        message: "Your organisation has a workplace here already: join that one.".into(),
    })
}

/// What the person wrote, in its canonical form; or what is wrong with it.
fn checked(first: &First, proof: &Proof) -> Result<First> {
    let hints = [
        first.display_name.as_str(),
        proof.email.as_str(),
        first.workplace_name.as_str(),
    ];
    let name = accounts::normalise(accounts::ProfileField::DisplayName, &first.display_name)?;
    let checked = First {
        workplace_name: workplaces::rules::name(&first.workplace_name)
            .map_err(|why| Error::invalid("workplace_name", why.to_string()))?,
        display_name: name.ok_or_else(|| Error::invalid("display_name", "Say who you are."))?,
        email: proof.email.clone(),
        password: first.password.clone(),
        locale: workplaces::rules::locale(&first.locale)?,
        time_zone: workplaces::rules::time_zone(&first.time_zone)?,
    };
    access::rules::judge_password(&first.password, &hints).map_err(|why| Error::invalid("password", why))?;
    Ok(checked)
}

/// The workplace with its first admin, whose address is proven; the domain in it is let in, if it may be.
async fn make(app: &App, tx: &mut Tx, opening: &Opening) -> Result<Account> {
    let named = (
        opening.workplace_name.as_str(),
        opening.locale.as_str(),
        opening.time_zone.as_str(),
    );
    let person = (opening.display_name.as_str(), opening.email.as_str());
    let account = setup::open(app, tx, named, person, &opening.hash).await?;
    addresses::note_confirmed(tx, &account, app.now()).await?;
    domains::let_in(app, tx, &account).await?;
    Ok(account)
}

fn gone() -> Error {
    Error::not_found("workplace that waits")
}

/// Whoever runs the server says yes: the workplace is open, and whoever asked is told.
pub async fn approve(app: &App, id: OpeningId) -> Result<WorkplaceId> {
    let mut tx = app.begin().await?;
    tx.lock(domains::EVERYWHERE).await?;
    let opening = sql::get(&mut tx, id).await?.ok_or_else(gone)?;
    refuse_taken(&mut tx, &opening.email).await?;
    sql::decide(&mut tx, id, true, app.now()).await?;
    let account = make(app, &mut tx, &opening).await?;
    let content = Content::brief(LetterKind::OpeningApproved, &opening.workplace_name);
    write(app, &mut tx, &opening.email, note(content, None)).await?;
    tx.commit().await?;
    Ok(account.workplace)
}

/// Whoever runs the server says no; whoever asked is told.
pub async fn decline(app: &App, id: OpeningId) -> Result<()> {
    let mut tx = app.begin().await?;
    tx.lock(domains::EVERYWHERE).await?;
    let opening = sql::get(&mut tx, id).await?.ok_or_else(gone)?;
    sql::decide(&mut tx, id, false, app.now()).await?;
    let content = Content::brief(LetterKind::OpeningDeclined, &opening.workplace_name);
    write(app, &mut tx, &opening.email, note(content, None)).await?;
    tx.commit().await?;
    Ok(())
}
