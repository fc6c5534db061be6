use super::apply::{apply, gone_of, plan};
use super::change::{Change, Verb};
use super::{Source, Voice, Whom, sql};
use crate::ids::AccountId;
use crate::{Actor, App, Error, Result, workplaces};

/// How many people are changed in one transaction.
const AT_ONCE: i64 = 200;

/// If nobody speaks through the source any more, what others say of its people comes into force. What the rules refuse
/// for one person stays as it is.
pub async fn release(app: &App, actor: &Actor, gone: Voice) -> Result<()> {
    let mut after = AccountId(uuid::Uuid::nil());
    loop {
        let mut tx = app.begin().await?;
        tx.lock(actor.workplace.0).await?;
        let (absent, _) = gone_of(&mut tx, actor.workplace, [gone].into()).await?;
        if absent.is_empty() {
            return Ok(());
        }
        let policy = workplaces::read(&mut tx, actor.workplace)
            .await?
            .settings
            .policy();
        let people = sql::with_claims(&mut tx, actor.workplace, after, AT_ONCE).await?;
        for id in &people {
            let change = Change::new(Source::Admin, Verb::Release { gone });
            match plan(app, &mut tx, actor, Whom::Is(*id), &change, &policy).await {
                Ok(plan) => apply(app, &mut tx, actor, &plan).await?,
                Err(Error::Refused { .. } | Error::Invalid { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        tx.commit().await?;
        match people.last() {
            Some(last) if people.len() as i64 == AT_ONCE => after = *last,
            _ => return Ok(()),
        }
    }
}
