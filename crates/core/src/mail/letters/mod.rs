//! What Guildhall writes to people, and how it looks.
//!
//! A letter's data can be stored (it is what the outbox keeps) but for its link, which is a secret and is put in
//! when the letter is written: see [`LetterData::link`].

mod catalogue;
mod colour;
mod compose;
mod when;

use askama::Template;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use catalogue::{Catalogue, CatalogueError, Voice};

/// Everything that one letter says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterData {
    pub workplace: Sender,
    pub recipient: Recipient,
    pub content: Content,
    /// Where the button leads, `http` or `https`. Not serialised: claim and reset links are secrets.
    #[serde(skip)]
    pub link: Option<String>,
    /// What is to be typed in, of a letter that carries a code. Not serialised either.
    #[serde(skip)]
    pub code: Option<String>,
}

/// The workplace in whose name a letter is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    pub name: String,
    /// BCP 47.
    pub locale: String,
    /// IANA.
    pub time_zone: String,
    /// `#rrggbb`.
    pub colour: String,
}

/// The person a letter is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// What to greet them by; may be empty.
    pub name: String,
    pub email: String,
    pub locale: Option<String>,
    pub time_zone: Option<String>,
}

/// What kind of letter, and what only this kind says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// With the claim link.
    Invitation {
        inviter: Option<String>,
        message: Option<String>,
        expires_at: Timestamp,
    },
    /// With the claim link, which replaces the invitation's.
    Reminder {
        inviter: Option<String>,
        message: Option<String>,
        expires_at: Timestamp,
    },
    /// With the reset link.
    PasswordReset { expires_at: Timestamp },
    /// With a link to the page for a forgotten password, if given.
    PasswordChanged { at: Timestamp, device: Option<String> },
    /// With a link to the workplace, if given.
    Welcome,
    /// To the old address and to the new one.
    EmailChanged {
        old: String,
        new: String,
        by: Option<String>,
        at: Timestamp,
    },
    /// `message`: what an admin is about to write under invitations. With a link to the workplace, if given.
    Test {
        by: Option<String>,
        message: Option<String>,
        at: Timestamp,
    },
    /// One of the letters that say one thing: which, its kind tells. `about`: a domain, a person or a group.
    Brief {
        topic: LetterKind,
        about: String,
        by: Option<String>,
        message: Option<String>,
        count: i64,
        expires_at: Option<Timestamp>,
    },
}

impl Content {
    /// A letter that says one thing about something.
    pub fn brief(topic: LetterKind, about: &str) -> Self {
        Self::Brief {
            topic,
            about: about.to_owned(),
            by: None,
            message: None,
            count: 0,
            expires_at: None,
        }
    }
}

/// The kinds, as the outbox names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterKind {
    Invitation,
    Reminder,
    PasswordReset,
    PasswordChanged,
    Welcome,
    EmailChanged,
    Test,
    /// To a domain's own mailbox, with the code that proves it.
    DomainCode,
    DomainVerified,
    /// The proof of a domain was not there today.
    DomainGone,
    DomainLost,
    /// A domain is proven, but not by the DNS, which its subdomains need.
    DomainNarrows,
    DomainNarrowed,
    /// Another workplace has verified a domain that was let in.
    DomainTaken,
    /// With the link that proves one's own address.
    ConfirmAddress,
    /// With the link by which somebody joins.
    JoinWorkplace,
    /// Somebody waits for an admin's word.
    RequestsWaiting,
    RequestApproved,
    RequestDeclined,
    /// What an admin writes to somebody whose account is not ready. With the link to say that it is not theirs.
    AdvanceNotice,
    /// Somebody said that an account is not theirs.
    NotMe,
    /// With the link by which somebody opens a workplace.
    OpenWorkplace,
    OpeningApproved,
    OpeningDeclined,
    /// Somebody would like to be in a group.
    GroupAsked,
    GroupApproved,
    GroupDeclined,
    /// A rule would invite more people than it may.
    RuleHeld,
    /// A connector deactivates more people than it may without a word.
    ConnectorHeld,
    /// The last day of more people has passed than the brake lets go.
    LastDaysHeld,
    /// The certificates of an identity provider end.
    SsoEnding,
    /// Nothing new is known of an identity provider: its metadata are out of reach, or can't be used.
    SsoStale,
    /// A system admin came in past single sign-on.
    BreakGlass,
    /// Too few system admins could still come in like that.
    BreakGlassFew,
    /// Somebody forgot a password who logs in by single sign-on.
    UseSso,
    /// The exception for weak algorithms of an identity provider ends.
    WeakEnding,
    /// Somebody came in by a browser that they had not used before.
    NewDevice,
    /// Somebody said that a log-in was not theirs.
    LogInDenied,
    /// A passkey or an authenticator app was added.
    FactorAdded,
    FactorRemoved,
    RecoveryCodeUsed,
}

/// A letter in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub subject: String,
    pub text: String,
    pub html: String,
}

#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("A letter of the kind {0:?} needs a link, and there is none.")]
    NoLink(&'static str),
    #[error("The link of this letter is not an http or https address.")]
    Link,
    #[error("No language of the catalogue says {0:?} with what this letter has to say.")]
    Sentence(String),
    #[error("The letter's template failed: {0}")]
    Template(#[from] askama::Error),
}

impl LetterKind {
    pub const ALL: &'static [Self] = &[
        Self::Invitation,
        Self::Reminder,
        Self::PasswordReset,
        Self::PasswordChanged,
        Self::Welcome,
        Self::EmailChanged,
        Self::Test,
        Self::DomainCode,
        Self::DomainVerified,
        Self::DomainGone,
        Self::DomainLost,
        Self::DomainNarrows,
        Self::DomainNarrowed,
        Self::DomainTaken,
        Self::ConfirmAddress,
        Self::JoinWorkplace,
        Self::RequestsWaiting,
        Self::RequestApproved,
        Self::RequestDeclined,
        Self::AdvanceNotice,
        Self::NotMe,
        Self::OpenWorkplace,
        Self::OpeningApproved,
        Self::OpeningDeclined,
        Self::GroupAsked,
        Self::GroupApproved,
        Self::GroupDeclined,
        Self::RuleHeld,
        Self::ConnectorHeld,
        Self::LastDaysHeld,
        Self::SsoEnding,
        Self::SsoStale,
        Self::BreakGlass,
        Self::BreakGlassFew,
        Self::UseSso,
        Self::WeakEnding,
        Self::NewDevice,
        Self::LogInDenied,
        Self::FactorAdded,
        Self::FactorRemoved,
        Self::RecoveryCodeUsed,
    ];

    /// As in the `kind` column of the outbox.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Reminder => "reminder",
            Self::PasswordReset => "password_reset",
            Self::PasswordChanged => "password_changed",
            Self::Welcome => "welcome",
            Self::EmailChanged => "email_changed",
            Self::Test => "test",
            Self::DomainCode => "domain_code",
            Self::DomainVerified => "domain_verified",
            Self::DomainGone => "domain_gone",
            Self::DomainLost => "domain_lost",
            Self::DomainNarrows => "domain_narrows",
            Self::DomainNarrowed => "domain_narrowed",
            Self::DomainTaken => "domain_taken",
            Self::ConfirmAddress => "confirm_address",
            Self::JoinWorkplace => "join_workplace",
            Self::RequestsWaiting => "requests_waiting",
            Self::RequestApproved => "request_approved",
            Self::RequestDeclined => "request_declined",
            Self::AdvanceNotice => "advance_notice",
            Self::NotMe => "not_me",
            Self::OpenWorkplace => "open_workplace",
            Self::OpeningApproved => "opening_approved",
            Self::OpeningDeclined => "opening_declined",
            Self::GroupAsked => "group_asked",
            Self::GroupApproved => "group_approved",
            Self::GroupDeclined => "group_declined",
            Self::RuleHeld => "rule_held",
            Self::ConnectorHeld => "connector_held",
            Self::LastDaysHeld => "last_days_held",
            Self::SsoEnding => "sso_ending",
            Self::SsoStale => "sso_stale",
            Self::BreakGlass => "break_glass",
            Self::BreakGlassFew => "break_glass_few",
            Self::UseSso => "use_sso",
            Self::WeakEnding => "weak_ending",
            Self::NewDevice => "new_device",
            Self::LogInDenied => "log_in_denied",
            Self::FactorAdded => "factor_added",
            Self::FactorRemoved => "factor_removed",
            Self::RecoveryCodeUsed => "recovery_code_used",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }

    /// Whether the letter is pointless without its (secret) link.
    pub fn needs_link(self) -> bool {
        matches!(
            self,
            Self::Invitation | Self::Reminder | Self::PasswordReset | Self::AdvanceNotice
        ) || self.proves_address()
    }

    /// Whether its link shows that its reader has the address it went to: then nobody else may follow it, not even
    /// an admin who reads the outbox. A new password is asked for by whoever has the address, too, and only they know
    /// whether a log-in was theirs.
    pub fn is_for_its_reader_only(self) -> bool {
        self.proves_address() || self.needs_code() || matches!(self, Self::PasswordReset | Self::NewDevice)
    }

    /// Whether its link proves its reader's address.
    pub fn proves_address(self) -> bool {
        matches!(
            self,
            Self::ConfirmAddress | Self::JoinWorkplace | Self::OpenWorkplace
        )
    }

    /// Whether it carries a code to type in, which shows the same.
    pub fn needs_code(self) -> bool {
        matches!(self, Self::DomainCode)
    }

    /// Whether it goes to somebody who may have no account.
    pub fn is_to_strangers(self) -> bool {
        matches!(
            self,
            Self::DomainCode
                | Self::JoinWorkplace
                | Self::RequestDeclined
                | Self::OpenWorkplace
                | Self::OpeningApproved
                | Self::OpeningDeclined
        )
    }
}

impl Content {
    pub fn kind(&self) -> LetterKind {
        match self {
            Self::Invitation { .. } => LetterKind::Invitation,
            Self::Reminder { .. } => LetterKind::Reminder,
            Self::PasswordReset { .. } => LetterKind::PasswordReset,
            Self::PasswordChanged { .. } => LetterKind::PasswordChanged,
            Self::Welcome => LetterKind::Welcome,
            Self::EmailChanged { .. } => LetterKind::EmailChanged,
            Self::Test { .. } => LetterKind::Test,
            Self::Brief { topic, .. } => *topic,
        }
    }
}

/// The letter in the recipient's language and time zone, as text and as HTML.
pub fn render(catalogue: &Catalogue, data: &LetterData) -> Result<Rendered, RenderError> {
    let page = compose::page(catalogue, data)?;
    let text = TextLetter { page: &page }.render()?;
    let html = HtmlLetter { page: &page }.render()?;
    Ok(Rendered {
        subject: page.subject,
        text: format!("{}\n", text.trim()),
        html,
    })
}

/// A letter laid out, before it is text or HTML. No field is escaped yet.
struct Page {
    language: String,
    direction: String,
    subject: String,
    workplace: String,
    accent: String,
    on_accent: &'static str,
    heading: String,
    greeting: String,
    paragraphs: Vec<String>,
    quote: Option<Quote>,
    button: Option<Button>,
    link_in_words: String,
    notes: Vec<String>,
    footer: Vec<String>,
}

struct Quote {
    by: String,
    paragraphs: Vec<Vec<String>>,
}

struct Button {
    label: String,
    url: String,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct HtmlLetter<'a> {
    page: &'a Page,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct TextLetter<'a> {
    page: &'a Page,
}

impl TextLetter<'_> {
    /// A paragraph in lines of at most 76 characters; addresses of pages are never broken.
    fn wrap(text: &str) -> String {
        textwrap::fill(
            text,
            textwrap::Options::new(76)
                .break_words(false)
                .word_splitter(textwrap::WordSplitter::NoHyphenation),
        )
    }

    fn quoted(line: &str) -> String {
        let options = textwrap::Options::new(76)
            .initial_indent("> ")
            .subsequent_indent("> ")
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        textwrap::fill(line, options)
    }
}

#[cfg(test)]
mod tests;
