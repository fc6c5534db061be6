//! Eight months of a company, done by the product's own verbs at the times when they would have happened.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::net::{IpAddr, Ipv4Addr};

use guildhall_wire::sheet::{CsvOptions, CsvWriter};

use super::acts::Act;
use super::communities::{self, Members};
use super::people::{Company, cell};
use super::staff::{HEADER, LISTS, Staff, Way};
use crate::access::{Device, Origin, PasswordHasher};
use crate::accounts::{self, Account, Policy, ProfileField as Field, Verb, people};
use crate::ids::{AccountId, GroupId, WorkplaceId};
use crate::imports::{self, Mode, RunState};
use crate::jobs::{self, Action, Input, Target};
use crate::setup::{First, set_up};
use crate::workplaces;
use crate::{Actor, App, Error, Moment, Permission, Result, SetClock, domains, groups, roles, tokens};

const NAME: &str = "Brightwell";
const DOMAIN: &str = "brightwell.example";
/// What the demo is to be.
#[derive(Clone, Copy, Debug)]
pub struct Demo<'a> {
    pub seed: u64,
    pub people: u64,
    /// Opens every account that was claimed.
    pub password: &'a str,
}

/// An account to look around with.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Login {
    /// What they may do, in words.
    pub role: &'static str,
    pub name: String,
    pub email: String,
}

/// Makes the company's workplace in a database that has none. `app` must go by `clock`, which is set anew again and
/// again and shows the time at the call in the end. `tell` hears what is done.
pub async fn make(
    app: &App,
    clock: &SetClock,
    hasher: &PasswordHasher,
    demo: Demo<'_>,
    tell: &(dyn Fn(&str) + Send + Sync),
) -> Result<(WorkplaceId, Vec<Login>)> {
    let staff = Staff {
        company: Company::new(demo.seed, demo.people),
        now: app.now(),
    };
    clock.set(staff.at(LISTS[0] + 1, 8));
    let boss = head_of(staff, "Workplace IT");
    let person = staff.company.person(boss);
    let first = First {
        workplace_name: NAME.into(),
        display_name: person.display_name,
        email: person.email,
        password: demo.password.to_owned(),
        locale: "en-GB".into(),
        time_zone: "Europe/London".into(),
    };
    let (user_agent, _) = staff.device(boss);
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let admin = set_up(
        app,
        hasher,
        &first,
        Origin {
            address,
            user_agent,
            device: Device::New,
        },
    )
    .await?
    .account;
    let workplace = admin.workplace;
    let mut story = Story {
        app,
        clock,
        staff,
        hash: hasher.hash(&app.entropy, demo.password).await?,
        policy: Policy::default(),
        admin,
        boss,
        ids: HashMap::new(),
        open: Vec::new(),
        ways: Vec::new(),
        done: 0,
        bouncing: staff
            .bouncing()
            .map(|number| staff.company.email(number))
            .collect(),
    };
    story.run(tell).await?;
    clock.set(staff.now);
    Ok((workplace, story.logins().await?))
}

/// Who leads the department; the chief executive where the company is too small to have one.
fn head_of(staff: Staff, department: &str) -> u64 {
    let title = format!("Head of {department}");
    (0..staff.company.size().min(73))
        .find(|number| staff.company.person(*number).title == title)
        .unwrap_or(0)
}

pub(super) struct Story<'a> {
    pub(super) app: &'a App,
    pub(super) clock: &'a SetClock,
    pub(super) staff: Staff,
    /// Of the password that opens all accounts.
    pub(super) hash: String,
    pub(super) policy: Policy,
    pub(super) admin: Account,
    pub(super) boss: u64,
    /// The accounts by the numbers of the people.
    pub(super) ids: HashMap<u64, AccountId>,
    /// Groups that anybody may join.
    pub(super) open: Vec<GroupId>,
    /// What people do by themselves, in the order of time.
    pub(super) ways: Vec<(Moment, Act, u64)>,
    pub(super) done: usize,
    /// Addresses that the mail server does not know.
    pub(super) bouncing: HashSet<String>,
}

impl Story<'_> {
    async fn run(&mut self, tell: &(dyn Fn(&str) + Send + Sync)) -> Result<()> {
        let size = self.staff.company.size();
        let ways: Vec<Way> = (0..size).map(|number| self.staff.way(number)).collect();
        for (number, way) in (0..size).zip(&ways).filter(|(number, _)| *number != self.boss) {
            let acts = [
                (way.visited, Act::Visit),
                (way.claimed, Act::Claim),
                (way.logged_in, Act::LogIn),
            ];
            self.ways
                .extend(acts.into_iter().filter_map(|(at, act)| Some((at?, act, number))));
        }
        self.ways.sort_unstable();

        tell("The people's list comes in");
        self.decide_settings().await?;
        domains::pretend(self.app, &Actor::person(&self.admin, None), DOMAIN).await?;
        self.list(0).await?;
        self.give_roles().await?;
        tell("Groups are prepared");
        self.prepare_groups().await?;
        tell("People are invited and come");
        for days_ago in [224, 217, 203] {
            self.invite(&ways, days_ago).await?;
        }
        self.remind(189).await?;
        tell("Half a year goes by");
        self.list(1).await?;
        self.invite(&ways, 139).await?;
        self.remind(120).await?;
        self.list(2).await?;
        self.invite(&ways, 38).await?;
        self.odds_and_ends().await?;
        self.until(self.staff.now).await
    }

    fn boss(&self) -> Actor {
        Actor::person(&self.admin, None)
    }

    pub(super) fn id(&self, number: u64) -> Result<AccountId> {
        self.ids
            .get(&number)
            .copied()
            .ok_or_else(|| Error::not_found("person"))
    }

    pub(super) async fn account(&self, number: u64) -> Result<Account> {
        accounts::get(&self.app.db, self.admin.workplace, self.id(number)?)
            .await?
            .ok_or_else(|| Error::not_found("person"))
    }

    async fn decide_settings(&self) -> Result<()> {
        let boss = self.boss();
        workplaces::change(self.app, &boss, |workplace| {
            workplace.colour = "#0b6e4f".into();
            workplace.settings.terms_url = Some("https://www.brightwell.example/house-rules".into());
        })
        .await?;
        Ok(())
    }

    /// The HR system's list comes in; the later ones are full lists.
    async fn list(&mut self, list: usize) -> Result<()> {
        self.until(self.staff.at(LISTS[list], 7)).await?;
        let size = self.staff.company.size();
        let mut csv = CsvWriter::new(Vec::new(), CsvOptions::default()).map_err(in_vain)?;
        csv.row(HEADER).map_err(in_vain)?;
        for number in 0..size {
            if let Some(person) = self.staff.on_list(number, list) {
                csv.row(HEADER.map(|heading| cell(&self.staff.company, &person, heading)))
                    .map_err(in_vain)?;
            }
        }
        let mut file: File = tempfile::tempfile().map_err(in_vain)?;
        file.write_all(&csv.finish().map_err(in_vain)?).map_err(in_vain)?;
        file.rewind().map_err(in_vain)?;
        let name = format!(
            "brightwell-people-{}.csv",
            self.app.now().timestamp().strftime("%Y-%m-%d")
        );
        let mode = if list == 0 { Mode::Add } else { Mode::Full };
        let boss = self.boss();
        let run = imports::create(self.app, &boss, &name, mode, file).await?;
        while imports::work_on(self.app, run.id).await? {}
        // Small companies lose more than the brake allows at once.
        imports::apply(self.app, &boss, run.id, true).await?;
        while imports::work_on(self.app, run.id).await? {}
        let run = imports::get(&self.app.db, &boss, run.id).await?;
        if run.state != RunState::Applied {
            return Err(Error::Internal(format!(
                "the demo's list was not applied: {:?}",
                run.error
            )));
        }
        let new: Vec<u64> = self.staff.new_on(list).collect();
        for number in new {
            let email = self.staff.company.email(number);
            if let Some(account) = accounts::by_email(&self.app.db, self.admin.workplace, &email).await? {
                self.ids.insert(number, account.id);
            }
        }
        Ok(())
    }

    async fn give_roles(&self) -> Result<()> {
        let boss = self.boss();
        let can = |permissions: &[Permission]| permissions.iter().copied().collect::<BTreeSet<_>>();
        let own = roles::Input {
            name: "Help desk".into(),
            description: "Sends links again and ends lost phones' sessions.".into(),
            permissions: can(&[
                Permission::PeopleRead,
                Permission::PeopleWrite,
                Permission::PeopleInvite,
            ]),
        };
        let own = roles::create(self.app, &boss, &own).await?;
        let held = [
            ("HR Services", "account_manager"),
            ("Recruiting", "account_manager"),
            ("Communications", "content_moderator"),
            ("Internal Audit", "analyst"),
            ("Information Security", own.key.as_str()),
        ];
        for (department, role) in held {
            let number = head_of(self.staff, department);
            if number != 0 {
                roles::give(self.app, &boss, self.id(number)?, role).await?;
            }
        }
        Ok(())
    }

    async fn prepare_groups(&mut self) -> Result<()> {
        self.until(self.staff.at(LISTS[0] - 2, 10)).await?;
        let boss = self.boss();
        let size = self.staff.company.size();
        let everybody: Vec<_> = (0..size)
            .filter_map(|number| self.staff.on_list(number, 0))
            .collect();
        let distinct = |of: fn(&super::people::Person) -> &String| -> Vec<String> {
            let all: BTreeSet<&String> = everybody.iter().map(of).collect();
            all.into_iter().cloned().collect()
        };
        let all = communities::all(&distinct(|p| &p.division), &distinct(|p| &p.location));
        for (at, (input, members)) in all.into_iter().enumerate() {
            self.clock
                .set(self.staff.at(LISTS[0] - 2, 10).plus_seconds(at as i64 * 97));
            let group = groups::create(self.app, &boss, input).await?;
            let inside: Vec<u64> = everybody
                .iter()
                .filter(|person| members.hold(person))
                .map(|person| person.number)
                .collect();
            let ids = inside
                .iter()
                .map(|number| self.id(*number))
                .collect::<Result<Vec<_>>>()?;
            if let Some((leader, rest)) = ids.split_first() {
                groups::add(self.app, &boss, group.id, &[*leader], true).await?;
                for some in rest.chunks(500) {
                    groups::add(self.app, &boss, group.id, some, false).await?;
                }
            }
            if members == Members::Whoever {
                self.open.push(group.id);
            }
        }
        Ok(())
    }

    async fn invite(&mut self, ways: &[Way], days_ago: i64) -> Result<()> {
        let at = self.staff.at(days_ago, 9);
        self.until(at).await?;
        let mut these = Vec::new();
        for (number, way) in (0..).zip(ways) {
            if way.invited == Some(at) && number != self.boss {
                these.extend(self.ids.get(&number));
            }
        }
        let message = "Guildhall takes the place of Workplace. Your groups are waiting for you there.";
        self.job(Action::Invite, these, Some(message)).await
    }

    /// All who have not come by then get a reminder.
    async fn remind(&mut self, days_ago: i64) -> Result<()> {
        self.until(self.staff.at(days_ago, 14)).await?;
        let filter = people::Filter {
            state: Some(accounts::AccountState::Invited),
            ..people::Filter::default()
        };
        let ids = accounts::matching_ids(&self.app.db, self.admin.workplace, &filter, None, 10_000).await?;
        self.job(Action::Remind, ids, None).await
    }

    async fn job(&self, action: Action, these: Vec<AccountId>, message: Option<&str>) -> Result<()> {
        if these.is_empty() {
            return Ok(());
        }
        let input = Input {
            action,
            target: Target::These(these),
            message: message.map(str::to_owned),
            group: None,
        };
        jobs::start(self.app, &self.boss(), input, false).await?;
        jobs::work(self.app).await?;
        let mut tx = self.app.begin_long().await?;
        self.carry(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What an admin does now and then.
    async fn odds_and_ends(&mut self) -> Result<()> {
        self.until(self.staff.at(20, 11)).await?;
        let boss = self.boss();
        let can = [Permission::PeopleRead];
        let until = self.staff.now.plus_days(160);
        tokens::create(self.app, &boss, "Payroll reads the people", &can, Some(until)).await?;
        let size = self.staff.company.size();
        let mut here = (73..size).rev();
        let (mut parted, mut back) = (None, None);
        for number in here.by_ref() {
            let Ok(account) = self.account(number).await else {
                continue;
            };
            match account.state {
                accounts::AccountState::Claimed if back.is_none() => back = Some(account.id),
                accounts::AccountState::Deactivated if parted.is_none() => parted = Some(account.id),
                _ => {}
            }
            if parted.is_some() && back.is_some() {
                break;
            }
        }
        if let Some(id) = parted {
            people::act(self.app, &boss, id, Verb::Strip, None).await?;
        }
        if let Some(id) = back {
            people::act(self.app, &boss, id, Verb::Deactivate, None).await?;
            self.until(self.staff.at(18, 9)).await?;
            people::act(self.app, &boss, id, Verb::Reactivate, None).await?;
        }
        Ok(())
    }

    async fn logins(&self) -> Result<Vec<Login>> {
        let mut logins = Vec::new();
        let first_worker = (73..self.staff.company.size())
            .find(|number| self.staff.way(*number).logged_in.is_some() && !self.staff.company.leads(*number));
        let mut whom = vec![("system admin", Some(self.boss))];
        for (role, department) in [
            ("account manager", "HR Services"),
            ("content moderator", "Communications"),
            ("analyst", "Internal Audit"),
        ] {
            whom.push((
                role,
                Some(head_of(self.staff, department)).filter(|number| *number != 0),
            ));
        }
        whom.push(("member", first_worker));
        for (role, number) in whom {
            let Some(number) = number else { continue };
            let account = self.account(number).await?;
            if account.state == accounts::AccountState::Claimed {
                let email = account.profile.get(Field::Email).unwrap_or_default().to_owned();
                logins.push(Login {
                    role,
                    name: account.name(),
                    email,
                });
            }
        }
        Ok(logins)
    }
}

fn in_vain(why: impl std::fmt::Display) -> Error {
    Error::Internal(why.to_string())
}
