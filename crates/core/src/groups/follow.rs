//! Keeping the rules of groups true: for those who changed in the transaction of the change, and for everybody when a
//! rule is new.

use std::collections::{BTreeMap, HashMap, HashSet};

use guildhall_store::Tx;

use super::membership::{Rule, RuleMode};
use super::rules::{self, Inside, Turn};
use super::{Group, sql};
use crate::accounts::{self, people};
use crate::conditions::rules::Finder;
use crate::conditions::{self, Compiled, Looks, Person, RuleKind};
use crate::ids::{AccountId, GroupId, WorkplaceId};
use crate::{Actor, App, Result, audit, signals, workplaces};

/// The source of members whom a rule put in.
pub(super) const RULE: &str = "rule";
/// People who are named in the audit log.
const NAMED: usize = 20;

/// Who is in which groups, and who is kept out of them.
#[derive(Debug, Default)]
pub(super) struct Standing {
    inside: HashMap<(GroupId, AccountId), Inside>,
    kept_out: HashSet<(GroupId, AccountId)>,
}

impl Standing {
    pub(super) fn of(&self, group: GroupId, account: AccountId) -> (Option<Inside>, bool) {
        let place = (group, account);
        (self.inside.get(&place).copied(), self.kept_out.contains(&place))
    }
}

/// How these people stand to one group.
pub(super) async fn standing(tx: &mut Tx, group: &Group, ids: &[AccountId]) -> Result<Standing> {
    read(tx, group.workplace, ids).await
}

async fn read(tx: &mut Tx, workplace: WorkplaceId, ids: &[AccountId]) -> Result<Standing> {
    Ok(Standing {
        inside: sql::inside(tx, workplace, ids).await?.into_iter().collect(),
        kept_out: sql::exceptions(tx, workplace, ids).await?.into_iter().collect(),
    })
}

/// Who comes into a group, and who goes out of it.
#[derive(Debug, Default)]
struct Moves<'a> {
    into: Vec<&'a Person>,
    out: Vec<&'a Person>,
}

fn decide<'a>(
    ruled: &[(Group, Rule)],
    people: &'a [Person],
    standing: &Standing,
) -> BTreeMap<usize, Moves<'a>> {
    let finder = Finder::new(ruled.iter().map(|(_, rule)| &rule.conditions));
    let compiled: Vec<Compiled> = ruled
        .iter()
        .map(|(_, rule)| Compiled::new(&rule.conditions))
        .collect();
    let places: HashMap<GroupId, usize> = ruled
        .iter()
        .enumerate()
        .map(|(at, (group, _))| (group.id, at))
        .collect();
    let mut by_rule: HashMap<AccountId, Vec<usize>> = HashMap::new();
    for ((group, account), inside) in &standing.inside {
        if let (true, Some(at)) = (inside.by_rule, places.get(group)) {
            by_rule.entry(*account).or_default().push(*at);
        }
    }
    let mut moves: BTreeMap<usize, Moves<'a>> = BTreeMap::new();
    for person in people {
        let id = person.account.id;
        // Those that they may meet, and those that they met once.
        let mut concerned = finder.of(person);
        concerned.extend(by_rule.remove(&id).into_iter().flatten());
        concerned.sort_unstable();
        concerned.dedup();
        for at in concerned {
            let (group, rule) = &ruled[at];
            let (inside, kept_out) = standing.of(group.id, id);
            match rules::turn(rule.mode, compiled[at].holds(person), inside, kept_out) {
                Turn::In => moves.entry(at).or_default().into.push(person),
                Turn::Out => moves.entry(at).or_default().out.push(person),
                Turn::Stays => {}
            }
        }
    }
    moves
}

fn ids(people: &[&Person]) -> Vec<AccountId> {
    people.iter().map(|person| person.account.id).collect()
}

/// Writes who comes in and goes out, in few statements: a single person's moves take as many as those of one group.
async fn write(
    app: &App,
    tx: &mut Tx,
    ruled: &[(Group, Rule)],
    moves: &BTreeMap<usize, Moves<'_>>,
) -> Result<()> {
    let Some(workplace) = ruled.first().map(|(group, _)| group.workplace) else {
        return Ok(());
    };
    let (mut into, mut out) = (Vec::new(), Vec::new());
    let mut by: BTreeMap<i64, Vec<GroupId>> = BTreeMap::new();
    for (at, moved) in moves {
        let group = ruled[*at].0.id;
        into.extend(ids(&moved.into).into_iter().map(|id| (group, id)));
        out.extend(ids(&moved.out).into_iter().map(|id| (group, id)));
        let more = moved.into.len() as i64 - moved.out.len() as i64;
        by.entry(more).or_default().push(group);
    }
    sql::put_out(tx, workplace, &out).await?;
    sql::put_in(tx, workplace, &into, app.now()).await?;
    by.remove(&0);
    sql::count_all(tx, workplace, &by).await
}

/// Keeps the rules true for people who changed or are new.
pub(crate) async fn follow(app: &App, tx: &mut Tx, actor: &Actor, people: &[Person]) -> Result<()> {
    let workplace = actor.workplace;
    let mut groups = conditions::candidates(tx, workplace, RuleKind::Membership, people).await?;
    let accounts: Vec<AccountId> = people.iter().map(|person| person.account.id).collect();
    let standing = read(tx, workplace, &accounts).await?;
    let by_rule = standing.inside.iter().filter(|(_, inside)| inside.by_rule);
    groups.extend(by_rule.map(|((group, _), _)| group.0));
    groups.sort_unstable();
    groups.dedup();
    if groups.is_empty() {
        return Ok(());
    }
    let groups: Vec<GroupId> = groups.into_iter().map(GroupId).collect();
    let ruled = sql::ruled(tx, workplace, &groups).await?;
    let moves = decide(&ruled, people, &standing);
    if moves.is_empty() {
        return Ok(());
    }
    write(app, tx, &ruled, &moves).await?;
    let entries = moves
        .iter()
        .map(|(at, moved)| entry(actor, &ruled[*at].0, &moved.into, &moved.out))
        .collect();
    let now = app.now();
    audit::write_all(tx, &app.entropy, audit::Scope { actor, now }, entries).await?;
    signals::send(tx, &app.entropy, now, workplace, None, signals::GROUP).await
}

fn entry(actor: &Actor, group: &Group, into: &[&Person], out: &[&Person]) -> audit::Entry {
    let told = |people: &[&Person]| {
        let names: Vec<String> = people
            .iter()
            .take(NAMED)
            .map(|person| person.account.name())
            .collect();
        let more = match people.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (!names.is_empty()).then(|| format!("{}{more}", names.join(", ")))
    };
    audit::Entry {
        source: people::source(actor).as_str(),
        verb: "follow_rule",
        subject: audit::Subject {
            kind: "group",
            id: Some(group.id.0),
            name: group.name.clone(),
        },
        run: None,
        changes: vec![audit::FieldChange {
            field: "members".into(),
            before: told(out),
            after: told(into),
            was_from: None,
        }],
    }
}

/// Somebody said that these people belong here: the rule does not take them out, and may put them back.
pub(super) async fn by_hand(tx: &mut Tx, group: &Group, accounts: &[AccountId], source: &str) -> Result<()> {
    if sql::is_ruled(tx, group).await? {
        sql::pin(tx, group, accounts, source).await?;
        sql::let_back(tx, group, accounts).await?;
    }
    Ok(())
}

/// Looks at everybody for the rules of all workplaces that are new, until none is left.
pub async fn work(app: &App) -> Result<()> {
    while let Some(workplace) = sql::any_rule_due(&app.db).await? {
        step(app, workplace).await?;
    }
    Ok(())
}

/// Looks at some people for the rules that have come least far.
async fn step(app: &App, id: WorkplaceId) -> Result<()> {
    let mut tx = app.begin_long().await?;
    tx.lock(id.0).await?;
    let mut due = sql::due(&mut tx, id).await?;
    let Some(position) = due.iter().map(|(_, rule)| rule.position).min() else {
        return Ok(());
    };
    due.retain(|(_, rule)| rule.position == position);
    let groups: Vec<GroupId> = due.iter().map(|(group, _)| group.id).collect();
    let accounts = accounts::page_after(&mut tx, id, position, conditions::STEP).await?;
    let now = app.now();
    if let Some(last) = accounts.last().map(|account| account.id) {
        let workplace = workplaces::read(&mut tx, id).await?;
        let looks = Looks::of_all(&mut tx, id).await?;
        let people = conditions::people(&mut tx, &workplace, looks, accounts, now).await?;
        let ids: Vec<AccountId> = people.iter().map(|person| person.account.id).collect();
        let standing = read(&mut tx, id, &ids).await?;
        let moves = decide(&due, &people, &standing);
        write(app, &mut tx, &due, &moves).await?;
        sql::advance(&mut tx, id, &groups, last, people.len() as i64).await?;
        let mut noted: BTreeMap<(i64, i64), Vec<GroupId>> = BTreeMap::new();
        for (at, moved) in &moves {
            let counts = (moved.into.len() as i64, moved.out.len() as i64);
            noted.entry(counts).or_default().push(due[*at].0.id);
        }
        for (counts, groups) in noted {
            sql::note_moves(&mut tx, id, &groups, counts).await?;
        }
    } else {
        sql::settle(&mut tx, id, &groups, now).await?;
        let actor = Actor::system(id, "Membership rules");
        let done = due.iter().filter(|(_, rule)| rule.added + rule.removed > 0);
        let entries = done.map(|(group, rule)| settled(group, rule)).collect();
        audit::write_all(
            &mut tx,
            &app.entropy,
            audit::Scope { actor: &actor, now },
            entries,
        )
        .await?;
    }
    signals::send(&mut tx, &app.entropy, now, id, None, signals::GROUP).await?;
    tx.commit().await?;
    Ok(())
}

fn settled(group: &Group, rule: &Rule) -> audit::Entry {
    let people = |count: i64| (count > 0).then(|| format!("{count} people"));
    let mut entry = entry(&Actor::system(group.workplace, ""), group, &[], &[]);
    for change in &mut entry.changes {
        (change.before, change.after) = (people(rule.removed), people(rule.added));
    }
    debug_assert!(rule.removed == 0 || rule.mode == RuleMode::AddRemove);
    entry
}
