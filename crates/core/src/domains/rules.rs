//! Who has a domain, what a look at it means, and when to look again. Pure.

use super::{Domain, DomainState as State, Look, Method, Verdict, names};
use crate::ids::WorkplaceId;
use crate::{Error, Moment, Result};

/// How long a domain is looked at by itself after somebody asked.
pub const WATCH_SECONDS: i64 = 72 * HOUR;
/// A verified domain is looked at this often.
pub const DAILY: i64 = 24 * HOUR;
/// So many definite answers without the proof, each on another day, and it is lost.
pub const LOST_AFTER_DAYS: i64 = 30;
/// From when on a code that was mailed is to be proven anew: nothing shows each day that it still holds.
pub const MAIL_GOOD_FOR: i64 = 335 * DAILY;
const HOUR: i64 = 60 * 60;
/// Between the first two looks, and the longest wait while a domain is watched.
const SHORTEST_WAIT: i64 = 60;
const LONGEST_WAIT: i64 = 2 * HOUR;
/// Two answers within so many seconds count as one day's.
const ONE_DAY: i64 = 20 * HOUR;

/// What the TXT record, and the line in the file, must be.
pub fn proof(token: &str) -> String {
    format!("guildhall-domain-verification={token}")
}

/// What an address is to a workplace, by the domain in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// This workplace has proven that the domain is its own.
    Ours,
    /// An admin with an address there has let it in; it is nobody's.
    Allowed,
    /// Another workplace has proven that it is its own.
    Elsewhere,
    /// Nobody here has a right to it.
    #[default]
    Unknown,
}

/// What is known of a domain that may cover an address: whose it is, and how far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    pub workplace: WorkplaceId,
    pub name: String,
    pub state: State,
    pub subdomains: bool,
}

impl Cover {
    fn covers(&self, name: &str) -> bool {
        let below = name
            .strip_suffix(&self.name)
            .is_some_and(|rest| rest.ends_with('.'));
        self.name == name || (self.subdomains && self.state == State::Verified && below)
    }
}

/// What the domain `name` is to a workplace. The nearest that was proven decides: a domain of its own before one
/// above it.
pub fn standing(known: &[Cover], workplace: WorkplaceId, name: &str) -> Standing {
    let proven = known
        .iter()
        .filter(|cover| cover.state == State::Verified && cover.covers(name));
    if let Some(owner) = proven.max_by_key(|cover| cover.name.len()) {
        return if owner.workplace == workplace {
            Standing::Ours
        } else {
            Standing::Elsewhere
        };
    }
    let allowed = known
        .iter()
        .any(|cover| cover.workplace == workplace && cover.state == State::AllowListed && cover.covers(name));
    if allowed {
        Standing::Allowed
    } else {
        Standing::Unknown
    }
}

/// The workplaces that know the domain `name`: whose it is, else those that have let it in.
pub fn known_to(known: &[Cover], name: &str) -> Vec<WorkplaceId> {
    let covering = known.iter().filter(|cover| cover.covers(name));
    let owner = covering
        .clone()
        .filter(|cover| cover.state == State::Verified)
        .max_by_key(|cover| cover.name.len());
    match owner {
        Some(owner) => vec![owner.workplace],
        None => covering
            .filter(|cover| cover.state == State::AllowListed)
            .map(|cover| cover.workplace)
            .collect(),
    }
}

/// Nobody may add, allow-list or verify what another workplace has proven.
pub fn is_free(standing: Standing, name: &str) -> Result<()> {
    if standing != Standing::Elsewhere {
        return Ok(());
    }
    Err(Error::Conflict {
        code: "domain_taken",
        message: format!(
            "{} is verified by another workplace here. If it is yours, ask whoever runs this server.",
            names::shown(name)
        ),
    })
}

/// Whether a domain may be let in without proof.
pub fn may_allow(domain: &Domain, holds_address: bool) -> Result<()> {
    if domain.state != State::Pending {
        return Err(Error::Refused {
            code: "domain_state",
            message: format!("{} is let in already.", names::shown(&domain.name)),
        });
    }
    if holds_address {
        return Ok(());
    }
    Err(Error::Refused {
        code: "no_address",
        message: format!(
            "Only an admin with a confirmed address at {0} may let it in without proof. Confirm yours if it is there, \
             or verify {0} instead.",
            names::shown(&domain.name)
        ),
    })
}

/// Whether addresses below the domain may be its own, too.
pub fn may_include(domain: &Domain) -> Result<()> {
    if domain.state == State::Verified && domain.method == Some(Method::Dns) {
        return Ok(());
    }
    Err(Error::Refused {
        code: "needs_dns",
        message: format!(
            "Subdomains can be included once {} is verified by its TXT record: a file or a letter speaks for the one \
             domain only.",
            names::shown(&domain.name)
        ),
    })
}

/// Something that people must be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    Verified,
    /// The proof was not there today: so many days are left.
    Gone {
        days_left: i64,
    },
    Lost,
    /// The domain is proven, but not by the DNS any more: so many days are left for its subdomains.
    Narrows {
        days_left: i64,
    },
    /// Its subdomains are not included any more.
    Narrowed,
}

/// What a look makes of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    pub state: State,
    pub method: Option<Method>,
    pub absent_days: i64,
    pub counted_at: Option<Moment>,
    pub verified_at: Option<Moment>,
    pub next_at: Option<Moment>,
    pub news: Option<News>,
}

/// What the looks at `now` make of the domain.
pub fn after(domain: &Domain, looks: &[Look], now: Moment) -> Next {
    let proven = looks.iter().find(|look| look.verdict == Verdict::Proven);
    let mut next = Next {
        state: domain.state,
        method: domain.method,
        absent_days: domain.absent_days,
        counted_at: domain.counted_at,
        verified_at: domain.verified_at,
        next_at: Some(now.plus_seconds(DAILY)),
        news: None,
    };
    if let Some(look) = proven {
        // Only the DNS speaks for subdomains. Another proof keeps the domain; they go as slowly as a proof is lost.
        let by_dns = looks
            .iter()
            .any(|look| look.way == Method::Dns && look.verdict == Verdict::Proven);
        if domain.state == State::Verified && domain.subdomains && !by_dns {
            return without_dns(domain, looks, (look.way, now), next);
        }
        next.news = (domain.state != State::Verified).then_some(News::Verified);
        (next.state, next.method) = (State::Verified, Some(look.way));
        (next.absent_days, next.counted_at) = (0, None);
        // A code that was mailed is good for a time from when it came back.
        let anew = look.way == Method::Mail || next.news.is_some();
        next.verified_at = domain.verified_at.filter(|_| !anew).or(Some(now));
        return next;
    }
    if domain.state != State::Verified {
        next.next_at = next_look(domain.watched_since, now);
        return next;
    }
    if !counts(domain, looks, now) {
        return next;
    }
    next.absent_days += 1;
    next.counted_at = Some(now);
    if next.absent_days >= LOST_AFTER_DAYS {
        (next.state, next.method) = (State::Pending, None);
        (next.absent_days, next.counted_at) = (0, None);
        (next.verified_at, next.next_at) = (None, None);
        next.news = Some(News::Lost);
    } else if warns(next.absent_days) {
        next.news = Some(News::Gone {
            days_left: LOST_AFTER_DAYS - next.absent_days,
        });
    }
    next
}

/// What becomes of a domain with its subdomains that is proven in another way than by the DNS.
fn without_dns(domain: &Domain, looks: &[Look], (way, now): (Method, Moment), mut next: Next) -> Next {
    if !counts(domain, looks, now) {
        return next;
    }
    next.absent_days += 1;
    next.counted_at = Some(now);
    if next.absent_days >= LOST_AFTER_DAYS {
        next.method = Some(way);
        (next.absent_days, next.counted_at) = (0, None);
        next.news = Some(News::Narrowed);
    } else if warns(next.absent_days) {
        next.news = Some(News::Narrows {
            days_left: LOST_AFTER_DAYS - next.absent_days,
        });
    }
    next
}

/// Whether this is a day on which the proof was certainly not there, and was not counted yet.
fn counts(domain: &Domain, looks: &[Look], now: Moment) -> bool {
    let counted = domain
        .counted_at
        .is_some_and(|at| now.ms() - at.ms() < ONE_DAY * 1000);
    is_absent(domain, looks, now) && !counted
}

/// Whether it is certain that the proof is not there: by the way in which it was given. A time-out is never certain.
fn is_absent(domain: &Domain, looks: &[Look], now: Moment) -> bool {
    match domain.method {
        Some(Method::Mail) => domain
            .verified_at
            .is_some_and(|at| now.ms() - at.ms() > MAIL_GOOD_FOR * 1000),
        Some(way) => looks
            .iter()
            .any(|look| look.way == way && look.verdict == Verdict::Absent),
        None => false,
    }
}

/// On which days without proof admins get a letter.
fn warns(days: i64) -> bool {
    matches!(days, 1 | 7 | 14 | 21 | 25 | 28 | 29)
}

/// When to look again at a domain that is not proven yet: soon at first, then less and less often; not at all when
/// the time is over.
pub fn next_look(watched_since: Option<Moment>, now: Moment) -> Option<Moment> {
    let passed = (now.ms() - watched_since?.ms()) / 1000;
    if passed >= WATCH_SECONDS {
        return None;
    }
    Some(now.plus_seconds((passed / 2).clamp(SHORTEST_WAIT, LONGEST_WAIT)))
}

#[cfg(test)]
mod tests;
