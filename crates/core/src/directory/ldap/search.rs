use std::pin::Pin;

use guildhall_wire::directory::Entry;
use ldap3::controls::{Control, ControlType, PagedResults, RawControl};
use ldap3::{LdapError, ResultEntry, Scope, SearchEntry};

use super::connect::ANSWER;
use super::trouble::{of_error, of_result};
use super::{Session, Trouble};

/// Entries that are asked for at once; Active Directory gives 1,000 at most.
const PAGE: i32 = 500;

/// What to look for.
pub struct Query<'a> {
    pub base: &'a str,
    pub scope: Scope,
    pub filter: &'a str,
    pub attributes: Vec<String>,
}

impl Session {
    /// Reads all entries, page by page. Ends well only when the server says that these are all.
    pub async fn each(
        &mut self,
        query: &Query<'_>,
        take: impl FnMut(Entry) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        self.each_with(query, Vec::new, take).await
    }

    /// [`Session::each`] with more controls.
    pub async fn each_with(
        &mut self,
        query: &Query<'_>,
        controls: impl Fn() -> Vec<RawControl>,
        mut take: impl FnMut(Entry) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let mut cookie = Vec::new();
        loop {
            let page = PagedResults { size: PAGE, cookie };
            let mut with = controls();
            with.push(page.into());
            let result = self
                .ask(query, with, |found, _| {
                    if found.is_ref() || found.is_intermediate() {
                        return Ok(());
                    }
                    take(entry(found))
                })
                .await?;
            cookie = paged(&result.ctrls).unwrap_or_default();
            if cookie.is_empty() {
                return Ok(());
            }
        }
    }

    /// Only the first entries.
    pub async fn first(&mut self, query: &Query<'_>, limit: usize) -> Result<Vec<Entry>, Trouble> {
        let page = PagedResults {
            size: limit as i32,
            cookie: Vec::new(),
        };
        let mut found = Vec::with_capacity(limit);
        self.ask(query, vec![page.into()], |one, _| {
            if !one.is_ref() && !one.is_intermediate() && found.len() < limit {
                found.push(entry(one));
            }
            Ok(())
        })
        .await?;
        Ok(found)
    }

    /// One entry by its name; nothing when there is none.
    pub async fn entry(&mut self, dn: &str, attributes: &[&str]) -> Result<Option<Entry>, Trouble> {
        let query = Query {
            base: dn,
            scope: Scope::Base,
            filter: "(objectClass=*)",
            attributes: attributes.iter().map(|name| (*name).to_owned()).collect(),
        };
        match self.first(&query, 1).await {
            Ok(found) => Ok(found.into_iter().next()),
            Err(trouble) if trouble.code == "directory_base" => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// One search with these controls, to its end. Anything but success is an error, whatever came before.
    pub async fn ask(
        &mut self,
        query: &Query<'_>,
        controls: Vec<RawControl>,
        mut take: impl FnMut(ResultEntry, &[Control]) -> Result<(), Trouble>,
    ) -> Result<ldap3::LdapResult, Trouble> {
        self.ldap.with_timeout(ANSWER);
        self.ldap.with_controls(controls);
        let attributes = query.attributes.clone();
        let mut stream = self
            .ldap
            .streaming_search(query.base, query.scope, query.filter, attributes)
            .await
            .map_err(of_error)?;
        loop {
            let next: Pin<Box<dyn Future<Output = Result<Option<ResultEntry>, LdapError>> + Send + '_>> =
                Box::pin(stream.next());
            match next.await.map_err(of_error)? {
                Some(found) => {
                    let controls = found.1.clone();
                    take(found, &controls)?;
                }
                None => break,
            }
        }
        let result = stream.finish().await;
        if result.rc == 0 {
            return Ok(result);
        }
        Err(of_result(&result))
    }
}

/// The cookie for the next page.
fn paged(controls: &[Control]) -> Option<Vec<u8>> {
    controls.iter().find_map(|Control(kind, raw)| match kind {
        Some(ControlType::PagedResults) => raw.val.as_ref().map(|_| raw.parse::<PagedResults>().cookie),
        _ => None,
    })
}

/// The entry in our own form.
pub fn entry(found: ResultEntry) -> Entry {
    let SearchEntry { dn, attrs, bin_attrs } = SearchEntry::construct(found);
    let mut entry = Entry::new(dn);
    for (name, values) in attrs {
        entry.add(&name, values.into_iter().map(String::into_bytes));
    }
    for (name, values) in bin_attrs {
        entry.add(&name, values);
    }
    entry
}
