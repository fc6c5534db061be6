use std::collections::HashMap;
use std::sync::Mutex;

use crate::Moment;
use crate::ids::AccountId;

/// How long a person who asks nothing more is remembered, in seconds: what they did before is in their sessions, to the
/// minute.
const KEEP_SECONDS: i64 = 24 * 60 * 60;
/// How often those are forgotten, in seconds.
const SWEEP_SECONDS: i64 = 60 * 60;

/// When this server last let a request of each person in: so exact that writing it down each time would cost more than
/// the requests.
#[derive(Debug, Default)]
pub struct Watch(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    last: HashMap<AccountId, Moment>,
    swept: Option<Moment>,
}

impl Watch {
    /// A request of the person was let in.
    pub fn note(&self, account: AccountId, now: Moment) {
        let mut seen = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let last = seen.last.entry(account).or_insert(now);
        *last = now.max(*last);
        if seen
            .swept
            .is_none_or(|swept| now >= swept.plus_seconds(SWEEP_SECONDS))
        {
            seen.last
                .retain(|_, last| *last >= now.plus_seconds(-KEEP_SECONDS));
            seen.swept = Some(now);
        }
    }

    /// When the last request was let in, which is then forgotten.
    pub fn take(&self, account: AccountId) -> Option<Moment> {
        let mut seen = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        seen.last.remove(&account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_request_is_told_once() {
        let (watch, id) = (Watch::default(), AccountId(uuid::Uuid::from_u128(1)));
        let at = Moment::from_ms(1000);
        watch.note(id, at.plus_seconds(5));
        watch.note(id, at);
        assert_eq!(watch.take(id), Some(at.plus_seconds(5)));
        assert_eq!(watch.take(id), None);
    }

    #[test]
    fn who_asks_nothing_more_is_forgotten() {
        let (watch, old, new) = (
            Watch::default(),
            AccountId(uuid::Uuid::from_u128(1)),
            AccountId(uuid::Uuid::from_u128(2)),
        );
        let at = Moment::from_ms(1000);
        watch.note(old, at);
        watch.note(new, at.plus_days(2));
        assert_eq!(watch.take(old), None);
        assert!(watch.take(new).is_some());
    }
}
