//! Fetching what somebody else's words name: by HTTPS only, from public addresses only, and no more than was asked for.

mod ask;
mod names;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use reqwest::redirect::Policy;
use reqwest::tls::Certificate;
use reqwest::{Client, Response, StatusCode, Url};

pub use ask::{Question, Told};
use names::Private;
pub use names::{Guarded, House, Names, SystemNames};

/// For one request with all its redirects.
const PATIENCE: Duration = Duration::from_secs(15);
const CONNECT: Duration = Duration::from_secs(6);
/// How often a site may lead elsewhere.
pub(crate) const REDIRECTS: usize = 5;

/// Fetches from sites that somebody named. It keeps no connections and no cookies.
#[derive(Debug)]
pub struct Fetcher {
    names: Arc<dyn Names>,
    roots: Vec<Certificate>,
    /// Hosts that may be asked wherever they are.
    house: Vec<String>,
}

/// Why nothing came, in a sentence for whoever named the address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{said}")]
pub struct Unfetched {
    pub said: String,
    /// The same may go well later.
    pub may_pass: bool,
}

impl Fetcher {
    pub fn system() -> Self {
        Self::new(Guarded(SystemNames), Vec::new())
    }

    /// One that may talk to these hosts, too, wherever they are: the operator names them.
    pub fn of_house(hosts: Vec<String>) -> Self {
        Self {
            house: hosts.clone(),
            ..Self::new(House(hosts), Vec::new())
        }
    }

    /// With names found otherwise, and certificates trusted in place of the system's.
    pub fn new(names: impl Names + 'static, roots: Vec<Certificate>) -> Self {
        Self {
            names: Arc::new(names),
            roots,
            house: Vec::new(),
        }
    }

    /// A client that follows redirects as `policy` says. `purpose` is told to the site.
    pub(crate) fn client(&self, purpose: &str, policy: Policy) -> reqwest::Result<Client> {
        let agent = format!("Guildhall/{} ({purpose})", env!("CARGO_PKG_VERSION"));
        let mut client = Client::builder()
            .https_only(true)
            .no_proxy()
            .redirect(policy)
            .referer(false)
            .timeout(PATIENCE)
            .connect_timeout(CONNECT)
            .pool_max_idle_per_host(0)
            .user_agent(agent)
            .dns_resolver(self.names.clone().as_resolve());
        if !self.roots.is_empty() {
            client = client.tls_certs_only(self.roots.clone());
        }
        client.build()
    }

    /// What lies at the address, if it is at most `most` bytes.
    pub async fn get(&self, address: &str, purpose: &str, most: usize) -> Result<Vec<u8>, Unfetched> {
        let url = self.fit(address)?;
        let house = self.house.clone();
        let policy = Policy::custom(move |attempt| {
            if attempt.previous().len() > REDIRECTS {
                return attempt.error(Led("The site leads in a circle.".to_owned()));
            }
            match unfit(attempt.url(), &house) {
                Some(wrong) => attempt.error(Led(format!("The site leads to an address that {wrong}."))),
                None => attempt.follow(),
            }
        });
        let client = self.client(purpose, policy).map_err(|why| explain(&why))?;
        let answer = client.get(url).send().await.map_err(|why| explain(&why))?;
        let status = answer.status();
        if !status.is_success() {
            return Err(Unfetched {
                said: format!("{address} was answered with {status}."),
                may_pass: !matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE),
            });
        }
        match up_to(answer, most).await.map_err(|why| explain(&why))? {
            (bytes, true) => Ok(bytes),
            (_, false) => Err(never(format!("{address} is larger than {most} bytes."))),
        }
    }
}

impl Fetcher {
    /// The address, if it may be asked.
    fn fit(&self, address: &str) -> Result<Url, Unfetched> {
        let url =
            Url::parse(address).map_err(|_| never(format!("\"{address}\" is no address of the web.")))?;
        match unfit(&url, &self.house) {
            Some(wrong) => Err(never(format!("{address} {wrong}."))),
            None => Ok(url),
        }
    }
}

fn never(said: String) -> Unfetched {
    Unfetched {
        said,
        may_pass: false,
    }
}

/// Why such an address is not asked.
fn unfit(url: &Url, house: &[String]) -> Option<&'static str> {
    if url.scheme() != "https" {
        return Some("does not begin with https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("carries a name or a password");
    }
    if url
        .host_str()
        .is_some_and(|host| house.iter().any(|one| one == host))
    {
        return None;
    }
    let address: IpAddr = match url.host() {
        Some(url::Host::Domain(_)) => return None,
        Some(url::Host::Ipv4(v4)) => v4.into(),
        Some(url::Host::Ipv6(v6)) => v6.into(),
        None => return Some("names no host"),
    };
    (!is_public(address)).then_some("is not public")
}

/// A redirect that is not followed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Led(String);

/// The beginning of an answer, and whether that is all of it.
pub(crate) async fn up_to(answer: Response, most: usize) -> reqwest::Result<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    let mut body = answer.bytes_stream();
    while let Some(part) = body.next().await {
        bytes.extend_from_slice(&part?);
        if bytes.len() > most {
            bytes.truncate(most);
            return Ok((bytes, false));
        }
    }
    Ok((bytes, true))
}

/// What went wrong on the way, for whoever runs the site. All but forbidden ways may pass.
pub(crate) fn explain(why: &reqwest::Error) -> Unfetched {
    let mut reasons = Vec::new();
    let mut cause: Option<&dyn std::error::Error> = Some(why);
    while let Some(error) = cause {
        if let Some(led) = error.downcast_ref::<Led>() {
            return never(led.to_string());
        }
        if let Some(private) = error.downcast_ref::<Private>() {
            return never(format!(
                "The site was not asked: {private}. Only sites on the internet can be reached."
            ));
        }
        reasons.push(error.to_string());
        cause = error.source();
    }
    let last = reasons.pop().unwrap_or_default();
    let said = if why.is_timeout() {
        "The site took too long to answer.".to_owned()
    } else if last.contains("lookup address") || last.contains("not known") {
        "No site of that name was found.".to_owned()
    } else {
        format!("The site could not be reached: {last}.")
    };
    Unfetched { said, may_pass: true }
}

/// Whether the address is one of the public internet (RFC 6890): what anybody may name and we may talk to.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_broadcast()
                || v4.is_documentation()
                || v4.is_multicast()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 192 && b == 88 && c == 99)
                || (a == 198 && (b == 18 || b == 19)))
        }
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            // Addresses that carry one of IPv4 (NAT64, 6to4, Teredo) lead to where it does: none is taken.
            let carries = (a, b) == (0x64, 0xff9b) || a == 0x2002 || (a, b) == (0x2001, 0);
            let compatible = (a, b, c, d) == (0, 0, 0, 0);
            let documents = (a, b) == (0x2001, 0xdb8) || a == 0x3fff;
            (a & 0xe000) == 0x2000 && !carries && !compatible && !documents
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_talked_to() {
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "fc00::1",
            "fe80::1",
            "ff02::1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001:0:1::",
            "2001:db8::1",
            "fec0::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "1.1.1.1",
            "93.184.216.34",
            "100.63.0.1",
            "172.32.0.1",
            "2606:4700::1111",
            "::ffff:1.1.1.1",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn only_plain_addresses_of_the_web_are_asked() {
        for (address, fine) in [
            ("https://example.com/x.jpg?size=2", true),
            ("https://example.com:8443/", true),
            ("https://1.1.1.1/", true),
            ("http://example.com/", false),
            ("https://user@example.com/", false),
            ("https://127.0.0.1/", false),
            ("https://2130706433/", false),
            ("https://[::1]/", false),
            ("https://[::ffff:10.0.0.1]/", false),
            ("file:///etc/passwd", false),
            ("data:text/plain,x", false),
        ] {
            assert_eq!(unfit(&address.parse().unwrap(), &[]).is_none(), fine, "{address}");
        }
        let house = ["127.0.0.1".to_owned()];
        for (address, fine) in [
            ("https://127.0.0.1:8443/", true),
            ("http://127.0.0.1/", false),
            ("https://user@127.0.0.1/", false),
            ("https://127.0.0.2/", false),
        ] {
            assert_eq!(
                unfit(&address.parse().unwrap(), &house).is_none(),
                fine,
                "{address}"
            );
        }
    }
}
