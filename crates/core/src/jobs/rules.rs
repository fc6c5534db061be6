//! What is said of a job that is done. Pure.

use super::{Action, Progress};

/// What became of the people, in a sentence.
pub fn sentence(action: Action, progress: &Progress) -> String {
    let done = match action {
        Action::Invite => "invited",
        Action::Remind => "reminded",
        Action::Deactivate => "deactivated",
        Action::Reactivate => "brought back",
        Action::AddToGroup => "added to the group",
        Action::Delete => "deleted",
        Action::Unclaim => "set to unclaimed",
        Action::Notify => "written to",
    };
    let mut parts = vec![format!("{} {done}", progress.changed)];
    if progress.unchanged > 0 {
        parts.push(format!("{} needed no change", progress.unchanged));
    }
    if progress.refused > 0 {
        parts.push(format!("{} not", progress.refused));
    }
    let said = parts.join(", ");
    match &progress.first_refusal {
        Some(why) => format!("{said}: {why}"),
        None => format!("{said}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_became_of_the_people() {
        let progress = |changed, unchanged, refused, why: Option<&str>| Progress {
            changed,
            unchanged,
            refused,
            first_refusal: why.map(str::to_owned),
            ..Progress::default()
        };
        for (action, progress, expect) in [
            (Action::Invite, progress(3, 0, 0, None), "3 invited."),
            (
                Action::Invite,
                progress(3, 2, 1, Some("Bo has no e-mail address.")),
                "3 invited, 2 needed no change, 1 not: Bo has no e-mail address.",
            ),
            (
                Action::AddToGroup,
                progress(0, 5, 0, None),
                "0 added to the group, 5 needed no change.",
            ),
        ] {
            assert_eq!(sentence(action, &progress), expect);
        }
    }
}
