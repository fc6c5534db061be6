use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use guildhall_core::openings::Openness;
use serde::Deserialize;
use toml::{Table, Value};
use url::Url;

use crate::failure::{Failure, Outcome};

/// What a variable of the environment begins with.
const PREFIX: &str = "GUILDHALL_";
/// Every key that there is; `docs/admin/settings.md` tells what each does.
const KEYS: [&str; 17] = [
    "data",
    "listen",
    "metrics_listen",
    "public_url",
    "database",
    "log",
    "secret_key",
    "dns_resolver",
    "private_sites",
    "open_workplaces",
    "keep_days",
    "smtp_url",
    "smtp_ca",
    "mail_from",
    "dkim_key",
    "dkim_selector",
    "dkim_domain",
];
const LISTEN: &str = "127.0.0.1:8080";
/// How long the rows of a list, and jobs, are kept when nothing else is said; and the most, ten years.
const KEEP_DAYS: i64 = 90;
const MOST_KEEP_DAYS: i64 = 3660;
const METRICS: &str = "127.0.0.1:9464";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

/// How this server is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    pub data: PathBuf,
    pub listen: SocketAddr,
    /// Absent: no metrics.
    pub metrics_listen: Option<SocketAddr>,
    /// `postgres://…`; absent: SQLite in the data folder.
    pub database: Option<String>,
    pub log: LogFormat,
    /// 64 hexadecimal digits; absent: a file in the data folder.
    pub secret_key: Option<String>,
    /// How many days the rows and files of lists that were taken in, and ended jobs, are kept.
    pub keep_days: i64,
    pub mail: MailSettings,
    /// Whom to ask for names; absent: as this machine does.
    pub dns_resolver: Option<SocketAddr>,
    /// Hosts of identity providers that may be asked though they are at no public address.
    pub private_sites: Vec<String>,
    /// Who may open workplaces from the web.
    pub open_workplaces: Openness,
    public_url: Option<String>,
}

/// How letters leave the house, as written; checked when the server starts.
#[derive(Clone, Debug, Default)]
pub struct MailSettings {
    /// Absent: letters wait in the outbox.
    pub smtp_url: Option<String>,
    pub smtp_ca: Option<PathBuf>,
    pub from: Option<String>,
    pub dkim_key: Option<PathBuf>,
    pub dkim_selector: Option<String>,
    pub dkim_domain: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Written {
    data: Option<PathBuf>,
    listen: Option<String>,
    metrics_listen: Option<String>,
    public_url: Option<String>,
    database: Option<String>,
    log: Option<String>,
    secret_key: Option<String>,
    dns_resolver: Option<String>,
    private_sites: Option<Value>,
    open_workplaces: Option<String>,
    keep_days: Option<Value>,
    smtp_url: Option<String>,
    smtp_ca: Option<PathBuf>,
    mail_from: Option<String>,
    dkim_key: Option<PathBuf>,
    dkim_selector: Option<String>,
    dkim_domain: Option<String>,
}

impl Settings {
    /// From the file, over it the environment, over both the command line.
    pub fn load(file: Option<&Path>, data: Option<PathBuf>, listen: Option<SocketAddr>) -> Outcome<Self> {
        let mut table = match file {
            Some(file) => read(file)?,
            None => Table::new(),
        };
        overlay(&mut table, std::env::vars())?;
        let mut settings = Self::from_table(table)?;
        if let Some(data) = data {
            settings.data = data;
        }
        if let Some(listen) = listen {
            settings.listen = listen;
        }
        Ok(settings)
    }

    fn from_table(table: Table) -> Outcome<Self> {
        let written: Written = table
            .try_into()
            .map_err(|error| Failure::wrong(format!("The settings can't be read: {}", one_line(&error))))?;
        let metrics = written.metrics_listen.as_deref().unwrap_or(METRICS);
        if let Some(url) = &written.database
            && !["postgres://", "postgresql://"]
                .iter()
                .any(|scheme| url.starts_with(scheme))
        {
            return Err(Failure::wrong(
                "The setting \"database\" must begin with postgres://. Leave it out to use the database inside.",
            ));
        }
        Ok(Self {
            data: written.data.unwrap_or_else(|| "./data".into()),
            listen: address("listen", written.listen.as_deref().unwrap_or(LISTEN))?,
            metrics_listen: if metrics == "off" {
                None
            } else {
                Some(address("metrics_listen", metrics)?)
            },
            database: written.database,
            log: log(written.log.as_deref())?,
            secret_key: written.secret_key,
            dns_resolver: written.dns_resolver.as_deref().map(resolver).transpose()?,
            private_sites: hosts(written.private_sites.as_ref())?,
            open_workplaces: openness(written.open_workplaces.as_deref())?,
            keep_days: keep_days(written.keep_days.as_ref())?,
            mail: MailSettings {
                smtp_url: written.smtp_url,
                smtp_ca: written.smtp_ca,
                from: written.mail_from,
                dkim_key: written.dkim_key,
                dkim_selector: written.dkim_selector,
                dkim_domain: written.dkim_domain,
            },
            public_url: written.public_url.as_deref().map(site).transpose()?,
        })
    }

    /// Where people reach the server: as set, or this machine's own name for itself.
    pub fn public_url(&self, bound: SocketAddr) -> String {
        self.public_url
            .clone()
            .unwrap_or_else(|| format!("http://localhost:{}", bound.port()))
    }

    /// The database as a person may see it, without its password.
    pub fn database_name(&self) -> String {
        match self.database.as_deref().map(Url::parse) {
            None => self.data.display().to_string(),
            Some(Ok(url)) => format!("{}{}", url.host_str().unwrap_or("PostgreSQL"), url.path()),
            Some(Err(_)) => "PostgreSQL".to_owned(),
        }
    }
}

/// A number of days, or a text of one, as the environment has it.
fn keep_days(written: Option<&Value>) -> Outcome<i64> {
    let days = match written {
        None => Some(KEEP_DAYS),
        Some(Value::Integer(days)) => Some(*days),
        Some(Value::String(days)) => days.trim().parse().ok(),
        Some(_) => None,
    };
    days.filter(|days| (1..=MOST_KEEP_DAYS).contains(days)).ok_or_else(|| {
        Failure::wrong(format!(
            "The setting \"keep_days\" must be a number of days from 1 to {MOST_KEEP_DAYS}, such as {KEEP_DAYS}."
        ))
    })
}

/// Names of hosts: a list, or a text of them with commas, as the environment has it.
fn hosts(written: Option<&Value>) -> Outcome<Vec<String>> {
    let names: Option<Vec<&str>> = match written {
        None => Some(Vec::new()),
        Some(Value::String(text)) => Some(text.split(',').collect()),
        Some(Value::Array(all)) => all.iter().map(Value::as_str).collect(),
        Some(_) => None,
    };
    let fine = |name: &&str| {
        let host = url::Host::parse(name).ok()?;
        Some(host.to_string())
    };
    let names = names.map(|all| {
        all.into_iter()
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .collect::<Vec<_>>()
    });
    let parsed = names.and_then(|all| all.iter().map(fine).collect::<Option<Vec<_>>>());
    parsed.ok_or_else(|| {
        Failure::wrong(
            "The setting \"private_sites\" names hosts of identity providers inside your network, with commas between them: write \
             names or addresses alone, such as keycloak.example.internal, without https:// and port.",
        )
    })
}

fn read(file: &Path) -> Outcome<Table> {
    let shown = file.display();
    let text = fs::read_to_string(file).map_err(|error| {
        Failure::wrong(format!(
            "The settings file {shown} can't be read ({error}). Give its right name with --config."
        ))
    })?;
    let table: Table = text.parse().map_err(|error| {
        Failure::wrong(format!(
            "The settings file {shown} is not TOML: {}",
            one_line(&error)
        ))
    })?;
    match table.keys().find(|key| !KEYS.contains(&key.as_str())) {
        Some(key) => Err(unknown(key, &format!("the settings file {shown}"))),
        None => Ok(table),
    }
}

/// Puts what the environment says over `table`.
fn overlay(table: &mut Table, variables: impl Iterator<Item = (String, String)>) -> Outcome {
    for (name, value) in variables {
        let Some(key) = name.strip_prefix(PREFIX) else {
            continue;
        };
        let key = key.to_ascii_lowercase();
        if !KEYS.contains(&key.as_str()) {
            return Err(unknown(&name, "the environment"));
        }
        table.insert(key, Value::String(value));
    }
    Ok(())
}

fn unknown(key: &str, place: &str) -> Failure {
    Failure::wrong(format!(
        "The setting \"{key}\" in {place} is not known. Take it out or correct it; there are: {}.",
        KEYS.join(", ")
    ))
}

fn one_line(error: &impl ToString) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn address(key: &str, text: &str) -> Outcome<SocketAddr> {
    text.parse().map_err(|_| {
        Failure::wrong(format!(
            "The setting \"{key}\" is \"{text}\". Write an address and a port, such as {LISTEN}."
        ))
    })
}

/// An address, with a port if it is not DNS's own.
fn resolver(text: &str) -> Outcome<SocketAddr> {
    let alone = text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 53));
    alone.or_else(|_| text.parse()).map_err(|_| {
        Failure::wrong(format!(
            "The setting \"dns_resolver\" is \"{text}\". Write an address, such as 192.0.2.1 or 127.0.0.1:5353."
        ))
    })
}

fn openness(text: Option<&str>) -> Outcome<Openness> {
    let Some(text) = text else {
        return Ok(Openness::Closed);
    };
    Openness::parse(text).ok_or_else(|| {
        Failure::wrong(format!(
            "The setting \"open_workplaces\" is \"{text}\". Write closed, approval or open."
        ))
    })
}

fn log(text: Option<&str>) -> Outcome<LogFormat> {
    match text {
        None | Some("text") => Ok(LogFormat::Text),
        Some("json") => Ok(LogFormat::Json),
        Some(other) => Err(Failure::wrong(format!(
            "The setting \"log\" is \"{other}\". Write text or json."
        ))),
    }
}

/// The origin of a site: scheme and host, nothing behind.
fn site(text: &str) -> Outcome<String> {
    let origin = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
    });
    origin
        .map(|url| url.origin().ascii_serialization())
        .ok_or_else(|| {
            Failure::wrong(format!(
                "The setting \"public_url\" is \"{text}\". Write the address that people open, such as \
             https://people.example.com, with nothing behind it."
            ))
        })
}

#[cfg(test)]
mod tests;
