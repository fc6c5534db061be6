//! Which sentences stand in which letter, and in which order.

use super::catalogue::{Catalogue, Voice};
use super::{Button, Content, LetterData, Page, Quote, RenderError, colour, when};
use crate::mail::text::{isolated, one_line, paragraphs};

/// Longest name and longest message of an admin that a letter prints, in characters.
const NAME: usize = 160;
const MESSAGE: usize = 5000;

/// The letter, laid out.
pub fn page(catalogue: &Catalogue, data: &LetterData) -> Result<Page, RenderError> {
    let voice = catalogue.voice(&[data.recipient.locale.as_deref(), Some(&data.workplace.locale)]);
    let writer = Writer {
        data,
        voice,
        workplace: name(&data.workplace.name),
    };
    let parts = match &data.content {
        Content::Invitation {
            inviter,
            message,
            expires_at,
        } => writer.invitation("invitation", inviter.as_deref(), message.as_deref(), *expires_at),
        Content::Reminder {
            inviter,
            message,
            expires_at,
        } => writer.invitation("reminder", inviter.as_deref(), message.as_deref(), *expires_at),
        Content::PasswordReset { expires_at } => writer.password_reset(*expires_at),
        Content::PasswordChanged { at, device } => writer.password_changed(*at, device.as_deref()),
        Content::Welcome => writer.welcome(),
        Content::EmailChanged { old, new, by, at } => writer.email_changed(old, new, by.as_deref(), *at),
        Content::Test { by, message, at } => writer.test(by.as_deref(), message.as_deref(), *at),
        Content::Brief { .. } => writer.brief(),
    }?;
    writer.lay_out(parts)
}

/// What differs from letter to letter.
#[derive(Default)]
struct Parts {
    subject: String,
    heading: String,
    paragraphs: Vec<String>,
    quote: Option<Quote>,
    button: Option<String>,
    notes: Vec<String>,
}

struct Writer<'a> {
    data: &'a LetterData,
    voice: Voice<'a>,
    workplace: String,
}

impl Writer<'_> {
    /// A sentence; `$workplace` and `$email` need not be given.
    fn say(&self, id: &str, args: &[(&str, &str)]) -> Result<String, RenderError> {
        let email = isolated(&one_line(&self.data.recipient.email, 254));
        let mut all = vec![("workplace", self.workplace.as_str()), ("email", email.as_str())];
        all.extend_from_slice(args);
        self.voice.say(id, &all)
    }

    /// A sentence about someone, or the one that says it without a name.
    fn say_of(&self, id: &str, arg: &str, who: Option<&str>) -> Result<String, RenderError> {
        match who.map(name).filter(|who| !who.is_empty()) {
            Some(who) => self.say(id, &[(arg, &who)]),
            None => self.say(&format!("{id}-nameless"), &[]),
        }
    }

    fn when(&self, at: jiff::Timestamp) -> Result<String, RenderError> {
        let zones = [
            self.data.recipient.time_zone.as_deref(),
            Some(self.data.workplace.time_zone.as_str()),
        ];
        when::in_words(&self.voice, at, &zones)
    }

    fn quote(&self, by: Option<&str>, message: Option<&str>) -> Result<Option<Quote>, RenderError> {
        let paragraphs = paragraphs(message.unwrap_or_default(), MESSAGE);
        if paragraphs.is_empty() {
            return Ok(None);
        }
        let by = match by.map(name).filter(|by| !by.is_empty()) {
            Some(by) => self.say("invitation-message-by", &[("inviter", &by)])?,
            None => self.say("invitation-message", &[])?,
        };
        Ok(Some(Quote { by, paragraphs }))
    }

    fn invitation(
        &self,
        kind: &str,
        inviter: Option<&str>,
        message: Option<&str>,
        expires_at: jiff::Timestamp,
    ) -> Result<Parts, RenderError> {
        let reminds = kind == "reminder";
        let subject = if reminds {
            self.say("reminder-subject", &[])?
        } else {
            self.say_of("invitation-subject", "inviter", inviter)?
        };
        let mut notes = vec![self.say("invitation-expires", &[("expires", &self.when(expires_at)?)])?];
        if reminds {
            notes.push(self.say("reminder-older", &[])?);
        }
        notes.push(self.say("invitation-unexpected", &[])?);
        Ok(Parts {
            subject,
            heading: self.say(&format!("{kind}-heading"), &[])?,
            paragraphs: vec![self.say_of(&format!("{kind}-prepared"), "inviter", inviter)?],
            quote: self.quote(inviter, message)?,
            button: Some(self.say("invitation-button", &[])?),
            notes,
        })
    }

    fn password_reset(&self, expires_at: jiff::Timestamp) -> Result<Parts, RenderError> {
        Ok(Parts {
            subject: self.say("password-reset-subject", &[])?,
            heading: self.say("password-reset-heading", &[])?,
            paragraphs: vec![self.say("password-reset-asked", &[])?],
            button: Some(self.say("password-reset-button", &[])?),
            notes: vec![
                self.say("password-reset-expires", &[("expires", &self.when(expires_at)?)])?,
                self.say("password-reset-unexpected", &[])?,
            ],
            ..Parts::default()
        })
    }

    fn password_changed(&self, at: jiff::Timestamp, device: Option<&str>) -> Result<Parts, RenderError> {
        let mut paragraphs = vec![self.say("password-changed-when", &[("when", &self.when(at)?)])?];
        if let Some(device) = device.map(name).filter(|device| !device.is_empty()) {
            paragraphs.push(self.say("password-changed-device", &[("device", &device)])?);
        }
        paragraphs.push(self.say("password-changed-unexpected", &[])?);
        Ok(Parts {
            subject: self.say("password-changed-subject", &[])?,
            heading: self.say("password-changed-heading", &[])?,
            paragraphs,
            button: Some(self.say("password-changed-button", &[])?),
            ..Parts::default()
        })
    }

    fn welcome(&self) -> Result<Parts, RenderError> {
        Ok(Parts {
            subject: self.say("welcome-subject", &[])?,
            heading: self.say("welcome-heading", &[])?,
            paragraphs: vec![self.say("welcome-claimed", &[])?],
            button: Some(self.say("welcome-button", &[])?),
            ..Parts::default()
        })
    }

    fn email_changed(
        &self,
        old: &str,
        new: &str,
        by: Option<&str>,
        at: jiff::Timestamp,
    ) -> Result<Parts, RenderError> {
        let args = [
            ("old", &*name(old)),
            ("new", &*name(new)),
            ("when", &*self.when(at)?),
        ];
        let mut paragraphs = vec![self.say("email-changed-what", &args)?];
        if let Some(by) = by.map(name).filter(|by| !by.is_empty()) {
            paragraphs.push(self.say("email-changed-by", &[("by", &by)])?);
        }
        paragraphs.push(self.say("email-changed-unexpected", &[])?);
        Ok(Parts {
            subject: self.say("email-changed-subject", &[])?,
            heading: self.say("email-changed-heading", &[])?,
            paragraphs,
            ..Parts::default()
        })
    }

    fn test(
        &self,
        by: Option<&str>,
        message: Option<&str>,
        at: jiff::Timestamp,
    ) -> Result<Parts, RenderError> {
        let when = self.when(at)?;
        let asked = match by.map(name).filter(|by| !by.is_empty()) {
            Some(by) => self.say("test-asked", &[("by", &by), ("when", &when)])?,
            None => self.say("test-asked-nameless", &[("when", &when)])?,
        };
        Ok(Parts {
            subject: self.say("test-subject", &[])?,
            heading: self.say("test-heading", &[])?,
            paragraphs: vec![asked, self.say("test-invitation", &[])?],
            quote: self.quote(by, message)?,
            button: Some(self.say("welcome-button", &[])?),
            ..Parts::default()
        })
    }

    /// A letter that says one thing: all its sentences are named for its kind.
    fn brief(&self) -> Result<Parts, RenderError> {
        let Content::Brief {
            topic,
            about,
            by,
            message,
            count,
            expires_at,
        } = &self.data.content
        else {
            return Ok(Parts::default());
        };
        let kind = topic.as_str().replace('_', "-");
        let (about, by) = (name(about), by.as_deref().map(name).unwrap_or_default());
        let expires = expires_at
            .map(|at| self.when(at))
            .transpose()?
            .unwrap_or_default();
        let count = count.to_string();
        let args = [
            ("about", about.as_str()),
            ("by", if by.is_empty() { "Somebody" } else { &by }),
            ("count", &count),
            ("expires", &expires),
        ];
        let say = |part: &str| self.say(&format!("{kind}-{part}"), &args);
        let mut paragraphs = vec![say("text")?];
        if topic.needs_code() {
            paragraphs.extend(self.data.code.as_deref().map(one_code));
        }
        Ok(Parts {
            subject: say("subject")?,
            heading: say("heading")?,
            paragraphs,
            quote: self.quote(Some(&by), message.as_deref())?,
            button: if topic.needs_code() {
                None
            } else {
                Some(say("button")?)
            },
            notes: vec![say("note")?],
        })
    }

    fn lay_out(&self, parts: Parts) -> Result<Page, RenderError> {
        let (accent, on_accent) = colour::accent(&self.data.workplace.colour);
        let why = if self.data.content.kind().is_to_strangers() {
            "footer-why-given"
        } else {
            "footer-why"
        };
        let link = self.link()?;
        let person = name(&self.data.recipient.name);
        let greeting = if person.is_empty() {
            self.say("greeting-nameless", &[])?
        } else {
            self.say("greeting", &[("name", &person)])?
        };
        Ok(Page {
            language: self.voice.language(),
            direction: self.say("direction", &[])?,
            subject: parts.subject,
            workplace: self.workplace.clone(),
            accent,
            on_accent,
            heading: parts.heading,
            greeting,
            paragraphs: parts.paragraphs,
            quote: parts.quote,
            button: parts.button.zip(link).map(|(label, url)| Button { label, url }),
            link_in_words: self.say("link-in-words", &[])?,
            notes: parts.notes,
            footer: vec![self.say(why, &[])?, self.say("footer-sent-by", &[])?],
        })
    }

    fn link(&self) -> Result<Option<String>, RenderError> {
        let kind = self.data.content.kind();
        match &self.data.link {
            None if kind.needs_link() => Err(RenderError::NoLink(kind.as_str())),
            None => Ok(None),
            Some(link) => {
                let url = url::Url::parse(link).map_err(|_| RenderError::Link)?;
                let web = matches!(url.scheme(), "http" | "https") && url.has_host();
                if web {
                    Ok(Some(url.into()))
                } else {
                    Err(RenderError::Link)
                }
            }
        }
    }
}

/// A code in two halves, so that it is typed without errors.
fn one_code(code: &str) -> String {
    let (first, second) = code.split_at(code.len() / 2);
    format!("{first} {second}")
}

fn name(text: &str) -> String {
    isolated(&one_line(text, NAME))
}
