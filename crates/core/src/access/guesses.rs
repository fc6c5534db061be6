//! How guessing is slowed: every try is counted before it is looked at, for whoever is tried and for where it comes from.

use std::net::IpAddr;

use guildhall_store::Tx;

use super::{network, rules, sql};
use crate::codes::{self, rules::Pace};
use crate::ids::{AccountId, WorkplaceId};
use crate::{App, Error, Moment, Result, fold};

/// Whom the failures are counted for: the person from this network, in each workplace that is tried; the person from wherever;
/// and the network whoever it tries, with the wider one that it belongs to.
pub(super) struct Subjects {
    people: Vec<(WorkplaceId, String)>,
    anywhere: Vec<(WorkplaceId, String)>,
    network: String,
    wider: Option<String>,
}

impl Subjects {
    pub(super) fn of(app: &App, workplaces: &[WorkplaceId], email: &str, address: IpAddr) -> Self {
        let (network, email) = (network(address), fold::key(email));
        let mut people: Vec<(WorkplaceId, String)> = workplaces
            .iter()
            .map(|workplace| {
                let text = format!("person\0{workplace}\0{email}\0{network}");
                (*workplace, app.sealer.digest(&text))
            })
            .collect();
        people.dedup();
        Self {
            people,
            ..Self::of_network(app, address)
        }
    }

    fn of_network(app: &App, address: IpAddr) -> Self {
        Self {
            people: Vec::new(),
            anywhere: Vec::new(),
            network: app.sealer.digest(&format!("network\0{}", network(address))),
            wider: wider_network(address).map(|wider| app.sealer.digest(&format!("wider network\0{wider}"))),
        }
    }

    /// Counts for a person from wherever, too: by their account, however they were named, or by the name that nobody has.
    pub(super) fn and_anywhere(&mut self, app: &App, workplace: WorkplaceId, who: &str) {
        let text = format!("anywhere\0{workplace}\0{who}");
        let subject = (workplace, app.sealer.digest(&text));
        if !self.anywhere.contains(&subject) {
            self.anywhere.push(subject);
        }
    }

    /// For tries at a second factor: those of the person count wherever they come from, since whoever makes them has the
    /// password already.
    pub(super) fn of_second(
        app: &App,
        (workplace, account): (WorkplaceId, AccountId),
        address: IpAddr,
    ) -> Self {
        let text = format!("second\0{workplace}\0{account}");
        Self {
            people: vec![(workplace, app.sealer.digest(&text))],
            ..Self::of_network(app, address)
        }
    }

    /// Counts an attempt before it is looked at, so that many at once are not free; a success takes it back.
    pub(super) async fn count(&self, app: &App) -> Result<()> {
        let mut tx = app.begin().await?;
        self.count_within(app, &mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// [`Subjects::count`] within a transaction, which must be committed.
    pub(super) async fn count_within(&self, app: &App, tx: &mut Tx) -> Result<()> {
        let now = app.now();
        if let Some(seconds) = self.longest(tx, now).await? {
            return Err(Error::Refused {
                code: "wait",
                message: format!("Too many log-ins failed here: wait {seconds} seconds, then try again."),
            });
        }
        for subject in self.all() {
            sql::add_failure(tx, subject, now, stale(now)).await?;
        }
        sql::drop_failures(tx, stale(now)).await
    }

    /// How many seconds are to be waited, if any.
    async fn longest(&self, tx: &mut Tx, now: Moment) -> Result<Option<i64>> {
        let network = sql::failures(tx, &self.network, now).await?;
        let wider = match &self.wider {
            Some(wider) => sql::failures(tx, wider, now).await?,
            None => (0, 0),
        };
        let mut longest = None;
        for (_, subject) in &self.people {
            let pair = sql::failures(tx, subject, now).await?;
            longest = longest.max(rules::wait(pair, network, wider));
        }
        for (_, subject) in &self.anywhere {
            let (failures, since_last) = sql::failures(tx, subject, now).await?;
            longest = longest.max(rules::wait_anywhere(failures, since_last));
        }
        Ok(longest)
    }

    fn all(&self) -> impl Iterator<Item = &String> {
        let people = self.people.iter().chain(&self.anywhere);
        people
            .map(|(_, subject)| subject)
            .chain([&self.network])
            .chain(&self.wider)
    }

    /// After a success: the person's failures are forgotten where it was right; elsewhere, and for the networks, there is
    /// one less.
    pub(super) async fn take_back(&self, tx: &mut Tx, won: &[WorkplaceId]) -> Result<()> {
        for (workplace, subject) in self.people.iter().chain(&self.anywhere) {
            if won.contains(workplace) {
                sql::forget_failures(tx, subject).await?;
            } else {
                sql::take_back(tx, subject).await?;
            }
        }
        for subject in [&self.network].into_iter().chain(&self.wider) {
            sql::take_back(tx, subject).await?;
        }
        Ok(())
    }
}

/// What one site has at most: of IPv6 a /48, in which there are many households' networks.
fn wider_network(address: IpAddr) -> Option<String> {
    match address.to_canonical() {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            Some(format!("{a:x}:{b:x}:{c:x}::/48"))
        }
    }
}

/// A name from a network that has to wait is noted so often among the log-ins, and not each time.
const WAIT_NOTED: Pace = Pace {
    burst: 1,
    every_ms: 60_000,
};

/// Whether it is to be noted that somebody has to wait: once a minute for a name and a network.
pub(super) async fn worth_noting(app: &App, typed: &str, address: IpAddr) -> Result<bool> {
    let text = format!("waits\0{}\0{}", fold::key(typed), network(address));
    let counted = codes::pace(app, &[(app.sealer.digest(&text), WAIT_NOTED)]).await?;
    Ok(counted.is_none())
}

fn stale(now: Moment) -> Moment {
    now.plus_seconds(-rules::FORGET_AFTER)
}

/// So many questions to passkeys may be open from one network: an office has many people.
const OPEN_QUESTIONS: u32 = 500;
/// And so many when a page asks by itself, so that whoever presses the button is never the one to wait for that.
const OPEN_QUIET_QUESTIONS: u32 = 250;

fn questions(app: &App, address: IpAddr) -> String {
    app.sealer.digest(&format!("questions\0{}", network(address)))
}

/// Counts a question to a passkey that anybody may ask for. `quiet`: the page asks by itself.
///
/// # Errors
/// `wait`, when too many were asked from the same place and not answered.
pub(crate) async fn count_question(app: &App, address: IpAddr, quiet: bool) -> Result<()> {
    let most = if quiet {
        OPEN_QUIET_QUESTIONS
    } else {
        OPEN_QUESTIONS
    };
    let (subject, now) = (questions(app, address), app.now());
    let mut tx = app.begin().await?;
    let (open, since_last) = sql::failures(&mut tx, &subject, now).await?;
    if open >= most && since_last < 60 * 60 {
        return Err(Error::Refused {
            code: "wait",
            message: "Too many asked for a log-in by passkey from here: log in with your password, or try again in an hour."
                .into(),
        });
    }
    sql::add_failure(&mut tx, &subject, now, now.plus_seconds(-60 * 60)).await?;
    tx.commit().await?;
    Ok(())
}

/// The question was answered.
pub(super) async fn forget_question(app: &App, tx: &mut Tx, address: IpAddr) -> Result<()> {
    sql::take_back(tx, &questions(app, address)).await
}
