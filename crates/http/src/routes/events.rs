use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event as Sent, KeepAlive};
use futures::Stream;
use guildhall_core::signals::SESSIONS_ENDED;
use guildhall_core::{Moment, leaving, sessions};
use tokio::sync::broadcast::error::RecvError;

use crate::caller::Caller;
use crate::events::Event;
use crate::{Problem, Site};

const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often it is looked whether the listener's session has ended by itself.
const LOOK: Duration = Duration::from_mins(5);

/// What changes, as it happens: `changed` with `{kind, id}` for lists to be read again, `session-ended` when you are
/// out, and then the stream ends.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", responses(
    (status = 200, description = "Server-sent events", body = String, content_type = "text/event-stream"),
    (status = 401, description = "You are not in", body = Problem, content_type = "application/problem+json")
))]
pub async fn events(
    State(site): State<Site>,
    caller: Caller,
) -> Sse<impl Stream<Item = Result<Sent, Infallible>>> {
    let mut heard = site.events.listen();
    let opened = site.app.now();
    let mut looks = tokio::time::interval_at(tokio::time::Instant::now() + LOOK, LOOK);
    let stream = async_stream::stream! {
        loop {
            let heard = tokio::select! {
                heard = heard.recv() => heard,
                // A session may end by itself, of which nobody is told.
                _ = looks.tick() => {
                    if ended(&site, &caller, None).await {
                        note_cut(&site, &caller, opened);
                        yield Ok(Sent::default().event("session-ended").data("{}"));
                        return;
                    }
                    continue;
                }
            };
            let event = match heard {
                Ok(event) if !event.concerns(caller.session.workplace) => continue,
                Ok(event) => Some(event),
                Err(RecvError::Lagged(_)) => None,
                Err(RecvError::Closed) => return,
            };
            if ended(&site, &caller, event.as_ref()).await {
                note_cut(&site, &caller, opened);
                yield Ok(Sent::default().event("session-ended").data("{}"));
                return;
            }
            match event {
                Some(Event::Stop) => return,
                Some(Event::Signal(signal)) if signal.kind != SESSIONS_ENDED => {
                    let told = serde_json::json!({ "kind": signal.kind, "id": signal.account });
                    yield Ok(Sent::default().event("changed").data(told.to_string()));
                }
                // Whose account ended is for the lists, too.
                Some(Event::Signal(signal)) => {
                    let told = serde_json::json!({ "kind": "people", "id": signal.account });
                    yield Ok(Sent::default().event("changed").data(told.to_string()));
                }
                None => {
                    let told = serde_json::json!({ "kind": "all", "id": null });
                    yield Ok(Sent::default().event("changed").data(told.to_string()));
                }
            }
        }
    };
    Sse::new(stream).keep_alive(KeepAlive::new().interval(HEARTBEAT))
}

/// Adds to the proof of leaving, if it is one, that this stream was cut. The stream waits for nothing.
fn note_cut(site: &Site, caller: &Caller, opened: Moment) {
    let (app, session) = (site.app.clone(), caller.session.clone());
    tokio::spawn(async move {
        let whose = (session.workplace, session.account);
        if let Err(why) = leaving::note_cut(&app, whose, session.id, opened).await {
            tracing::warn!(%why, "the end of a stream could not be written down");
        }
    });
}

/// Whether the listener's session is over, where the event gives reason to ask.
async fn ended(site: &Site, caller: &Caller, event: Option<&Event>) -> bool {
    let asks = match event {
        Some(Event::Signal(signal)) => {
            signal.kind == SESSIONS_ENDED
                && signal
                    .account
                    .is_none_or(|account| account == caller.session.account)
        }
        Some(Event::Stop) => false,
        None => true,
    };
    if !asks {
        return false;
    }
    match sessions::alive(&site.app.db, &caller.session, site.app.now()).await {
        Ok(alive) => !alive,
        Err(_) => true,
    }
}
