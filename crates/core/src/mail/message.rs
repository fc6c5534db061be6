//! From a rendered letter to the bytes of RFC 5322, and the envelope (RFC 5321) they travel in.

use std::time::{Duration, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, MultiPartKind, SinglePart};
use uuid::Uuid;

use super::address::EmailAddress;
use super::letters::{LetterKind, Rendered};
use super::text::one_line;

/// One letter to one person. The same letter gives the same bytes, however often it is asked for.
#[derive(Debug, Clone)]
pub struct Letter {
    pub kind: LetterKind,
    pub to: EmailAddress,
    pub to_name: Option<String>,
    pub from: EmailAddress,
    /// What the mail reader shows as the sender: the workplace's name.
    pub from_name: String,
    pub reply_to: Option<EmailAddress>,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// `<…@domain>`, chosen once when the letter enters the outbox: see [`message_id`].
    pub message_id: String,
    /// The `Date` header (seconds; shown in UTC).
    pub date: Timestamp,
}

/// Bytes ready to be sent, with their envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    pub from: EmailAddress,
    pub to: EmailAddress,
    /// RFC 5322, CRLF line ends, not dot-stuffed.
    pub bytes: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    #[error("The Message-ID {0:?} is not of the form <id@domain>.")]
    MessageId(String),
    #[error("The date {0} of this letter is before 1970.")]
    Date(Timestamp),
    #[error("This letter cannot be written as a mail message: {0}")]
    Build(#[from] lettre::error::Error),
}

/// The Message-ID of outbox row `id` (RFC 5322 section 3.6.4): the same one at every attempt, so that a server
/// or mailbox that has seen the letter can tell.
pub fn message_id(id: Uuid, from: &EmailAddress) -> String {
    format!("<{}@{}>", id.simple(), from.domain())
}

impl Letter {
    /// A letter that says what `rendered` says; the remaining fields tell who to whom.
    pub fn new(
        kind: LetterKind,
        rendered: Rendered,
        to: EmailAddress,
        from: EmailAddress,
        from_name: String,
        message_id: String,
        date: Timestamp,
    ) -> Self {
        let Rendered { subject, text, html } = rendered;
        Self {
            kind,
            to,
            to_name: None,
            from,
            from_name,
            reply_to: None,
            subject,
            text,
            html,
            message_id,
            date,
        }
    }

    /// The message with a text and an HTML part. Names and subject are put on one line and encoded
    /// (RFC 2047), so nothing in them can begin another header.
    pub fn build(&self) -> Result<Outgoing, MessageError> {
        let mut builder = Message::builder()
            .message_id(Some(checked_message_id(&self.message_id)?))
            .date(UNIX_EPOCH + self.since_epoch()?)
            .from(mailbox(Some(&self.from_name), &self.from))
            .to(mailbox(self.to_name.as_deref(), &self.to))
            .subject(one_line(&self.subject, 250));
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(mailbox(None, reply_to));
        }
        // RFC 3834 section 5, and what Exchange listens to: no "I am on holiday" in return.
        for (name, value) in [
            ("Auto-Submitted", "auto-generated"),
            ("X-Auto-Response-Suppress", "All"),
            ("X-Guildhall-Letter", self.kind.as_str()),
        ] {
            let name = HeaderName::new_from_ascii_str(name);
            builder = builder.raw_header(HeaderValue::new(name, value.to_owned()));
        }
        let parts = MultiPart::builder()
            .kind(MultiPartKind::Alternative)
            .boundary(boundary(&self.message_id))
            .singlepart(
                SinglePart::builder()
                    .header(ContentType::TEXT_PLAIN)
                    .body(self.text.clone()),
            )
            .singlepart(
                SinglePart::builder()
                    .header(ContentType::TEXT_HTML)
                    .body(self.html.clone()),
            );
        let bytes = builder.multipart(parts)?.formatted();
        Ok(Outgoing {
            from: self.from.clone(),
            to: self.to.clone(),
            bytes,
        })
    }

    fn since_epoch(&self) -> Result<Duration, MessageError> {
        let seconds = u64::try_from(self.date.as_second()).map_err(|_| MessageError::Date(self.date))?;
        Ok(Duration::from_secs(seconds))
    }
}

fn mailbox(name: Option<&str>, address: &EmailAddress) -> Mailbox {
    let name = name
        .map(|name| one_line(name, 120))
        .filter(|name| !name.is_empty());
    Mailbox::new(name, address.to_lettre())
}

/// `<left@right>` of characters that need no quoting, or an error.
fn checked_message_id(id: &str) -> Result<String, MessageError> {
    let plain = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b".-_+=$".contains(&b))
    };
    let inner = id.strip_prefix('<').and_then(|id| id.strip_suffix('>'));
    match inner.and_then(|inner| inner.split_once('@')) {
        Some((left, right)) if plain(left) && plain(right) && id.len() <= 250 => Ok(id.to_owned()),
        _ => Err(MessageError::MessageId(id.to_owned())),
    }
}

/// From the Message-ID, so that the bytes of a letter never change. `=_` cannot stand in quoted-printable or
/// base64 text (RFC 2045 section 6.7), so no part contains it by chance.
fn boundary(message_id: &str) -> String {
    let hash = digest(&SHA256, message_id.as_bytes());
    format!("=_{}", hex::encode(&hash.as_ref()[..16]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_parser::{HeaderValue as Parsed, MessageParser};

    fn letter() -> Letter {
        Letter {
            kind: LetterKind::Invitation,
            to: "ada@example.com".parse().unwrap(),
            to_name: Some("Ada Lovelace".to_owned()),
            from: "hello@work.example".parse().unwrap(),
            from_name: "Analytical Engines".to_owned(),
            reply_to: None,
            subject: "You are invited".to_owned(),
            text: "Hello\n.\n.dot\nFrom here\n".to_owned(),
            html: "<p>Hello</p>".to_owned(),
            message_id: "<0191d5b0@work.example>".to_owned(),
            date: "2026-11-25T02:30:00Z".parse().unwrap(),
        }
    }

    fn header_lines(bytes: &[u8]) -> Vec<String> {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let head = text.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
        head.split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn a_letter_has_the_headers_it_was_given() {
        let outgoing = letter().build().unwrap();
        let mut lines = header_lines(&outgoing.bytes);
        lines.sort();
        assert_eq!(
            lines,
            [
                "Auto-Submitted: auto-generated",
                "Content-Type: multipart/alternative; boundary=\"=_e6efdfc518593339e5978fa38091050c\"",
                "Date: Wed, 25 Nov 2026 02:30:00 +0000",
                "From: \"Analytical Engines\" <hello@work.example>",
                "MIME-Version: 1.0",
                "Message-ID: <0191d5b0@work.example>",
                "Subject: You are invited",
                "To: \"Ada Lovelace\" <ada@example.com>",
                "X-Auto-Response-Suppress: All",
                "X-Guildhall-Letter: invitation",
            ]
        );
        assert_eq!(
            outgoing.bytes,
            letter().build().unwrap().bytes,
            "the same letter, the same bytes"
        );
    }

    #[test]
    fn nothing_typed_by_people_begins_a_header() {
        let evil = "Ada\r\nBcc: all@example.com\r\n\r\nbody\n\u{2028}X: y\u{0}";
        let letter = Letter {
            to_name: Some(evil.to_owned()),
            from_name: evil.to_owned(),
            subject: evil.to_owned(),
            ..letter()
        };
        let bytes = letter.build().unwrap().bytes;
        let plain = header_lines(&super::tests::letter().build().unwrap().bytes);
        let names = |lines: &[String]| {
            lines
                .iter()
                .map(|l| l.split(':').next().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&header_lines(&bytes)), names(&plain));
        let parsed = MessageParser::new().parse(&bytes).unwrap();
        assert_eq!(parsed.subject(), Some("Ada Bcc: all@example.com body X: y"));
        assert!(parsed.bcc().is_none());
    }

    #[test]
    fn message_ids_are_checked() {
        for (id, fine) in [
            ("<a@b>", true),
            ("<0191d5b0aa@xn--mller-kva.example>", true),
            ("a@b", false),
            ("<a>", false),
            ("<@b>", false),
            ("<a@b>\r\nX: y", false),
            ("<a@b\r\nX: y>", false),
            ("<a b@c>", false),
        ] {
            assert_eq!(checked_message_id(id).is_ok(), fine, "{id:?}");
        }
        let id = message_id(Uuid::from_u128(7), &"a@müller.example".parse().unwrap());
        assert_eq!(id, "<00000000000000000000000000000007@xn--mller-kva.example>");
        assert!(checked_message_id(&id).is_ok());
    }

    #[test]
    fn names_of_every_script_and_length_come_back() {
        let long = "Wolfeschlegelsteinhausenbergerdorff ".repeat(3);
        for name in [
            "Zoë Müller",
            "王小明",
            "שרה לוי",
            "O'Brien, \"Bob\" <x>",
            long.trim(),
            "😀 Smile",
        ] {
            let letter = Letter {
                to_name: Some(name.to_owned()),
                subject: format!("Hello {name}"),
                reply_to: Some("office@work.example".parse().unwrap()),
                ..letter()
            };
            let bytes = letter.build().unwrap().bytes;
            assert!(bytes.is_ascii(), "{name}");
            assert!(
                bytes.split(|b| *b == b'\n').all(|line| line.len() < 200),
                "{name}"
            );
            let parsed = MessageParser::new().parse(&bytes).unwrap();
            assert_eq!(parsed.to().unwrap().first().unwrap().name(), Some(name));
            assert_eq!(parsed.subject().unwrap(), format!("Hello {name}"));
            assert!(matches!(parsed.header("Reply-To"), Some(Parsed::Address(_))));
        }
    }
}
