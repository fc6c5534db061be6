use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};

use super::super::{Look, Method, Verdict};
use crate::fetch::{Fetcher, REDIRECTS, explain, up_to};

/// Where the file lies on the domain's site.
pub const PATH: &str = "/.well-known/guildhall-domain-verification.html";
/// More than this of a page is not read.
const MOST_BYTES: usize = 64 * 1024;

/// Fetches the file from a domain's site: by HTTPS only, redirects only within the domain, public addresses only.
#[derive(Debug)]
pub struct Web(Fetcher);

/// Why the answer is no proof: certain, or not.
type Missing = (Verdict, String);

impl Web {
    pub fn new(fetcher: Fetcher) -> Self {
        Self(fetcher)
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
        self.0.client("domain verification", policy)
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
        let (bytes, _) = up_to(answer, MOST_BYTES).await.map_err(|why| told(&why))?;
        let text = String::from_utf8_lossy(&bytes);
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

/// Why nothing came, for whoever runs the site. None of it is certain: the site may be back in a moment.
fn told(why: &reqwest::Error) -> Missing {
    let mut cause: Option<&dyn std::error::Error> = Some(why);
    while let Some(error) = cause {
        if let Some(led) = error.downcast_ref::<Led>() {
            let said =
                format!("The site leads elsewhere ({led}): redirects must stay within the domain, on HTTPS.");
            return (Verdict::Unclear, said);
        }
        cause = error.source();
    }
    (Verdict::Unclear, explain(why).said)
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
