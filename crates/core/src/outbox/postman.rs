use guildhall_store::Tx;

use super::rules::{Fate, fate};
use super::{LetterState, Posted, sql, write};
use crate::mail::{DkimSigner, EmailAddress, Letter, Outcome, Outgoing, Transport, message_id};
use crate::{App, Error, Result, invitations, signals, workplaces};

/// How long a letter belongs to who took it. A sender that died leaves it for the others after that.
pub(super) const LEASE_SECONDS: i64 = 15 * 60;

/// Carries the letters of all workplaces to the mail server.
#[derive(Clone)]
pub struct Postman {
    pub app: App,
    pub transport: Transport,
    pub from: EmailAddress,
    pub signer: Option<std::sync::Arc<DkimSigner>>,
    pub public_url: String,
}

impl Postman {
    /// Sends what is due, until nothing is or `stop` says so. Gives how many letters were tried.
    pub async fn round(&self, stop: &(dyn Fn() -> bool + Send + Sync)) -> Result<u64> {
        if !sql::any_due(&self.app.db, self.app.now()).await? {
            return Ok(0);
        }
        let mut tx = self.app.begin().await?;
        sql::give_up_lost(&mut tx, self.app.now()).await?;
        tx.commit().await?;
        let mut tried = 0;
        while !stop()
            && let Some(letter) = self.take().await?
        {
            self.carry(&letter).await?;
            tried += 1;
        }
        Ok(tried)
    }

    async fn take(&self) -> Result<Option<Posted>> {
        let now = self.app.now();
        let mut tx = self.app.begin().await?;
        let letter = sql::take(&mut tx, now, now.plus_seconds(LEASE_SECONDS)).await?;
        tx.commit().await?;
        Ok(letter)
    }

    /// One letter: it is noted as going out after the server agreed to take it and before its first byte, so that
    /// after a crash it is known whether it may have left. It is never sent twice by itself.
    async fn carry(&self, letter: &Posted) -> Result<()> {
        let id = if letter.message_id.is_empty() {
            message_id(letter.id.0, &self.from)
        } else {
            letter.message_id.clone()
        };
        let outgoing = match self.compose(letter, &id).await {
            Ok(outgoing) => outgoing,
            Err(why) => return self.end_unsent(letter, &why.to_string()).await,
        };
        let outcome = match self.transport.prepare(&outgoing).await {
            Err(outcome) => outcome,
            Ok(prepared) => {
                let mut tx = self.app.begin().await?;
                let begun = sql::begin(&mut tx, letter, &id).await?;
                tx.commit().await?;
                if !begun {
                    prepared.abandon().await;
                    return Ok(());
                }
                prepared.deliver().await
            }
        };
        self.note(letter, &outcome).await
    }

    async fn compose(&self, letter: &Posted, id: &str) -> Result<Outgoing> {
        let inside = |why: &dyn std::fmt::Display| Error::Internal(why.to_string());
        let workplace = workplaces::read_or_house(&self.app.db, letter.workplace).await?;
        let (rendered, link) = write(&self.app, &self.public_url, letter)?;
        let sealed_otherwise = letter.kind.needs_code() && super::secret(&self.app, letter).is_none();
        if sealed_otherwise || (link.is_none() && letter.kind.needs_link()) {
            return Err(Error::Internal(
                "The link of this letter was sealed with another key: send the person a new one.".into(),
            ));
        }
        let to: EmailAddress = letter.recipient.parse().map_err(|why| inside(&why))?;
        let name = workplace.settings.mail_from_name.unwrap_or(workplace.name);
        let message = Letter::new(
            letter.kind,
            rendered,
            to,
            self.from.clone(),
            name,
            id.to_owned(),
            letter.created_at.timestamp(),
        );
        let outgoing = message.build().map_err(|why| inside(&why))?;
        match &self.signer {
            Some(signer) => signer.sign(&outgoing).map_err(|why| inside(&why)),
            None => Ok(outgoing),
        }
    }

    async fn end_unsent(&self, letter: &Posted, why: &str) -> Result<()> {
        let mut tx = self.app.begin().await?;
        sql::note_answer(&mut tx, letter, why, None).await?;
        let now = self.app.now();
        sql::set_state(&mut tx, letter, LetterState::Waiting, LetterState::Failed, now).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn note(&self, letter: &Posted, outcome: &Outcome) -> Result<()> {
        let mut tx = self.app.begin().await?;
        settle(&self.app, &mut tx, letter, outcome).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Notes what became of a letter, in the outbox and with its invitation.
pub(super) async fn settle(app: &App, tx: &mut Tx, letter: &Posted, outcome: &Outcome) -> Result<()> {
    let now = app.now();
    let said = outcome.to_string();
    match fate(outcome, letter.attempts + 1) {
        Fate::Again(seconds) => {
            sql::note_answer(tx, letter, &said, Some(now.plus_seconds(seconds))).await?;
        }
        Fate::Ends(state) => {
            sql::note_answer(tx, letter, &said, None).await?;
            if !sql::set_state(tx, letter, LetterState::Sending, state, now).await? {
                sql::set_state(tx, letter, LetterState::Waiting, state, now).await?;
            }
            tell_invitation(app, tx, letter, state, &said).await?;
        }
    }
    signals::send(tx, &app.entropy, now, letter.workplace, None, signals::OUTBOX).await
}

async fn tell_invitation(
    app: &App,
    tx: &mut Tx,
    letter: &Posted,
    state: LetterState,
    said: &str,
) -> Result<()> {
    let Some(invitation) = letter.invitation else {
        return Ok(());
    };
    let (workplace, now) = (letter.workplace, app.now());
    match state {
        LetterState::Sent => invitations::note_sent(tx, workplace, invitation, now).await?,
        LetterState::Bounced => invitations::note_bounced(tx, workplace, invitation, said, now).await?,
        _ => return Ok(()),
    }
    signals::send(tx, &app.entropy, now, workplace, None, signals::INVITATION).await
}
