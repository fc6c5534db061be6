//! How often one network may begin a log-in or bring an answer.

use std::net::IpAddr;

use crate::codes::{self, rules::Pace};
use crate::{App, Error, Result, access};

/// So many at once, as at the beginning of a shift behind one address; then five a second.
const PACE: Pace = Pace {
    burst: 3_000,
    every_ms: 200,
};

/// Counts a log-in that is begun or answered from there.
///
/// # Errors
/// `wait`.
pub async fn pace(app: &App, from: IpAddr) -> Result<()> {
    let subject = app
        .sealer
        .digest(&format!("single sign-on from\0{}", access::network(from)));
    match codes::pace(app, &[(subject, PACE)]).await? {
        None => Ok(()),
        Some(seconds) => Err(Error::Refused {
            code: "wait",
            message: format!(
                "Very many log-ins were begun from your network: wait {seconds} seconds, then begin again at the log-in page."
            ),
        }),
    }
}
