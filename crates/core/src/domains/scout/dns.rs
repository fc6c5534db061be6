use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::tcp::TcpClientStream;
use hickory_resolver::net::udp::UdpClientStream;
use hickory_resolver::net::xfer::DnsHandle;
use hickory_resolver::proto::dnssec::rdata::DNSSECRData;
use hickory_resolver::proto::op::{DnsRequest, DnsRequestOptions, Edns, Message, Query, ResponseCode};
use hickory_resolver::proto::rr::rdata::opt::EdnsOption;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::system_conf::read_system_conf;

use super::super::{Look, Method, Verdict};
use crate::Moment;
use crate::fetch::is_public;

/// For one question to one server.
const PATIENCE: Duration = Duration::from_secs(4);
/// For a whole look.
const LONGEST: Duration = Duration::from_secs(25);
/// Servers of a zone that are asked, and zones on the way down to the domain's own.
const MOST_SERVERS: usize = 4;
const MOST_ZONES: usize = 6;
/// Records that are told, and how much of each.
const MOST_RECORDS: usize = 20;
const MOST_TEXT: usize = 200;
/// Extended DNS Errors (RFC 8914).
const EXTENDED_ERROR: u16 = 15;

/// Where a name server of that address is to be asked; nowhere, if it is not to be.
type Way = Arc<dyn Fn(IpAddr) -> Option<SocketAddr> + Send + Sync>;

/// Asks the name servers of a domain itself for its TXT records, as nobody's memory is as fresh; and before, this
/// machine's resolver, which finds them and knows whether the signatures of the domain (DNSSEC) hold.
#[derive(Clone)]
pub struct Dns {
    resolvers: Vec<SocketAddr>,
    way: Way,
}

impl fmt::Debug for Dns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dns")
            .field("resolvers", &self.resolvers)
            .finish_non_exhaustive()
    }
}

struct Flags {
    recursive: bool,
    /// Signatures are not to be checked (RFC 4035 section 3.2.2).
    unchecked: bool,
}

const RESOLVE: Flags = Flags {
    recursive: true,
    unchecked: false,
};
const UNCHECKED: Flags = Flags {
    recursive: true,
    unchecked: true,
};
const ASK: Flags = Flags {
    recursive: false,
    unchecked: false,
};

/// What the domain's own servers said.
enum Own {
    Said(Vec<String>),
    /// The name leads to another (CNAME): the resolver followed it.
    Alias,
    /// None has a public address: nobody but the resolver can ask them.
    Hidden,
    /// None answered: why, for each.
    Silent(Vec<String>),
}

impl Dns {
    /// By the resolver at that address, or those of this machine; name servers at public addresses only.
    pub fn system(resolver: Option<SocketAddr>) -> Self {
        let resolvers = resolver.map_or_else(of_machine, |resolver| vec![resolver]);
        Self::new(resolvers, |address| {
            is_public(address).then_some(SocketAddr::new(address, 53))
        })
    }

    pub fn new(
        resolvers: Vec<SocketAddr>,
        way: impl Fn(IpAddr) -> Option<SocketAddr> + Send + Sync + 'static,
    ) -> Self {
        Self {
            resolvers,
            way: Arc::new(way),
        }
    }

    pub async fn look(&self, name: &str, proof: &str, now: Moment) -> Look {
        let looked = tokio::time::timeout(LONGEST, self.find(name, proof, now)).await;
        let (verdict, said, mut found) = looked.unwrap_or_else(|_| {
            let said = "The name servers took too long to answer.".to_owned();
            (Verdict::Unclear, said, Vec::new())
        });
        found.truncate(MOST_RECORDS);
        Look {
            way: Method::Dns,
            verdict,
            said,
            found,
        }
    }

    async fn find(&self, name: &str, proof: &str, now: Moment) -> (Verdict, String, Vec<String>) {
        let Ok(full) = Name::from_ascii(format!("{name}.")) else {
            return (
                Verdict::Unclear,
                "DNS does not know such names.".to_owned(),
                Vec::new(),
            );
        };
        let resolved = match self.resolve(&full, RecordType::TXT, &RESOLVE).await {
            Ok(answer) if answer.metadata.response_code == ResponseCode::ServFail => {
                if let Some(told) = self.broken(&full, &answer, now).await {
                    return (Verdict::Unclear, told, Vec::new());
                }
                None
            }
            Ok(answer) => known(&answer).then(|| texts(&answer)),
            Err(_) => None,
        };
        let ours = |records: &[String]| records.iter().any(|record| record.trim() == proof);
        match (self.own(&full).await, resolved) {
            (Own::Said(records), _) | (Own::Alias | Own::Hidden, Some(records)) => {
                if ours(&records) {
                    (Verdict::Proven, "The TXT record is there.".to_owned(), records)
                } else {
                    (Verdict::Absent, missing(name, &records), records)
                }
            }
            // The resolver has it from a server of the domain that we can't reach ourselves.
            (Own::Silent(_), Some(records)) if ours(&records) => {
                (Verdict::Proven, "The TXT record is there.".to_owned(), records)
            }
            (Own::Silent(why), Some(records)) => {
                let said = format!(
                    "{} The servers of the domain itself could not be asked: {}.",
                    missing(name, &records),
                    why.join("; ")
                );
                (Verdict::Unclear, said, records)
            }
            (Own::Silent(why), None) if !why.is_empty() => (
                Verdict::Unclear,
                format!("No name server of {name} answered: {}.", why.join("; ")),
                Vec::new(),
            ),
            (_, None) => {
                let said = format!(
                    "The name servers of {name} could not be found: is the name right, and registered?"
                );
                (Verdict::Unclear, said, Vec::new())
            }
        }
    }

    /// Why a resolver says that it failed, if the signatures are the reason.
    async fn broken(&self, name: &Name, answer: &Message, now: Moment) -> Option<String> {
        let reason = extended(answer);
        let unchecked = self.resolve(name, RecordType::TXT, &UNCHECKED).await.ok()?;
        if !known(&unchecked) && reason.as_ref().is_none_or(|(code, _)| !(5..=12).contains(code)) {
            return None;
        }
        let why = match &reason {
            _ if is_expired(&unchecked, now) => "your DNSSEC signature is expired".to_owned(),
            _ if is_unsigned(&unchecked) => {
                "your zone is said to be signed (DS) and has no signature".to_owned()
            }
            Some((8, _)) => {
                "your DNSSEC signature is not valid yet: is the clock of your name server right?".to_owned()
            }
            Some((9, _)) => {
                "the key that your registrar names (DS) is not among those of your zone (DNSKEY)".to_owned()
            }
            Some((_, text)) if !text.is_empty() => format!("your DNSSEC signatures do not hold ({text})"),
            _ => "your DNSSEC signatures do not hold".to_owned(),
        };
        Some(format!(
            "SERVFAIL: {why}. Correct or remove DNSSEC for the zone; a record in it can't be believed until then."
        ))
    }

    /// Down from the nearest zone above whose servers are known, to those that speak for the name.
    async fn own(&self, name: &Name) -> Own {
        let mut servers = self.servers_above(name).await;
        let (mut failures, mut hidden) = (Vec::new(), false);
        for _ in 0..MOST_ZONES {
            let mut further = None;
            for (server, address) in servers.drain(..) {
                let Some(to) = (self.way)(address) else {
                    hidden = true;
                    continue;
                };
                match ask(to, name, RecordType::TXT, &ASK).await {
                    Err(why) => failures.push(format!("{why} at {server}")),
                    Ok(answer) if answer.metadata.authoritative && known(&answer) => {
                        let alias = answer
                            .answers
                            .iter()
                            .any(|r| r.record_type() == RecordType::CNAME);
                        return if alias {
                            Own::Alias
                        } else {
                            Own::Said(texts(&answer))
                        };
                    }
                    Ok(answer) if known(&answer) && names_servers(&answer) => {
                        further = Some(answer);
                        break;
                    }
                    Ok(answer) => {
                        failures.push(format!("{} from {server}", answer.metadata.response_code));
                    }
                }
            }
            let Some(referral) = further else { break };
            servers = self.addresses(&referral).await;
            failures.clear();
        }
        if hidden && failures.is_empty() {
            return Own::Hidden;
        }
        Own::Silent(failures)
    }

    async fn servers_above(&self, name: &Name) -> Vec<(String, IpAddr)> {
        let mut zone = name.clone();
        loop {
            if let Ok(answer) = self.resolve(&zone, RecordType::NS, &UNCHECKED).await
                && answer.answers.iter().any(|r| r.record_type() == RecordType::NS)
            {
                return self.addresses(&answer).await;
            }
            if zone.is_root() {
                return Vec::new();
            }
            zone = zone.base_name();
        }
    }

    /// The name servers that an answer names, with an address each.
    async fn addresses(&self, answer: &Message) -> Vec<(String, IpAddr)> {
        let named = answer
            .answers
            .iter()
            .chain(&answer.authorities)
            .filter_map(|record| match &record.data {
                RData::NS(server) => Some(server.0.clone()),
                _ => None,
            });
        let mut servers = Vec::new();
        for server in named.take(MOST_SERVERS) {
            let glue = answer.additionals.iter().filter(|record| record.name == server);
            let mut addresses: Vec<IpAddr> = glue.filter_map(|record| record.data.ip_addr()).collect();
            for kind in [RecordType::A, RecordType::AAAA] {
                if addresses.is_empty()
                    && let Ok(found) = self.resolve(&server, kind, &UNCHECKED).await
                {
                    addresses.extend(found.answers.iter().filter_map(|record| record.data.ip_addr()));
                }
            }
            addresses.sort_by_key(IpAddr::is_ipv6);
            if let Some(address) = addresses.first() {
                servers.push((server.to_ascii().trim_end_matches('.').to_owned(), *address));
            }
        }
        servers
    }

    async fn resolve(&self, name: &Name, kind: RecordType, flags: &Flags) -> Result<Message, String> {
        let mut last = Err("no resolver is set up on this machine".to_owned());
        for resolver in self.resolvers.iter().take(2) {
            last = ask(*resolver, name, kind, flags).await;
            if last.is_ok() {
                break;
            }
        }
        last
    }
}

fn of_machine() -> Vec<SocketAddr> {
    let servers = read_system_conf().map(|(config, _)| config.name_servers);
    let mut addresses: Vec<SocketAddr> = servers
        .unwrap_or_default()
        .iter()
        .map(|server| SocketAddr::new(server.ip, 53))
        .collect();
    addresses.dedup();
    addresses
}

/// One question to one server, by UDP, and by TCP where the answer is too long.
async fn ask(to: SocketAddr, name: &Name, kind: RecordType, flags: &Flags) -> Result<Message, String> {
    let udp = UdpClientStream::builder(to, TokioRuntimeProvider::default())
        .with_timeout(Some(PATIENCE))
        .exchange();
    let answer = receive(&udp, name, kind, flags).await?;
    if !answer.metadata.truncation {
        return Ok(answer);
    }
    let provider = TokioRuntimeProvider::default();
    let tcp = TcpClientStream::exchange(to, None, PATIENCE, None, provider)
        .await
        .map_err(|why| in_words(&why.to_string()))?;
    receive(&tcp, name, kind, flags).await
}

async fn receive(
    server: &impl DnsHandle,
    name: &Name,
    kind: RecordType,
    flags: &Flags,
) -> Result<Message, String> {
    let mut message = Message::query();
    message.add_query(Query::query(name.clone(), kind));
    message.metadata.recursion_desired = flags.recursive;
    message.metadata.checking_disabled = flags.unchecked;
    let mut edns = Edns::new();
    edns.set_max_payload(1232).set_dnssec_ok(flags.recursive);
    message.set_edns(edns);
    let request = DnsRequest::new(message, DnsRequestOptions::default());
    let mut answers = server.send(request);
    match tokio::time::timeout(PATIENCE, answers.next()).await {
        Ok(Some(Ok(answer))) => Ok(answer.into_message()),
        Ok(Some(Err(why))) => Err(in_words(&why.to_string())),
        Ok(None) | Err(_) => Err(in_words("request timed out")),
    }
}

fn in_words(why: &str) -> String {
    if why.contains("timed out") {
        "timed out".to_owned()
    } else if why.contains("refused") {
        "nobody listens".to_owned()
    } else {
        "no usable answer".to_owned()
    }
}

/// Whether an answer says what there is, be it nothing.
fn known(answer: &Message) -> bool {
    matches!(
        answer.metadata.response_code,
        ResponseCode::NoError | ResponseCode::NXDomain
    )
}

/// Whether an answer says nothing but who knows more.
fn names_servers(answer: &Message) -> bool {
    answer.answers.is_empty()
        && answer
            .authorities
            .iter()
            .any(|r| r.record_type() == RecordType::NS)
}

/// Whether the signatures of an answer held only until a moment that is past. Their times count seconds in 32 bits
/// (RFC 4034 section 3.1.5).
fn is_expired(answer: &Message, now: Moment) -> bool {
    let now = (now.ms() / 1000) as u32;
    let past = |end: u32| (1..=u32::MAX / 2).contains(&now.wrapping_sub(end));
    ends_of_signatures(answer)
        .map(past)
        .reduce(|all, one| all && one)
        .unwrap_or(false)
}

fn ends_of_signatures(answer: &Message) -> impl Iterator<Item = u32> {
    answer.answers.iter().filter_map(|record| match &record.data {
        RData::DNSSEC(DNSSECRData::RRSIG(signature)) => Some(signature.input().sig_expiration.get()),
        _ => None,
    })
}

/// Whether there are records, and no signature of them.
fn is_unsigned(answer: &Message) -> bool {
    !answer.answers.is_empty() && ends_of_signatures(answer).next().is_none()
}

/// The TXT records of an answer, each put together from its parts.
fn texts(answer: &Message) -> Vec<String> {
    let text = |data: &RData| match data {
        RData::TXT(txt) => {
            let bytes: Vec<u8> = txt
                .txt_data
                .iter()
                .flat_map(|part| part.iter().copied())
                .collect();
            let text: String = String::from_utf8_lossy(&bytes).chars().take(MOST_TEXT).collect();
            Some(text.replace(char::is_control, " "))
        }
        _ => None,
    };
    answer
        .answers
        .iter()
        .filter_map(|record| text(&record.data))
        .collect()
}

fn missing(name: &str, records: &[String]) -> String {
    if records.is_empty() {
        format!("{name} has no TXT records.")
    } else {
        "These TXT records were found, none is ours.".to_owned()
    }
}

/// The reason that a resolver gives for its failure (RFC 8914): a number and a text.
fn extended(answer: &Message) -> Option<(u16, String)> {
    let options = &answer.edns.as_ref()?.options().options;
    options.iter().find_map(|(code, option)| match option {
        EdnsOption::Unknown(_, data) if u16::from(*code) == EXTENDED_ERROR && data.len() >= 2 => {
            let text: String = String::from_utf8_lossy(&data[2..])
                .chars()
                .take(MOST_TEXT)
                .collect();
            Some((
                u16::from_be_bytes([data[0], data[1]]),
                text.replace(char::is_control, " "),
            ))
        }
        _ => None,
    })
}
