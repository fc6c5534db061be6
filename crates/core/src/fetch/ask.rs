use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;

use super::{Fetcher, Unfetched, explain, never, up_to};

/// What is asked of a site, with secrets that nobody else may see: it leads nowhere else.
#[derive(Debug, Default)]
pub struct Question<'a> {
    pub address: &'a str,
    /// Sent by POST; none: nothing is sent.
    pub form: Option<&'a [(&'a str, &'a str)]>,
    /// Who asks.
    pub authorization: Option<String>,
}

/// What the site said, by whatever status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub status: u16,
    pub bytes: Vec<u8>,
}

impl Told {
    pub fn fine(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl Fetcher {
    /// Asks a site, and takes at most `most` bytes.
    ///
    /// # Errors
    /// Why nothing came; an answer of any status is one.
    pub async fn ask(&self, question: Question<'_>, purpose: &str, most: usize) -> Result<Told, Unfetched> {
        let url = self.fit(question.address)?;
        let client = self
            .client(purpose, Policy::none())
            .map_err(|why| explain(&why))?;
        let mut asked = match question.form {
            None => client.get(url),
            Some(form) => {
                let mut body = url::form_urlencoded::Serializer::new(String::new());
                body.extend_pairs(form);
                client
                    .post(url)
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(body.finish())
            }
        };
        asked = asked.header(ACCEPT, "application/json");
        if let Some(who) = &question.authorization {
            let mut value = HeaderValue::from_str(who)
                .map_err(|_| never("A secret holds what can't be sent.".to_owned()))?;
            value.set_sensitive(true);
            asked = asked.header(AUTHORIZATION, value);
        }
        let answer = asked.send().await.map_err(|why| explain(&why))?;
        let status = answer.status().as_u16();
        match up_to(answer, most).await.map_err(|why| explain(&why))? {
            (bytes, true) => Ok(Told { status, bytes }),
            (_, false) => Err(never(format!(
                "{} answered with more than {most} bytes.",
                question.address
            ))),
        }
    }
}
