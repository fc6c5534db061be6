//! Where letters are handed over, as an admin writes it: one URL.

use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::extension::ClientId;

/// The mail server to hand letters to.
///
/// `smtp://user:password@host:587` (STARTTLS) or `smtps://user:password@host:465` (TLS from the first byte);
/// user and password percent-encoded, both optional. For `smtp://`, `?tls=` says how: `required` (the default),
/// `opportunistic` (encrypted when the server offers it) or `none`; on a loopback host the default is `none`.
#[derive(Clone)]
pub struct SmtpSettings {
    pub url: String,
    /// What we call ourselves in EHLO (RFC 5321 section 4.1.1.1): a name of this machine, or of the workplace's site.
    pub hello_name: String,
    /// Certificates (PEM) to trust besides the system's: for a mail server with a company's own CA.
    pub extra_ca: Option<Vec<u8>>,
    pub timeouts: Timeouts,
    /// Connections kept open between letters.
    pub idle_connections: usize,
}

/// How long to wait for the mail server. RFC 5321 section 4.5.3.2 wants minutes: a server that scans mail before
/// it answers is slow, and giving up after the last byte leaves the letter's fate unknown.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    pub connect: Duration,
    pub command: Duration,
    /// From the first byte of the letter to the server's answer.
    pub data: Duration,
    /// How long an unused connection stays open.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            command: Duration::from_mins(1),
            data: Duration::from_mins(10),
            idle: Duration::from_secs(30),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error(
        "The mail server is not a URL like smtp://user:password@mail.example.com:587 or smtps://mail.example.com."
    )]
    Url,
    #[error("The mail server's URL must begin with smtp:// or smtps://, not {0}://.")]
    Scheme(String),
    #[error(
        "The mail server's URL has ?{0}, which is not known. Only ?tls=required, opportunistic or none is."
    )]
    Option(String),
    #[error("A smtps:// server is always encrypted: leave ?tls= out.")]
    TlsTwice,
    #[error(
        "The mail server's URL has a user without a password, or a password without a user. Give both or none."
    )]
    Credentials,
    #[error(
        "With ?tls={0} the password could go to {1} unencrypted. Use ?tls=required or smtps://; without \
         encryption, log-in is only allowed on this machine."
    )]
    ClearPassword(&'static str, String),
    #[error("{0:?} cannot be the name to say hello with: use a host name like mail.example.com.")]
    Hello(String),
    #[error("The additional CA certificates cannot be read. The file must be in PEM form.")]
    Certificates,
    #[error("Encryption to the mail server cannot be set up: {0}")]
    Tls(String),
}

impl SmtpSettings {
    /// Settings with the usual time-outs.
    pub fn new(url: impl Into<String>, hello_name: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            hello_name: hello_name.into(),
            extra_ca: None,
            timeouts: Timeouts::default(),
            idle_connections: 4,
        }
    }
}

impl std::fmt::Debug for SmtpSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL holds the password.
        let host = url::Url::parse(&self.url)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned));
        f.debug_struct("SmtpSettings")
            .field("host", &host)
            .field("hello_name", &self.hello_name)
            .finish_non_exhaustive()
    }
}

/// How the connection is encrypted.
#[derive(Clone)]
pub(super) enum Encryption {
    None,
    Opportunistic(TlsParameters),
    Required(TlsParameters),
    Wrapped(TlsParameters),
}

/// The settings, checked.
pub(super) struct Endpoint {
    pub host: String,
    pub port: u16,
    pub encryption: Encryption,
    pub credentials: Option<Credentials>,
    pub hello: ClientId,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tls {
    None,
    Opportunistic,
    Required,
    Wrapped,
}

impl Endpoint {
    pub fn new(settings: &SmtpSettings) -> Result<Self, SettingsError> {
        let url = url::Url::parse(&settings.url).map_err(|_| SettingsError::Url)?;
        let host = match url.host() {
            // The url crate keeps the host of an unknown scheme as text.
            Some(url::Host::Domain(host)) if !host.is_empty() => host.to_ascii_lowercase(),
            Some(url::Host::Ipv4(host)) => host.to_string(),
            Some(url::Host::Ipv6(host)) => host.to_string(),
            _ => return Err(SettingsError::Url),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(SettingsError::Url);
        }
        let tls = tls_of(&url, &host)?;
        let credentials = credentials(&url)?;
        let in_clear = match tls {
            Tls::None => Some("none"),
            Tls::Opportunistic => Some("opportunistic"),
            Tls::Required | Tls::Wrapped => None,
        };
        if let (Some(tls), Some(_), false) = (in_clear, &credentials, is_loopback(&host)) {
            return Err(SettingsError::ClearPassword(tls, host));
        }
        let port = url.port().unwrap_or(if tls == Tls::Wrapped { 465 } else { 587 });
        let encryption = encryption(tls, &host, settings.extra_ca.as_deref())?;
        Ok(Self {
            host,
            port,
            encryption,
            credentials,
            hello: hello(&settings.hello_name)?,
        })
    }
}

fn tls_of(url: &url::Url, host: &str) -> Result<Tls, SettingsError> {
    let wrapped = match url.scheme() {
        "smtp" => false,
        "smtps" => true,
        other => return Err(SettingsError::Scheme(other.to_owned())),
    };
    let mut tls = match (wrapped, is_loopback(host)) {
        (true, _) => Tls::Wrapped,
        (false, true) => Tls::None,
        (false, false) => Tls::Required,
    };
    for (key, value) in url.query_pairs() {
        if key == "tls" && wrapped {
            return Err(SettingsError::TlsTwice);
        }
        tls = match (&*key, &*value) {
            ("tls", "required") => Tls::Required,
            ("tls", "opportunistic") => Tls::Opportunistic,
            ("tls", "none") => Tls::None,
            _ => return Err(SettingsError::Option(format!("{key}={value}"))),
        };
    }
    Ok(tls)
}

fn credentials(url: &url::Url) -> Result<Option<Credentials>, SettingsError> {
    let decoded = |text: &str| {
        // form_urlencoded would read "+" as a space, so only percent signs are decoded.
        let text = text.replace('+', "%2B");
        url::form_urlencoded::parse(text.as_bytes())
            .next()
            .map(|(key, _)| key.into_owned())
            .unwrap_or_default()
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None | Some("")) => Err(SettingsError::Credentials),
        (user, Some(password)) => Ok(Some(Credentials::new(decoded(user), decoded(password)))),
    }
}

fn encryption(tls: Tls, host: &str, extra_ca: Option<&[u8]>) -> Result<Encryption, SettingsError> {
    if tls == Tls::None {
        return Ok(Encryption::None);
    }
    // The system's roots, and Mozilla's where a minimal container has none.
    let mut builder = TlsParameters::builder(host.to_owned()).certificate_store(roots());
    if let Some(pem) = extra_ca {
        builder = builder
            .add_root_certificate(Certificate::from_pem(pem).map_err(|_| SettingsError::Certificates)?);
    }
    let parameters = builder.build().map_err(|e| SettingsError::Tls(e.to_string()))?;
    Ok(match tls {
        Tls::Wrapped => Encryption::Wrapped(parameters),
        Tls::Opportunistic => Encryption::Opportunistic(parameters),
        Tls::None | Tls::Required => Encryption::Required(parameters),
    })
}

fn roots() -> CertificateStore {
    let system = ["/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/pki/tls/certs"];
    let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .iter()
        .any(|name| std::env::var_os(name).is_some());
    let present = system.iter().any(|path| {
        let path = std::path::Path::new(path);
        path.is_file() || std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some())
    });
    if named || present || cfg!(not(target_os = "linux")) {
        CertificateStore::Default
    } else {
        CertificateStore::WebpkiRoots
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn hello(name: &str) -> Result<ClientId, SettingsError> {
    match name.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(address)) => return Ok(ClientId::Ipv4(address)),
        Ok(std::net::IpAddr::V6(address)) => return Ok(ClientId::Ipv6(address)),
        Err(_) => {}
    }
    idna::domain_to_ascii_strict(name)
        .ok()
        .filter(|name| !name.is_empty())
        .map(ClientId::Domain)
        .ok_or_else(|| SettingsError::Hello(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Result<(String, u16, &'static str, Option<Credentials>), String> {
        let endpoint = Endpoint::new(&SmtpSettings::new(url, "work.example")).map_err(|e| e.to_string())?;
        let how = match endpoint.encryption {
            Encryption::None => "none",
            Encryption::Opportunistic(_) => "opportunistic",
            Encryption::Required(_) => "required",
            Encryption::Wrapped(_) => "wrapped",
        };
        Ok((endpoint.host, endpoint.port, how, endpoint.credentials))
    }

    #[test]
    fn urls_that_work() {
        let ada = || {
            Some(Credentials::new(
                "ada@example.com".to_owned(),
                "p+ss:w/rd é".to_owned(),
            ))
        };
        for (url, host, port, how, credentials) in [
            (
                "smtp://mail.example.com",
                "mail.example.com",
                587,
                "required",
                None,
            ),
            (
                "smtp://Mail.Example.com:25?tls=none",
                "mail.example.com",
                25,
                "none",
                None,
            ),
            (
                "smtp://mail.example.com?tls=opportunistic",
                "mail.example.com",
                587,
                "opportunistic",
                None,
            ),
            (
                "smtps://mail.example.com",
                "mail.example.com",
                465,
                "wrapped",
                None,
            ),
            ("smtp://127.0.0.1:2525", "127.0.0.1", 2525, "none", None),
            ("smtp://[::1]:2525/", "::1", 2525, "none", None),
            (
                "smtp://localhost:25?tls=required",
                "localhost",
                25,
                "required",
                None,
            ),
            (
                "smtp://ada%40example.com:p+ss%3Aw%2Frd%20%C3%A9@mail.example.com",
                "mail.example.com",
                587,
                "required",
                ada(),
            ),
            (
                "smtp://ada%40example.com:p+ss%3Aw%2Frd%20%C3%A9@localhost",
                "localhost",
                587,
                "none",
                ada(),
            ),
        ] {
            assert_eq!(
                read(url).unwrap(),
                (host.to_owned(), port, how, credentials),
                "{url}"
            );
        }
    }

    #[test]
    fn urls_that_do_not() {
        for (url, want) in [
            ("mail.example.com:587", "not a URL"),
            ("", "not a URL"),
            ("smtp://", "not a URL"),
            ("smtp://mail.example.com/path", "not a URL"),
            ("https://mail.example.com", "not https://"),
            ("smtp://mail.example.com?tls=maybe", "?tls=maybe"),
            ("smtp://mail.example.com?timeout=3", "?timeout=3"),
            ("smtps://mail.example.com?tls=none", "leave ?tls= out"),
            ("smtp://ada@mail.example.com", "Give both or none"),
            ("smtp://:secret@mail.example.com", "Give both or none"),
            ("smtp://ada:secret@mail.example.com?tls=none", "unencrypted"),
            (
                "smtp://ada:secret@mail.example.com?tls=opportunistic",
                "unencrypted",
            ),
        ] {
            let error = read(url).unwrap_err();
            assert!(error.contains(want), "{url}: {error}");
            assert!(!error.contains("secret"), "{url}: {error}");
        }
    }

    #[test]
    fn the_password_is_never_printed() {
        let settings = SmtpSettings::new("smtp://ada:s3cret@mail.example.com", "work.example");
        assert!(!format!("{settings:?}").contains("s3cret"));
    }

    #[test]
    fn hello_is_a_name_or_an_address() {
        assert!(matches!(hello("work.example"), Ok(ClientId::Domain(name)) if name == "work.example"));
        assert!(matches!(hello("127.0.0.1"), Ok(ClientId::Ipv4(_))));
        for bad in ["", "a b", "x\r\nMAIL FROM:<y>"] {
            assert!(hello(bad).is_err(), "{bad:?}");
        }
    }
}
