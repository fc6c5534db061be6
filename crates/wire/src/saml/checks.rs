//! Whether what was verified is meant for here, for now, and for the question that was asked (Profiles 4.1.4.3). Pure.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::assertion::{Confirmation, NameId};
use super::{Refusal, Response};

const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
/// How far from now an assertion may end or have been issued: a longer one would have to be remembered as long.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// What a response must say to be accepted.
#[derive(Clone, Copy, Debug)]
pub struct Expect<'a> {
    /// The entity id of the identity provider.
    pub issuer: &'a str,
    /// Our entity id.
    pub audience: &'a str,
    /// Where responses are to be sent.
    pub acs: &'a str,
    /// The id of the request that is answered; none where the identity provider begins by itself, which must be allowed.
    pub request: Option<&'a str>,
    pub unasked: bool,
    pub now: Timestamp,
    /// By how much clocks may differ.
    pub skew: SignedDuration,
}

/// Somebody was signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    pub name_id: NameId,
    pub attributes: BTreeMap<String, Vec<String>>,
    pub session_index: Option<String>,
    /// When they proved who they are, if that is said.
    pub authenticated: Option<Timestamp>,
    /// When they are to be asked again, if that is said.
    pub session_until: Option<Timestamp>,
    /// The assertion works once: its id is to be remembered until then.
    pub assertion: String,
    pub remember_until: Timestamp,
}

/// Accepts a response.
///
/// # Errors
/// `issuer`, `audience`, `destination`, `request`, `early`, `late`, `subject`: each with what is to be set at the identity provider.
pub fn accept(response: &Response, expect: Expect<'_>) -> Result<SignedIn, Refusal> {
    let assertion = &response.assertion;
    for issuer in [Some(&assertion.issuer), response.issuer.as_ref()]
        .into_iter()
        .flatten()
    {
        if issuer != expect.issuer {
            return Err(Refusal::new(
                "issuer",
                format!(
                    "The response is from \"{issuer}\", and this identity provider is \"{}\": correct its entity id here.",
                    expect.issuer
                ),
            ));
        }
    }
    if let Some(destination) = &response.destination
        && destination != expect.acs
    {
        return Err(Refusal::new("destination", wrong_place(destination, expect.acs)));
    }
    answers(response.in_response_to.as_deref(), expect)?;
    let in_time = |from: Option<Timestamp>, until: Option<Timestamp>| in_time(from, until, expect);
    in_time(Some(assertion.issued), None)?;
    in_time(assertion.not_before, assertion.not_on_or_after)?;
    in_time(None, assertion.session_not_on_or_after)?;
    if assertion.issued < expect.now - LONGEST {
        return Err(late(assertion.issued, expect.now));
    }
    if assertion.audiences.is_empty() {
        return Err(Refusal::new(
            "audience",
            format!(
                "The assertion does not say for whom it is: set the audience \"{}\".",
                expect.audience
            ),
        ));
    }
    for audiences in &assertion.audiences {
        if !audiences.iter().any(|audience| audience == expect.audience) {
            return Err(Refusal::new(
                "audience",
                format!(
                    "The assertion is for \"{}\", and we are \"{}\": set that as the audience (entity id) at the identity provider.",
                    audiences.join(", "),
                    expect.audience
                ),
            ));
        }
    }
    let until = confirmed(&assertion.confirmations, expect)?;
    let name_id = assertion.name_id.clone().filter(|name| !name.value.is_empty());
    Ok(SignedIn {
        name_id: name_id.ok_or_else(|| {
            Refusal::new(
                "subject",
                "The assertion does not say who signed in: let the identity provider send a name id.",
            )
        })?,
        attributes: assertion.attributes.clone(),
        session_index: assertion.session_index.clone(),
        authenticated: assertion.authenticated,
        session_until: assertion.session_not_on_or_after,
        assertion: assertion.id.clone(),
        remember_until: until + expect.skew,
    })
}

/// Until when any bearer may show it: of the confirmations one must fit (Profiles 4.1.4.3).
fn confirmed(confirmations: &[Confirmation], expect: Expect<'_>) -> Result<Timestamp, Refusal> {
    let bearers = || confirmations.iter().filter(|one| one.method == BEARER);
    // Another one may count longer: till then it must not be shown a second time.
    let ends = bearers().filter_map(|one| one.not_on_or_after).max();
    let mut last = Refusal::new(
        "subject",
        "The assertion may not be shown by its bearer: the identity provider must send a confirmation of that kind.",
    );
    for confirmation in bearers() {
        match fits(confirmation, expect) {
            Ok(until) => return Ok(ends.unwrap_or(until).min(expect.now + LONGEST)),
            Err(why) => last = why,
        }
    }
    Err(last)
}

fn fits(confirmation: &Confirmation, expect: Expect<'_>) -> Result<Timestamp, Refusal> {
    match &confirmation.recipient {
        Some(recipient) if recipient == expect.acs => {}
        recipient => {
            let said = recipient.as_deref().unwrap_or("nowhere");
            return Err(Refusal::new("destination", wrong_place(said, expect.acs)));
        }
    }
    if confirmation.not_before.is_some() {
        return Err(Refusal::malformed(
            "The confirmation of a bearer says from when on it counts, which it must not.",
        ));
    }
    let Some(until) = confirmation.not_on_or_after else {
        return Err(Refusal::malformed("The confirmation of the bearer has no end."));
    };
    in_time(None, Some(until), expect)?;
    if until > expect.now + LONGEST {
        return Err(Refusal::malformed(
            "The assertion may be shown for more than a day, which is too long.",
        ));
    }
    answers(confirmation.in_response_to.as_deref(), expect)?;
    Ok(until)
}

fn wrong_place(said: &str, acs: &str) -> String {
    format!(
        "The response is meant for \"{said}\", and our address for it is \"{acs}\": set that as the ACS URL (reply URL) at the identity provider."
    )
}

/// Whether it answers what was asked, or nothing where nothing was.
fn answers(said: Option<&str>, expect: Expect<'_>) -> Result<(), Refusal> {
    let message = match (said, expect.request) {
        (Some(said), Some(asked)) if said == asked => return Ok(()),
        (None, None) if expect.unasked => return Ok(()),
        (None, None) => {
            "The identity provider began by itself, which is switched off here: begin at the log-in page."
        }
        (None, Some(_)) => "The response does not say which request it answers.",
        _ => {
            "The response answers another request than the one of this browser: begin again at the log-in page."
        }
    };
    Err(Refusal::new("request", message))
}

fn in_time(from: Option<Timestamp>, until: Option<Timestamp>, expect: Expect<'_>) -> Result<(), Refusal> {
    if let Some(from) = from.filter(|from| expect.now + expect.skew < *from) {
        return Err(Refusal::new(
            "early",
            format!(
                "What came counts from {from} on, and it is {} here: one of the two clocks is wrong.",
                expect.now
            ),
        ));
    }
    match until.filter(|until| expect.now - expect.skew >= *until) {
        Some(until) => Err(late(until, expect.now)),
        None => Ok(()),
    }
}

fn late(until: Timestamp, now: Timestamp) -> Refusal {
    Refusal::new(
        "late",
        format!(
            "What came counted until {until}, and it is {now} here: sign in again. If that does not help, one of the two clocks is wrong."
        ),
    )
}
