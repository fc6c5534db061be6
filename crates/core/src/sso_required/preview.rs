//! What a requirement would mean: everybody whom it reaches is looked at, a page at a time.

use std::collections::{BTreeMap, BTreeSet};

use guildhall_store::Tx;

use super::admin::{Given, proposal};
use super::{AdminWay, Kept, Reach, Requirement, SsoVerdict, admins, rules, sql};
use crate::accounts::{self, AccountState, Entrant};
use crate::domains::{self, Standing, names};
use crate::ids::{AccountId, WorkplaceId};
use crate::{Actor, App, Page, Permission, Result, groups, sign_ins, sso};

/// How many people are looked at in one query.
const AT_ONCE: i64 = 1000;
/// How many are looked at for one page of a list: a page may hold fewer than it could.
const LOOKED_AT: usize = 50_000;

/// What a requirement would mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// How many people of each kind; kinds with nobody are left out.
    pub counts: BTreeMap<SsoVerdict, i64>,
    /// What each system admin could log in by.
    pub admins: Vec<AdminWay>,
}

impl Preview {
    /// How many could not come in any more.
    pub fn locked_out(&self) -> i64 {
        self.counts
            .iter()
            .filter(|(verdict, _)| verdict.locks_out())
            .map(|(_, people)| people)
            .sum()
    }
}

/// Somebody, and what it means for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub id: AccountId,
    pub name: String,
    pub email: Option<String>,
    pub state: AccountState,
    pub verdict: SsoVerdict,
}

/// Looks at people of a workplace one after the other, and remembers what it learnt of their domains.
struct Look<'a> {
    workplace: WorkplaceId,
    requirement: &'a Requirement,
    break_glass: BTreeSet<AccountId>,
    /// Whether it is verified, and whether the provider that answers for it is on.
    domains: BTreeMap<String, (bool, Option<bool>)>,
}

impl Look<'_> {
    async fn domain(&mut self, tx: &mut Tx, domain: &str) -> Result<(bool, Option<bool>)> {
        if let Some(known) = self.domains.get(domain) {
            return Ok(*known);
        }
        let verified = domains::of_domain(tx, self.workplace, domain).await? == Standing::Ours;
        let provider = sso::answers(tx, self.workplace, domain).await?;
        self.domains.insert(domain.to_owned(), (verified, provider));
        Ok((verified, provider))
    }

    /// What it means for each of these; those whom it does not reach are left out.
    async fn at(&mut self, tx: &mut Tx, people: Vec<Entrant>) -> Result<Vec<Listed>> {
        let ids: Vec<AccountId> = people.iter().map(|person| person.id).collect();
        let inside: BTreeSet<AccountId> = match self.requirement.reach {
            Reach::Groups => groups::among(tx, self.workplace, (&self.requirement.groups, &ids)).await?,
            _ => Vec::new(),
        }
        .into_iter()
        .collect();
        let came: BTreeSet<AccountId> = sign_ins::came_by_provider(tx, self.workplace, &ids)
            .await?
            .into_iter()
            .collect();
        let mut found = Vec::new();
        for person in people {
            let domain = person.email.as_deref().and_then(names::of_address);
            let (verified, provider) = match &domain {
                Some(domain) => self.domain(tx, domain).await?,
                None => (false, None),
            };
            let known = rules::Person {
                domain: domain.as_deref(),
                in_group: inside.contains(&person.id),
                verified,
                provider,
                break_glass: self.break_glass.contains(&person.id),
                came: came.contains(&person.id),
            };
            if let Some(verdict) = rules::verdict(self.requirement, known) {
                found.push(Listed {
                    id: person.id,
                    name: person.name,
                    email: person.email,
                    state: person.state,
                    verdict,
                });
            }
        }
        Ok(found)
    }
}

/// What `requirement` would mean for everybody.
pub(super) async fn of(tx: &mut Tx, workplace: WorkplaceId, requirement: &Requirement) -> Result<Preview> {
    let ways: Vec<AdminWay> = admins(tx, workplace, requirement)
        .await?
        .into_iter()
        .map(|(_, way)| way)
        .collect();
    let mut counts = BTreeMap::new();
    let mut after = None;
    let mut look = look(workplace, requirement, &ways);
    if requirement.reach == Reach::Off {
        return Ok(Preview { counts, admins: ways });
    }
    loop {
        let people = accounts::entrants(tx, workplace, after, AT_ONCE).await?;
        let Some(last) = people.last().map(|person| person.id) else {
            return Ok(Preview { counts, admins: ways });
        };
        after = Some(last);
        for listed in look.at(tx, people).await? {
            *counts.entry(listed.verdict).or_insert(0) += 1;
        }
    }
}

fn look<'a>(workplace: WorkplaceId, requirement: &'a Requirement, ways: &[AdminWay]) -> Look<'a> {
    let keep = ways.iter().filter(|way| way.chosen && way.strong);
    Look {
        workplace,
        requirement,
        break_glass: keep.map(|way| way.id).collect(),
        domains: BTreeMap::new(),
    }
}

/// What a requirement would mean; none given: the one that there is.
///
/// # Errors
/// What is wrong with which field.
pub async fn preview(app: &App, actor: &Actor, given: Option<&Given>) -> Result<Preview> {
    actor.need(Permission::WorkplaceManage)?;
    let mut tx = app.db.snapshot().await?;
    let requirement = meant(&mut tx, actor, given).await?;
    of(&mut tx, actor.workplace, &requirement).await
}

async fn meant(tx: &mut Tx, actor: &Actor, given: Option<&Given>) -> Result<Requirement> {
    Ok(match given {
        Some(given) => proposal(tx, actor.workplace, given).await?,
        None => sql::get(&mut *tx, actor.workplace)
            .await?
            .map_or_else(Requirement::off, |Kept { requirement, .. }| requirement),
    })
}

/// The people of one kind of a [`preview`], in the order in which they were added. A page may hold few or none, and there is
/// more as long as it says so.
pub async fn people(
    app: &App,
    actor: &Actor,
    given: Option<&Given>,
    (verdict, after, limit): (SsoVerdict, Option<AccountId>, i64),
) -> Result<Page<Listed>> {
    actor.need(Permission::WorkplaceManage)?;
    actor.need(Permission::PeopleRead)?;
    let mut tx = app.db.snapshot().await?;
    let requirement = meant(&mut tx, actor, given).await?;
    let ways: Vec<AdminWay> = admins(&mut tx, actor.workplace, &requirement)
        .await?
        .into_iter()
        .map(|(_, way)| way)
        .collect();
    let mut look = look(actor.workplace, &requirement, &ways);
    let (mut after, mut looked, mut items) = (after, 0, Vec::new());
    while looked < LOOKED_AT {
        let some = accounts::entrants(&mut tx, actor.workplace, after, AT_ONCE).await?;
        let Some(last) = some.last().map(|person| person.id) else {
            return Ok(Page { items, next: None });
        };
        looked += some.len();
        for listed in look.at(&mut tx, some).await? {
            if listed.verdict == verdict {
                if items.len() as i64 == limit {
                    let next = items.last().map(|last: &Listed| last.id.to_string());
                    return Ok(Page { items, next });
                }
                items.push(listed);
            }
        }
        after = Some(last);
    }
    Ok(Page {
        items,
        next: after.map(|id| id.to_string()),
    })
}
