//! What is done to many people in the background, going on after a crash where it was.

mod rules;
mod sql;
mod work;

use guildhall_store::Db;
use serde::{Deserialize, Serialize};

use crate::accounts::people::{self, Filter};
use crate::accounts::{self, Brake, Verb};
use crate::groups;
use crate::ids::{AccountId, GroupId, JobId, WorkplaceId};
use crate::{Actor, ActorKind, App, Error, Permission, Result, audit, workplaces};

use crate::words::words;

pub use work::{tidy, work};

/// The most people that are named one by one.
const MAX_IDS: usize = 10_000;

words! {
    /// What is done to each.
    Action { Invite = "invite", Remind = "remind", Deactivate = "deactivate", Reactivate = "reactivate",
        AddToGroup = "add_to_group", Delete = "delete", Unclaim = "unclaim",
        /// Writes to those whose accounts are not ready, once.
        Notify = "notify" }
}

words! {
    /// Where a job is.
    JobState { Waiting = "waiting", Running = "running", Done = "done", Failed = "failed" }
}

impl Action {
    /// The verb on the one path; nothing for what is no change of an account.
    fn verb(self, message: Option<String>) -> Option<Verb> {
        Some(match self {
            Self::Invite => Verb::Invite { message },
            Self::Remind => Verb::Remind { message },
            Self::Deactivate => Verb::Deactivate,
            Self::Reactivate => Verb::Reactivate,
            Self::Delete => Verb::Delete,
            Self::Unclaim => Verb::Unclaim,
            Self::AddToGroup | Self::Notify => return None,
        })
    }

    fn permission(self) -> Permission {
        match self {
            Self::Notify => Permission::PeopleInvite,
            other => other
                .verb(None)
                .map_or(Permission::GroupsManage, |verb| people::permission(&verb)),
        }
    }
}

/// To whom.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    These(Vec<AccountId>),
    /// All who match when their turn comes.
    Matching(Filter),
}

/// What is to be done to whom.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Input {
    pub action: Action,
    pub target: Target,
    pub message: Option<String>,
    pub group: Option<GroupId>,
}

/// Who asked, as kept with the job.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Asked {
    account: Option<AccountId>,
    token: Option<uuid::Uuid>,
    name: String,
    permissions: Vec<Permission>,
    request_id: Option<String>,
}

impl Asked {
    fn of(actor: &Actor) -> Self {
        Self {
            account: actor.account(),
            token: match actor.kind {
                ActorKind::Token(id) => Some(id),
                _ => None,
            },
            name: actor.name.clone(),
            permissions: actor.permissions.iter().copied().collect(),
            request_id: actor.request_id.clone(),
        }
    }

    fn actor(&self, workplace: WorkplaceId) -> Actor {
        let kind = match (self.account, self.token) {
            (Some(id), _) => ActorKind::Account(id),
            (None, Some(id)) => ActorKind::Token(id),
            (None, None) => ActorKind::CommandLine,
        };
        Actor {
            workplace,
            kind,
            name: self.name.clone(),
            permissions: self.permissions.iter().copied().collect(),
            request_id: self.request_id.clone(),
            proved_at: None,
        }
    }
}

/// How far it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The last person of those who match.
    after: Option<AccountId>,
    /// How many were changed, were so already, and were refused.
    changed: i64,
    unchanged: i64,
    refused: i64,
    /// The first sentence that said no.
    first_refusal: Option<String>,
}

/// Something that is done in the background.
#[derive(Clone, Debug)]
pub struct Job {
    pub id: JobId,
    pub workplace: WorkplaceId,
    pub state: JobState,
    pub done: i64,
    pub total: i64,
    pub error: Option<String>,
    pub input: Input,
    asked: Asked,
    progress: Progress,
}

impl Job {
    /// What has become of it, in a sentence.
    pub fn message(&self) -> Option<String> {
        (self.state == JobState::Done).then(|| rules::sentence(self.input.action, &self.progress))
    }
}

/// Begins to do something to many people.
///
/// # Errors
/// `brake` when it would deactivate more people than may go without a person's word, unless `confirm`.
pub async fn start(app: &App, actor: &Actor, input: Input, confirm: bool) -> Result<Job> {
    actor.need(input.action.permission())?;
    if matches!(input.target, Target::Matching(_)) {
        actor.need(Permission::PeopleRead)?;
    }
    let total = match &input.target {
        Target::These(ids) if ids.len() > MAX_IDS => {
            return Err(Error::invalid(
                "ids",
                "Name at most 10,000 people one by one; use a filter for more.",
            ));
        }
        Target::These(ids) => ids.len() as i64,
        Target::Matching(filter) => accounts::count_matching(&app.db, actor.workplace, filter).await?,
    };
    if input.action == Action::Notify && input.message.is_none() {
        return Err(Error::invalid("message", "Write what they should know."));
    }
    if input.action == Action::AddToGroup {
        let group = input
            .group
            .ok_or_else(|| Error::invalid("group_id", "Say which group."))?;
        groups::read(&app.db, actor, group).await?;
    }
    if input.action == Action::Deactivate && !confirm {
        hold(app, actor, total).await?;
    }
    let now = app.now();
    let job = Job {
        id: JobId::new(&app.entropy, now),
        workplace: actor.workplace,
        state: JobState::Waiting,
        done: 0,
        total,
        error: None,
        input,
        asked: Asked::of(actor),
        progress: Progress::default(),
    };
    let mut tx = app.begin().await?;
    sql::insert(&mut tx, &job, now).await?;
    let entry = audit::Entry {
        source: people::source(actor).as_str(),
        verb: "bulk",
        subject: audit::Subject {
            kind: "job",
            id: Some(job.id.0),
            name: format!("{} {total} people", job.input.action.as_str().replace('_', " ")),
        },
        run: None,
        changes: Vec::new(),
    };
    audit::write(&mut tx, &app.entropy, audit::Scope { actor, now }, entry).await?;
    tx.commit().await?;
    app.bell.ring();
    Ok(job)
}

async fn hold(app: &App, actor: &Actor, total: i64) -> Result<()> {
    let workplace = workplaces::read(&app.db, actor.workplace).await?;
    let people = accounts::counts(&app.db, actor.workplace).await?;
    let advice = "Look again at whom you chose; then confirm.";
    match Brake::hold(total, &people, workplace.settings.brake()) {
        None => Ok(()),
        Some(brake) => Err(brake.refusal("this", advice)),
    }
}

/// A job of the actor's workplace.
pub async fn get(db: &Db, actor: &Actor, id: JobId) -> Result<Job> {
    let job = sql::get(db, actor.workplace, id)
        .await?
        .ok_or_else(|| Error::not_found("job"))?;
    actor.need(job.input.action.permission())?;
    Ok(job)
}
