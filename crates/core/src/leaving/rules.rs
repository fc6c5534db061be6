//! How a proof of leaving is told. Pure.

use super::{End, EndKind, Proof};
use crate::Moment;

/// Seconds from the act to what came after it; 0 if nothing did.
pub fn seconds(act: Moment, last: Option<Moment>) -> f64 {
    let ms = last.map_or(0, |last| (last.ms() - act.ms()).max(0));
    ms as f64 / 1000.0
}

/// The kind of thing, in words.
pub fn in_words(kind: EndKind) -> &'static str {
    match kind {
        EndKind::Session => "Session",
        EndKind::Stream => "Open page",
        EndKind::ApiToken => "API token",
        EndKind::Invitation => "Invitation link",
        EndKind::ResetLink => "Link for a new password",
        EndKind::AccessCode => "Access code",
        EndKind::AddressLink => "Link to confirm an address",
        EndKind::JoinLink => "Link for others to join",
        EndKind::Letters => "Letters that waited",
        EndKind::ConnectorToken => "Token of a connector",
    }
}

/// The columns of [`lines`].
pub const COLUMNS: [&str; 18] = [
    "name",
    "account_id",
    "left_at",
    "source",
    "by",
    "state_before",
    "last_seen_at",
    "last_request_at",
    "seconds_to_last_request",
    "last_byte_at",
    "seconds_to_last_byte",
    "back_at",
    "kind",
    "what",
    "began_at",
    "last_used_at",
    "ended_at",
    "goes_on",
];

/// The proof as lines of a table: one for each thing that ended or goes on, one alone if there was nothing to end. Times
/// in UTC, RFC 3339.
pub fn lines(proof: &Proof) -> Vec<Vec<String>> {
    let leaving = &proof.leaving;
    let time = |at: Option<Moment>| at.map(|at| at.timestamp().to_string()).unwrap_or_default();
    let head = vec![
        leaving.name.clone(),
        leaving.account_id.to_string(),
        time(Some(leaving.at)),
        leaving.source.as_str().to_owned(),
        leaving.actor_name.clone(),
        leaving.state_before.as_str().to_owned(),
        time(leaving.last_seen_at),
        time(leaving.last_accepted_at),
        format!("{:.3}", proof.seconds_to_last_request),
        time(leaving.last_byte_at),
        format!("{:.3}", proof.seconds_to_last_byte),
        time(leaving.back_at),
    ];
    let line = |end: Option<&End>| {
        let mut line = head.clone();
        line.extend(match end {
            None => [const { String::new() }; 6],
            Some(end) => [
                in_words(end.kind).to_owned(),
                end.what.clone(),
                time(end.began_at),
                time(end.last_used_at),
                time(end.ended_at),
                if end.ended_at.is_some() { "no" } else { "yes" }.to_owned(),
            ],
        });
        line
    };
    let things: Vec<&End> = proof.ended.iter().chain(&proof.goes_on).collect();
    if things.is_empty() {
        return vec![line(None)];
    }
    things.into_iter().map(|end| line(Some(end))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_before_the_act_counts() {
        let act = Moment::from_ms(10_000);
        for (last, expect) in [
            (None, 0.0),
            (Some(4_000), 0.0),
            (Some(10_000), 0.0),
            (Some(10_042), 0.042),
        ] {
            let seconds = seconds(act, last.map(Moment::from_ms));
            assert!((seconds - expect).abs() < 1e-9, "{last:?}: {seconds}");
        }
    }

    #[test]
    fn every_kind_has_words() {
        let words: std::collections::BTreeSet<_> = EndKind::ALL.iter().map(|kind| in_words(*kind)).collect();
        assert_eq!(words.len(), EndKind::ALL.len());
    }
}
