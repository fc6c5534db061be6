use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::tls::Certificate;
use reqwest::{Client, Response, StatusCode, Url};

use super::super::{Look, Method, Verdict};
use super::is_public;

/// Where the file lies on the domain's site.
pub const PATH: &str = "/.well-known/guildhall-domain-verification.html";
/// For one request with all its redirects.
const PATIENCE: Duration = Duration::from_secs(15);
const CONNECT: Duration = Duration::from_secs(6);
const REDIRECTS: usize = 5;
/// More than this of a page is not read.
const MOST_BYTES: usize = 64 * 1024;

/// Fetches the file from a domain's site: by HTTPS only, redirects only within the domain, public addresses only.
#[derive(Debug)]
pub struct Web {
    names: Arc<dyn Names>,
    roots: Vec<Certificate>,
}

/// Finds the addresses of a host.
pub trait Names: Resolve + std::fmt::Debug {
    fn as_resolve(self: Arc<Self>) -> Arc<dyn Resolve>;
}

impl<T: Resolve + std::fmt::Debug + 'static> Names for T {
    fn as_resolve(self: Arc<Self>) -> Arc<dyn Resolve> {
        self
    }
}

/// The names that this machine knows.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemNames;

impl Resolve for SystemNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses: Vec<SocketAddr> = found.collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// Lets no address through that is not public. It sits where the connection is made, so that a name which changes
/// its address between two look-ups gains nothing.
#[derive(Clone, Debug)]
pub struct Guarded<T>(pub T);

#[derive(Debug, thiserror::Error)]
#[error("the name {0} leads to {1}, which is no public address")]
struct Private(String, IpAddr);

impl<T: Resolve> Resolve for Guarded<T> {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let inner = self.0.resolve(name);
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = inner.await?.collect();
            match addresses.iter().find(|address| !is_public(address.ip())) {
                Some(private) => Err(Private(host, private.ip()).into()),
                None => Ok(Box::new(addresses.into_iter()) as Addrs),
            }
        })
    }
}

/// Why the answer is no proof: certain, or not.
type Missing = (Verdict, String);

impl Web {
    pub fn system() -> Self {
        Self::new(Guarded(SystemNames), Vec::new())
    }

    /// With names found otherwise, and certificates trusted besides the system's.
    pub fn new(names: impl Resolve + std::fmt::Debug + 'static, roots: Vec<Certificate>) -> Self {
        Self {
            names: Arc::new(names),
            roots,
        }
    }

    pub async fn look(&self, name: &str, proof: &str) -> Look {
        let (verdict, said) = match self.fetch(name, proof).await {
            Ok(()) => (Verdict::Proven, "The file is there.".to_owned()),
            Err(missing) => missing,
        };
        Look {
            way: Method::File,
            verdict,
            said,
            found: Vec::new(),
        }
    }

    fn client(&self, domain: &str) -> reqwest::Result<Client> {
        let domain = domain.to_owned();
        let policy = Policy::custom(move |attempt| {
            if attempt.previous().len() > REDIRECTS {
                return attempt.error(Led("in a circle".to_owned()));
            }
            match strays(&domain, attempt.url()) {
                Some(where_to) => attempt.error(Led(where_to)),
                None => attempt.follow(),
            }
        });
        let mut client = Client::builder()
            .https_only(true)
            .no_proxy()
            .redirect(policy)
            .referer(false)
            .timeout(PATIENCE)
            .connect_timeout(CONNECT)
            .pool_max_idle_per_host(0)
            .user_agent(concat!(
                "Guildhall/",
                env!("CARGO_PKG_VERSION"),
                " (domain verification)"
            ))
            .dns_resolver(self.names.clone().as_resolve());
        if !self.roots.is_empty() {
            client = client.tls_certs_only(self.roots.clone());
        }
        client.build()
    }

    async fn fetch(&self, name: &str, proof: &str) -> Result<(), Missing> {
        let address = format!("https://{name}{PATH}");
        let client = self
            .client(name)
            .map_err(|why| (Verdict::Unclear, why.to_string()))?;
        let answer = client.get(&address).send().await.map_err(|why| told(&why))?;
        let status = answer.status();
        if matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE) {
            return Err((Verdict::Absent, format!("{address} is not there ({status}).")));
        }
        if !status.is_success() {
            return Err((Verdict::Unclear, format!("{address} was answered with {status}.")));
        }
        let text = beginning(answer).await.map_err(|why| told(&why))?;
        let there = text
            .split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\''))
            .any(|word| word == proof);
        if there {
            return Ok(());
        }
        let other = text.contains("guildhall-domain-verification=");
        let what = if other {
            "with the proof of another workplace, or an older one"
        } else {
            "without the line that proves the domain"
        };
        Err((Verdict::Absent, format!("{address} is there, {what}.")))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Led(String);

/// Where a redirect leads, if it is not within the domain.
fn strays(domain: &str, to: &Url) -> Option<String> {
    let within = to.domain().is_some_and(|host| {
        host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
    });
    let plain = to.username().is_empty() && to.password().is_none();
    if within && plain && to.scheme() == "https" && to.port().is_none() {
        return None;
    }
    let port = to.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!(
        "to {}://{}{port}",
        to.scheme(),
        to.host_str().unwrap_or_default()
    ))
}

async fn beginning(answer: Response) -> reqwest::Result<String> {
    let mut bytes = Vec::new();
    let mut body = answer.bytes_stream();
    while let Some(part) = body.next().await {
        bytes.extend_from_slice(&part?);
        if bytes.len() >= MOST_BYTES {
            bytes.truncate(MOST_BYTES);
            break;
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Why nothing came, for whoever runs the site. None of it is certain: the site may be back in a moment.
fn told(why: &reqwest::Error) -> Missing {
    let mut reasons = Vec::new();
    let mut cause: Option<&dyn std::error::Error> = Some(why);
    while let Some(error) = cause {
        if let Some(led) = error.downcast_ref::<Led>() {
            let said =
                format!("The site leads elsewhere ({led}): redirects must stay within the domain, on HTTPS.");
            return (Verdict::Unclear, said);
        }
        if let Some(private) = error.downcast_ref::<Private>() {
            let said =
                format!("The site was not asked: {private}. Only sites on the internet can be checked.");
            return (Verdict::Unclear, said);
        }
        reasons.push(error.to_string());
        cause = error.source();
    }
    if why.is_timeout() {
        return (Verdict::Unclear, "The site took too long to answer.".to_owned());
    }
    let last = reasons.pop().unwrap_or_default();
    if last.contains("lookup address") || last.contains("not known") {
        return (Verdict::Unclear, "No site of that name was found.".to_owned());
    }
    (
        Verdict::Unclear,
        format!("The site could not be reached: {last}."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_stay_within_the_domain() {
        for (to, fine) in [
            ("https://example.com/x", true),
            ("https://www.example.com/", true),
            ("http://example.com/", false),
            ("https://notexample.com/", false),
            ("https://example.com.evil.example/", false),
            ("https://example.com:8443/", false),
            ("https://user@example.com/", false),
            ("https://127.0.0.1/", false),
            ("https://[::1]/", false),
        ] {
            assert_eq!(
                strays("example.com", &to.parse().unwrap()).is_none(),
                fine,
                "{to}"
            );
        }
    }
}
