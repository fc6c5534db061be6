//! What people do by themselves: they come, look around and come back.

use guildhall_store::Tx;

use super::history::Story;
use crate::access::{Device, Origin};
use crate::accounts::{self, Change, ProfileField as Field, Source, Verb, Whom, people};
use crate::ids::AccountId;
use crate::mail::{Outcome, Stage};
use crate::outbox::{self, Posted};
use crate::sign_ins::SignInMethod;
use crate::{Actor, Error, Moment, Result, access, groups, invitations, workplaces};

/// How much of what single people did is written in one transaction.
const STEP: usize = 100;

/// What a person does by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    Visit,
    Claim,
    LogIn,
}

impl Story<'_> {
    /// The letters that wait go out, one after the other; some come back.
    pub(super) async fn carry(&self, tx: &mut Tx) -> Result<()> {
        let begun = self.app.now();
        let mut carried = 0;
        outbox::pretend(self.app, tx, |letter: &Posted| {
            carried += 1;
            self.clock.set(begun.plus_seconds(4 + carried / 3));
            if self.bouncing.contains(&letter.recipient) {
                return Outcome::Rejected {
                    permanent: true,
                    code: Some(550),
                    text: "5.1.1 Recipient address rejected: User unknown".into(),
                    stage: Stage::Recipient,
                };
            }
            Outcome::Accepted {
                text: "2.0.0 Ok: queued".into(),
            }
        })
        .await
    }

    /// People do what they do by themselves, up to this moment.
    pub(super) async fn until(&mut self, at: Moment) -> Result<()> {
        loop {
            let next: Vec<_> = self.ways[self.done..]
                .iter()
                .take_while(|(when, ..)| *when < at)
                .take(STEP)
                .copied()
                .collect();
            if next.is_empty() {
                self.clock.set(at);
                return Ok(());
            }
            self.done += next.len();
            let mut tx = self.app.begin_long().await?;
            let mut came = Vec::new();
            for (when, act, number) in next {
                // Who was to come with a list that has not come in yet is not here to act.
                let Ok(id) = self.id(number) else { continue };
                self.clock.set(when);
                match act {
                    Act::Visit => self.visit(&mut tx, id).await?,
                    Act::Claim => {
                        self.claim(&mut tx, number, id).await?;
                        came.push((when, number));
                    }
                    Act::LogIn => self.log_in(&mut tx, number, SignInMethod::Password).await?,
                }
            }
            tx.commit().await?;
            for (when, number) in came {
                self.join(when, number).await?;
            }
        }
    }

    async fn visit(&self, tx: &mut Tx, id: AccountId) -> Result<()> {
        if let Some(invitation) = invitations::of_account(&mut *tx, self.admin.workplace, id).await? {
            invitations::note_visited(tx, &invitation, self.app.now()).await?;
        }
        Ok(())
    }

    async fn claim(&self, tx: &mut Tx, number: u64, id: AccountId) -> Result<()> {
        let workplace = workplaces::read(&mut *tx, self.admin.workplace).await?;
        let person = accounts::get(&mut *tx, self.admin.workplace, id)
            .await?
            .ok_or_else(|| Error::not_found("person"))?;
        let change = Change::new(Source::SelfService, Verb::Claim { patch: Vec::new() });
        let actor = Actor::person(&person, None);
        let plan = accounts::plan(self.app, tx, &actor, Whom::Is(id), &change, &self.policy).await?;
        accounts::apply(self.app, tx, &actor, &plan).await?;
        access::keep_password(tx, (person.workplace, id), &self.hash, self.app.now()).await?;
        invitations::welcome(self.app, tx, &workplace, &person).await?;
        self.log_in(tx, number, SignInMethod::Claim).await?;
        self.carry(tx).await
    }

    async fn log_in(&self, tx: &mut Tx, number: u64, method: SignInMethod) -> Result<()> {
        let person = accounts::get(&mut *tx, self.admin.workplace, self.id(number)?)
            .await?
            .ok_or_else(|| Error::not_found("person"))?;
        let (user_agent, address) = self.staff.device(number);
        let origin = Origin {
            address,
            user_agent,
            device: Device::New,
        };
        access::let_in(self.app, tx, person, method.into(), origin).await?;
        Ok(())
    }

    /// Who has just come looks for groups, and a few keep their own phone number up to date.
    async fn join(&self, when: Moment, number: u64) -> Result<()> {
        let interests = self.staff.interests(number, self.open.len());
        if interests.is_empty() {
            return Ok(());
        }
        let account = self.account(number).await?;
        self.clock.set(when.plus_seconds(180));
        for at in interests {
            groups::join(self.app, &Actor::person(&account, None), self.open[at]).await?;
        }
        if number.is_multiple_of(40) {
            let phone = format!("+44 1632 960{:03}", number % 1000);
            people::edit_own(self.app, &account, vec![(Field::Phone, Some(phone))]).await?;
        }
        Ok(())
    }
}
